// RUN: smelt-opt %s --ternary-verify-integer --split-input-file --verify-diagnostics

module attributes {smelt.scale = 1.0 : f64} {
  func.func @integer(%x: tensor<4xi8> {smelt.scale = 0.5 : f64}) -> tensor<4xi8> {
    %y = tosa.clamp %x {max_fp = 0.0 : f32, max_int = 6 : i64, min_fp = 0.0 : f32, min_int = 0 : i64} : (tensor<4xi8>) -> tensor<4xi8>
    return %y : tensor<4xi8>
  }
}

// -----

// expected-error @below {{'func.func' op has an argument of type 'tensor<4xf32>'}}
func.func @argument(%x: tensor<4xf32>) {
  return
}

// -----

// expected-error @below {{has the type 'f32' in attribute 'function_type'}}
func.func private @declared(tensor<4xf32>)

// -----

func.func @constant() {
  // expected-error @below {{has a result of type 'tensor<2xf32>'}}
  %c = arith.constant dense<1.0> : tensor<2xf32>
  return
}

// -----

func.func @operand() {
  // expected-error @below {{has a result of type 'f32'}}
  %x = builtin.unrealized_conversion_cast to f32
  // expected-error @below {{has an operand of type 'f32'}}
  %y = arith.fptosi %x : f32 to i8
  return
}
