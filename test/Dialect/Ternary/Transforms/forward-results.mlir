// RUN: smelt-opt %s --ternary-forward-results | FileCheck %s

// CHECK-LABEL: func.func @reshaped
// CHECK-SAME: %[[X:.*]]: memref<2x3xi8>, %[[Y:.*]]: memref<6xi8>)
// CHECK-NEXT: %[[B:.*]] = memref.expand_shape %[[Y]] {{\[\[}}0, 1]] output_shape [2, 3]
// CHECK-NEXT: ternary.relu %[[X]] into %[[B]]
// CHECK-NOT: memref.copy
func.func @reshaped(%x: memref<2x3xi8>, %y: memref<6xi8>) {
  %a = memref.alloc() : memref<2x3xi8>
  ternary.relu %x into %a : (memref<2x3xi8>, memref<2x3xi8>) -> ()
  %c = memref.collapse_shape %a [[0, 1]] : memref<2x3xi8> into memref<6xi8>
  memref.copy %c, %y : memref<6xi8> to memref<6xi8>
  return
}

// A buffer returned twice is copied once.
// CHECK-LABEL: func.func @twice
// CHECK-SAME: %[[X:.*]]: memref<3xi8>, %[[Y:.*]]: memref<3xi8>, %[[Z:.*]]: memref<3xi8>)
// CHECK-NEXT: ternary.relu %[[X]] into %[[Y]]
// CHECK-NEXT: memref.copy %[[Y]], %[[Z]]
// CHECK-NEXT: return
func.func @twice(%x: memref<3xi8>, %y: memref<3xi8>, %z: memref<3xi8>) {
  %a = memref.alloc() : memref<3xi8>
  ternary.relu %x into %a : (memref<3xi8>, memref<3xi8>) -> ()
  memref.copy %a, %y : memref<3xi8> to memref<3xi8>
  memref.copy %a, %z : memref<3xi8> to memref<3xi8>
  return
}

// CHECK-LABEL: func.func @argument
// CHECK: memref.copy
func.func @argument(%x: memref<3xi8>, %y: memref<3xi8>) {
  memref.copy %x, %y : memref<3xi8> to memref<3xi8>
  return
}
