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

func.func @weights(%x: tensor<1x2xi8>, %w: !ternary.weights<1x2 : dense>) -> tensor<1x1xi32> {
  // expected-error @below {{needs constant weights for its range to be known}}
  %y = ternary.matmul %x, %w : (tensor<1x2xi8>, !ternary.weights<1x2 : dense>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @scales(%x: tensor<1x2xi8>, %s: tensor<1x1x1xi16>) -> tensor<1x1xi32> {
  %w = ternary.weights dense<[1, 0]> : tensor<2xi8> -> <1x2 : dense>
  // expected-error @below {{needs constant scales for its range to be known}}
  %y = ternary.matmul %x, %w scales (%s) : (tensor<1x2xi8>, !ternary.weights<1x2 : dense>, tensor<1x1x1xi16>) -> tensor<1x1xi32>
  return %y : tensor<1x1xi32>
}

// -----

func.func @tosa_matmul(%x: tensor<1x1x262144xi8>, %y: tensor<1x262144x1xi8>) -> tensor<1x1x1xi32> {
  // expected-error @below {{an accumulator can reach 4294967296, which does not fit in i32}}
  %z = tosa.matmul %x, %y : (tensor<1x1x262144xi8>, tensor<1x262144x1xi8>) -> tensor<1x1x1xi32>
  return %z : tensor<1x1x1xi32>
}
