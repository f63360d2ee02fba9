// RUN: smelt-opt %s --split-input-file --convert-ternary-to-loops --canonicalize --cse | FileCheck %s

// Four columns at a time are added to 16 sums, of which 10 count.

// CHECK-LABEL: func.func @matmul
// CHECK-DAG: %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[C10:.*]] = arith.constant 10 : index
// CHECK-DAG: %[[SUMS:.*]] = memref.alloca(){{.*}} : memref<16xi16>
// CHECK-NOT: memref.alloca()
// CHECK: %[[INPUTS:.*]] = scf.for
// CHECK: scf.for %[[QUAD:.*]] = %{{.*}} to %{{.*}} step
// CHECK:   %[[X0:.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK:   %[[X1:.*]] = arith.extsi %{{.*}} : i8 to i32
// CHECK:   %[[TIMES:.*]] = arith.muli %[[X0]], %{{.*}} : i32
// CHECK:   %[[Y1:.*]] = arith.subi %[[X1]], %[[TIMES]] : i32
// CHECK:   arith.muli %[[QUAD]], %[[C10]] : index
// CHECK:   scf.for %[[LANE:.*]] = %{{.*}} to %[[C16]] step
// CHECK:     %[[LOADED:.*]] = memref.load %[[SUMS]][%[[LANE]]]
// CHECK:     %[[SUM:.*]] = arith.extsi %[[LOADED]] : i16 to i32
// CHECK:     %[[BYTE:.*]] = arith.extui %{{.*}} : i8 to i32
// CHECK:     %[[P0:.*]] = arith.muli %[[X0]], %[[BYTE]] : i32
// CHECK:     %[[S0:.*]] = arith.addi %[[SUM]], %[[P0]] : i32
// CHECK:     %[[B1:.*]] = arith.shrui %[[BYTE]], %{{.*}} : i32
// CHECK:     %[[P1:.*]] = arith.muli %[[Y1]], %[[B1]] : i32
// CHECK:     arith.addi %[[S0]], %[[P1]] : i32
// CHECK:     %[[NARROW:.*]] = arith.trunci %{{.*}} : i32 to i16
// CHECK:     memref.store %[[NARROW]], %[[SUMS]][%[[LANE]]]
// The last column comes by itself.
// CHECK: arith.addi %[[INPUTS]], %{{.*}} : i32
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C10]] step
// CHECK:   %[[DOT:.*]] = arith.trunci %{{.*}} : i32 to i16
// CHECK:   arith.extsi %[[DOT]] : i16 to i32
func.func @matmul(%x: memref<1x37xi8>, %w: !ternary.weights<10x37 : columns>, %y: memref<1x10xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x37xi8>, !ternary.weights<10x37 : columns>, memref<1x10xi32>) -> ()
  return
}

// -----

// Three tiles of 112 lanes, which threads can share, and two stretches of 128
// columns each, whose sums are 32 bits wide. The last tile has 300 - 2 * 112 rows.

// CHECK-LABEL: func.func @tiles
// CHECK-DAG: memref.alloca(){{.*}} : memref<112xi16>
// CHECK-DAG: memref.alloca(){{.*}} : memref<112xi32>
// CHECK-DAG: %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C112:.*]] = arith.constant 112 : index
// CHECK-DAG: %[[C300:.*]] = arith.constant 300 : index
// CHECK: scf.for %[[TILE:.*]] = %{{.*}} to %[[C3]] step
// CHECK:   scf.for %{{.*}} = %{{.*}} to %[[C112]] step
// CHECK:   scf.for %{{.*}} = %{{.*}} to %[[C2]] step
// CHECK:   memref.store %{{.*}} : memref<112xi32>
// CHECK:   %[[FIRST:.*]] = arith.muli %[[TILE]], %[[C112]] : index
// CHECK:   %[[REST:.*]] = arith.subi %[[C300]], %[[FIRST]] : index
// CHECK:   arith.minui %[[REST]], %[[C112]] : index
// CHECK: } {smelt.shared = 1 : index}
func.func @tiles(%x: memref<1x256xi8>, %w: !ternary.weights<300x256 : columns>, %y: memref<1x300xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x256xi8>, !ternary.weights<300x256 : columns>, memref<1x300xi32>) -> ()
  return
}

// -----

// Lines of a window begin on bytes of weights, so that inputs are read from the
// image; the planes of a row are neighbours.

// CHECK-LABEL: func.func @conv2d
// CHECK-DAG: memref.alloca(){{.*}} : memref<16xi16>
// CHECK-NOT: memref.alloca()
func.func @conv2d(%x: memref<1x6x6x4xi8>, %w: !ternary.weights<8x3x3x4 : columns, planes = 2>, %s: memref<2x8x1xi16>, %y: memref<1x6x6x8xi32>) {
  ternary.conv2d %x, %w scales (%s) into %y {dilation = array<i64: 1, 1>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (memref<1x6x6x4xi8>, !ternary.weights<8x3x3x4 : columns, planes = 2>, memref<2x8x1xi16>, memref<1x6x6x8xi32>) -> ()
  return
}

// -----

// Else a window is copied. Of 16 lanes, bytes of eight columns are added in a
// round where their number is even.

// CHECK-LABEL: func.func @gather
// CHECK-DAG: memref.alloca(){{.*}} : memref<16xi16>
// CHECK-DAG: memref.alloca(){{.*}} : memref<27xi8>
// CHECK-DAG: %[[C3:.*]] = arith.constant 3 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG: %[[C16:.*]] = arith.constant 16 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C3]] step %{{.*}} iter_args
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C3]] step %{{.*}} {
// CHECK: scf.for %[[LANE:.*]] = %{{.*}} to %[[C16]] step
// CHECK:   %[[AT:.*]] = arith.addi %{{.*}}, %[[LANE]]
// CHECK:   memref.load %{{.*}}[%[[AT]]] : memref<64xi8>
// CHECK-COUNT-3: arith.shrui
// CHECK:   %[[NEXT:.*]] = arith.addi %[[AT]], %[[C8]]
// CHECK:   memref.load %{{.*}}[%[[NEXT]]] : memref<64xi8>
// CHECK-COUNT-3: arith.shrui
func.func @gather(%x: memref<1x6x6x3xi8>, %w: !ternary.weights<8x3x3x3 : columns>, %y: memref<1x4x4x8xi32>) {
  ternary.conv2d %x, %w into %y {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (memref<1x6x6x3xi8>, !ternary.weights<8x3x3x3 : columns>, memref<1x4x4x8xi32>) -> ()
  return
}

// -----

// Products that cannot be done so unpack a row.

// CHECK-LABEL: func.func @rows
// CHECK: memref.alloca(){{.*}} : memref<40xi8>
// CHECK-NOT: memref.alloca()
func.func @rows(%x: memref<1x37xi16>, %w: !ternary.weights<10x37 : columns>, %y: memref<1x10xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x37xi16>, !ternary.weights<10x37 : columns>, memref<1x10xi32>) -> ()
  return
}
