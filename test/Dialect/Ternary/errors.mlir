// RUN: smelt-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{unknown layout 'three'}}
func.func private @layout(!ternary.weights<2x5 : three>)

// -----

// expected-error @below {{weights need rows and columns}}
func.func private @rank(!ternary.weights<5 : dense>)

// -----

// expected-error @below {{dimensions must be positive and their product must fit in 64 bits}}
func.func private @zero(!ternary.weights<0x5 : dense>)

// -----

// expected-error @below {{dimensions must be positive and their product must fit in 64 bits}}
func.func private @huge(!ternary.weights<4294967296x4294967296 : dense>)

// -----

// expected-error @below {{weights have 1 to 3 planes, not 4}}
func.func private @planes(!ternary.weights<2x5 : dense, planes = 4>)

// -----

// expected-error @below {{int8 weights have one plane}}
func.func private @int8_planes(!ternary.weights<2x5 : int8, planes = 2>)

// -----

// expected-error @below {{int4 weights have one plane}}
func.func private @int4_planes(!ternary.weights<2x5 : int4, planes = 2>)

// -----

// expected-error @below {{dense weights cannot be interleaved}}
func.func private @dense_interleaved(!ternary.weights<2x5 : dense, interleaved>)

// -----

// expected-error @below {{bitplane weights cannot be interleaved}}
func.func private @bitplane_interleaved(!ternary.weights<2x5 : bitplane, planes = 2, interleaved>)

// -----

// expected-error @below {{expected '>'}}
func.func private @planes_last(!ternary.weights<2x5 : twobit, interleaved, planes = 2>)

// -----

// expected-error @below {{expected 'planes'}}
func.func private @unknown_keyword(!ternary.weights<2x5 : twobit, woven>)

// -----

func.func @interleaved_size() {
  // expected-error @below {{data has 3 bytes, but '!ternary.weights<2x5 : base3, interleaved>' needs 320}}
  %w = ternary.weights dense<1> : tensor<3xi8> -> <2x5 : base3, interleaved>
  return
}

// -----

func.func @interleaved_scales(%x: tensor<1x5xi8>, %w: !ternary.weights<17x5 : twobit, interleaved>, %s: tensor<1x17x1xi16>) {
  // expected-error @below {{scales must be i16 of shape [1, 2, groups, 16]}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<17x5 : twobit, interleaved>, tensor<1x17x1xi16>) -> tensor<1x17xi32>
  return
}

// -----

func.func @interleaved_scales_type(%x: tensor<1x5xi8>, %w: !ternary.weights<17x5 : twobit, interleaved>, %s: tensor<1x2x1x16xi32>) {
  // expected-error @below {{scales must be i16 of shape [1, 2, groups, 16]}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<17x5 : twobit, interleaved>, tensor<1x2x1x16xi32>) -> tensor<1x17xi32>
  return
}

// -----

func.func @interleaved_groups(%x: tensor<1x5xi8>, %w: !ternary.weights<17x5 : twobit, interleaved>, %s: tensor<1x2x6x16xi16>) {
  // expected-error @below {{has 6 groups for 5 columns}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<17x5 : twobit, interleaved>, tensor<1x2x6x16xi16>) -> tensor<1x17xi32>
  return
}

// -----

func.func @scales_as_interleaved(%x: tensor<1x5xi8>, %w: !ternary.weights<17x5 : twobit>, %s: tensor<1x2x1x16xi16>) {
  // expected-error @below {{scales must be i16 of shape [1, 17, groups]}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<17x5 : twobit>, tensor<1x2x1x16xi16>) -> tensor<1x17xi32>
  return
}

// -----

func.func @shift(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{shift must be in 0..62, not 63}}
  %y = ternary.requantize %x, %m, %b <shift = 63, min = -127, max = 127> : (tensor<4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @clamp(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{min 1 is greater than max 0}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 1, max = 0> : (tensor<4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @weights_size() {
  // expected-error @below {{data has 2 bytes, but '!ternary.weights<2x5 : dense>' needs 10}}
  %w = ternary.weights dense<1> : tensor<2xi8> -> <2x5 : dense>
  return
}

// -----

func.func @int4_size() {
  // expected-error @below {{data has 5 bytes, but '!ternary.weights<2x5 : int4>' needs 6}}
  %w = ternary.weights dense<1> : tensor<5xi8> -> <2x5 : int4>
  return
}

// -----

func.func @weights_type() {
  // expected-error @below {{data must be a one-dimensional tensor of i8}}
  %w = ternary.weights dense<1> : tensor<10xi16> -> <2x5 : dense>
  return
}

// -----

func.func @weights_rank() {
  // expected-error @below {{data must be a one-dimensional tensor of i8}}
  %w = ternary.weights dense<1> : tensor<2x5xi8> -> <2x5 : dense>
  return
}

// -----

func.func @fake_quant_range(%x: tensor<4xf32>) {
  // expected-error @below {{min is greater than max}}
  %y = ternary.fake_quant %x scale [0.5] to [1, -1] : tensor<4xf32>
  return
}

// -----

func.func @fake_quant_scale(%x: tensor<4xf32>) {
  // expected-error @below {{scales must be positive and finite}}
  %y = ternary.fake_quant %x scale [0.0] to [-1, 1] : tensor<4xf32>
  return
}

// -----

func.func @fake_quant_infinite(%x: tensor<4xf32>) {
  // expected-error @below {{scales must be positive and finite}}
  %y = ternary.fake_quant %x scale [0x7F800000] to [-1, 1] : tensor<4xf32>
  return
}

// -----

func.func @fake_quant_axis(%x: tensor<2x4xf32>) {
  // expected-error @below {{axis is out of range}}
  %y = ternary.fake_quant %x scale [0.5, 0.5] axis 2 to [-1, 1] : tensor<2x4xf32>
  return
}

// -----

func.func @fake_quant_negative_axis(%x: tensor<2x4xf32>) {
  // expected-error @below {{axis is out of range}}
  %y = ternary.fake_quant %x scale [0.5, 0.5] axis -1 to [-1, 1] : tensor<2x4xf32>
  return
}

// -----

func.func @fake_quant_count(%x: tensor<2x4xf32>) {
  // expected-error @below {{needs one scale for each index of dimension 1}}
  %y = ternary.fake_quant %x scale [0.5, 0.5] axis 1 to [-1, 1] : tensor<2x4xf32>
  return
}

// -----

func.func @fake_quant_no_axis(%x: tensor<2x4xf32>) {
  // expected-error @below {{needs an axis to have several scales}}
  %y = ternary.fake_quant %x scale [0.5, 0.5] to [-1, 1] : tensor<2x4xf32>
  return
}

// -----

func.func @binarize(%x: tensor<4xf32>) {
  // expected-error @below {{scale must be positive and finite}}
  %y = ternary.binarize %x scale -1.0 : tensor<4xf32>
  return
}

// -----

func.func @binarize_infinite(%x: tensor<4xf32>) {
  // expected-error @below {{scale must be positive and finite}}
  %y = ternary.binarize %x scale 0x7F800000 : tensor<4xf32>
  return
}

// -----

func.func @dequantize_scales() {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{scales must be f32 of shape [1, 2, groups]}}
  %y = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x1x1xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  return
}

// -----

func.func @dequantize_scales_type() {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{scales must be f32 of shape [1, 2, groups]}}
  %y = ternary.dequantize_weights %w scales (dense<1> : tensor<1x2x1xi32>) : <2x5 : dense> -> tensor<2x5xf32>
  return
}

// -----

func.func @dequantize_groups() {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{has 6 groups for 5 columns}}
  %y = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x2x6xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  return
}

// -----

func.func @dequantize_shape() {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{result must have the weights' shape}}
  %y = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x2x1xf32>) : <2x5 : dense> -> tensor<5x2xf32>
  return
}

// -----

func.func @two_forms(%x: memref<4xi8>, %y: memref<4xi8>) {
  // expected-error @below {{needs either a result or a destination ('into')}}
  %z = ternary.relu %x into %y : (memref<4xi8>, memref<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @no_form(%x: tensor<4xi8>) {
  // expected-error @below {{needs either a result or a destination ('into')}}
  ternary.relu %x : (tensor<4xi8>) -> ()
  return
}

// -----

func.func @mixed_forms(%x: tensor<4xi8>, %y: memref<4xi8>) {
  // expected-error @below {{mixes tensors and memrefs}}
  ternary.relu %x into %y : (tensor<4xi8>, memref<4xi8>) -> ()
  return
}

// -----

func.func @mixed_result(%x: memref<4xi8>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %y = ternary.relu %x : (memref<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @matmul_input(%x: tensor<1x4xi8>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{input must be N x 5}}
  %y = ternary.matmul %x, %w : (tensor<1x4xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  return
}

// -----

func.func @matmul_result(%x: tensor<1x5xi8>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{result must be 1 x 2}}
  %y = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x3xi32>
  return
}

// -----

func.func @matmul_input_type(%x: tensor<1x5xi32>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{input must be i8 or i16}}
  %y = ternary.matmul %x, %w : (tensor<1x5xi32>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  return
}

// -----

func.func @matmul_accumulator(%x: tensor<1x5xi8>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{accumulator must be i32 or i64}}
  %y = ternary.matmul %x, %w {accumulator = i16} : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi16>
  return
}

// -----

func.func @matmul_result_type(%x: tensor<1x5xi8>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{result must have the accumulator's type, 'i32'}}
  %y = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_planes(%x: tensor<1x5xi8>) {
  %w = ternary.weights dense<1> : tensor<20xi8> -> <2x5 : dense, planes = 2>
  // expected-error @below {{needs scales for weights of several planes}}
  %y = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense, planes = 2>) -> tensor<1x2xi32>
  return
}

// -----

func.func @matmul_scales(%x: tensor<1x5xi8>, %s: tensor<1x1x1xi16>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{scales must be i16 of shape [1, 2, groups]}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<1x1x1xi16>) -> tensor<1x2xi32>
  return
}

// -----

func.func @matmul_groups(%x: tensor<1x5xi8>, %s: tensor<1x2x6xi16>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{has 6 groups for 5 columns}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<1x2x6xi16>) -> tensor<1x2xi32>
  return
}

// -----

func.func @matmul_multiplier(%x: tensor<1x5xi8>, %m: tensor<3xi32>, %b: tensor<1xi64>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{multiplier must have 1 or 2 elements}}
  %y = ternary.matmul %x, %w requantize (%m, %b) <shift = 1, min = 0, max = 1> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<3xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_multiplier_type(%x: tensor<1x5xi8>, %m: tensor<2xi64>, %b: tensor<1xi64>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{multiplier must have elements of type i32}}
  %y = ternary.matmul %x, %w requantize (%m, %b) <shift = 1, min = 0, max = 1> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi64>, tensor<1xi64>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_offset(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<1xi32>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{offset must have elements of type i64}}
  %y = ternary.matmul %x, %w requantize (%m, %b) <shift = 1, min = 0, max = 1> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi32>, tensor<1xi32>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_offset_count(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<3xi64>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{offset must have 1 or 2 elements}}
  %y = ternary.matmul %x, %w requantize (%m, %b) <shift = 1, min = 0, max = 1> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi32>, tensor<3xi64>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_requantize(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<1xi64>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{requantize needs a multiplier, an offset and a rescale}}
  %y = "ternary.matmul"(%x, %w, %m, %b) <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0>}> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return
}

// -----

func.func @matmul_rescale(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<1xi64>) {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  // expected-error @below {{clamp [0, 128] does not fit into 'i8'}}
  %y = ternary.matmul %x, %w requantize (%m, %b) <shift = 1, min = 0, max = 128> : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return
}

// -----

func.func @conv_rank(%x: tensor<4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{input, weights and result must have rank 4}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_pad(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{pad needs 4 values}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_pad_value(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{pad values must be at least 0}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, -1, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_stride(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{stride values must be at least 1}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 0, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_stride_count(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{stride needs 2 values}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_dilation(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{dilation values must be at least 1}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 0>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_dilation_count(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{dilation needs 2 values}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_groups(%x: tensor<1x4x4x2xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{cannot split 2 input and 1 output channels into 1 groups of 1 input channels}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_window(%x: tensor<1x2x2x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{window is larger than the padded input}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x2x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x1x1x1xi32>
  return
}

// -----

func.func @conv_result(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{result must be 1 x 2 x 2 x 1}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x4x4x1xi32>
  return
}

// -----

func.func @conv_input_type(%x: tensor<1x4x4x1xi32>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{input must be i8 or i16}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi32>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_result_type(%x: tensor<1x4x4x1xi8>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{result must have the accumulator's type, 'i64'}}
  %y = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, accumulator = i64} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  return
}

// -----

func.func @conv_rescale(%x: tensor<1x4x4x1xi8>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  %w = ternary.weights dense<1> : tensor<9xi8> -> <1x3x3x1 : dense>
  // expected-error @below {{clamp [-129, 1] does not fit into 'i8'}}
  %y = ternary.conv2d %x, %w requantize (%m, %b) <shift = 1, min = -129, max = 1> {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2x2x1xi8>
  return
}

// -----

func.func @requantize_shape(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 0, max = 1> : (tensor<4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<5xi8>
  return
}

// -----

func.func @requantize_multiplier(%x: tensor<4xi32>, %m: tensor<2xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{multiplier must have 1 or 4 elements}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 0, max = 1> : (tensor<4xi32>, tensor<2xi32>, tensor<1xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @requantize_multiplier_type(%x: tensor<4xi32>, %m: tensor<1xi16>, %b: tensor<1xi64>) {
  // expected-error @below {{multiplier must have elements of type i32}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 0, max = 1> : (tensor<4xi32>, tensor<1xi16>, tensor<1xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @requantize_offset(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1x4xi64>) {
  // expected-error @below {{offset must have 1 or 4 elements}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 0, max = 1> : (tensor<4xi32>, tensor<1xi32>, tensor<1x4xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @requantize_offset_type(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1xi32>) {
  // expected-error @below {{offset must have elements of type i64}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = 0, max = 1> : (tensor<4xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<4xi8>
  return
}

// -----

func.func @requantize_rescale(%x: tensor<4xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{clamp [-200, 1] does not fit into 'i8'}}
  %y = ternary.requantize %x, %m, %b <shift = 3, min = -200, max = 1> : (tensor<4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return
}

// -----

func.func @sign_shape(%x: tensor<4xi32>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.sign %x : (tensor<4xi32>) -> tensor<1x4xi8>
  return
}

// -----

func.func @sign_form(%x: memref<4xi32>) {
  // expected-error @below {{mixes tensors and memrefs}}
  %z = ternary.sign %x : (memref<4xi32>) -> tensor<4xi8>
  return
}

// -----

func.func @relu_type(%x: tensor<4xi32>) {
  // expected-error @below {{input and result must have the same element type}}
  %y = ternary.relu %x : (tensor<4xi32>) -> tensor<4xi8>
  return
}

// -----

func.func @relu_shape(%x: tensor<4xi8>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.relu %x : (tensor<4xi8>) -> tensor<2x2xi8>
  return
}

// -----

func.func @activation_fraction(%x: tensor<4xi16>) {
  // expected-error @below {{needs a fraction in 0..15}}
  %y = ternary.activation <silu> %x fraction 16 : (tensor<4xi16>) -> tensor<4xi16>
  return
}

// -----

func.func @activation_no_fraction(%x: tensor<4xi16>) {
  // expected-error @below {{needs a fraction in 0..15}}
  %y = ternary.activation <silu> %x : (tensor<4xi16>) -> tensor<4xi16>
  return
}

// -----

func.func @activation_float(%x: tensor<4xf32>) {
  // expected-error @below {{has no fraction in float form}}
  %y = ternary.activation <silu> %x fraction 3 : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @activation_type(%x: tensor<4xi8>) {
  // expected-error @below {{input and result must have the same element type}}
  %y = ternary.activation <silu> %x fraction 3 : (tensor<4xi8>) -> tensor<4xi16>
  return
}

// -----

func.func @activation_width(%x: memref<4xi8>, %y: memref<4xi8>) {
  // expected-error @below {{input must be f32 or i16}}
  ternary.activation <silu> %x fraction 3 into %y : (memref<4xi8>, memref<4xi8>) -> ()
  return
}

// -----

func.func @activation_shape(%x: tensor<4xi16>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.activation <silu> %x fraction 3 : (tensor<4xi16>) -> tensor<5xi16>
  return
}

// -----

func.func @softmax_length(%x: tensor<65536xi16>) {
  // expected-error @below {{last dimension must have at most 65535 elements}}
  %y = ternary.softmax %x fraction 3 : (tensor<65536xi16>) -> tensor<65536xi16>
  return
}

// -----

func.func @softmax_rank(%x: tensor<i16>) {
  // expected-error @below {{last dimension must have at most 65535 elements}}
  %y = ternary.softmax %x fraction 3 : (tensor<i16>) -> tensor<i16>
  return
}

// -----

func.func @softmax_fraction(%x: tensor<4xi16>) {
  // expected-error @below {{needs a fraction in 0..15}}
  %y = ternary.softmax %x fraction -1 : (tensor<4xi16>) -> tensor<4xi16>
  return
}

// -----

func.func @softmax_float(%x: tensor<4xf32>) {
  // expected-error @below {{has no fraction in float form}}
  %y = ternary.softmax %x fraction 3 : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @softmax_type(%x: tensor<4xf32>) {
  // expected-error @below {{input and result must have the same element type}}
  %y = ternary.softmax %x : (tensor<4xf32>) -> tensor<4xi16>
  return
}

// -----

func.func @softmax_width(%x: memref<4xi32>, %y: memref<4xi32>) {
  // expected-error @below {{input must be f32 or i16}}
  ternary.softmax %x fraction 3 into %y : (memref<4xi32>, memref<4xi32>) -> ()
  return
}

// -----

func.func @softmax_shape(%x: tensor<4xi16>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.softmax %x fraction 3 : (tensor<4xi16>) -> tensor<2x2xi16>
  return
}

// -----

func.func @log_softmax_length(%x: tensor<65536xi16>) {
  // expected-error @below {{last dimension must have at most 65535 elements}}
  %y = ternary.log_softmax %x fraction 3 : (tensor<65536xi16>) -> tensor<65536xi16>
  return
}

// -----

func.func @log_softmax_rank(%x: tensor<i16>) {
  // expected-error @below {{last dimension must have at most 65535 elements}}
  %y = ternary.log_softmax %x fraction 3 : (tensor<i16>) -> tensor<i16>
  return
}

// -----

func.func @log_softmax_fraction(%x: tensor<4xi16>) {
  // expected-error @below {{needs a fraction in 0..15}}
  %y = ternary.log_softmax %x fraction -1 : (tensor<4xi16>) -> tensor<4xi16>
  return
}

// -----

func.func @log_softmax_float(%x: tensor<4xf32>) {
  // expected-error @below {{has no fraction in float form}}
  %y = ternary.log_softmax %x fraction 3 : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @log_softmax_type(%x: tensor<4xf32>) {
  // expected-error @below {{input and result must have the same element type}}
  %y = ternary.log_softmax %x : (tensor<4xf32>) -> tensor<4xi16>
  return
}

// -----

func.func @log_softmax_width(%x: memref<4xi32>, %y: memref<4xi32>) {
  // expected-error @below {{input must be f32 or i16}}
  ternary.log_softmax %x fraction 3 into %y : (memref<4xi32>, memref<4xi32>) -> ()
  return
}

// -----

func.func @log_softmax_shape(%x: tensor<4xi16>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.log_softmax %x fraction 3 : (tensor<4xi16>) -> tensor<2x2xi16>
  return
}

// -----

func.func @add_rank(%x: tensor<4xi8>, %z: tensor<1x4xi8>) {
  // expected-error @below {{operands and result must have equal ranks}}
  %y = ternary.add %x, %z by (1, 1) plus 0 <shift = 0, min = 0, max = 1> : (tensor<4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  return
}

// -----

func.func @add_broadcast(%x: tensor<4xi8>, %z: tensor<2xi8>) {
  // expected-error @below {{shapes do not broadcast}}
  %y = ternary.add %x, %z by (1, 1) plus 0 <shift = 0, min = 0, max = 1> : (tensor<4xi8>, tensor<2xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @add_result(%x: tensor<1xi8>, %z: tensor<1xi8>) {
  // expected-error @below {{shapes do not broadcast}}
  %y = ternary.add %x, %z by (1, 1) plus 0 <shift = 0, min = 0, max = 1> : (tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @add_rescale(%x: tensor<4xi8>, %z: tensor<4xi8>) {
  // expected-error @below {{clamp [0, 128] does not fit into 'i8'}}
  %y = ternary.add %x, %z by (1, 1) plus 0 <shift = 0, min = 0, max = 128> : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @mul_rank(%x: tensor<4xi8>, %z: tensor<1x4xi8>) {
  // expected-error @below {{operands and result must have equal ranks}}
  %y = ternary.mul %x, %z by 1 plus 0 <shift = 0, min = 0, max = 1> : (tensor<4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  return
}

// -----

func.func @mul_broadcast(%x: tensor<4xi8>, %z: tensor<2xi8>) {
  // expected-error @below {{shapes do not broadcast}}
  %y = ternary.mul %x, %z by 1 plus 0 <shift = 0, min = 0, max = 1> : (tensor<4xi8>, tensor<2xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @mul_rescale(%x: tensor<4xi8>, %z: tensor<4xi8>) {
  // expected-error @below {{clamp [-40000, 1] does not fit into 'i16'}}
  %y = ternary.mul %x, %z by 1 plus 0 <shift = 0, min = -40000, max = 1> : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi16>
  return
}

// -----

func.func @lookup_input(%x: tensor<4xi16>, %t: tensor<256xi8>) {
  // expected-error @below {{input must be i8}}
  %y = ternary.lookup %x, %t : (tensor<4xi16>, tensor<256xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @lookup_table(%x: tensor<4xi8>, %t: tensor<255xi8>) {
  // expected-error @below {{table must have 256 elements}}
  %y = ternary.lookup %x, %t : (tensor<4xi8>, tensor<255xi8>) -> tensor<4xi8>
  return
}

// -----

func.func @lookup_type(%x: tensor<4xi8>, %t: tensor<256xi16>) {
  // expected-error @below {{table and result must have the same element type}}
  %y = ternary.lookup %x, %t : (tensor<4xi8>, tensor<256xi16>) -> tensor<4xi8>
  return
}

// -----

func.func @lookup_shape(%x: tensor<4xi8>, %t: tensor<256xi8>) {
  // expected-error @below {{input and result must have the same shape}}
  %y = ternary.lookup %x, %t : (tensor<4xi8>, tensor<256xi8>) -> tensor<5xi8>
  return
}

// -----

func.func @sum_pool(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{result must be 1 x 3 x 3 x 1}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x4x4x1xi32>
  return
}

// -----

func.func @sum_pool_type(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{result must be i32}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi16>
  return
}

// -----

func.func @sum_pool_kernel(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{kernel values must be at least 1}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 0, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_kernel_count(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{kernel needs 2 values}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_pad(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{pad values must be at least 0}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, -1, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_pad_count(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{pad needs 4 values}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_stride(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{stride values must be at least 1}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 0>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_stride_count(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{stride needs 2 values}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_rank(%x: tensor<4x4x1xi8>) {
  // expected-error @below {{input and result must have rank 4}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}

// -----

func.func @sum_pool_window(%x: tensor<1x4x4x1xi8>) {
  // expected-error @below {{window is larger than the padded input}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 5, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>) -> tensor<1x3x3x1xi32>
  return
}
