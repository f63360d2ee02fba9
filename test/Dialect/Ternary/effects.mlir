// RUN: smelt-opt %s --canonicalize --split-input-file | FileCheck %s
// RUN: smelt-opt %s --cse --split-input-file | FileCheck %s --check-prefix=CSE

// On tensors no op has an effect: what is not used is erased.
// CHECK-LABEL: func.func @unused
// CHECK-NEXT: return
func.func @unused(%f: tensor<2x5xf32>, %x: tensor<1x5xi8>, %h: tensor<1x4xi16>, %i: tensor<1x4x4x1xi8>, %m: tensor<1xi32>, %b: tensor<1xi64>, %t: tensor<256xi8>) {
  %w = ternary.weights dense<0> : tensor<10xi8> -> <2x5 : dense>
  %c = ternary.weights dense<0> : tensor<9xi8> -> <1x3x3x1 : dense>
  %0 = ternary.fake_quant %f scale [0.5] to [-1, 1] : tensor<2x5xf32>
  %1 = ternary.binarize %f scale 2.0 : tensor<2x5xf32>
  %2 = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x2x1xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  %3 = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  %4 = ternary.conv2d %i, %c {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x1xi8>, !ternary.weights<1x3x3x1 : dense>) -> tensor<1x2x2x1xi32>
  %5 = ternary.requantize %h, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x4xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x4xi8>
  %6 = ternary.sign %h : (tensor<1x4xi16>) -> tensor<1x4xi8>
  %7 = ternary.relu %h : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %8 = ternary.activation <silu> %h fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %9 = ternary.softmax %h fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %10 = ternary.log_softmax %h fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %11 = ternary.add %h, %h by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  %12 = ternary.mul %h, %h by 3 plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  %13 = ternary.lookup %x, %t : (tensor<1x5xi8>, tensor<256xi8>) -> tensor<1x5xi8>
  %14 = ternary.sum_pool2d %i {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x4x4x1xi8>) -> tensor<1x2x2x1xi32>
  return
}

// -----

// Equal ops are one.
// CSE-LABEL: func.func @equal
// CSE-NEXT: %[[Y:.*]] = ternary.activation <silu>
// CSE-NEXT: return %[[Y]], %[[Y]]
func.func @equal(%x: tensor<4xi16>) -> (tensor<4xi16>, tensor<4xi16>) {
  %0 = ternary.activation <silu> %x fraction 11 : (tensor<4xi16>) -> tensor<4xi16>
  %1 = ternary.activation <silu> %x fraction 11 : (tensor<4xi16>) -> tensor<4xi16>
  return %0, %1 : tensor<4xi16>, tensor<4xi16>
}

// -----

// On memrefs an op writes, and stays; so does what it writes again.
// CHECK-LABEL: func.func @written
// CHECK-COUNT-2: ternary.relu
// CSE-LABEL: func.func @written
// CSE-COUNT-2: ternary.relu
func.func @written(%x: memref<4xi8>, %y: memref<4xi8>) {
  ternary.relu %x into %y : (memref<4xi8>, memref<4xi8>) -> ()
  ternary.relu %x into %y : (memref<4xi8>, memref<4xi8>) -> ()
  return
}
