// RUN: smelt-opt %s | smelt-opt | FileCheck %s
// RUN: smelt-opt %s --mlir-print-op-generic | smelt-opt | FileCheck %s

// CHECK-LABEL: func.func private @types
// CHECK-SAME: !ternary.weights<64x784 : dense>, !ternary.weights<64x784 : int8>, !ternary.weights<16x5x5x8 : twobit, planes = 2>, !ternary.weights<64x784 : base3>, !ternary.weights<64x784 : bitplane, planes = 3>, !ternary.weights<64x783 : int4>, !ternary.weights<16x5x5x8 : columns, planes = 2>
func.func private @types(!ternary.weights<64x784 : dense>, !ternary.weights<64x784 : int8>, !ternary.weights<16x5x5x8 : twobit, planes = 2>, !ternary.weights<64x784 : base3>, !ternary.weights<64x784 : bitplane, planes = 3>, !ternary.weights<64x783 : int4>, !ternary.weights<16x5x5x8 : columns, planes = 2>)

// CHECK-LABEL: func.func private @interleaved_types
// CHECK-SAME: !ternary.weights<64x784 : int8, interleaved>, !ternary.weights<64x784 : twobit, interleaved>, !ternary.weights<64x784 : base3, planes = 2, interleaved>
func.func private @interleaved_types(!ternary.weights<64x784 : int8, interleaved>, !ternary.weights<64x784 : twobit, interleaved>, !ternary.weights<64x784 : base3, planes = 2, interleaved>)

// CHECK-LABEL: func.func @float
func.func @float(%x: tensor<2x4xf32>) {
  // CHECK: ternary.fake_quant %{{.*}} scale [5.000000e-01] to [-1, 1] : tensor<2x4xf32>
  %0 = ternary.fake_quant %x scale [0.5] to [-1, 1] : tensor<2x4xf32>
  // CHECK: ternary.fake_quant %{{.*}} scale [2.000000e-02] zero_point -3 to [-128, 127] : tensor<2x4xf32>
  %1 = ternary.fake_quant %x scale [0.02] zero_point -3 to [-128, 127] : tensor<2x4xf32>
  // All digits are kept.
  // CHECK: ternary.fake_quant %{{.*}} scale [4.8828125E-4, 1.000000e-01] axis 0 to [-128, 127] : tensor<2x4xf32>
  %2 = ternary.fake_quant %x scale [0.00048828125, 0.1] axis 0 to [-128, 127] : tensor<2x4xf32>
  // CHECK: ternary.binarize %{{.*}} scale 2.000000e+00 : tensor<2x4xf32>
  %3 = ternary.binarize %x scale 2.0 : tensor<2x4xf32>
  %w = ternary.weights dense<0> : tensor<10xi8> -> <2x5 : dense>
  // CHECK: ternary.dequantize_weights %{{.*}} scales (dense<1.000000e+00> : tensor<1x2x1xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  %4 = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x2x1xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  // CHECK: ternary.activation <gelu> %{{.*}} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = ternary.activation <gelu> %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  // CHECK: ternary.softmax %{{.*}} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = ternary.softmax %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  // CHECK: ternary.log_softmax %{{.*}} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %7 = ternary.log_softmax %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>, %s: tensor<2x2x1xi16>, %i: tensor<1x4x4x2xi8>) {
  // CHECK: ternary.weights dense<[1, 2]> : tensor<2xi8> -> <2x5 : base3>
  %w = ternary.weights dense<[1, 2]> : tensor<2xi8> -> <2x5 : base3>
  %p = ternary.weights dense<0> : tensor<20xi8> -> <2x5 : dense, planes = 2>
  %c = ternary.weights dense<0> : tensor<18xi8> -> <2x3x3x1 : dense>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} : (tensor<1x5xi8>, !ternary.weights<2x5 : base3>) -> tensor<1x2xi32>
  %0 = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : base3>) -> tensor<1x2xi32>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} requantize (%{{.*}}, %{{.*}}) <shift = 20, min = -127, max = 127> : (tensor<1x5xi8>, !ternary.weights<2x5 : base3>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  %1 = ternary.matmul %x, %w requantize (%m, %b) <shift = 20, min = -127, max = 127> : (tensor<1x5xi8>, !ternary.weights<2x5 : base3>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} scales (%{{.*}}) {accumulator = i64} : (tensor<1x5xi8>, !ternary.weights<2x5 : dense, planes = 2>, tensor<2x2x1xi16>) -> tensor<1x2xi64>
  %2 = ternary.matmul %x, %p scales (%s) {accumulator = i64} : (tensor<1x5xi8>, !ternary.weights<2x5 : dense, planes = 2>, tensor<2x2x1xi16>) -> tensor<1x2xi64>
  // CHECK: ternary.conv2d %{{.*}}, %{{.*}} requantize (%{{.*}}, %{{.*}}) <shift = 20, min = 0, max = 127> {dilation = array<i64: 1, 1>, groups = 2 : i64, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>} :
  %3 = ternary.conv2d %i, %c requantize (%m, %b) <shift = 20, min = 0, max = 127> {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x4x4x2xi8>, !ternary.weights<2x3x3x1 : dense>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2x2x2xi8>
  return
}

// CHECK-LABEL: func.func @interleaved
func.func @interleaved(%x: tensor<1x33xi8>, %ids: tensor<3xi32>, %s: tensor<2x2x1x16xi16>, %m: tensor<1xi32>, %b: tensor<1xi64>) {
  // Two planes of two tiles of three blocks of 64 bytes.
  // CHECK: ternary.weights dense<85> : tensor<768xi8> -> <17x33 : twobit, planes = 2, interleaved>
  %w = ternary.weights dense<85> : tensor<768xi8> -> <17x33 : twobit, planes = 2, interleaved>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} scales (%{{.*}}) : (tensor<1x33xi8>, !ternary.weights<17x33 : twobit, planes = 2, interleaved>, tensor<2x2x1x16xi16>) -> tensor<1x17xi32>
  %0 = ternary.matmul %x, %w scales (%s) : (tensor<1x33xi8>, !ternary.weights<17x33 : twobit, planes = 2, interleaved>, tensor<2x2x1x16xi16>) -> tensor<1x17xi32>
  // CHECK: ternary.embed %{{.*}}, %{{.*}} scales (%{{.*}}) requantize (%{{.*}}, %{{.*}}) <shift = 3, min = -9, max = 9> :
  %1 = ternary.embed %ids, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<17x33 : twobit, planes = 2, interleaved>, tensor<2x2x1x16xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<3x33xi32>
  return
}

// CHECK-LABEL: func.func @elementwise
func.func @elementwise(%x: tensor<1x4xi16>, %z: tensor<1x1xi16>, %m: tensor<1xi32>, %b: tensor<1xi64>, %i: tensor<1x4x4x2xi8>, %t: tensor<256xi16>) {
  // CHECK: ternary.requantize %{{.*}}, %{{.*}}, %{{.*}} <shift = 20, min = -127, max = 127> : (tensor<1x4xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x4xi8>
  %0 = ternary.requantize %x, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x4xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x4xi8>
  // CHECK: ternary.sign %{{.*}} : (tensor<1x4xi16>) -> tensor<1x4xi8>
  %1 = ternary.sign %x : (tensor<1x4xi16>) -> tensor<1x4xi8>
  // CHECK: ternary.relu %{{.*}} : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %2 = ternary.relu %x : (tensor<1x4xi16>) -> tensor<1x4xi16>
  // CHECK: ternary.activation <silu> %{{.*}} fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %3 = ternary.activation <silu> %x fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  // CHECK: ternary.softmax %{{.*}} fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %4 = ternary.softmax %x fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  // CHECK: ternary.log_softmax %{{.*}} fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %5 = ternary.log_softmax %x fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  // CHECK: ternary.add %{{.*}}, %{{.*}} by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x1xi16>) -> tensor<1x4xi8>
  %6 = ternary.add %x, %z by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x1xi16>) -> tensor<1x4xi8>
  // CHECK: ternary.mul %{{.*}}, %{{.*}} by 3 plus 8 <shift = 4, min = -5, max = 5> {lhs_offset = 7 : i64} : (tensor<1x4xi16>, tensor<1x1xi16>) -> tensor<1x4xi8>
  %7 = ternary.mul %x, %z by 3 plus 8 <shift = 4, min = -5, max = 5> {lhs_offset = 7 : i64} : (tensor<1x4xi16>, tensor<1x1xi16>) -> tensor<1x4xi8>
  // CHECK: ternary.lookup %{{.*}}, %{{.*}} : (tensor<1x4x4x2xi8>, tensor<256xi16>) -> tensor<1x4x4x2xi16>
  %8 = ternary.lookup %i, %t : (tensor<1x4x4x2xi8>, tensor<256xi16>) -> tensor<1x4x4x2xi16>
  // CHECK: ternary.sum_pool2d %{{.*}} {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x2xi8>) -> tensor<1x2x2x2xi32>
  %9 = ternary.sum_pool2d %i {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x2xi8>) -> tensor<1x2x2x2xi32>
  return
}

// CHECK-LABEL: func.func @into
func.func @into(%x: memref<1x5xi8>, %m: memref<2xi32>, %b: memref<2xi64>, %y: memref<1x2xi8>, %s: memref<1x4xi16>, %i: memref<1x4x4x2xi8>, %o: memref<1x2x2x2xi32>, %t: memref<256xi16>, %u: memref<1x4x4x2xi16>, %w: !ternary.weights<2x5 : base3>, %c: !ternary.weights<2x3x3x1 : dense>) {
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} requantize (%{{.*}}, %{{.*}}) <shift = 20, min = -127, max = 127> into %{{.*}} : (memref<1x5xi8>, !ternary.weights<2x5 : base3>, memref<2xi32>, memref<2xi64>, memref<1x2xi8>) -> ()
  ternary.matmul %x, %w requantize (%m, %b) <shift = 20, min = -127, max = 127> into %y : (memref<1x5xi8>, !ternary.weights<2x5 : base3>, memref<2xi32>, memref<2xi64>, memref<1x2xi8>) -> ()
  // CHECK: ternary.conv2d %{{.*}}, %{{.*}} into %{{.*}} {dilation = array<i64: 1, 1>, groups = 2 : i64, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>} : (memref<1x4x4x2xi8>, !ternary.weights<2x3x3x1 : dense>, memref<1x2x2x2xi32>) -> ()
  ternary.conv2d %i, %c into %o {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 2, 2>, dilation = array<i64: 1, 1>, groups = 2 : i64} : (memref<1x4x4x2xi8>, !ternary.weights<2x3x3x1 : dense>, memref<1x2x2x2xi32>) -> ()
  // CHECK: ternary.requantize %{{.*}} into %{{.*}} : (memref<1x2xi8>, memref<2xi32>, memref<2xi64>, memref<1x2xi8>) -> ()
  ternary.requantize %y, %m, %b <shift = 20, min = -127, max = 127> into %y : (memref<1x2xi8>, memref<2xi32>, memref<2xi64>, memref<1x2xi8>) -> ()
  // CHECK: ternary.sign %{{.*}} into %{{.*}} : (memref<1x2xi8>, memref<1x2xi8>) -> ()
  ternary.sign %y into %y : (memref<1x2xi8>, memref<1x2xi8>) -> ()
  // CHECK: ternary.relu %{{.*}} into %{{.*}} : (memref<1x2xi8>, memref<1x2xi8>) -> ()
  ternary.relu %y into %y : (memref<1x2xi8>, memref<1x2xi8>) -> ()
  // CHECK: ternary.activation <silu> %{{.*}} fraction 11 into %{{.*}} : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  ternary.activation <silu> %s fraction 11 into %s : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.softmax %{{.*}} fraction 11 into %{{.*}} : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  ternary.softmax %s fraction 11 into %s : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.log_softmax %{{.*}} fraction 11 into %{{.*}} : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  ternary.log_softmax %s fraction 11 into %s : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.add %{{.*}}, %{{.*}} by (3, 4) plus 8 <shift = 4, min = -5, max = 5> into %{{.*}} :
  ternary.add %s, %s by (3, 4) plus 8 <shift = 4, min = -5, max = 5> into %s : (memref<1x4xi16>, memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.mul %{{.*}}, %{{.*}} by 3 plus 8 <shift = 4, min = -5, max = 5> into %{{.*}} :
  ternary.mul %s, %s by 3 plus 8 <shift = 4, min = -5, max = 5> into %s : (memref<1x4xi16>, memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.lookup %{{.*}}, %{{.*}} into %{{.*}} : (memref<1x4x4x2xi8>, memref<256xi16>, memref<1x4x4x2xi16>) -> ()
  ternary.lookup %i, %t into %u : (memref<1x4x4x2xi8>, memref<256xi16>, memref<1x4x4x2xi16>) -> ()
  // CHECK: ternary.sum_pool2d %{{.*}} into %{{.*}} {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (memref<1x4x4x2xi8>, memref<1x2x2x2xi32>) -> ()
  ternary.sum_pool2d %i into %o {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (memref<1x4x4x2xi8>, memref<1x2x2x2xi32>) -> ()
  return
}
