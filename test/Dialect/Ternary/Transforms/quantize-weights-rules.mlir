// RUN: smelt-opt %s --ternary-quantize-weights="layers=f*=int8,last=2" | FileCheck %s
// RUN: not smelt-opt %s --ternary-quantize-weights="layers=fc2=int8,lasst=2,l*=1" 2>&1 | FileCheck %s --check-prefix=NONE

// NONE: error: layer rule 'fc2=int8' matches none of the 2 layers with weights
// NONE: error: layer rule 'lasst=2' matches none of the 2 layers with weights; did you mean 'last'?
// NONE-NOT: 'l*=1'

// CHECK: ternary.weights dense<[127, -114, 1, 0]> : tensor<4xi8> -> <1x4 : int8>
// CHECK: ternary.weights dense<{{.*}}> : tensor<8xi8> -> <1x4 : dense, planes = 2>
func.func @fitted(%x: tensor<1x4xf32>, %b: tensor<1xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %w = "tosa.const"() {value = dense<[[1.0, -0.9, 0.01, 0.003]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("fc")
  %v = "tosa.const"() {value = dense<[[1.0, -0.5, 0.3, 0.1]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %z = tosa.fully_connected %x, %v, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("last")
  return %y, %z : tensor<1x1xf32>, tensor<1x1xf32>
}
