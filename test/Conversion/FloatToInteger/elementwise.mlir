// RUN: smelt-opt %s --ternary-convert-to-integer --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @binarize
// CHECK: %[[F:.*]] = ternary.requantize %{{.*}} <shift = {{.*}}, min = -1, max = 0> : (tensor<1x4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x4xi8>
// CHECK: ternary.sign %[[F]] : (tensor<1x4xi8>) -> tensor<1x4xi8>
func.func @binarize(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %c = "tosa.const"() {value = dense<0.25> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %a = tosa.add %q, %c : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %y = ternary.binarize %a scale 1.0 : tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func.func @sum_and_product
// CHECK: ternary.add %{{.*}}, %{{.*}} by (1073741824, 1073741824) plus 536870912 <shift = 30, min = 0, max = 127>
// CHECK: ternary.mul %{{.*}}, %{{.*}} by 1073741824 plus {{.*}} <shift = 31, min = -128, max = 127>
func.func @sum_and_product(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %a = tosa.add %q, %q : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %c = tosa.clamp %a {min_fp = 0.0 : f32, max_fp = 3.4e38 : f32, min_int = 0 : i64, max_int = 0 : i64} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %s = ternary.fake_quant %c scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %m = tosa.mul %s, %q {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %y = ternary.fake_quant %m scale [0.5] to [-128, 127] : tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// Sigmoid is flat beyond 11; SiLU needs the whole range.
// CHECK-LABEL: func.func @activations
// CHECK: ternary.activation <sigmoid> %{{.*}} fraction 11 : (tensor<1x4xi16>) -> tensor<1x4xi16>
// CHECK: ternary.activation <silu> %{{.*}} fraction 9 : (tensor<1x4xi16>) -> tensor<1x4xi16>
// CHECK: ternary.softmax %{{.*}} fraction 9 : (tensor<1x4xi16>) -> tensor<1x4xi16>
// CHECK: ternary.log_softmax %{{.*}} fraction 9 : (tensor<1x4xi16>) -> tensor<1x4xi16>
func.func @activations(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) {
  %i = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %s = tosa.sigmoid %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %t = ternary.activation <silu> %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %u = ternary.softmax %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %v = ternary.log_softmax %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %s, %t, %u, %v : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// A sensor's own integers: the zero point is the caller's, the top bit is flipped.
// CHECK-LABEL: func.func @sensor
// CHECK-SAME: tensor<1x4xi8> {smelt.scale = 0.0039{{.*}} : f64, smelt.unsigned, smelt.zero_point = 0 : i64}
// CHECK: tosa.bitwise_xor %{{.*}}, %{{.*}} : (tensor<1x4xi8>, tensor<1x1xi8>) -> tensor<1x4xi8>
func.func @sensor(%x: tensor<1x4xf32> {smelt.input = {type = ui8, min = 0, max = 255, real_min = 0.0 : f64, real_max = 1.0 : f64}}) -> tensor<1x4xf32> {
  %y = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func.func @movement
// CHECK: tosa.reshape %{{.*}} : (tensor<2x3xi8>) -> tensor<3x2xi8>
// CHECK: tosa.transpose %{{.*}} : (tensor<3x2xi8>, tensor<2xi32>) -> tensor<2x3xi8>
// CHECK: tosa.slice %{{.*}} : (tensor<2x3xi8>) -> tensor<2x2xi8>
// CHECK: tosa.concat %{{.*}} {axis = 1 : i32} : (tensor<2x2xi8>, tensor<2x3xi8>) -> tensor<2x5xi8>
// CHECK: "tosa.const"() <{value = dense<2> : tensor<i8>}>
// CHECK: tosa.pad %{{.*}} -> tensor<2x6xi8>
func.func @movement(%x: tensor<2x3xf32>) -> tensor<2x6xf32> {
  %q = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<2x3xf32>
  %r = tosa.reshape %q {new_shape = array<i64: 3, 2>} : (tensor<2x3xf32>) -> tensor<3x2xf32>
  %perm = "tosa.const"() {value = dense<[1, 0]> : tensor<2xi32>} : () -> tensor<2xi32>
  %t = tosa.transpose %r, %perm : (tensor<3x2xf32>, tensor<2xi32>) -> tensor<2x3xf32>
  %s = tosa.slice %t {start = array<i64: 0, 1>, size = array<i64: 2, 2>} : (tensor<2x3xf32>) -> tensor<2x2xf32>
  %c = tosa.concat %s, %t {axis = 1 : i32} : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x5xf32>
  %pad = "tosa.const"() {value = dense<[[0, 0], [0, 1]]> : tensor<2x2xi32>} : () -> tensor<2x2xi32>
  %one = "tosa.const"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %p = tosa.pad %c, %pad, %one : (tensor<2x5xf32>, tensor<2x2xi32>, tensor<f32>) -> tensor<2x6xf32>
  return %p : tensor<2x6xf32>
}

// -----

// Other functions of one value become a table of 256 entries: here of the result's
// 16 bits, and of 8 where the result is rounded to those.
// CHECK-LABEL: func.func @tables
// CHECK: %[[T:.*]] = "tosa.const"() <{value = dense<{{.*}}> : tensor<256xi16>}>
// CHECK: ternary.lookup %arg0, %[[T]] : (tensor<1x4xi8>, tensor<256xi16>) -> tensor<1x4xi16>
// CHECK: %[[U:.*]] = "tosa.const"() <{value = dense<{{.*}}> : tensor<256xi8>}>
// CHECK: ternary.lookup %arg0, %[[U]] : (tensor<1x4xi8>, tensor<256xi8>) -> tensor<1x4xi8>
func.func @tables(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  %i = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %e = tosa.exp %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %l = tosa.log %i : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %q = ternary.fake_quant %l scale [0.5] to [-128, 127] : tensor<1x4xf32>
  return %e, %q : tensor<1x4xf32>, tensor<1x4xf32>
}

// -----

// CHECK-LABEL: func.func @extrema
// CHECK: tosa.maximum %arg0, %{{.*}} : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
// CHECK: ternary.requantize %{{.*}} <shift = {{.*}}, min = -128, max = 6>
func.func @extrema(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %i = ternary.fake_quant %x scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %c = "tosa.const"() {value = dense<0.1> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %s = tosa.mul %i, %c {shift = 0 : i8} : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %m = tosa.maximum %i, %s : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %q = ternary.fake_quant %m scale [0.5] to [-128, 127] : tensor<1x4xf32>
  %three = "tosa.const"() {value = dense<3.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %n = tosa.minimum %q, %three : (tensor<1x4xf32>, tensor<1x1xf32>) -> tensor<1x4xf32>
  %y = ternary.fake_quant %n scale [0.5] to [-128, 127] : tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}

// -----

// A norm divides 16-bit numbers; its factors and what it adds wait for the next
// rounding. A mean that is subtracted takes any zero point with it.
// CHECK-LABEL: func.func @norms
// CHECK: %[[S:.*]] = ternary.requantize %arg0, {{.*}} <shift = {{.*}}, min = -32767, max = 32767> : {{.*}} -> tensor<2x4xi16>
// CHECK: ternary.rms_norm %[[S]] epsilon ({{.*}} : i64) : (tensor<2x4xi16>) -> tensor<2x4xi32>
// CHECK: ternary.requantize {{.*}} : (tensor<2x4xi32>, tensor<4xi32>, tensor<4xi64>) -> tensor<2x4xi8>
// CHECK: ternary.layer_norm %arg0 epsilon (3 : i64) : (tensor<2x4xi8>) -> tensor<2x4xi32>
func.func @norms(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %q = ternary.fake_quant %x scale [0.5] zero_point 3 to [-128, 127] : tensor<2x4xf32>
  %r = ternary.rms_norm %q epsilon (0.01 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %g = "tosa.const"() {value = dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %s = tosa.mul %r, %g {shift = 0 : i8} : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %t = tosa.add %s, %g : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %y = ternary.fake_quant %t scale [0.1] to [-127, 127] : tensor<2x4xf32>
  %l = ternary.layer_norm %q epsilon (0.01 : f32) : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %y, %l : tensor<2x4xf32>, tensor<2x4xf32>
}
