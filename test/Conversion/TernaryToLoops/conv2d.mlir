// RUN: smelt-opt %s --convert-ternary-to-loops --canonicalize --cse | FileCheck %s

// A line of a window is one loop over columns and channels. Without padding no
// window is clipped, and a 1x1 window has no loops of its own.
// CHECK-LABEL: func.func @pointwise
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for %{{.*}} = %c0 to %c32 step %c1 iter_args
// CHECK-NOT: scf.for
// CHECK-NOT: arith.minui
func.func @pointwise(%x: memref<1x4x4x32xi8>, %y: memref<1x4x4x2xi32>) {
  %w = ternary.weights dense<1> : tensor<64xi8> -> <2x1x1x32 : dense>
  ternary.conv2d %x, %w into %y {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}
      : (memref<1x4x4x32xi8>, !ternary.weights<2x1x1x32 : dense>, memref<1x4x4x2xi32>) -> ()
  return
}

// The channels of a depthwise convolution are the innermost loop.
// CHECK-LABEL: func.func @depthwise
// CHECK: %[[TAPS:.*]] = memref.alloca() : memref<36xi8>
// CHECK: %[[SUMS:.*]] = memref.alloca() : memref<4xi32>
// CHECK: memref.store %c0_i32, %[[SUMS]]
// CHECK: scf.for %[[C:.*]] = %c0 to %c4 step %c1
// CHECK: %[[SUM:.*]] = memref.load %[[SUMS]][%[[C]]]
// CHECK: memref.load %[[TAPS]]
// CHECK: memref.store %{{.*}}, %[[SUMS]][%[[C]]]
func.func @depthwise(%x: memref<1x5x5x4xi8>, %y: memref<1x5x5x4xi32>) {
  %w = ternary.weights dense<1> : tensor<36xi8> -> <4x3x3x1 : dense>
  ternary.conv2d %x, %w into %y {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 4 : i64}
      : (memref<1x5x5x4xi8>, !ternary.weights<4x3x3x1 : dense>, memref<1x5x5x4xi32>) -> ()
  return
}
