// RUN: smelt-opt %s --convert-ternary-to-loops --split-input-file --verify-diagnostics

func.func @tensors(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error @below {{is not in memref form}}
  %y = ternary.relu %x : (tensor<4xi8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// -----

func.func @gaps(%x: memref<4xi8, strided<[2]>>, %y: memref<4xi8>) {
  // expected-error @below {{needs operands without gaps}}
  ternary.relu %x into %y : (memref<4xi8, strided<[2]>>, memref<4xi8>) -> ()
  return
}

// -----

// The parts of a cache may lie apart, but their rows not.
func.func @parts(%x: memref<3x2xi8>, %p: memref<3xi32>, %y: memref<3x9x2xi8, strided<[64, 3, 1]>>) {
  // expected-error @below {{needs operands without gaps}}
  ternary.cache_write rows %x at %p into %y : (memref<3x2xi8>, memref<3xi32>, memref<3x9x2xi8, strided<[64, 3, 1]>>) -> ()
  return
}

// -----

// expected-error @below {{returns packed weights}}
func.func @returned(%w: !ternary.weights<1x1 : dense>) -> !ternary.weights<1x1 : dense> {
  return %w : !ternary.weights<1x1 : dense>
}

// -----

func.func @hidden() {
  %w = ternary.weights dense<0> : tensor<4xi8> -> <1x4 : dense>
  // expected-error @below {{cannot use packed weights in memref form}}
  cf.br ^next(%w : !ternary.weights<1x4 : dense>)
^next(%v: !ternary.weights<1x4 : dense>):
  return
}
