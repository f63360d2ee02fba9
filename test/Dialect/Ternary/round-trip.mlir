// RUN: smelt-opt %s | smelt-opt | FileCheck %s
// RUN: smelt-opt %s --mlir-print-op-generic | smelt-opt | FileCheck %s

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>) -> tensor<1x2xi8> {
  // CHECK: ternary.weights dense<[1, 2]> : tensor<2xi8> -> <2x5 : base3>
  %w = ternary.weights dense<[1, 2]> : tensor<2xi8> -> <2x5 : base3>
  // CHECK: ternary.matmul %{{.*}}, %{{.*}} requantize (%{{.*}}, %{{.*}}) <shift = 20, min = -127, max = 127> :
  %y = ternary.matmul %x, %w requantize(%m, %b) <shift = 20, min = -127, max = 127>
      : (tensor<1x5xi8>, !ternary.weights<2x5 : base3>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  return %y : tensor<1x2xi8>
}

// CHECK-LABEL: func.func @into
func.func @into(%x: memref<1x4xi16>, %y: memref<1x4xi16>) {
  // CHECK: ternary.activation <silu> %{{.*}} fraction 11 into %{{.*}} : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  ternary.activation <silu> %x fraction 11 into %y : (memref<1x4xi16>, memref<1x4xi16>) -> ()
  // CHECK: ternary.add %{{.*}}, %{{.*}} by (3, 4) plus 8 <shift = 4, min = -5, max = 5> into
  ternary.add %x, %x by (3, 4) plus 8 <shift = 4, min = -5, max = 5> into %y : (memref<1x4xi16>, memref<1x4xi16>, memref<1x4xi16>) -> ()
  return
}

// CHECK-LABEL: func.func @float
func.func @float(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // CHECK: ternary.fake_quant %{{.*}} scale [5.000000e-01] to [-1, 1] : tensor<1x4xf32>
  %y = ternary.fake_quant %x scale [5.0e-01] to [-1, 1] : tensor<1x4xf32>
  // CHECK: ternary.fake_quant %{{.*}} scale [2.000000e-02] zero_point -3 to [-128, 127] : tensor<1x4xf32>
  %z = ternary.fake_quant %y scale [2.0e-02] zero_point -3 to [-128, 127] : tensor<1x4xf32>
  return %z : tensor<1x4xf32>
}
