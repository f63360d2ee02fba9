// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-instrument-ranges))" | FileCheck %s

// The argument and the sum are observed, the constant is not.
// CHECK-LABEL: func.func @main
// CHECK-SAME: -> (tensor<2x3xf32>, tensor<2x2xf32>)
// CHECK: %[[SUM:.*]] = tosa.add
// CHECK: %[[FLAT:.*]] = tosa.reshape %arg0 {new_shape = array<i64: 6, 1>}
// CHECK: %[[MIN:.*]] = tosa.reduce_min %[[FLAT]] {axis = 0 : i32}
// CHECK: %[[MAX:.*]] = tosa.reduce_max
// CHECK: %[[ROW:.*]] = tosa.concat %[[MIN]], %[[MAX]] {axis = 1 : i32} : (tensor<1x1xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
// CHECK: %[[ALL:.*]] = tosa.concat %[[ROW]], %{{.*}} {axis = 0 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
// CHECK: return %[[SUM]], %[[ALL]]
func.func @main(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %c = "tosa.const"() {value = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %y = tosa.add %x, %c : (tensor<2x3xf32>, tensor<1x1xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
