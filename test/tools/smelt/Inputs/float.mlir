func.func @main(%image: tensor<1x1x2x2xf32> {smelt.name = "image"}) -> (tensor<1x2xf32> {smelt.name = "scores"}) {
  %x = tosa.reshape %image {new_shape = array<i64: 1, 4>} : (tensor<1x1x2x2xf32>) -> tensor<1x4xf32>
  %w = "tosa.const"() {value = dense<[[1.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 1.0]]> : tensor<2x4xf32>} : () -> tensor<2x4xf32>
  %b = "tosa.const"() {value = dense<[0.5, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
