// RUN: smelt-opt %s --ternary-quantize-weights --split-input-file | FileCheck %s
// RUN: smelt-opt %s --ternary-quantize-weights="weights=2" --split-input-file | FileCheck %s --check-prefix=TWO

// One scale for the tensor.
// CHECK-LABEL: func.func @tensor_scale
// CHECK: %[[W:.*]] = ternary.weights dense<[1, 0, -1, 0, 1, 1]> : tensor<6xi8> -> <2x3 : dense>
// CHECK: %[[D:.*]] = ternary.dequantize_weights %[[W]] scales (dense<5.000000e-01> : tensor<1x2x1xf32>) {smelt.error = 0.000000e+00 : f64}
// CHECK: tosa.fully_connected %{{.*}}, %[[D]],
func.func @tensor_scale(%x: tensor<1x3xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {value = dense<[[0.5, 0.0, -0.5], [0.0, 0.5, 0.5]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// A scale for each row; all weights of the last row are zero. Ternary weights are
// kept however many planes are asked for.
// CHECK-LABEL: func.func @row_scales
// CHECK: ternary.weights dense<[1, 0, -1, 0, 1, 1, 0, 0, 0]>
// CHECK{LITERAL}: scales (dense<[[[5.000000e-01], [2.000000e+00], [1.000000e+00]]]>
// TWO-LABEL: func.func @row_scales
// TWO: ternary.weights {{.*}} -> <3x3 : dense>
func.func @row_scales(%x: tensor<1x3xf32>, %b: tensor<3xf32>) -> tensor<1x3xf32> {
  %w = "tosa.const"() {value = dense<[[0.5, 0.0, -0.5], [0.0, 2.0, 2.0], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>} : () -> tensor<3x3xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

// -----

// Weights on an 8-bit grid are kept by default, and fitted where planes are
// asked for.
// CHECK-LABEL: func.func @int8_grid
// CHECK: ternary.weights dense<[127, 4, -3, 8, 100, 5]> : tensor<6xi8> -> <2x3 : int8>
// CHECK: scales (dense<2.500000e-01> : tensor<1x2x1xf32>)
// TWO-LABEL: func.func @int8_grid
// TWO: ternary.weights dense<{{.*}}> : tensor<12xi8> -> <2x3 : dense, planes = 2>
func.func @int8_grid(%x: tensor<1x3xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {value = dense<[[31.75, 1.0, -0.75], [2.0, 25.0, 1.25]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Other weights are fitted, here with the least squared error: the two largest of
// the first row, and their mean.
// CHECK-LABEL: func.func @fitted
// CHECK: ternary.weights dense<[1, -1, 0, 0]> : tensor<4xi8> -> <1x4 : dense>
// CHECK: scales (dense<0.949999988> : tensor<1x1x1xf32>) {smelt.error = 0.0{{.*}} : f64}
func.func @fitted(%x: tensor<1x4xf32>, %b: tensor<1xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {value = dense<[[1.0, -0.9, 0.01, 0.003]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("fc")
  return %y : tensor<1x1xf32>
}

// -----

// Depthwise weights become one row for each output channel.
// CHECK-LABEL: func.func @depthwise
// CHECK: ternary.weights dense<[1, 0, 0, 1, -1, 1, 0, 0]> : tensor<8xi8> -> <2x2x2x1 : dense>
// CHECK: tosa.reshape
// CHECK: tosa.transpose
// CHECK: tosa.depthwise_conv2d
func.func @depthwise(%x: tensor<1x4x4x2xf32>, %b: tensor<2xf32>) -> tensor<1x3x3x2xf32> {
  %w = "tosa.const"() {value = dense<[[[[2.0], [-3.0]], [[0.0], [3.0]]], [[[0.0], [0.0]], [[2.0], [0.0]]]]> : tensor<2x2x2x1xf32>} : () -> tensor<2x2x2x1xf32>
  %y = tosa.depthwise_conv2d %x, %w, %b {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x2xf32>, tensor<2x2x2x1xf32>, tensor<2xf32>) -> tensor<1x3x3x2xf32>
  return %y : tensor<1x3x3x2xf32>
}

// -----

// With the covariance of the inputs, weights of inputs that move together are
// fitted together: here only the sum of the two counts. The bias makes up for the
// mean.
// CHECK-LABEL: func.func @moments
// CHECK: ternary.weights dense<{{.*}}> : tensor<2xi8> -> <1x2 : dense>
// CHECK-NOT: smelt.mean
// CHECK: return
func.func @moments(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {value = dense<[[1.0, 0.3137159]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.fully_connected %x, %w, %b {smelt.mean = dense<[2.0, 2.0]> : tensor<2xf32>, smelt.covariance = dense<[[1.0, 0.99], [0.99, 1.0]]> : tensor<2x2xf32>} : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
