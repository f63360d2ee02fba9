// RUN: smelt-opt %s --lower-to-emitc | FileCheck %s

// CHECK: emitc.global static const @weights : !emitc.array<6xi8> = dense<[1, 2, 3, 4, 5, 6]>
memref.global "private" constant @weights : memref<2x3xi8> = dense<[[1, 2, 3], [4, 5, 6]]>
// CHECK: emitc.global static @arena : !emitc.array<64xi8>{{$}}
memref.global "private" @arena : memref<64xi8> = uninitialized

// CHECK: emitc.func private @row(%[[X:.*]]: !emitc.ptr<i8> {smelt.shape = array<i64: 2, 3>}, %[[I:.*]]: i32) -> i8
// CHECK-SAME: specifiers = ["static"]
func.func private @row(%x: memref<2x3xi8>, %i: index) -> i8 {
  // CHECK: %[[THREE:.*]] = "emitc.constant"() <{value = 3 : i32}>
  // CHECK: %[[ROW:.*]] = emitc.mul %[[I]], %[[THREE]]
  // CHECK: %[[TWO:.*]] = "emitc.constant"() <{value = 2 : i32}>
  // CHECK: %[[INDEX:.*]] = emitc.add %[[ROW]], %[[TWO]]
  // CHECK: %[[PLACE:.*]] = emitc.add %[[X]], %[[INDEX]] : (!emitc.ptr<i8>, i32) -> !emitc.ptr<i8>
  // CHECK: emitc.apply "*"(%[[PLACE]]) : (!emitc.ptr<i8>) -> i8
  %c2 = arith.constant 2 : index
  %v = memref.load %x[%i, %c2] : memref<2x3xi8>
  return %v : i8
}

// CHECK: emitc.func @main(%[[IN:.*]]: !emitc.ptr<ui8> {{{.*}}smelt.unsigned}
func.func @main(%in: memref<4xi8> {smelt.unsigned}, %out: memref<4xi32, strided<[2], offset: 3>>, %i: index) {
  // CHECK: emitc.cast %[[IN]] : !emitc.ptr<ui8> to !emitc.ptr<i8>
  // CHECK: %[[GLOBAL:.*]] = emitc.get_global @arena
  // CHECK: %[[FIRST:.*]] = emitc.subscript %[[GLOBAL]][%{{.*}}]
  // CHECK: %[[ARENA:.*]] = emitc.apply "&"(%[[FIRST]]) : (i8) -> !emitc.ptr<i8>
  // CHECK: %[[VIEW:.*]] = emitc.add %[[ARENA]]
  // CHECK: emitc.cast %[[VIEW]] : !emitc.ptr<i8> to !emitc.ptr<i32>
  %c16 = arith.constant 16 : index
  %arena = memref.get_global @arena : memref<64xi8>
  %view = memref.view %arena[%c16][] : memref<64xi8> to memref<4xi32>
  // CHECK: emitc.call_opaque "memcpy"
  memref.copy %in, %in : memref<4xi8> to memref<4xi8>
  // CHECK: emitc.for
  memref.copy %view, %out : memref<4xi32> to memref<4xi32, strided<[2], offset: 3>>
  return
}
