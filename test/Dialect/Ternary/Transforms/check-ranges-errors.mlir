// RUN: smelt-opt %s --ternary-check-ranges --split-input-file --verify-diagnostics

func.func @accumulator(%x: tensor<1x2xi16>) -> tensor<1x1xi32> {
  %w = ternary.weights dense<[1, 0, -1, 1]> : tensor<4xi8> -> <1x2 : dense, planes = 2>
  %s = arith.constant dense<32767> : tensor<2x1x1xi16>
  // expected-error @below {{an accumulator can reach 3221127168, which does not fit in i32}}
  %y = ternary.matmul %x, %w scales(%s)
      : (tensor<1x2xi16>, !ternary.weights<1x2 : dense, planes = 2>, tensor<2x1x1xi16>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @requantize(%x: tensor<1x2xi32>) -> tensor<1x2xi8> {
  %m = arith.constant dense<[1, -2147483648]> : tensor<2xi32>
  %b = arith.constant dense<4611686018427387904> : tensor<1xi64>
  // expected-error @below {{a value to be rescaled can reach 9223372036854775808, which does not fit in i64}}
  %y = ternary.requantize %x, %m, %b <shift = 0, min = -9, max = 9> : (tensor<1x2xi32>, tensor<2xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return %y : tensor<1x2xi8>
}

// -----

func.func @unknown(%x: tensor<1x2xi32>, %m: tensor<1xi32>) -> tensor<1x2xi8> {
  %b = arith.constant dense<0> : tensor<1xi64>
  // expected-error @below {{needs a constant multiplier and offset for its range to be known}}
  %y = ternary.requantize %x, %m, %b <shift = 0, min = -9, max = 9> : (tensor<1x2xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2xi8>
  return %y : tensor<1x2xi8>
}

// -----

func.func @pool(%x: tensor<1x256x256x1xi16>) -> tensor<1x1x1x1xi32> {
  // expected-error @below {{a sum can reach 2147483648, which does not fit in i32}}
  %y = ternary.sum_pool2d %x {kernel = array<i64: 256, 256>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x256x256x1xi16>) -> tensor<1x1x1x1xi32>
  return %y : tensor<1x1x1x1xi32>
}

// -----

func.func @mul(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @below {{a value to be rescaled can reach more than 2^64, which does not fit in i64}}
  %y = ternary.mul %x, %x by 1000000 plus 0 <shift = 9, min = 0, max = 9> : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %y : tensor<4xi32>
}

// -----

func.func @add(%x: tensor<4xi32>) -> tensor<4xi32> {
  // expected-error @below {{a value to be rescaled can reach 12884901888000000000, which does not fit in i64}}
  %y = ternary.add %x, %x by (3000000000, 3000000000) plus 0 <shift = 9, min = 0, max = 9> : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %y : tensor<4xi32>
}

// -----

func.func @weights(%x: tensor<1x70000xi16>, %w: !ternary.weights<1x70000 : dense>) -> tensor<1x1xi32> {
  // expected-error @below {{needs constant weights for its range to be known}}
  %y = ternary.matmul %x, %w : (tensor<1x70000xi16>, !ternary.weights<1x70000 : dense>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @scales(%x: tensor<1x70000xi16>, %s: tensor<1x1x1xi16>) -> tensor<1x1xi32> {
  %w = ternary.weights dense<1> : tensor<70000xi8> -> <1x70000 : dense>
  // expected-error @below {{needs constant scales for its range to be known}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x70000xi16>, !ternary.weights<1x70000 : dense>, tensor<1x1x1xi16>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @tosa_matmul(%x: tensor<1x1x262144xi8>, %y: tensor<1x262144x1xi8>) -> tensor<1x1x1xi32> {
  // expected-error @below {{an accumulator can reach 4294967296, which does not fit in i32}}
  %z = tosa.matmul %x, %y : (tensor<1x1x262144xi8>, tensor<1x262144x1xi8>) -> tensor<1x1x1xi32>
  return %z : tensor<1x1x1xi32>
}

// -----

func.func @absmax(%x: tensor<2x4xi64>) -> tensor<2xi32> {
  // expected-error @below {{a magnitude can reach 9223372036854775808, which does not fit in i64}}
  %0 = ternary.absmax %x : (tensor<2x4xi64>) -> tensor<2xi32>
  return %0 : tensor<2xi32>
}

// -----

func.func @dequantize(%x: tensor<2x4xi64>, %a: tensor<2xi32>) -> tensor<2x4xi32> {
  %m = arith.constant dense<3> : tensor<1xi32>
  // expected-error @below {{a value to be rescaled can reach}}
  %0 = ternary.dequantize %x by %a, %m shift 40 to [-9, 9] : (tensor<2x4xi64>, tensor<2xi32>, tensor<1xi32>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @norm(%x: tensor<2x4xi64>) -> tensor<2x4xi32> {
  // expected-error @below {{a value to be normalized can reach 9223372036854775808, which does not fit in i63}}
  %0 = ternary.rms_norm %x epsilon (7 : i64) : (tensor<2x4xi64>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @requantized_norm(%x: tensor<2x4xi32>) -> tensor<2x4xi32> {
  %m = arith.constant dense<3> : tensor<1xi32>
  %b = arith.constant dense<9223372036854775807> : tensor<1xi64>
  // expected-error @below {{a value to be rescaled can reach 9223372040076001288, which does not fit in i64}}
  %0 = ternary.layer_norm %x epsilon (7 : i64) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<2x4xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<2x4xi32>
  return %0 : tensor<2x4xi32>
}

// -----

func.func @embed(%ids: tensor<1xi32>, %w: !ternary.weights<9x8 : int8>) -> tensor<1x8xi32> {
  %m = arith.constant dense<2> : tensor<1xi32>
  %b = arith.constant dense<9223372036854775807> : tensor<1xi64>
  // expected-error @below {{a value to be rescaled can reach 9223372036854776061, which does not fit in i64}}
  %0 = ternary.embed %ids, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<1xi32>, !ternary.weights<9x8 : int8>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x8xi32>
  return %0 : tensor<1x8xi32>
}

// -----

func.func @embed_int4(%ids: tensor<1xi32>, %w: !ternary.weights<9x8 : int4>) -> tensor<1x8xi32> {
  %m = arith.constant dense<2> : tensor<1xi32>
  %b = arith.constant dense<9223372036854775807> : tensor<1xi64>
  %s = arith.constant dense<10> : tensor<1x9x4xi16>
  // expected-error @below {{a value to be rescaled can reach 9223372036854775947, which does not fit in i64}}
  %0 = ternary.embed %ids, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<1xi32>, !ternary.weights<9x8 : int4>, tensor<1x9x4xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x8xi32>
  return %0 : tensor<1x8xi32>
}

// -----

// 128 * 7 * 255 * 8192 is less than 2^31, whatever the weights are.
func.func @int4_sum(%x: tensor<1x8192xi8>, %w: !ternary.weights<1x8192 : int4>) -> tensor<1x1xi32> {
  %s = arith.constant dense<255> : tensor<1x1x256xi16>
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x8192xi8>, !ternary.weights<1x8192 : int4>, tensor<1x1x256xi16>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @int4_long_sum(%x: tensor<1x9408xi8>) -> tensor<1x1xi32> {
  %w = ternary.weights dense<-1> : tensor<4704xi8> -> <1x9408 : int4>
  %s = arith.constant dense<255> : tensor<1x1x294xi16>
  // expected-error @below {{an accumulator can reach 2149539840, which does not fit in i32}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x9408xi8>, !ternary.weights<1x9408 : int4>, tensor<1x1x294xi16>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}
