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

// A reshape between softmax and logarithm sinks below both.
// CHECK-LABEL: func.func @log_softmax
// CHECK: %[[L:.*]] = ternary.log_softmax %arg0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
// CHECK: %[[R:.*]] = tosa.reshape %[[L]]
// CHECK: return %[[R]]
func.func @log_softmax(%x: tensor<1x4xf32>) -> tensor<4xf32> {
  %s = ternary.softmax %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %r = tosa.reshape %s {new_shape = array<i64: 4>} : (tensor<1x4xf32>) -> tensor<4xf32>
  %y = tosa.log %r : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
