// RUN: smelt-opt %s --ternary-plan-memory --ternary-share-work --ternary-outline-blocks="min-calls=2" | FileCheck %s

// The variants of a public function are given memory and threads as it would be,
// and what is made of them is for the same CPU.

// CHECK-COUNT-1: memref.global "private" @arena : memref<64xi8>
// CHECK-NOT: @arena
// CHECK: func.func private @block(
// CHECK-SAME: attributes {smelt.features = ["avx2"], target_cpu = "a", target_features = #llvm.target_features<["+avx2"]>}
// CHECK: func.func private @f_a_part(
// CHECK-SAME: attributes {smelt.features = ["avx2"], target_cpu = "a", target_features = #llvm.target_features<["+avx2"]>}
// CHECK: func.func private @f_a(
// CHECK: call @f_a_part(%{{.*}}) {smelt.parallel}
// CHECK: func.func private @f_b_part(
// CHECK-SAME: target_cpu = "b"
// CHECK: func.func private @f_b(
// CHECK: func.func @f(
// CHECK-NOT: smelt.parallel
func.func private @kernel_a(%x: memref<64xi8>, %y: memref<64xi8>) attributes {
    smelt.features = ["avx2"], target_cpu = "a", target_features = #llvm.target_features<["+avx2"]>} {
  return
}
func.func private @kernel_b(%x: memref<64xi8>, %y: memref<64xi8>) attributes {target_cpu = "b"} {
  return
}
func.func private @f_a(%x: memref<64xi8>) attributes {smelt.variant_of = @f,
    smelt.features = ["avx2"], target_cpu = "a", target_features = #llvm.target_features<["+avx2"]>} {
  %y = memref.alloc() : memref<64xi8>
  call @kernel_a(%x, %y) : (memref<64xi8>, memref<64xi8>) -> ()
  call @kernel_a(%y, %x) : (memref<64xi8>, memref<64xi8>) -> ()
  call @kernel_a(%x, %y) : (memref<64xi8>, memref<64xi8>) -> ()
  call @kernel_a(%y, %x) : (memref<64xi8>, memref<64xi8>) -> ()
  return
}
func.func private @f_b(%x: memref<64xi8>) attributes {smelt.variant_of = @f, target_cpu = "b"} {
  %y = memref.alloc() : memref<64xi8>
  call @kernel_b(%x, %y) : (memref<64xi8>, memref<64xi8>) -> ()
  return
}
func.func private @variant_in_use() -> i32
func.func @f(%x: memref<64xi8>) {
  %0 = call @variant_in_use() : () -> i32
  %1 = arith.index_cast %0 : i32 to index
  scf.index_switch %1
  case 1 {
    func.call @f_b(%x) : (memref<64xi8>) -> ()
    scf.yield
  }
  default {
    func.call @f_a(%x) : (memref<64xi8>) -> ()
    scf.yield
  }
  return
}
