func.func @main(%left: tensor<1x4xf32> {smelt.name = "left"}, %right: tensor<1x4xf32> {smelt.name = "right"}) -> (tensor<1x2xf32> {smelt.name = "first"}, tensor<1x2xf32> {smelt.name = "second"}) {
  %w = "tosa.const"() {value = dense<[[1.0, 1.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 1.0]]> : tensor<2x4xf32>} : () -> tensor<2x4xf32>
  %b = "tosa.const"() {value = dense<[0.5, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %x = tosa.fully_connected %left, %w, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %y = tosa.fully_connected %right, %w, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %x, %y : tensor<1x2xf32>, tensor<1x2xf32>
}
