// RUN: smelt-opt %s --convert-variants-to-x86="name=net" --split-input-file | FileCheck %s

module attributes {smelt.variants = [
    {name = "a", cpu = "a", features = [], target_features = ["+avx512f"]},
    {name = "b", cpu = "b", features = [], target_features = ["+fma4", "+sse4.1", "+fma", "+avxvnni", "+slow-3ops-lea", "+rdrnd", "-fma4"]},
    {name = "c", cpu = "c", features = [], target_features = ["+amx-int8", "+lzcnt"], requests_tiles}]} {

// CHECK: func.func @net_variant() -> i32 {
// CHECK-DAG: %[[AT:.*]] = llvm.mlir.addressof @variant_choice
// CHECK-DAG: %[[STORED:.*]] = llvm.load %[[AT]] atomic monotonic {alignment = 4 : i64}
// CHECK-DAG: %[[KNOWN:.*]] = arith.cmpi ne, %[[STORED]], %c0
// CHECK: %[[V:.*]] = scf.if %[[KNOWN]]
// CHECK: arith.subi %[[STORED]], %c1
// CHECK: } else {
// CHECK: %[[CAN:.*]] = func.call @runnable_variants
// CHECK: %[[ZEROS:.*]] = "llvm.intr.ctlz"(%[[CAN]])
// CHECK: %[[LAST:.*]] = arith.subi %c31{{.*}}, %[[ZEROS]]
// CHECK: %[[PLUS:.*]] = arith.addi %[[LAST]], %c1
// CHECK: llvm.store %[[PLUS]], %{{.*}} atomic monotonic
// CHECK: return %[[V]]
func.func private @variant_in_use() -> i32

// CHECK: call @net_variant()
func.func @f() -> i32 {
  %0 = call @variant_in_use() : () -> i32
  return %0 : i32
}

// The first variant is taken to run.
// CHECK: func.func private @runnable_variants() -> i32 attributes {llvm.linkage = #llvm.linkage<internal>, passthrough = ["cold", "noinline", "nounwind"]} {
// CHECK-NEXT: %[[FIRST:.*]] = arith.constant 1 : i32

// 1 << 12 | 1 << 19 of ECX of leaf 1, 1 << 4 of EAX of leaf 7, 1, and the state
// of XMM and YMM, 6. A feature that is taken away again, one that no kernel uses,
// and what is no instruction do not count.
// CHECK: %[[LEAF1:.*]] = llvm.inline_asm has_side_effects "cpuid", "={ax},={bx},={cx},={dx},{ax},{cx},~{dirflag},~{fpsr},~{flags}" %c1{{.*}}, %c0
// CHECK: %[[RAW:.*]] = llvm.extractvalue %[[LEAF1]][2]
// CHECK: %[[LEAF0:.*]] = llvm.inline_asm has_side_effects "cpuid"
// CHECK: %[[MOST:.*]] = llvm.extractvalue %[[LEAF0]][0]
// CHECK: %[[HAS:.*]] = arith.cmpi uge, %[[MOST]], %c1
// CHECK: %[[ECX:.*]] = arith.select %[[HAS]], %[[RAW]], %c0
// CHECK: arith.constant 528384 : i32
// CHECK: arith.andi %[[ECX]]
// CHECK: llvm.inline_asm has_side_effects "cpuid"
// CHECK: arith.constant 16 : i32
// CHECK: arith.constant 134217728 : i32
// CHECK: %[[CANREAD:.*]] = arith.cmpi eq
// CHECK: %[[STATES:.*]] = scf.if %[[CANREAD]]
// CHECK: llvm.inline_asm has_side_effects "xgetbv"
// CHECK: arith.constant 6 : i32
// CHECK: arith.andi %[[STATES]]
// CHECK: %[[B:.*]] = arith.select %{{.*}}, %c2{{.*}}, %c0
// CHECK: %[[AB:.*]] = arith.ori %[[FIRST]], %[[B]]

// 1 << 25 of EDX of leaf 7, 1 << 5 of ECX of leaf 0x80000001, and the state of
// tiles, 1 << 17 | 1 << 18, for which Linux is asked last.
// CHECK: arith.constant 33554432 : i32
// CHECK: arith.constant 32 : i32
// CHECK-NOT: xgetbv
// CHECK: arith.constant 393216 : i32
// CHECK: %[[C:.*]] = scf.if
// CHECK: %[[STATUS:.*]] = llvm.inline_asm has_side_effects "syscall", "={ax},{ax},{di},{si},~{rcx},~{r11},~{memory},~{dirflag},~{fpsr},~{flags}" %c158{{.*}}, %c4131{{.*}}, %c18
// CHECK: %[[GRANTED:.*]] = arith.cmpi eq, %[[STATUS]], %c0
// CHECK: scf.yield %[[GRANTED]]
// CHECK: %[[BIT:.*]] = arith.select %[[C]], %c4{{.*}}, %c0
// CHECK: %[[ABC:.*]] = arith.ori %[[AB]], %[[BIT]]
// CHECK: return %[[ABC]]

// CHECK: llvm.mlir.global internal @variant_choice(0 : i32)

// CHECK: func.func @net_use_variant(%[[N:.*]]: i32) -> i32 {
// CHECK: %[[IN:.*]] = arith.cmpi ult, %[[N]], %c3
// CHECK: %[[BIT:.*]] = arith.select %[[IN]], %[[N]], %c31
// CHECK: %[[CAN:.*]] = call @runnable_variants
// CHECK: arith.shrui %[[CAN]], %[[BIT]]
// CHECK: scf.if
// CHECK: arith.addi %[[N]], %c1
// CHECK: llvm.store
// CHECK: %[[USED:.*]] = call @net_variant()
// CHECK: return %[[USED]]
}

// -----

// CHECK: module {
// CHECK-NEXT: func.func @f()
// CHECK-NOT: func
module {
func.func @f() {
  return
}
}
