//===- Passes.td -------------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_TD
#define SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryQuantizeWeights
    : Pass<"ternary-quantize-weights", "::mlir::ModuleOp"> {
  let summary = "Find integer codes and scales for constant f32 weights";
  let description = [{
    Replaces the constant weights of `tosa.fully_connected`, `tosa.conv2d` and
    `tosa.depthwise_conv2d` by `ternary.weights` and
    `ternary.dequantize_weights`. Weights that are ternary already, with a scale
    for the tensor, each row, or each group of columns, are kept exactly; so are,
    with `weights=auto` or `int8`, weights on a grid of at most 255 levels. Others
    are fitted. The attribute `smelt.error` of the dequantization is the norm of
    the difference over the norm of the weights.
  }];
  let options = [
    Option<"weights", "weights", "std::string", /*default=*/"\"auto\"",
           "auto, ternary, int8, or a number of planes 1, 2, 3">,
    Option<"planes", "planes", "int64_t", /*default=*/"1",
           "Ternary planes fitted to float weights (1 to 3)">,
    Option<"groupSize", "group-size", "int64_t", /*default=*/"0",
           "Columns that share a scale in matrix products (0: a whole row)">,
    Option<"method", "method", "std::string", /*default=*/"\"optimal\"",
           "How one plane is fitted: optimal, absmean or twn">,
    ListOption<"layers", "layers", "std::string",
               "Rules PATTERN=auto|ternary|int8|1|2|3 for layers by name; the "
               "last that matches counts">
  ];
  let dependentDialects = ["::smelt::ternary::TernaryDialect",
                           "::mlir::tosa::TosaDialect"];
}

#endif
