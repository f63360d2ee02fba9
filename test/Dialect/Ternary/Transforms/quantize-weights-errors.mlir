// RUN: smelt-opt %s --ternary-quantize-weights --verify-diagnostics
// RUN: not smelt-opt %s --ternary-quantize-weights="planes=4" 2>&1 | FileCheck %s --check-prefix=PLANES
// RUN: not smelt-opt %s --ternary-quantize-weights="weights=four" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not smelt-opt %s --ternary-quantize-weights="method=best" 2>&1 | FileCheck %s --check-prefix=METHOD
// RUN: not smelt-opt %s --ternary-quantize-weights="layers=conv" 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not smelt-opt %s --ternary-quantize-weights="group-size=-1" 2>&1 | FileCheck %s --check-prefix=GROUP

// PLANES: planes must be 1, 2 or 3, not 4
// KIND: unknown kind of weights 'four'
// METHOD: unknown method 'best'
// RULE: cannot read layer rule 'conv'
// GROUP: group-size must not be negative

func.func @dynamic(%x: tensor<1x3xf32>, %w: tensor<2x3xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  // expected-error @below {{weights are not a constant of type f32}}
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

func.func @infinite(%x: tensor<1x3xf32>, %b: tensor<1xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {value = dense<[[1.0, 0x7F800000, 0.0]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  // expected-error @below {{weights are not finite}}
  %y = tosa.fully_connected %x, %w, %b : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}
