// RUN: smelt-opt %s --ternary-pack-weights=layout=columns | FileCheck %s
// RUN: smelt-opt %s --ternary-pack-weights=layout=columns --ternary-pack-weights=layout=dense | FileCheck %s --check-prefix=DENSE

// The plane of rows 1 to 8 is 0; in row 0 it is 1 0 -1 1 and 1: codes 2 1 0 2, and
// 2 and three times 1. The second nine lanes end a tile of 16.

// CHECK-LABEL: func.func @matmul
// CHECK: ternary.weights dense<[-122, 85, 85, 85, 85, 85, 85, 85, 85, 86, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85, 85]> : tensor<25xi8> -> <9x5 : columns>
// DENSE: ternary.weights dense<[1, 0, -1, 1, 1, 0,
// DENSE-SAME: -> <9x5 : dense>
func.func @matmul(%x: tensor<1x5xi8>) -> tensor<1x9xi32> {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]> : tensor<45xi8> -> <9x5 : dense>
  %y = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<9x5 : dense>) -> tensor<1x9xi32>
  return %y : tensor<1x9xi32>
}

// Planes are lanes, so that two of four rows are enough.

// CHECK-LABEL: func.func @planes
// CHECK: -> <4x2 : columns, planes = 2>
func.func @planes(%x: tensor<1x2xi8>, %s: tensor<2x4x1xi16>) -> tensor<1x4xi32> {
  %w = ternary.weights dense<0> : tensor<16xi8> -> <4x2 : dense, planes = 2>
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x2xi8>, !ternary.weights<4x2 : dense, planes = 2>, tensor<2x4x1xi16>) -> tensor<1x4xi32>
  return %y : tensor<1x4xi32>
}

// Few rows, activations of 16 bits, groups of columns, and embeddings.

// CHECK-LABEL: func.func @others
// CHECK: -> <7x2 : bitplane>
// CHECK: -> <8x2 : bitplane>
// CHECK: -> <8x2 : bitplane>
// CHECK: -> <8x2 : bitplane>
func.func @others(%x: tensor<1x2xi8>, %z: tensor<1x2xi16>, %s: tensor<1x8x2xi16>, %ids: tensor<1xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) -> (tensor<1x7xi32>, tensor<1x8xi32>, tensor<1x8xi32>, tensor<1x2xi8>) {
  %w0 = ternary.weights dense<0> : tensor<14xi8> -> <7x2 : dense>
  %w1 = ternary.weights dense<0> : tensor<16xi8> -> <8x2 : dense>
  %w2 = ternary.weights dense<0> : tensor<16xi8> -> <8x2 : dense>
  %w3 = ternary.weights dense<0> : tensor<16xi8> -> <8x2 : dense>
  %0 = ternary.matmul %x, %w0 : (tensor<1x2xi8>, !ternary.weights<7x2 : dense>) -> tensor<1x7xi32>
  %1 = ternary.matmul %z, %w1 : (tensor<1x2xi16>, !ternary.weights<8x2 : dense>) -> tensor<1x8xi32>
  %2 = ternary.matmul %x, %w2 scales (%s) : (tensor<1x2xi8>, !ternary.weights<8x2 : dense>, tensor<1x8x2xi16>) -> tensor<1x8xi32>
  %3 = ternary.embed %ids, %w3 requantize (%m, %b) <shift = 1, min = -1, max = 1> : (tensor<1xi32>, !ternary.weights<8x2 : dense>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return %0, %1, %2, %3 : tensor<1x7xi32>, tensor<1x8xi32>, tensor<1x8xi32>, tensor<1x2xi8>
}

// Convolutions of one group whose windows have lines without gaps.

// CHECK-LABEL: func.func @convolutions
// CHECK: -> <8x1x2x2 : columns>
// CHECK: -> <8x1x2x1 : bitplane>
// CHECK: -> <8x1x2x2 : bitplane>
func.func @convolutions(%x: tensor<1x4x4x2xi8>) -> (tensor<1x4x3x8xi32>, tensor<1x4x3x8xi32>, tensor<1x4x2x8xi32>) {
  %w0 = ternary.weights dense<0> : tensor<32xi8> -> <8x1x2x2 : dense>
  %w1 = ternary.weights dense<0> : tensor<16xi8> -> <8x1x2x1 : dense>
  %w2 = ternary.weights dense<0> : tensor<32xi8> -> <8x1x2x2 : dense>
  %0 = ternary.conv2d %x, %w0 {dilation = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, !ternary.weights<8x1x2x2 : dense>) -> tensor<1x4x3x8xi32>
  %1 = ternary.conv2d %x, %w1 {dilation = array<i64: 1, 1>, groups = 2 : i64, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, !ternary.weights<8x1x2x1 : dense>) -> tensor<1x4x3x8xi32>
  %2 = ternary.conv2d %x, %w2 {dilation = array<i64: 1, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x4x4x2xi8>, !ternary.weights<8x1x2x2 : dense>) -> tensor<1x4x2x8xi32>
  return %0, %1, %2 : tensor<1x4x3x8xi32>, tensor<1x4x3x8xi32>, tensor<1x4x2x8xi32>
}
