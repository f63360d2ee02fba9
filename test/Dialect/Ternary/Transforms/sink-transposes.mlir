// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(tosa-sink-transposes))" --split-input-file | FileCheck %s

// Two layers with channels first: only the outermost transposes stay.

// CHECK-LABEL: @layers
// CHECK: %[[X:.*]] = tosa.transpose %arg0
// CHECK: %[[A:.*]] = tosa.conv2d %[[X]]
// CHECK: %[[S:.*]] = tosa.mul %[[A]], %{{.*}} {shift = 0 : i8} : (tensor<1x4x4x3xf32>, tensor<1x1x1x3xf32>)
// CHECK: %[[Q:.*]] = ternary.fake_quant %[[S]] scale [1.000000e+00, 2.000000e+00, 3.000000e+00] axis 3
// CHECK: %[[R:.*]] = tosa.clamp %[[Q]]
// CHECK: %[[B:.*]] = tosa.conv2d %[[R]]
// CHECK: %[[C:.*]] = tosa.concat %[[R]], %[[B]] {axis = 3 : i32}
// CHECK: %[[P:.*]] = tosa.pad %[[C]], %[[AMOUNT:.*]] :
// CHECK: %[[Y:.*]] = tosa.transpose %[[P]]
// CHECK-NOT: tosa.transpose
// CHECK: return %[[Y]]
func.func @layers(%x: tensor<1x3x4x4xf32>, %w: tensor<3x1x1x3xf32>, %b: tensor<3xf32>) -> tensor<1x7x4x4xf32> {
  %last = "tosa.const"() {value = dense<[0, 2, 3, 1]> : tensor<4xi32>} : () -> tensor<4xi32>
  %first = "tosa.const"() {value = dense<[0, 3, 1, 2]> : tensor<4xi32>} : () -> tensor<4xi32>
  %s = "tosa.const"() {value = dense<[[[[1.0]], [[2.0]], [[3.0]]]]> : tensor<1x3x1x1xf32>} : () -> tensor<1x3x1x1xf32>
  %0 = tosa.transpose %x, %last : (tensor<1x3x4x4xf32>, tensor<4xi32>) -> tensor<1x4x4x3xf32>
  %1 = tosa.conv2d %0, %w, %b {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x3xf32>, tensor<3x1x1x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %2 = tosa.transpose %1, %first : (tensor<1x4x4x3xf32>, tensor<4xi32>) -> tensor<1x3x4x4xf32>
  %3 = tosa.mul %2, %s {shift = 0 : i8} : (tensor<1x3x4x4xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x4x4xf32>
  %4 = ternary.fake_quant %3 scale [1.0, 2.0, 3.0] axis 1 to [-1, 1] : tensor<1x3x4x4xf32>
  %5 = tosa.clamp %4 {min_int = 0 : i64, max_int = 6 : i64, min_fp = 0.0 : f32, max_fp = 6.0 : f32} : (tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
  %6 = tosa.transpose %5, %last : (tensor<1x3x4x4xf32>, tensor<4xi32>) -> tensor<1x4x4x3xf32>
  %7 = tosa.conv2d %6, %w, %b {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x3xf32>, tensor<3x1x1x3xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  %8 = tosa.transpose %7, %first : (tensor<1x4x4x3xf32>, tensor<4xi32>) -> tensor<1x3x4x4xf32>
  %9 = tosa.concat %5, %8 {axis = 1 : i32} : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x6x4x4xf32>
  %amount = "tosa.const"() {value = dense<[[0, 0], [0, 1], [0, 0], [0, 0]]> : tensor<4x2xi64>} : () -> tensor<4x2xi64>
  %10 = tosa.pad %9, %amount : (tensor<1x6x4x4xf32>, tensor<4x2xi64>) -> tensor<1x7x4x4xf32>
  return %10 : tensor<1x7x4x4xf32>
}

// -----

// The transpose before a flattening goes into the weights.

// CHECK-LABEL: @flatten
// CHECK: dense<{{\[}}[1.000000e+00, 3.000000e+00, 5.000000e+00, 2.000000e+00, 4.000000e+00, 6.000000e+00]]>
// CHECK: tosa.reshape %arg0
// CHECK-NOT: tosa.transpose
// CHECK: tosa.fully_connected
func.func @flatten(%x: tensor<1x2x1x3xf32>, %b: tensor<1xf32>) -> tensor<1x1xf32> {
  %first = "tosa.const"() {value = dense<[0, 3, 1, 2]> : tensor<4xi32>} : () -> tensor<4xi32>
  %w = "tosa.const"() {value = dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]> : tensor<1x6xf32>} : () -> tensor<1x6xf32>
  %0 = tosa.transpose %x, %first : (tensor<1x2x1x3xf32>, tensor<4xi32>) -> tensor<1x3x2x1xf32>
  %1 = tosa.reshape %0 {new_shape = array<i64: 1, 6>} : (tensor<1x3x2x1xf32>) -> tensor<1x6xf32>
  %2 = tosa.fully_connected %1, %w, %b : (tensor<1x6xf32>, tensor<1x6xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}

// -----

// Moving dimensions of size 1 is a reshape; different orders do not meet.

// CHECK-LABEL: @reshape
// CHECK: tosa.reshape
// CHECK-NOT: tosa.transpose
func.func @reshape(%x: tensor<1x1x4x4xf32>) -> tensor<1x4x4x1xf32> {
  %last = "tosa.const"() {value = dense<[0, 2, 3, 1]> : tensor<4xi32>} : () -> tensor<4xi32>
  %0 = tosa.transpose %x, %last : (tensor<1x1x4x4xf32>, tensor<4xi32>) -> tensor<1x4x4x1xf32>
  return %0 : tensor<1x4x4x1xf32>
}

// -----

// CHECK-LABEL: @orders
// CHECK-COUNT-2: tosa.transpose
// CHECK: tosa.add
func.func @orders(%x: tensor<2x2x2xf32>, %y: tensor<2x2x2xf32>) -> tensor<2x2x2xf32> {
  %p = "tosa.const"() {value = dense<[0, 2, 1]> : tensor<3xi32>} : () -> tensor<3xi32>
  %q = "tosa.const"() {value = dense<[2, 1, 0]> : tensor<3xi32>} : () -> tensor<3xi32>
  %0 = tosa.transpose %x, %p : (tensor<2x2x2xf32>, tensor<3xi32>) -> tensor<2x2x2xf32>
  %1 = tosa.transpose %y, %q : (tensor<2x2x2xf32>, tensor<3xi32>) -> tensor<2x2x2xf32>
  %2 = tosa.add %0, %1 : (tensor<2x2x2xf32>, tensor<2x2x2xf32>) -> tensor<2x2x2xf32>
  return %2 : tensor<2x2x2xf32>
}
