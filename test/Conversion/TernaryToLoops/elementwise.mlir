// RUN: smelt-opt %s --convert-ternary-to-loops | FileCheck %s

// The functions that activations share, and their table.
// CHECK: memref.global "private" constant @exp2_table : memref<257xi32>
// CHECK: func.func private @exp2_fraction(%{{.*}}: i64) -> i32
// CHECK: memref.get_global @exp2_table
// CHECK: func.func private @exp2_negative(%{{.*}}: i64) -> i32
// CHECK: call @exp2_fraction
// CHECK: func.func private @logistic(%{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64) -> i64
// CHECK: call @exp2_negative

// One loop over a view of one dimension.
// CHECK-LABEL: func.func @relu
// CHECK-SAME: %[[X:.*]]: memref<2x3xi8>, %[[Y:.*]]: memref<2x3xi8>
// CHECK: %[[XS:.*]] = memref.collapse_shape %[[X]]
// CHECK: %[[YS:.*]] = memref.collapse_shape %[[Y]]
// CHECK: scf.for %[[I:.*]] = %c0{{.*}} to %c6{{.*}} step %c1
// CHECK-NEXT: %[[V:.*]] = memref.load %[[XS]][%[[I]]] : memref<6xi8>
// CHECK: %[[SIGN:.*]] = arith.shrsi %[[V]], %c7
// CHECK: %[[MASK:.*]] = arith.xori %[[SIGN]], %c-1
// CHECK: %[[R:.*]] = arith.andi %[[V]], %[[MASK]]
// CHECK: memref.store %[[R]], %[[YS]][%[[I]]]
// CHECK-NOT: ternary.
func.func @relu(%x: memref<2x3xi8>, %y: memref<2x3xi8>) {
  ternary.relu %x into %y : (memref<2x3xi8>, memref<2x3xi8>) -> ()
  return
}

// A multiplier for each channel, one offset.
// CHECK-LABEL: func.func @requantize
// CHECK-SAME: %{{.*}}: memref<2x3xi32>, %[[M:.*]]: memref<3xi32>, %[[B:.*]]: memref<1xi64>
// CHECK: scf.for
// CHECK: scf.for %[[C:.*]] = %c0{{.*}} to %c3
// CHECK: memref.load %[[M]][%[[C]]]
// CHECK: arith.muli {{.*}} : i64
// CHECK: memref.load %[[B]][%c0
// CHECK: arith.addi {{.*}} : i64
// CHECK: arith.shrsi %{{.*}}, %c20_i64
// CHECK: arith.maxsi %{{.*}}, %c-127_i64
// CHECK: arith.minsi %{{.*}}, %c127_i64
// CHECK: arith.trunci %{{.*}} : i64 to i8
func.func @requantize(%x: memref<2x3xi32>, %m: memref<3xi32>, %b: memref<1xi64>, %y: memref<2x3xi8>) {
  ternary.requantize %x, %m, %b <shift = 20, min = -127, max = 127> into %y : (memref<2x3xi32>, memref<3xi32>, memref<1xi64>, memref<2x3xi8>) -> ()
  return
}

// CHECK-LABEL: func.func @activation
// CHECK: func.call @logistic(%{{.*}}, %c94548_i64{{.*}}, %c8_i64
// CHECK: arith.minsi %{{.*}}, %c32767_i64
func.func @activation(%x: memref<3xi16>, %y: memref<3xi16>) {
  ternary.activation <sigmoid> %x fraction 8 into %y : (memref<3xi16>, memref<3xi16>) -> ()
  return
}
