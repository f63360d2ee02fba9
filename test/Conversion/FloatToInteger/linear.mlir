// RUN: smelt-opt %s --ternary-convert-to-integer --split-input-file | FileCheck %s

// Scaling and batch norm fold into one requantization; the input takes the grid
// of the rounding that it reaches.
// CHECK-LABEL: func.func @dense
// CHECK-SAME: %[[X:.*]]: tensor<1x4xi8> {smelt.name = "x", smelt.scale = 2.500000e-01 : f64, smelt.zero_point = -2 : i64}
// CHECK-SAME: -> (tensor<1x2xi8> {smelt.scale = 5.000000e-01 : f64, smelt.zero_point = 0 : i64})
func.func @dense(%x: tensor<1x4xf32> {smelt.name = "x"}) -> tensor<1x2xf32> {
  %two = "tosa.const"() {value = dense<2.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %one = "tosa.const"() {value = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %a = tosa.mul %x, %two {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %s = tosa.sub %a, %one : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %q = ternary.fake_quant %s scale [0.5] to [-128, 127] : tensor<1x4xf32>
  // CHECK: %[[W:.*]] = ternary.weights dense<[1, 0, -1, 1, 1, 1, 0, 0]> : tensor<8xi8> -> <2x4 : dense>
  %p = ternary.weights dense<[1, 0, -1, 1, 1, 1, 0, 0]> : tensor<8xi8> -> <2x4 : dense>
  %w = ternary.dequantize_weights %p scales (dense<[[[0.5], [0.25]]]> : tensor<1x2x1xf32>) : <2x4 : dense> -> tensor<2x4xf32>
  // CHECK: %[[ACC:.*]] = ternary.matmul %[[X]], %[[W]] : (tensor<1x4xi8>, !ternary.weights<2x4 : dense>) -> tensor<1x2xi32>
  %b = "tosa.const"() {value = dense<[1.0, -1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = tosa.fully_connected %q, %w, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %g = "tosa.const"() {value = dense<[[-1.0, 4.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %n = tosa.mul %y, %g {shift = 0 : i8} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  %c = tosa.clamp %n {min_fp = 0.0 : f32, max_fp = 10.0 : f32, min_int = 0 : i64, max_int = 0 : i64} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  // Units of the accumulators are 0.25 * -1 and 0.125 * 4, of the result 0.5:
  // the multipliers are -0.5 and 1 times 2^30.
  // CHECK-DAG: %[[M:.*]] = "tosa.const"() <{value = dense<[-536870912, 1073741824]> : tensor<2xi32>}>
  // Offsets are -2 and -8 times 2^30, plus half a unit; sums of the input's zero
  // points are 0 (real 0 is the integer 0 after the rounding).
  // CHECK-DAG: %[[B:.*]] = "tosa.const"() <{value = dense<{{.*}}> : tensor<2xi64>}>
  // CHECK: ternary.requantize %[[ACC]], %[[M]], %[[B]] <shift = 30, min = 0, max = 20>
  %z = ternary.fake_quant %c scale [0.5] to [-127, 127] : tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// Several planes have integer scales, as wide as 32-bit sums allow.
// CHECK-LABEL: func.func @planes
// CHECK{LITERAL}: value = dense<[[[32767]], [[8192]]]> : tensor<2x1x1xi16>
// CHECK: ternary.matmul %{{.*}}, %{{.*}} scales (%{{.*}}) : (tensor<1x4xi8>, !ternary.weights<1x4 : dense, planes = 2>, tensor<2x1x1xi16>) -> tensor<1x1xi32>
func.func @planes(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %p = ternary.weights dense<[1, 0, -1, 1, 1, 1, 0, 0]> : tensor<8xi8> -> <1x4 : dense, planes = 2>
  %w = ternary.dequantize_weights %p scales (dense<[[[1.0]], [[0.25]]]> : tensor<2x1x1xf32>) : <1x4 : dense, planes = 2> -> tensor<1x4xf32>
  %b = "tosa.const"() {value = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.fully_connected %q, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

// Where real 0 is not the integer 0, the image is padded explicitly.
// CHECK-LABEL: func.func @conv_zero_point
// CHECK: %[[ZP:.*]] = "tosa.const"() <{value = dense<-128> : tensor<i8>}>
// CHECK: %[[PAD:.*]] = tosa.pad %{{.*}}, %{{.*}}, %[[ZP]] : (tensor<1x4x4x1xi8>, tensor<4x2xi64>, tensor<i8>) -> tensor<1x6x6x1xi8>
// CHECK: ternary.conv2d %[[PAD]], %{{.*}} {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>}
func.func @conv_zero_point(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] zero_point -128 to [-128, 127] : tensor<1x4x4x1xf32>
  %p = ternary.weights dense<[1, 0, -1, 1, 1, 1, 0, 0, 0]> : tensor<9xi8> -> <1x3x3x1 : dense>
  %w = ternary.dequantize_weights %p scales (dense<1.0> : tensor<1x1x1xf32>) : <1x3x3x1 : dense> -> tensor<1x3x3x1xf32>
  %b = "tosa.const"() {value = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.conv2d %q, %w, %b {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// -----

// Average pooling is a sum whose divisor joins the scale.
// CHECK-LABEL: func.func @avg_pool
// CHECK: %[[S:.*]] = ternary.sum_pool2d %{{.*}} {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x1xi8>) -> tensor<1x2x2x1xi32>
// CHECK: "tosa.const"() <{value = dense<1073741824> : tensor<1xi32>}>
// CHECK: ternary.requantize %[[S]], {{.*}} <shift = 32,
func.func @avg_pool(%x: tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4x4x1xf32>
  %y = tosa.avg_pool2d %q {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>, acc_type = f32} : (tensor<1x4x4x1xf32>) -> tensor<1x2x2x1xf32>
  %z = ternary.fake_quant %y scale [0.5] to [-128, 127] : tensor<1x2x2x1xf32>
  return %z : tensor<1x2x2x1xf32>
}
