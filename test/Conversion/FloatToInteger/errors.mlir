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

// -----

// expected-error @below {{input 0 is not a tensor of f32}}
func.func @integers(%x: tensor<4xi32>) -> tensor<4xi32> {
  return %x : tensor<4xi32>
}

// -----

func.func @packed(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %w = ternary.weights dense<0> : tensor<1xi8> -> <1x4 : twobit>
  %d = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x1x1xf32>) : <1x4 : twobit> -> tensor<1x4xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-error @below {{weights are packed already}}
  %y = tosa.fully_connected %q, %d, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @no_data(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %w = ternary.weights dense_resource<missing> : tensor<4xi8> -> <1x4 : dense>
  %d = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x1x1xf32>) : <1x4 : dense> -> tensor<1x4xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-error @below {{the data of the weights is missing}}
  %y = tosa.fully_connected %q, %d, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @bias(%x: tensor<1x4xf32>, %z: tensor<1xf32>) -> tensor<1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %w = ternary.weights dense<0> : tensor<4xi8> -> <1x4 : dense>
  %d = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x1x1xf32>) : <1x4 : dense> -> tensor<1x4xf32>
  %b = ternary.fake_quant %z scale [0.5] to [-128, 127] : tensor<1xf32>
  // expected-error @below {{bias is not a constant}}
  %y = tosa.fully_connected %q, %d, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

func.func @channels(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x2xf32>
  // expected-error @below {{a quantization with a scale for each channel, or of more than 32 bits, has no integer form}}
  %y = ternary.fake_quant %q scale [0.5, 1.0] axis 1 to [-128, 127] : tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

func.func @power(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x2xf32>
  %e = "tosa.const"() {value = dense<[[1.0, 2.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  // expected-error @below {{the exponent is not one constant}}
  %y = tosa.pow %q, %e : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

func.func @mean(%x: tensor<1x4x4x1xf32>) -> tensor<1x5x5x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4x4x1xf32>
  // expected-error @below {{average pooling with padding left out of the mean has no integer form; count the padding (count_include_pad=1) or pad before}}
  %y = tosa.avg_pool2d %q {acc_type = f32, kernel = array<i64: 2, 2>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xf32>) -> tensor<1x5x5x1xf32>
  return %y : tensor<1x5x5x1xf32>
}

// -----

func.func @window(%x: tensor<1x256x128x1xf32>) -> tensor<1x1x1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x256x128x1xf32>
  // expected-error @below {{the window is too large for 32-bit sums}}
  %y = tosa.avg_pool2d %q {acc_type = f32, kernel = array<i64: 256, 128>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x256x128x1xf32>) -> tensor<1x1x1x1xf32>
  return %y : tensor<1x1x1x1xf32>
}

// -----

func.func @sum(%x: tensor<32768xf32>) -> tensor<1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<32768xf32>
  // expected-error @below {{the dimension is too long for 32-bit sums}}
  %y = tosa.reduce_sum %q {axis = 0 : i32} : (tensor<32768xf32>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

// -----

func.func @inner(%x: tensor<1x1x262144xf32>) -> tensor<1x1x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x1x262144xf32>
  %r = tosa.reshape %q {new_shape = array<i64: 1, 262144, 1>} : (tensor<1x1x262144xf32>) -> tensor<1x262144x1xf32>
  // expected-error @below {{the inner dimension is too long for 32-bit sums}}
  %y = tosa.matmul %q, %r : (tensor<1x1x262144xf32>, tensor<1x262144x1xf32>) -> tensor<1x1x1xf32>
  return %y : tensor<1x1x1xf32>
}

// -----

func.func @constant_alone(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x2xf32>
  %c = "tosa.const"() {value = dense<1.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  // expected-error @below {{works on a constant alone; fold it before}}
  %e = tosa.exp %c : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %y = tosa.add %q, %e : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// -----

func.func @permutation(%x: tensor<1x2xf32>) -> tensor<2x1xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x2xf32>
  %p = "tosa.const"() {value = dense_resource<missing> : tensor<2xi32>} : () -> tensor<2xi32>
  // expected-error @below {{the permutation is not a constant}}
  %y = tosa.transpose %q, %p : (tensor<1x2xf32>, tensor<2xi32>) -> tensor<2x1xf32>
  return %y : tensor<2x1xf32>
}

// -----

func.func @no_values(%x: tensor<2xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<2xf32>
  %p = "tosa.const"() {value = dense<1> : tensor<2xi32>} : () -> tensor<2xi32>
  %s = "tosa.const"() {value = dense_resource<missing> : tensor<f32>} : () -> tensor<f32>
  %v = "tosa.const"() {value = dense_resource<missing> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{the padding value is not a constant}}
  %0 = tosa.pad %q, %p, %s : (tensor<2xf32>, tensor<2xi32>, tensor<f32>) -> tensor<4xf32>
  // expected-error @below {{an operand is neither an activation nor a constant}}
  %1 = tosa.concat %q, %v {axis = 0 : i32} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  // expected-error @below {{an operand is neither an activation nor a constant}}
  %2 = tosa.add %q, %v : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  // expected-error @below {{an operand is neither an activation nor a constant}}
  %3 = tosa.mul %q, %v {shift = 0 : i8} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  // expected-error @below {{an operand is neither an activation nor a constant}}
  %4 = tosa.maximum %q, %v : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return %0, %1, %2, %3, %4 : tensor<4xf32>, tensor<4xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

func.func @not_finite(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x1xf32>) {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x2xf32>
  %nan = "tosa.const"() {value = dense<0x7FC00000> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %inf = "tosa.const"() {value = dense<0x7F800000> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  // expected-error @below {{makes numbers of its constants that are not finite}}
  %0 = tosa.mul %q, %nan {shift = 0 : i8} : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %r = ternary.fake_quant %0 scale [0.5] to [-128, 127] : tensor<1x2xf32>
  // expected-error @below {{makes numbers of its constants that are not finite}}
  %1 = tosa.add %q, %inf : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %w = ternary.weights dense<[1, 0]> : tensor<2xi8> -> <1x2 : dense>
  %d = ternary.dequantize_weights %w scales (dense<0.5> : tensor<1x1x1xf32>) : !ternary.weights<1x2 : dense> -> tensor<1x2xf32>
  %b = "tosa.const"() {value = dense<0xFF800000> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-error @below {{makes numbers of its constants that are not finite}}
  %2 = tosa.fully_connected %q, %d, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %r, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x1xf32>
}
