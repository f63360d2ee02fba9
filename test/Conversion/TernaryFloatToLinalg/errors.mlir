// RUN: smelt-opt %s --split-input-file --verify-diagnostics --pass-pipeline='builtin.module(func.func(convert-ternary-float-to-linalg))'

func.func @argument(%w: !ternary.weights<1x4 : dense>) -> tensor<1x4xf32> {
  // expected-error @below {{needs weights that a 'ternary.weights' names}}
  // expected-error @below {{failed to legalize}}
  %y = ternary.dequantize_weights %w scales(dense<[[[0.5]]]> : tensor<1x1x1xf32>) : !ternary.weights<1x4 : dense> -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @layout() -> tensor<1x4xf32> {
  %w = ternary.weights dense<0> : tensor<1xi8> -> <1x4 : twobit>
  // expected-error @below {{needs weights in layout dense or int8}}
  // expected-error @below {{failed to legalize}}
  %y = ternary.dequantize_weights %w scales(dense<[[[0.5]]]> : tensor<1x1x1xf32>) : !ternary.weights<1x4 : twobit> -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @no_data() -> tensor<1x4xf32> {
  %w = ternary.weights dense_resource<missing> : tensor<4xi8> -> <1x4 : dense>
  // expected-error @below {{has weights without data}}
  // expected-error @below {{failed to legalize}}
  %y = ternary.dequantize_weights %w scales(dense<[[[0.5]]]> : tensor<1x1x1xf32>) : !ternary.weights<1x4 : dense> -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

func.func @no_scales() -> tensor<1x4xf32> {
  %w = ternary.weights dense<0> : tensor<4xi8> -> <1x4 : dense>
  // expected-error @below {{has scales without data}}
  // expected-error @below {{failed to legalize}}
  %y = ternary.dequantize_weights %w scales(dense_resource<missing> : tensor<1x1x1xf32>) : !ternary.weights<1x4 : dense> -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
