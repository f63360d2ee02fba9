// RUN: smelt-opt %s --convert-ternary-to-loops --canonicalize | FileCheck %s

// CHECK: memref.global "private" constant @w_fc1 : memref<4xi8> = dense<[25, 4, 8, 3]>

// Packed weights are passed as bytes. Bits become masks; 5 columns are less than
// a byte, so that there is no loop over them.
// CHECK-LABEL: func.func private @kernel
// CHECK-SAME: (%[[X:.*]]: memref<1x5xi8>, %[[W:.*]]: memref<4xi8>, %[[Y:.*]]: memref<1x2xi32>)
// CHECK: scf.for %[[ROW:.*]] =
// CHECK-NEXT: %[[AT:.*]] = arith.muli %[[ROW]], %c2
// CHECK-NEXT: memref.load %[[W]][%[[AT]]]
// CHECK: arith.andi
// CHECK-NOT: scf.for
// CHECK: memref.store %{{.*}}, %{{.*}}[%[[ROW]]] : memref<2xi32>
func.func private @kernel(%x: memref<1x5xi8>, %w: !ternary.weights<2x5 : bitplane>, %y: memref<1x2xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x5xi8>, !ternary.weights<2x5 : bitplane>, memref<1x2xi32>) -> ()
  return
}

// CHECK-LABEL: func.func @main
// CHECK: %[[BYTES:.*]] = memref.get_global @w_fc1
// CHECK: call @kernel(%{{.*}}, %[[BYTES]], %{{.*}})
func.func @main(%x: memref<1x5xi8>, %y: memref<1x2xi32>) {
  %w = ternary.weights dense<[25, 4, 8, 3]> : tensor<4xi8> -> <2x5 : bitplane> loc("fc1")
  call @kernel(%x, %w, %y) : (memref<1x5xi8>, !ternary.weights<2x5 : bitplane>, memref<1x2xi32>) -> ()
  return
}
