// RUN: smelt-opt %s --canonicalize --split-input-file | FileCheck %s

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

// -----

// Another grid rounds again; so may one too fine for f32.
// CHECK-LABEL: func.func @fake_quant_stays
// CHECK-COUNT-4: ternary.fake_quant
func.func @fake_quant_stays(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %p = ternary.fake_quant %x scale [0.5] to [-2, 2] : tensor<4xf32>
  %q = ternary.fake_quant %p scale [0.5] to [-1, 1] : tensor<4xf32>
  %r = ternary.fake_quant %x scale [0.1] to [-2147483648, 2147483647] : tensor<4xf32>
  %s = ternary.fake_quant %r scale [0.1] to [-2147483648, 2147483647] : tensor<4xf32>
  return %q, %s : tensor<4xf32>, tensor<4xf32>
}

// -----

// The scale of the inner one does not matter: only signs are read.
// CHECK-LABEL: func.func @binarize_twice
// CHECK-NEXT: %[[Y:.*]] = ternary.binarize %arg0 scale 2.000000e+00
// CHECK-NEXT: return %[[Y]]
func.func @binarize_twice(%x: tensor<4xf32>) -> tensor<4xf32> {
  %p = ternary.binarize %x scale 0.5 : tensor<4xf32>
  %q = ternary.binarize %p scale 2.0 : tensor<4xf32>
  return %q : tensor<4xf32>
}

// -----

// Rounding can make a negative value zero, whose sign is positive.
// CHECK-LABEL: func.func @binarize_stays
// CHECK: %[[P:.*]] = ternary.fake_quant
// CHECK: ternary.binarize %[[P]]
func.func @binarize_stays(%x: tensor<4xf32>) -> tensor<4xf32> {
  %p = ternary.fake_quant %x scale [0.5] to [-1, 1] : tensor<4xf32>
  %q = ternary.binarize %p scale 2.0 : tensor<4xf32>
  return %q : tensor<4xf32>
}

// -----

// Weights and their scales stay, even where they are all one.
// CHECK-LABEL: func.func @dequantize_weights_stays
// CHECK: %[[W:.*]] = ternary.weights dense<1>
// CHECK: %[[Y:.*]] = ternary.dequantize_weights %[[W]] scales (dense<1.000000e+00> : tensor<1x2x1xf32>)
// CHECK: return %[[Y]]
func.func @dequantize_weights_stays() -> tensor<2x5xf32> {
  %w = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  %y = ternary.dequantize_weights %w scales (dense<1.0> : tensor<1x2x1xf32>) : <2x5 : dense> -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}

// -----

// What is never negative is its own relu.
// CHECK-LABEL: func.func @relu_of_activation
// CHECK: %[[S:.*]] = ternary.activation <sigmoid>
// CHECK: %[[E:.*]] = ternary.activation <exp>
// CHECK: %[[M:.*]] = ternary.softmax
// CHECK: return %[[S]], %[[E]], %[[M]]
func.func @relu_of_activation(%x: tensor<4xi16>) -> (tensor<4xi16>, tensor<4xi16>, tensor<4xi16>) {
  %0 = ternary.activation <sigmoid> %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %s = ternary.relu %0 : (tensor<4xi16>) -> tensor<4xi16>
  %1 = ternary.activation <exp> %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %e = ternary.relu %1 : (tensor<4xi16>) -> tensor<4xi16>
  %2 = ternary.softmax %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %m = ternary.relu %2 : (tensor<4xi16>) -> tensor<4xi16>
  return %s, %e, %m : tensor<4xi16>, tensor<4xi16>, tensor<4xi16>
}

// -----

// CHECK-LABEL: func.func @relu_stays
// CHECK-COUNT-4: ternary.relu
func.func @relu_stays(%x: tensor<4xi16>) -> (tensor<4xi16>, tensor<4xi16>, tensor<4xi16>, tensor<4xi16>) {
  %0 = ternary.activation <tanh> %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %t = ternary.relu %0 : (tensor<4xi16>) -> tensor<4xi16>
  %1 = ternary.activation <silu> %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %s = ternary.relu %1 : (tensor<4xi16>) -> tensor<4xi16>
  %2 = ternary.activation <gelu> %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %g = ternary.relu %2 : (tensor<4xi16>) -> tensor<4xi16>
  %3 = ternary.log_softmax %x fraction 3 : (tensor<4xi16>) -> tensor<4xi16>
  %l = ternary.relu %3 : (tensor<4xi16>) -> tensor<4xi16>
  return %t, %s, %g, %l : tensor<4xi16>, tensor<4xi16>, tensor<4xi16>, tensor<4xi16>
}

// -----

// Over one element, softmax is the largest i16 and its logarithm 0.
// CHECK-LABEL: func.func @softmax_of_one
// CHECK-DAG: %[[S:.*]] = "tosa.const"() <{value = dense<32767> : tensor<4x1xi16>}>
// CHECK-DAG: %[[L:.*]] = "tosa.const"() <{value = dense<0> : tensor<4x1xi16>}>
// CHECK: return %[[S]], %[[L]]
func.func @softmax_of_one(%x: tensor<4x1xi16>) -> (tensor<4x1xi16>, tensor<4x1xi16>) {
  %s = ternary.softmax %x fraction 3 : (tensor<4x1xi16>) -> tensor<4x1xi16>
  %l = ternary.log_softmax %x fraction 3 : (tensor<4x1xi16>) -> tensor<4x1xi16>
  return %s, %l : tensor<4x1xi16>, tensor<4x1xi16>
}

// -----

// Not over the first dimension, and not in floats, where infinity has no softmax.
// CHECK-LABEL: func.func @softmax_stays
// CHECK: ternary.softmax
// CHECK: ternary.log_softmax
// CHECK: ternary.softmax
// CHECK: ternary.log_softmax
func.func @softmax_stays(%x: tensor<1x4xi16>, %f: tensor<4x1xf32>) -> (tensor<1x4xi16>, tensor<1x4xi16>, tensor<4x1xf32>, tensor<4x1xf32>) {
  %0 = ternary.softmax %x fraction 3 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %1 = ternary.log_softmax %x fraction 3 : (tensor<1x4xi16>) -> tensor<1x4xi16>
  %2 = ternary.softmax %f : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %3 = ternary.log_softmax %f : (tensor<4x1xf32>) -> tensor<4x1xf32>
  return %0, %1, %2, %3 : tensor<1x4xi16>, tensor<1x4xi16>, tensor<4x1xf32>, tensor<4x1xf32>
}

// -----

// CHECK-LABEL: func.func @identity_table
// CHECK-SAME: %[[X:.*]]: tensor<4xi8>
// CHECK-NEXT: return %[[X]]
func.func @identity_table(%x: tensor<4xi8>) -> tensor<4xi8> {
  %t = arith.constant dense<[-128, -127, -126, -125, -124, -123, -122, -121, -120, -119, -118, -117, -116, -115, -114, -113, -112, -111, -110, -109, -108, -107, -106, -105, -104, -103, -102, -101, -100, -99, -98, -97, -96, -95, -94, -93, -92, -91, -90, -89, -88, -87, -86, -85, -84, -83, -82, -81, -80, -79, -78, -77, -76, -75, -74, -73, -72, -71, -70, -69, -68, -67, -66, -65, -64, -63, -62, -61, -60, -59, -58, -57, -56, -55, -54, -53, -52, -51, -50, -49, -48, -47, -46, -45, -44, -43, -42, -41, -40, -39, -38, -37, -36, -35, -34, -33, -32, -31, -30, -29, -28, -27, -26, -25, -24, -23, -22, -21, -20, -19, -18, -17, -16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127]> : tensor<256xi8>
  %y = ternary.lookup %x, %t : (tensor<4xi8>, tensor<256xi8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// -----

// A table that widens is not an identity.
// CHECK-LABEL: func.func @widening_table
// CHECK: ternary.lookup
func.func @widening_table(%x: tensor<4xi8>) -> tensor<4xi16> {
  %t = arith.constant dense<[-128, -127, -126, -125, -124, -123, -122, -121, -120, -119, -118, -117, -116, -115, -114, -113, -112, -111, -110, -109, -108, -107, -106, -105, -104, -103, -102, -101, -100, -99, -98, -97, -96, -95, -94, -93, -92, -91, -90, -89, -88, -87, -86, -85, -84, -83, -82, -81, -80, -79, -78, -77, -76, -75, -74, -73, -72, -71, -70, -69, -68, -67, -66, -65, -64, -63, -62, -61, -60, -59, -58, -57, -56, -55, -54, -53, -52, -51, -50, -49, -48, -47, -46, -45, -44, -43, -42, -41, -40, -39, -38, -37, -36, -35, -34, -33, -32, -31, -30, -29, -28, -27, -26, -25, -24, -23, -22, -21, -20, -19, -18, -17, -16, -15, -14, -13, -12, -11, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127]> : tensor<256xi16>
  %y = ternary.lookup %x, %t : (tensor<4xi8>, tensor<256xi16>) -> tensor<4xi16>
  return %y : tensor<4xi16>
}

// -----

// CHECK-LABEL: func.func @constants
// CHECK-DAG: %[[R:.*]] = "tosa.const"() <{value = dense<{{\[}}[0, 0], [5, 127]]> : tensor<2x2xi8>}>
// CHECK-DAG: %[[S:.*]] = "tosa.const"() <{value = dense<{{\[}}[-1, 1], [1, 1]]> : tensor<2x2xi16>}>
// CHECK-DAG: %[[Q:.*]] = "tosa.const"() <{value = dense<{{\[}}[-100, -1], [8, 100]]> : tensor<2x2xi8>}>
// CHECK-DAG: %[[L:.*]] = "tosa.const"() <{value = dense<9> : tensor<2x2xi32>}>
// CHECK: return %[[R]], %[[S]], %[[Q]], %[[L]]
func.func @constants() -> (tensor<2x2xi8>, tensor<2x2xi16>, tensor<2x2xi8>, tensor<2x2xi32>) {
  %x = arith.constant dense<[[-128, 0], [5, 127]]> : tensor<2x2xi8>
  %m = arith.constant dense<[3, 2]> : tensor<2xi32>
  %b = arith.constant dense<[1, -1]> : tensor<2xi64>
  %t = arith.constant dense<9> : tensor<256xi32>
  %r = ternary.relu %x : (tensor<2x2xi8>) -> tensor<2x2xi8>
  %s = ternary.sign %x : (tensor<2x2xi8>) -> tensor<2x2xi16>
  %q = ternary.requantize %x, %m, %b <shift = 1, min = -100, max = 100> : (tensor<2x2xi8>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x2xi8>
  %l = ternary.lookup %x, %t : (tensor<2x2xi8>, tensor<256xi32>) -> tensor<2x2xi32>
  return %r, %s, %q, %l : tensor<2x2xi8>, tensor<2x2xi16>, tensor<2x2xi8>, tensor<2x2xi32>
}

// -----

// What would overflow has no value to fold to.
// CHECK-LABEL: func.func @overflow_stays
// CHECK: ternary.requantize
func.func @overflow_stays() -> tensor<1xi8> {
  %x = arith.constant dense<2> : tensor<1xi8>
  %m = arith.constant dense<1> : tensor<1xi32>
  %b = arith.constant dense<9223372036854775807> : tensor<1xi64>
  %q = ternary.requantize %x, %m, %b <shift = 1, min = -100, max = 100> : (tensor<1xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<1xi8>
  return %q : tensor<1xi8>
}
