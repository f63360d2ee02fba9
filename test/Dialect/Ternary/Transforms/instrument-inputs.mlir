// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-instrument-inputs))" | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<1x2xf32>, tensor<1x3xf32>, tensor<1x2xf32>)
// CHECK: %[[H:.*]] = tosa.fully_connected %arg0
// CHECK: %[[Y:.*]] = tosa.fully_connected %[[H]]
// CHECK: return %[[Y]], %arg0, %[[H]]
func.func @main(%x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {value = dense<1.0> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %v = "tosa.const"() {value = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %h = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = tosa.fully_connected %h, %v, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
