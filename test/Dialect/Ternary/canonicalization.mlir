// RUN: smelt-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @fuse_matmul
// CHECK: %[[Y:.*]] = ternary.matmul %arg0, %{{.*}} requantize (%arg1, %arg2) <shift = 20, min = -127, max = 127> :
// CHECK-NEXT: return %[[Y]] : tensor<1x2xi8>
func.func @fuse_matmul(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>) -> tensor<1x2xi8> {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  return %y : tensor<1x2xi8>
}

// -----

// Through a reshape that keeps the channels; the scales of the planes stay.
// CHECK-LABEL: func.func @fuse_through_reshape
// CHECK: %[[Y:.*]] = ternary.matmul %arg0, %{{.*}} scales (%arg3) requantize (%arg1, %arg2) <shift = 20, min = -127, max = 127> {accumulator = i64} :
// CHECK: tosa.reshape %[[Y]] {new_shape = array<i64: 1, 1, 2>} : (tensor<1x2xi8>) -> tensor<1x1x2xi8>
func.func @fuse_through_reshape(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>, %s: tensor<1x2x1xi16>) -> tensor<1x1x2xi8> {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w scales (%s) {accumulator = i64} : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<1x2x1xi16>) -> tensor<1x2xi64>
  %r = tosa.reshape %a {new_shape = array<i64: 1, 1, 2>} : (tensor<1x2xi64>) -> tensor<1x1x2xi64>
  %y = ternary.requantize %r, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x1x2xi64>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x1x2xi8>
  return %y : tensor<1x1x2xi8>
}

// -----

// Not where the accumulators have another use, and not across a reshape that
// moves the channels.
// CHECK-LABEL: func.func @do_not_fuse
// CHECK: %[[A:.*]] = ternary.matmul
// CHECK: ternary.requantize %[[A]]
// CHECK: %[[R:.*]] = tosa.reshape
// CHECK: ternary.requantize %[[R]]
func.func @do_not_fuse(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>, %i: tensor<1x4xi32>) -> (tensor<1x2xi32>, tensor<1x2xi8>, tensor<2x2xi8>) {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  %r = tosa.reshape %i {new_shape = array<i64: 2, 2>} : (tensor<1x4xi32>) -> tensor<2x2xi32>
  %z = ternary.requantize %r, %m, %b <shift = 20, min = -127, max = 127> : (tensor<2x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x2xi8>
  return %a, %y, %z : tensor<1x2xi32>, tensor<1x2xi8>, tensor<2x2xi8>
}

// -----

// CHECK-LABEL: func.func @fuse_conv2d
// CHECK: ternary.conv2d %arg0, %{{.*}} requantize (%arg1, %arg2) <shift = 20, min = 0, max = 127> {dilation
// CHECK-NEXT: return
func.func @fuse_conv2d(%x: tensor<1x2x2x1xi8>, %m: tensor<1xi32>, %b: tensor<1xi64>) -> tensor<1x2x2x1xi8> {
  %w = ternary.weights dense<1> : tensor<1xi8> -> <1x1x1x1 : dense>
  %a = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x2x1xi8>, !ternary.weights<1x1x1x1 : dense>) -> tensor<1x2x2x1xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2x2x1xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2x2x1xi8>
  %z = ternary.relu %y : (tensor<1x2x2x1xi8>) -> tensor<1x2x2x1xi8>
  return %z : tensor<1x2x2x1xi8>
}

// -----

// CHECK-LABEL: func.func @identities
// CHECK: %[[R:.*]] = ternary.relu %arg0
// CHECK: %[[S:.*]] = ternary.sign %arg0
// CHECK: return %arg0, %[[R]], %[[S]]
func.func @identities(%x: tensor<4xi8>) -> (tensor<4xi8>, tensor<4xi8>, tensor<4xi8>) {
  %m = arith.constant dense<1> : tensor<1xi32>
  %b = arith.constant dense<0> : tensor<1xi64>
  %q = ternary.requantize %x, %m, %b <shift = 0, min = -128, max = 127> : (tensor<4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  %r = ternary.relu %x : (tensor<4xi8>) -> tensor<4xi8>
  %rr = ternary.relu %r : (tensor<4xi8>) -> tensor<4xi8>
  %s = ternary.sign %x : (tensor<4xi8>) -> tensor<4xi8>
  %ss = ternary.sign %s : (tensor<4xi8>) -> tensor<4xi8>
  return %q, %rr, %ss : tensor<4xi8>, tensor<4xi8>, tensor<4xi8>
}

// -----

// A narrower clamp is not an identity.
// CHECK-LABEL: func.func @clamp_stays
// CHECK: ternary.requantize
func.func @clamp_stays(%x: tensor<4xi8>) -> tensor<4xi8> {
  %m = arith.constant dense<1> : tensor<1xi32>
  %b = arith.constant dense<0> : tensor<1xi64>
  %q = ternary.requantize %x, %m, %b <shift = 0, min = -127, max = 127> : (tensor<4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return %q : tensor<4xi8>
}

// -----

// CHECK-LABEL: func.func @fake_quant_twice
// CHECK: %[[Q:.*]] = ternary.fake_quant
// CHECK-NEXT: return %[[Q]]
func.func @fake_quant_twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %p = ternary.fake_quant %x scale [0.5] to [-1, 1] : tensor<4xf32>
  %q = ternary.fake_quant %p scale [0.5] to [-1, 1] : tensor<4xf32>
  return %q : tensor<4xf32>
}
