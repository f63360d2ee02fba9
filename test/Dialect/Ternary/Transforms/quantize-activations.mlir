// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-quantize-activations))" --split-input-file --verify-diagnostics | FileCheck %s
// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-quantize-activations{bits=16}))" --split-input-file --verify-diagnostics | FileCheck %s --check-prefix=WIDE

// The range of the argument is spanned; the clamp's result is rounded, not the
// product before it; the returned value is left to the accumulator.
// CHECK-LABEL: func.func @dense
// CHECK: %[[X:.*]] = ternary.fake_quant %arg0 scale [0.0039215{{.*}}] zero_point -128 to [-128, 127]
// CHECK: %[[Y:.*]] = tosa.fully_connected %[[X]]
// CHECK-NOT: ternary.fake_quant %[[Y]]
// CHECK: %[[C:.*]] = tosa.clamp %[[Y]]
// CHECK: ternary.fake_quant %[[C]] scale [0.01{{.*}}] zero_point -128 to [-128, 127]
// CHECK: %[[Z:.*]] = tosa.fully_connected
// CHECK-NOT: ternary.fake_quant
// CHECK: return %[[Z]]
// WIDE-LABEL: func.func @dense
// WIDE: ternary.fake_quant %arg0 scale [3.05{{.*}}E-5] to [-32767, 32767]
func.func @dense(%x: tensor<1x2xf32> {smelt.range = array<f64: 0.0, 1.0>}) -> tensor<1x2xf32> {
  %w = "tosa.const"() {value = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {value = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %c = tosa.clamp %y {min_fp = 0.0 : f32, max_fp = 3.4e38 : f32, min_int = 0 : i64, max_int = 0 : i64, smelt.range = array<f64: 0.0, 4.0>} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = tosa.fully_connected %c, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// SiLU reads 16 bits with as many fractional bits as its range leaves; sigmoid
// never needs more than 11 either way.
// CHECK-LABEL: func.func @smooth
// CHECK-DAG: ternary.fake_quant %arg0 scale [3.906250e-03] to [-32768, 32767]
// CHECK-DAG: ternary.fake_quant %arg1 scale [4.8828125E-4] to [-32768, 32767]
func.func @smooth(%x: tensor<1x2xf32> {smelt.range = array<f64: -100.0, 90.0>}, %z: tensor<1x2xf32> {smelt.range = array<f64: -100.0, 90.0>}) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %y = ternary.activation <silu> %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %t = tosa.sigmoid %z : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y, %t : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// A padded convolution wants zero to be the integer 0, also through a movement.
// CHECK-LABEL: func.func @padded
// CHECK: ternary.fake_quant %arg0 scale [0.007874{{.*}}] to [-127, 127]
func.func @padded(%x: tensor<1x16xf32> {smelt.range = array<f64: 0.0, 1.0>}) -> tensor<1x4x4x1xf32> {
  %w = "tosa.const"() {value = dense<1.0> : tensor<1x3x3x1xf32>} : () -> tensor<1x3x3x1xf32>
  %b = "tosa.const"() {value = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %i = tosa.reshape %x {new_shape = array<i64: 1, 4, 4, 1>} : (tensor<1x16xf32>) -> tensor<1x4x4x1xf32>
  %y = tosa.conv2d %i, %w, %b {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  return %y : tensor<1x4x4x1xf32>
}

// -----

// Channels of different ranges need a finer input.
// CHECK-LABEL: func.func @scaled
// CHECK: ternary.fake_quant %arg0 scale [{{.*}}] to [-32767, 32767]
func.func @scaled(%x: tensor<1x2xf32> {smelt.range = array<f64: 0.0, 1.0>}) -> tensor<1x2xf32> {
  %c = "tosa.const"() {value = dense<[[1.0, 0.01]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %y = tosa.mul %x, %c {shift = 0 : i8} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

// Of this argument only the sign counts, which gives it no grid.
// CHECK-LABEL: func.func @binarized
// CHECK: ternary.fake_quant %arg0 scale [{{.*}}] zero_point -128 to [-128, 127]
func.func @binarized(%x: tensor<1x4xf32> {smelt.range = array<f64: 0.0, 1.0>}) -> tensor<1x4xf32> {
  %c = "tosa.const"() {value = dense<0.5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %y = tosa.sub %x, %c : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %q = ternary.binarize %y scale 1.0 : tensor<1x4xf32>
  return %q : tensor<1x4xf32>
}

// -----

// expected-error @below {{2 activations have no known range, this one first: calibrate with sample inputs (--calibrate FILE)}}
func.func @unknown(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %y = ternary.activation <silu> %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %z = ternary.activation <silu> %y : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// The model's own rounding comes after a reshape and a scaling: no other.
// CHECK-LABEL: func.func @rounded_later
// CHECK-NOT: ternary.fake_quant %arg0
// CHECK: ternary.fake_quant %{{.*}} scale [5.000000e-01] to [-1, 1]
// CHECK-NOT: ternary.fake_quant
func.func @rounded_later(%x: tensor<2x2xf32>) -> tensor<1x4xf32> {
  %c = "tosa.const"() {value = dense<2.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %r = tosa.reshape %x {new_shape = array<i64: 1, 4>} : (tensor<2x2xf32>) -> tensor<1x4xf32>
  %y = tosa.mul %r, %c {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %q = ternary.fake_quant %y scale [0.5] to [-1, 1] : tensor<1x4xf32>
  return %q : tensor<1x4xf32>
}
