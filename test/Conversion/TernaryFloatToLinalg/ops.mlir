// RUN: smelt-opt %s --pass-pipeline='builtin.module(func.func(convert-ternary-float-to-linalg))' | FileCheck %s

// CHECK: #[[AXIS:.+]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @fake_quant
func.func @fake_quant(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK: linalg.generic
  // CHECK: %[[D:.*]] = arith.divf
  // CHECK: %[[R:.*]] = math.roundeven %[[D]]
  // CHECK: %[[Z:.*]] = arith.addf %[[R]]
  // CHECK: %[[L:.*]] = arith.maximumf %[[Z]]
  // CHECK: %[[H:.*]] = arith.minimumf %[[L]]
  // CHECK: %[[S:.*]] = arith.subf %[[H]]
  // CHECK: arith.mulf %[[S]]
  %y = ternary.fake_quant %x scale [5.0e-01] zero_point 3 to [-128, 127] : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @per_axis
func.func @per_axis(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK: %[[S:.*]] = arith.constant dense<[1.000000e+00, 5.000000e-01, 2.500000e-01]> : tensor<3xf32>
  // CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[AXIS]], #{{.*}}]{{.*}} ins(%{{.*}}, %[[S]] :
  %y = ternary.fake_quant %x scale [1.0, 0.5, 0.25] axis 1 to [-1, 1] : tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// CHECK-LABEL: func.func @binarize
func.func @binarize(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[C:.*]] = arith.cmpf oge
  // CHECK: arith.select %[[C]]
  %y = ternary.binarize %x scale 2.5e-01 : tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @weights
func.func @weights() -> tensor<2x4xf32> {
  // CHECK-NOT: ternary.weights
  // CHECK: arith.constant dense<{{\[\[}}5.000000e-01, 0.000000e+00, -2.500000e-01, 2.500000e-01], [-2.000000e+00, 2.000000e+00, 0.000000e+00, 0.000000e+00]]>
  %w = ternary.weights dense<[1, 0, -1, 1, -1, 1, 0, 0]> : tensor<8xi8> -> <2x4 : dense>
  %y = ternary.dequantize_weights %w scales(dense<[[[0.5, 0.25], [2.0, 4.0]]]> : tensor<1x2x2xf32>) : !ternary.weights<2x4 : dense> -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @planes
func.func @planes() -> tensor<1x2xf32> {
  // CHECK: arith.constant dense<{{\[\[}}7.500000e-01, -1.000000e+00]]>
  %w = ternary.weights dense<[1, -1, -1, 0]> : tensor<4xi8> -> <1x2 : dense, planes = 2>
  %y = ternary.dequantize_weights %w scales(dense<[[[1.0]], [[0.25]]]> : tensor<2x1x1xf32>) : !ternary.weights<1x2 : dense, planes = 2> -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @activation
func.func @activation(%x: tensor<4xf32>, %i: tensor<4xi16>) -> (tensor<4xf32>, tensor<4xi16>) {
  // CHECK: math.exp
  // CHECK: arith.divf
  %a = ternary.activation <sigmoid> %x : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: math.tanh
  %b = ternary.activation <tanh> %a : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: math.exp
  %c = ternary.activation <silu> %b : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: math.tanh
  %d = ternary.activation <gelu> %c : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: ternary.activation <tanh>
  %e = ternary.activation <tanh> %i fraction 8 : (tensor<4xi16>) -> tensor<4xi16>
  return %d, %e : tensor<4xf32>, tensor<4xi16>
}

// CHECK-LABEL: func.func @softmax
func.func @softmax(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: linalg.fill
  // CHECK: arith.maximumf
  // CHECK: math.exp
  // CHECK: linalg.fill
  // CHECK: arith.addf
  // CHECK: arith.divf
  %y = ternary.softmax %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @log_softmax
func.func @log_softmax(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: arith.maximumf
  // CHECK: math.exp
  // CHECK: arith.addf
  // CHECK: math.log
  // CHECK: arith.subf
  %y = ternary.log_softmax %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @norms
func.func @norms(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  // CHECK: %[[SQUARE:.*]] = arith.mulf %[[X:.*]], %[[X]]
  // CHECK: arith.addf
  // CHECK: math.sqrt
  // CHECK: arith.divf
  %y = ternary.rms_norm %x epsilon (1.0e-05 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  // CHECK: arith.addf
  // CHECK: arith.subf
  // CHECK: math.sqrt
  %z = ternary.layer_norm %y epsilon (1.0e-05 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y, %z : tensor<2x4xf32>, tensor<2x4xf32>
}
