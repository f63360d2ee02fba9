// RUN: smelt-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @zero_bias
func.func @zero_bias(%acc: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>) -> tensor<2x3xi32> {
  %b = arith.constant dense<0> : tensor<3xi64>
  // CHECK: ternary.dequantize %{{.*}} by %{{.*}}, %{{.*}} shift 40 to
  %0 = ternary.dequantize %acc by %a, %m plus %b shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>, tensor<3xi64>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// -----

// CHECK-LABEL: func.func @bias
func.func @bias(%acc: tensor<2x3xi32>, %a: tensor<2xi32>, %m: tensor<3xi32>) -> tensor<2x3xi32> {
  %b = arith.constant dense<[0, 1, 0]> : tensor<3xi64>
  // CHECK: ternary.dequantize %{{.*}} by %{{.*}}, %{{.*}} plus
  %0 = ternary.dequantize %acc by %a, %m plus %b shift 40 to [-9, 9] : (tensor<2x3xi32>, tensor<2xi32>, tensor<3xi32>, tensor<3xi64>) -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// -----

// Nothing is left of what nobody reads.
// CHECK-LABEL: func.func @unused
// CHECK-NEXT: return
func.func @unused(%x: tensor<2x4xi32>, %a: tensor<2xi32>) {
  %0 = ternary.absmax %x : (tensor<2x4xi32>) -> tensor<2xi32>
  %1 = ternary.dynamic_quantize %x by %a : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi8>
  %2 = ternary.rms_norm %x epsilon (7 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  %3 = ternary.layer_norm %x epsilon (7 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  return
}

// -----

// What is written to memory stays.
// CHECK-LABEL: func.func @written
// CHECK: ternary.absmax
// CHECK: ternary.dynamic_quantize
// CHECK: ternary.rms_norm
// CHECK: ternary.layer_norm
func.func @written(%x: memref<2x4xi32>, %a: memref<2xi32>, %q: memref<2x4xi8>, %y: memref<2x4xi32>) {
  ternary.absmax %x into %a : (memref<2x4xi32>, memref<2xi32>) -> ()
  ternary.dynamic_quantize %x by %a into %q : (memref<2x4xi32>, memref<2xi32>, memref<2x4xi8>) -> ()
  ternary.rms_norm %x epsilon (7 : i64) into %y : (memref<2x4xi32>, memref<2x4xi32>) -> ()
  ternary.layer_norm %x epsilon (7 : i64) into %y : (memref<2x4xi32>, memref<2x4xi32>) -> ()
  return
}

// -----

// A requantization becomes part of the norm before it.
// CHECK-LABEL: func.func @requantized
func.func @requantized(%x: tensor<2x4xi32>) -> (tensor<2x4xi8>, tensor<2x4xi16>) {
  %m = arith.constant dense<[3, 4, 5, 6]> : tensor<4xi32>
  %b = arith.constant dense<64> : tensor<1xi64>
  // CHECK: ternary.rms_norm %arg0 epsilon (7 : i64) requantize (%{{.*}}, %{{.*}}) <shift = 25, min = -127, max = 127> : (tensor<2x4xi32>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  %0 = ternary.rms_norm %x epsilon (7 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  %1 = ternary.requantize %0, %m, %b <shift = 25, min = -127, max = 127> : (tensor<2x4xi32>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  // CHECK: ternary.layer_norm %arg0 epsilon (7 : i64) requantize
  %2 = ternary.layer_norm %x epsilon (7 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  %3 = ternary.requantize %2, %m, %b <shift = 15, min = -32768, max = 32767> : (tensor<2x4xi32>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi16>
  // CHECK-NOT: ternary.requantize
  return %1, %3 : tensor<2x4xi8>, tensor<2x4xi16>
}

// -----

// Not of one that others read as it is.
// CHECK-LABEL: func.func @shared
// CHECK: ternary.requantize
func.func @shared(%x: tensor<2x4xi32>) -> (tensor<2x4xi32>, tensor<2x4xi8>) {
  %m = arith.constant dense<3> : tensor<1xi32>
  %b = arith.constant dense<64> : tensor<1xi64>
  %0 = ternary.rms_norm %x epsilon (7 : i64) : (tensor<2x4xi32>) -> tensor<2x4xi32>
  %1 = ternary.requantize %0, %m, %b <shift = 25, min = -127, max = 127> : (tensor<2x4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  return %0, %1 : tensor<2x4xi32>, tensor<2x4xi8>
}
