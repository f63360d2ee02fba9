//===- TernaryDialect.td -----------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYDIALECT_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYDIALECT_TD

include "mlir/IR/OpBase.td"

def TernaryDialect : Dialect {
  let name = "ternary";
  let cppNamespace = "::smelt::ternary";
  let summary = "Networks whose weights are -1, 0 or +1, in integer arithmetic";
  let description = [{
    The `ternary` dialect holds what TOSA lacks for ternary networks: packed
    ternary weights, matrix products and convolutions on them, requantization,
    and activations made of shifts and small tables.

    Three kinds of op share it:

    - *float ops* (`fake_quant`, `binarize`, `dequantize_weights`) mark, in a
      graph of f32 tensors, where and how a value is quantized. They are gone
      once a network has been made integer.
    - *weights* (`weights`) name packed bytes and their meaning.
    - *compute ops* have an exact integer meaning. They work on tensors and
      return their result, or on memrefs and write it `into` an operand. An op
      that also accepts f32 tensors says so; its float form is what the integer
      form approximates.

    Integer arithmetic is two's complement; `>>` is the arithmetic shift, which
    rounds towards minus infinity. No compute op overflows: its widths are
    proven sufficient before code is made (`ternary-check-ranges`).
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTypes();
    void registerAttributes();
  }];
}

#endif
