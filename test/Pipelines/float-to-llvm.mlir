// RUN: smelt-opt %s --smelt-float-to-llvm | FileCheck %s

// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: memrefCopy
// CHECK: llvm.func @main(%{{.*}}: !llvm.ptr{{.*}}, %{{.*}}: !llvm.ptr{{.*}})
// CHECK-NOT: unrealized_conversion_cast
// CHECK-NOT: memrefCopy
func.func @main(%image: tensor<1x1x4x4xf32> {smelt.name = "image"}) -> (tensor<1x2xf32> {smelt.name = "scores"}) {
  %toNHWC = "tosa.const"() {value = dense<[0, 2, 3, 1]> : tensor<4xi32>} : () -> tensor<4xi32>
  %x = tosa.transpose %image, %toNHWC : (tensor<1x1x4x4xf32>, tensor<4xi32>) -> tensor<1x4x4x1xf32>
  %kernel = "tosa.const"() {value = dense<1.0> : tensor<2x3x3x1xf32>} : () -> tensor<2x3x3x1xf32>
  %bias = "tosa.const"() {value = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = tosa.conv2d %x, %kernel, %bias {pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>}
      : (tensor<1x4x4x1xf32>, tensor<2x3x3x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %q = ternary.fake_quant %y scale [5.0e-01] to [-4, 3] : tensor<1x4x4x2xf32>
  %both = tosa.concat %q, %y {axis = 3 : i32} : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x4xf32>
  %pool = tosa.max_pool2d %both {kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}
      : (tensor<1x4x4x4xf32>) -> tensor<1x2x2x4xf32>
  %flat = tosa.reshape %pool {new_shape = array<i64: 1, 16>} : (tensor<1x2x2x4xf32>) -> tensor<1x16xf32>
  %w = ternary.weights dense<1> : tensor<32xi8> -> <2x16 : dense>
  %matrix = ternary.dequantize_weights %w scales(dense<0.5> : tensor<1x2x1xf32>) : !ternary.weights<2x16 : dense> -> tensor<2x16xf32>
  %scores = tosa.fully_connected %flat, %matrix, %bias : (tensor<1x16xf32>, tensor<2x16xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %p = ternary.softmax %scores : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %p : tensor<1x2xf32>
}
