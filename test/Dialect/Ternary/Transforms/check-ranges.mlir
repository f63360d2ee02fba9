// RUN: smelt-opt %s --ternary-check-ranges="widen=true" | FileCheck %s

// 2 * 2 * 32767 * 32767 does not fit in i32.
// CHECK-LABEL: func.func @wide
// CHECK: ternary.matmul {{.*}} {accumulator = i64}
func.func @wide(%x: tensor<1x2xi16>) -> tensor<1x1xi8> {
  %w = ternary.weights dense<1> : tensor<4xi8> -> <1x2 : dense, planes = 2>
  %s = arith.constant dense<32767> : tensor<2x1x1xi16>
  %m = arith.constant dense<1> : tensor<1xi32>
  %b = arith.constant dense<0> : tensor<1xi64>
  %y = ternary.matmul %x, %w scales(%s) requantize(%m, %b) <shift = 20, min = -127, max = 127>
      : (tensor<1x2xi16>, !ternary.weights<1x2 : dense, planes = 2>, tensor<2x1x1xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x1xi8>
  return %y : tensor<1x1xi8>
}

// The clamp of the producer keeps this one narrow.
// CHECK-LABEL: func.func @narrow
// CHECK: ternary.matmul
// CHECK-NOT: accumulator
func.func @narrow(%x: tensor<1x2xi8>) -> tensor<1x1xi8> {
  %w = ternary.weights dense<1> : tensor<4xi8> -> <1x2 : dense, planes = 2>
  %s = arith.constant dense<32767> : tensor<2x1x1xi16>
  %m = arith.constant dense<1> : tensor<1xi32>
  %b = arith.constant dense<0> : tensor<1xi64>
  %t = ternary.requantize %x, %m, %b <shift = 0, min = -9, max = 9> : (tensor<1x2xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2xi16>
  %y = ternary.matmul %t, %w scales(%s) requantize(%m, %b) <shift = 20, min = -127, max = 127>
      : (tensor<1x2xi16>, !ternary.weights<1x2 : dense, planes = 2>, tensor<2x1x1xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x1xi8>
  return %y : tensor<1x1xi8>
}
