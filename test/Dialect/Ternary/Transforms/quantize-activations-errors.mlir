// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-quantize-activations{bits=7}))" --verify-diagnostics

// expected-error @below {{activations have 8 or 16 bits, not 7}}
func.func @bits(%x: tensor<1x2xf32> {smelt.range = array<f64: 0.0, 1.0>}) -> tensor<1x2xf32> {
  return %x : tensor<1x2xf32>
}
