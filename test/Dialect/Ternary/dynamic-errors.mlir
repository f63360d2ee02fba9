// RUN: smelt-opt %s --split-input-file --verify-diagnostics

func.func @absmax_type(%x: tensor<2x4xi32>) {
  // expected-error @below {{absmax must be i32 or i64}}
  %0 = ternary.absmax %x : (tensor<2x4xi32>) -> tensor<2xi8>
  return
}

// -----

func.func @absmax_rows(%x: tensor<i32>) {
  // expected-error @below {{needs rows of at least one element}}
  %0 = ternary.absmax %x : (tensor<i32>) -> tensor<i32>
  return
}

// -----

func.func @absmax_shape(%x: tensor<2x4xi32>) {
  // expected-error @below {{needs one absmax for each row}}
  %0 = ternary.absmax %x : (tensor<2x4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @quantize_input(%x: tensor<2x4xi8>, %a: tensor<2xi32>) {
  // expected-error @below {{input must be i16, i32 or i64}}
  %0 = ternary.dynamic_quantize %x by %a : (tensor<2x4xi8>, tensor<2xi32>) -> tensor<2x4xi8>
  return
}

// -----

func.func @quantize_result(%x: tensor<2x4xi32>, %a: tensor<2xi32>) {
  // expected-error @below {{result must be i8 or i16}}
  %0 = ternary.dynamic_quantize %x by %a : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @quantize_shape(%x: tensor<2x4xi32>, %a: tensor<2xi32>) {
  // expected-error @below {{input and result must have the same shape}}
  %0 = ternary.dynamic_quantize %x by %a : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<4x2xi8>
  return
}

// -----

func.func @quantize_absmax(%x: tensor<2x4xi32>, %a: tensor<1xi32>) {
  // expected-error @below {{needs one absmax for each row}}
  %0 = ternary.dynamic_quantize %x by %a : (tensor<2x4xi32>, tensor<1xi32>) -> tensor<2x4xi8>
  return
}

// -----

func.func @dequantize_input(%x: tensor<2x3xi8>, %a: tensor<2xi32>, %m: tensor<3xi32>) {
  // expected-error @below {{input must be i32 or i64}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 9] : (tensor<2x3xi8>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_shift(%x: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>) {
  // expected-error @below {{shift must be in 0..126}}
  %0 = ternary.dequantize %x by %a, %m shift 127 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_shape(%x: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>) {
  // expected-error @below {{input and result must have the same shape}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>) -> tensor<3x2xi8>
  return
}

// -----

func.func @dequantize_absmax(%x: tensor<2x3xi32>, %a: tensor<3xi32>, %m: tensor<3xi32>) {
  // expected-error @below {{needs one absmax for each row}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<3xi32>, tensor<3xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_multiplier(%x: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<2xi32>) {
  // expected-error @below {{multiplier must have 1 or 3 elements}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<2xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_bias(%x: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>, %b: tensor<3xi32>) {
  // expected-error @below {{bias must have elements of type i64}}
  %0 = ternary.dequantize %x by %a, %m plus %b shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>, tensor<3xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @dequantize_clamp(%x: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>) {
  // expected-error @below {{clamp [-9, 128] does not fit into 'i8'}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 128] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @norm_rows(%x: tensor<2x0xi32>) {
  // expected-error @below {{last dimension must have 1 to 65536 elements}}
  %0 = ternary.rms_norm %x epsilon (0 : i64) : (tensor<2x0xi32>) -> tensor<2x0xi32>
  return
}

// -----

func.func @norm_shape(%x: tensor<2x4xi32>) {
  // expected-error @below {{input and result must have the same shape}}
  %0 = ternary.rms_norm %x epsilon (0 : i64) : (tensor<2x4xi32>) -> tensor<4x4xi32>
  return
}

// -----

func.func @norm_epsilon(%x: tensor<2x4xi32>) {
  // expected-error @below {{needs an epsilon of i64 in 0..2^61-1}}
  %0 = ternary.rms_norm %x epsilon (-1 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @norm_epsilon_type(%x: tensor<2x4xi32>) {
  // expected-error @below {{needs an epsilon of i64 in 0..2^61-1}}
  %0 = ternary.layer_norm %x epsilon (1.0 : f32) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @norm_width(%x: tensor<2x4xi32>) {
  // expected-error @below {{result must be i32 without requantization}}
  %0 = ternary.rms_norm %x epsilon (0 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi8>
  return
}

// -----

func.func @norm_offset(%x: tensor<2x4xi32>, %m: tensor<4xi32>) {
  // expected-error @below {{requantize needs a multiplier, an offset and a rescale}}
  %0 = "ternary.rms_norm"(%x, %m) <{epsilon = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (tensor<2x4xi32>, tensor<4xi32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @norm_multiplier(%x: tensor<2x4xi32>, %m: tensor<3xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{multiplier must have 1 or 4 elements}}
  %0 = ternary.rms_norm %x epsilon (0 : i64) requantize (%m, %b) <shift = 3, min = 0, max = 1> : (tensor<2x4xi32>, tensor<3xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  return
}

// -----

func.func @norm_clamp(%x: tensor<2x4xi32>, %m: tensor<4xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{clamp [0, 128] does not fit into 'i8'}}
  %0 = ternary.rms_norm %x epsilon (0 : i64) requantize (%m, %b) <shift = 3, min = 0, max = 128> : (tensor<2x4xi32>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  return
}

// -----

func.func @float_epsilon(%x: tensor<2x4xf32>) {
  // expected-error @below {{needs an epsilon of f32 that is not negative}}
  %0 = ternary.rms_norm %x epsilon (-1.0 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @float_epsilon_type(%x: tensor<2x4xf32>) {
  // expected-error @below {{needs an epsilon of f32 that is not negative}}
  %0 = ternary.layer_norm %x epsilon (1 : i64) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @float_result(%x: tensor<2x4xf32>) {
  // expected-error @below {{input and result must have the same element type}}
  %0 = ternary.rms_norm %x epsilon (1.0 : f32) : (tensor<2x4xf32>) -> tensor<2x4xi32>
  return
}

// -----

func.func @float_requantize(%x: tensor<2x4xf32>, %m: tensor<4xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{is not requantized in float form}}
  %0 = ternary.rms_norm %x epsilon (1.0 : f32) requantize (%m, %b) <shift = 3, min = 0, max = 1> : (tensor<2x4xf32>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @layer_norm_width(%x: tensor<2x4xi64>) {
  // expected-error @below {{input must have at most 32 bits}}
  %0 = ternary.layer_norm %x epsilon (0 : i64) : (tensor<2x4xi64>) -> tensor<2x4xi32>
  return
}
