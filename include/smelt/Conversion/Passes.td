//===- Passes.td -------------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_CONVERSION_PASSES_TD
#define SMELT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryConvertToInteger
    : Pass<"ternary-convert-to-integer", "::mlir::ModuleOp"> {
  let summary = "Turn a quantized float network into integer arithmetic";
  let description = [{
    Rewrites each function on f32 tensors whose activations are rounded by
    `ternary.fake_quant` or `ternary.binarize`, and whose weights come from
    `ternary.dequantize_weights`, into one on integer tensors.

    Every float value is followed as an integer tensor with scales, offsets and a
    clamp that are still to be carried out. Biases, batch norms, multiplications
    by constants and ReLUs only change those; the next rounding carries all of
    them out as one `ternary.requantize`. Where a value is used before it is
    rounded, it is rounded to 32 bits.

    An input's integers are those of the rounding it reaches, or, with an argument
    attribute `smelt.input`, a sensor's own. Arguments and results get
    `smelt.scale`, `smelt.zero_point` and `smelt.unsigned`:
    real = scale * (q - zero_point). All ops without an integer form are reported
    at once.
  }];
  let dependentDialects = ["::smelt::ternary::TernaryDialect",
                           "::mlir::tosa::TosaDialect"];
}

#endif
