// RUN: smelt-opt %s --ternary-quantize-weights="planes=2" | FileCheck %s --check-prefixes=CHECK,PLANES
// RUN: smelt-opt %s --ternary-quantize-weights="group-size=2" | FileCheck %s --check-prefixes=CHECK,GROUPS
// RUN: smelt-opt %s --ternary-quantize-weights="method=absmean" | FileCheck %s --check-prefixes=CHECK,ABSMEAN
// RUN: smelt-opt %s --ternary-quantize-weights="method=twn" | FileCheck %s --check-prefixes=CHECK,TWN
// RUN: smelt-opt %s --ternary-quantize-weights="weights=int8" | FileCheck %s --check-prefixes=CHECK,INT8
// RUN: smelt-opt %s --ternary-quantize-weights="layers=*=int8,f?=ternary" | FileCheck %s --check-prefixes=CHECK,LAYERS

// The last rule that matches a layer's name counts.
// CHECK-LABEL: func.func @fit
// PLANES: ternary.weights dense<[1, -1, 0, 0, 1, 1, 0, 0]> : tensor<8xi8> -> <1x4 : dense, planes = 2>
// GROUPS: ternary.weights dense<[1, -1, 1, 0]>
// GROUPS{LITERAL}: scales (dense<[[[8.500000e-01, 1.130000e-02]]]>
// ABSMEAN: ternary.weights dense<[1, -1, 0, 0]>
// ABSMEAN: scales (dense<4.285750e-01>
// TWN: ternary.weights dense<[1, -1, 0, 0]>
// TWN: scales (dense<8.500000e-01>
// INT8: ternary.weights dense<[127, -89, 1, 0]> : tensor<4xi8> -> <1x4 : int8>
// LAYERS: ternary.weights dense<[1, -1, 0, 0]> : tensor<4xi8> -> <1x4 : dense>
func.func @fit(%x: tensor<1x4xf32>, %b: tensor<1xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {value = dense<[[1.0, -0.7, 0.0113, 0.003]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("fc")
  return %y : tensor<1x1xf32>
}
