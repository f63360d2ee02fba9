// RUN: smelt-opt %s --ternary-convert-to-integer --split-input-file --verify-diagnostics

// All ops without an integer form are reported; those that depend on them are
// not.
func.func @unsupported(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  // expected-error @below {{'tosa.sin' has no integer form}}
  %a = tosa.sin %q : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // expected-error @below {{'tosa.cos' has no integer form}}
  %b = tosa.cos %q : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %c = tosa.add %a, %b : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %c : tensor<1x4xf32>
}

// -----

// expected-error @below {{the range of input 0 is not known: calibrate, or state its type and range}}
func.func @no_range(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  return %x : tensor<1x4xf32>
}

// -----

func.func @float_weights(%x: tensor<1x4xf32>, %w: tensor<1x4xf32>, %b: tensor<1xf32>) -> tensor<1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %v = ternary.fake_quant %w scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %c = ternary.fake_quant %b scale [0.5] to [-128, 127] : tensor<1xf32>
  // expected-error @below {{weights are not quantized; run ternary-quantize-weights before this pass}}
  %y = tosa.fully_connected %q, %v, %c : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @constant_result(%x: tensor<1xf32>) -> tensor<1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1xf32>
  %c = "tosa.const"() {value = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-error @below {{result 0 does not depend on an input}}
  return %c : tensor<1xf32>
}
