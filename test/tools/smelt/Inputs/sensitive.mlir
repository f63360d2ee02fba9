func.func @main(%x: tensor<1x1x2x2xf32> {smelt.name = "image"}) -> (tensor<1x2xf32> {smelt.name = "scores"}) {
  %w = "tosa.const"() {value = dense<[[1.0, -0.63171, 0.22419, 0.41337], [0.37123, 0.83751, -0.11291, 0.59007]]> : tensor<2x4xf32>} : () -> tensor<2x4xf32>
  %v = "tosa.const"() {value = dense<[[1.0, 0.0], [0.0, 1.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {value = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %r = tosa.reshape %x {new_shape = array<i64: 1, 4>} : (tensor<1x1x2x2xf32>) -> tensor<1x4xf32>
  %h = tosa.fully_connected %r, %w, %b : (tensor<1x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("fc[1]")
  %y = tosa.fully_connected %h, %v, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32> loc("fc2")
  return %y : tensor<1x2xf32>
}
