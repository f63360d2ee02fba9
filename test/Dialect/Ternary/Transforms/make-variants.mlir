// RUN: smelt-opt %s --ternary-make-variants --split-input-file | FileCheck %s

// Functions and what they call are copied once for each CPU; weights are not.
module attributes {smelt.variants = [
    {name = "x86-64-v2", cpu = "x86-64-v2", features = ["sse2", "ssse3"], target_features = ["+ssse3"]},
    {name = "native", cpu = "znver4", features = ["sse2", "avx2"], target_features = ["-xop", "+avx2"]}]} {

// CHECK: func.func private @variant_in_use() -> i32
// CHECK: memref.global "private" constant @w
// CHECK-NOT: memref.global
memref.global "private" constant @w : memref<4xi8> = dense<1>

// What only other functions call is not needed any more.
// CHECK-NOT: @inner(
// CHECK: func.func private @inner_x86_64_v2(
// CHECK-SAME: attributes {smelt.features = ["sse2", "ssse3"], target_cpu = "x86-64-v2", target_features = #llvm.target_features<["+ssse3"]>}
// CHECK: func.func private @inner_native(
// CHECK-SAME: attributes {smelt.features = ["sse2", "avx2"], target_cpu = "znver4", target_features = #llvm.target_features<["-xop", "+avx2"]>}
// CHECK-NOT: @inner(
func.func private @inner(%x: memref<4xi8> {llvm.noalias}) {
  call @outside() : () -> ()
  return
}

// CHECK: func.func private @kernel_x86_64_v2(
// CHECK: call @inner_x86_64_v2
// CHECK: func.func private @kernel_native(
// CHECK: call @inner_native
func.func private @kernel(%x: memref<4xi8>) {
  call @inner(%x) : (memref<4xi8>) -> ()
  return
}

// CHECK: func.func private @outside()
func.func private @outside()

// CHECK: func.func private @f_x86_64_v2(%{{.*}}: memref<4xi8> {smelt.name = "x"})
// CHECK-SAME: smelt.variant_of = @f
// CHECK: memref.get_global @w
// CHECK: call @kernel_x86_64_v2
// CHECK: func.func private @f_native(
// CHECK: memref.get_global @w
// CHECK: call @kernel_native
// CHECK-NEXT: call @kernel_native
// CHECK: func.func @f(%[[X:.*]]: memref<4xi8> {smelt.name = "x"}) {
// CHECK-NEXT: %[[V:.*]] = call @variant_in_use() : () -> i32
// CHECK-NEXT: %[[I:.*]] = arith.index_cast %[[V]] : i32 to index
// CHECK-NEXT: scf.index_switch %[[I]]
// CHECK-NEXT: case 1 {
// CHECK-NEXT: call @f_native(%[[X]])
// CHECK: default {
// CHECK-NEXT: call @f_x86_64_v2(%[[X]])
// CHECK: return
func.func @f(%x: memref<4xi8> {smelt.name = "x"}) {
  %w = memref.get_global @w : memref<4xi8>
  call @kernel(%w) : (memref<4xi8>) -> ()
  call @kernel(%x) : (memref<4xi8>) -> ()
  return
}

// CHECK: func.func private @g_x86_64_v2(
// CHECK: call @kernel_x86_64_v2
// CHECK: func.func private @g_native(
// CHECK: func.func @g(
// CHECK: %[[R:.*]] = scf.index_switch %{{.*}} -> i32
// CHECK: %[[A:.*]] = func.call @g_native
// CHECK: scf.yield %[[A]] : i32
// CHECK: return %[[R]] : i32
func.func @g(%x: memref<4xi8>) -> i32 {
  call @kernel(%x) : (memref<4xi8>) -> ()
  %0 = arith.constant 7 : i32
  return %0 : i32
}
}

// -----

// A module for one CPU stays as it is.
// CHECK: module {
// CHECK-NEXT: func.func @f() {
// CHECK-NEXT: return
// CHECK-NOT: func
module {
func.func @f() {
  return
}
}
