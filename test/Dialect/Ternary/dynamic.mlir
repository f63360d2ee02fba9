// RUN: smelt-opt %s | smelt-opt | FileCheck %s
// RUN: smelt-opt %s --mlir-print-op-generic | smelt-opt | FileCheck %s

// CHECK-LABEL: func.func @rows
func.func @rows(%x: tensor<2x4xi32>, %acc: tensor<2x3xi64>, %m: tensor<3xi32>, %b: tensor<1xi64>) -> tensor<2x3xi32> {
  // CHECK: %[[A:.*]] = ternary.absmax %{{.*}} : (tensor<2x4xi32>) -> tensor<2xi32>
  %a = ternary.absmax %x : (tensor<2x4xi32>) -> tensor<2xi32>
  // CHECK: ternary.dynamic_quantize %{{.*}} by %[[A]] : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi8>
  %q = ternary.dynamic_quantize %x by %a : (tensor<2x4xi32>, tensor<2xi32>) -> tensor<2x4xi8>
  // CHECK: ternary.dequantize %{{.*}} by %[[A]], %{{.*}} shift 70 to [-8, 7] : (tensor<2x3xi64>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi16>
  %0 = ternary.dequantize %acc by %a, %m shift 70 to [-8, 7] : (tensor<2x3xi64>, tensor<2xi32>, tensor<3xi32>) -> tensor<2x3xi16>
  // CHECK: ternary.dequantize %{{.*}} by %[[A]], %{{.*}} plus %{{.*}} shift 40 to [-2147483648, 2147483647] :
  %1 = ternary.dequantize %acc by %a, %m plus %b shift 40 to [-2147483648, 2147483647] : (tensor<2x3xi64>, tensor<2xi32>, tensor<3xi32>, tensor<1xi64>) -> tensor<2x3xi32>
  return %1 : tensor<2x3xi32>
}

// CHECK-LABEL: func.func @norms
func.func @norms(%x: tensor<2x4xi16>, %f: tensor<2x4xf32>, %m: tensor<4xi32>, %b: tensor<1xi64>) {
  // CHECK: ternary.rms_norm %{{.*}} epsilon (7 : i64) : (tensor<2x4xi16>) -> tensor<2x4xi32>
  %0 = ternary.rms_norm %x epsilon (7 : i64) : (tensor<2x4xi16>) -> tensor<2x4xi32>
  // CHECK: ternary.layer_norm %{{.*}} epsilon (0 : i64) requantize (%{{.*}}, %{{.*}}) <shift = 30, min = -8, max = 7> : (tensor<2x4xi16>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  %1 = ternary.layer_norm %x epsilon (0 : i64) requantize (%m, %b) <shift = 30, min = -8, max = 7> : (tensor<2x4xi16>, tensor<4xi32>, tensor<1xi64>) -> tensor<2x4xi8>
  // CHECK: ternary.layer_norm %{{.*}} epsilon (1.000000e-03 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = ternary.layer_norm %f epsilon (1.000000e-03 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  // CHECK: ternary.rms_norm %{{.*}} epsilon (1.000000e-03 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %3 = ternary.rms_norm %f epsilon (1.000000e-03 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: func.func @into
func.func @into(%x: memref<2x4xi64>, %a: memref<2xi64>, %q: memref<2x4xi16>, %m: memref<1xi32>, %y: memref<2x4xi32>) {
  // CHECK: ternary.absmax %{{.*}} into %{{.*}} : (memref<2x4xi64>, memref<2xi64>) -> ()
  ternary.absmax %x into %a : (memref<2x4xi64>, memref<2xi64>) -> ()
  // CHECK: ternary.dynamic_quantize %{{.*}} by %{{.*}} into %{{.*}} : (memref<2x4xi64>, memref<2xi64>, memref<2x4xi16>) -> ()
  ternary.dynamic_quantize %x by %a into %q : (memref<2x4xi64>, memref<2xi64>, memref<2x4xi16>) -> ()
  // CHECK: ternary.dequantize %{{.*}} by %{{.*}}, %{{.*}} shift 40 to [-8, 7] into %{{.*}} :
  ternary.dequantize %x by %a, %m shift 40 to [-8, 7] into %y : (memref<2x4xi64>, memref<2xi64>, memref<1xi32>, memref<2x4xi32>) -> ()
  // CHECK: ternary.rms_norm %{{.*}} epsilon (7 : i64) into %{{.*}} : (memref<2x4xi64>, memref<2x4xi32>) -> ()
  ternary.rms_norm %x epsilon (7 : i64) into %y : (memref<2x4xi64>, memref<2x4xi32>) -> ()
  // CHECK: ternary.layer_norm %{{.*}} epsilon (7 : i64) into %{{.*}} : (memref<2x4xi16>, memref<2x4xi32>) -> ()
  ternary.layer_norm %q epsilon (7 : i64) into %y : (memref<2x4xi16>, memref<2x4xi32>) -> ()
  return
}

// Bounds may be any 64-bit integers.
// CHECK-LABEL: func.func @wide_bounds
func.func @wide_bounds(%x: tensor<4xi32>) -> tensor<4xi64> {
  // CHECK: <shift = 0, min = -9223372036854775808, max = 9223372036854775807>
  %0 = ternary.mul %x, %x by 1 plus 0 <shift = 0, min = -9223372036854775808, max = 9223372036854775807> : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi64>
  return %0 : tensor<4xi64>
}
