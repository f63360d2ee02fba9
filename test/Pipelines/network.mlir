// RUN: smelt-opt %s --smelt-simplify-float | FileCheck %s --check-prefix=FLOAT
// RUN: smelt-opt %s --pass-pipeline="builtin.module(smelt-simplify-float,ternary-quantize-weights,func.func(ternary-quantize-activations),smelt-quantized-to-integer)" | FileCheck %s --check-prefix=INTEGER

// FLOAT: ternary.activation <silu>
// FLOAT-NOT: tosa.sigmoid

// INTEGER: ternary.matmul %{{.*}} requantize
// INTEGER: ternary.activation <silu> %{{.*}} fraction 12 : (tensor<1x2xi16>) -> tensor<1x2xi16>
// INTEGER-NOT: f32
func.func @main(%x: tensor<1x3xf32> {smelt.range = array<f64: -1.0, 1.0>}) -> tensor<1x2xf32> {
  %w = "tosa.const"() {value = dense<[[0.5, 0.0, -0.5], [0.5, 0.5, 0.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %h = tosa.fully_connected %x, %w, %b {smelt.range = array<f64: -6.0, 6.0>} : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %s = tosa.sigmoid %h : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = tosa.mul %h, %s {shift = 0 : i8} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
