// RUN: smelt-opt %s --ternary-form-activations | FileCheck %s

// CHECK-LABEL: func.func @silu
// CHECK-SAME: %[[X:.*]]: tensor<1x4xf32>
// CHECK-NEXT: %[[Y:.*]] = ternary.activation <silu> %[[X]] : (tensor<1x4xf32>) -> tensor<1x4xf32>
// CHECK-NEXT: return %[[Y]]
func.func @silu(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = tosa.sigmoid %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = tosa.mul %s, %x {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// A gate of another value stays.
// CHECK-LABEL: func.func @gate
// CHECK: tosa.sigmoid
// CHECK: tosa.mul
func.func @gate(%x: tensor<1x4xf32>, %z: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %s = tosa.sigmoid %z : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = tosa.mul %s, %x {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
