//===- TernaryOps.td ---------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYOPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYOPS_TD

include "smelt/Dialect/Ternary/IR/TernaryFloatOps.td"
include "smelt/Dialect/Ternary/IR/TernaryLinearOps.td"
include "smelt/Dialect/Ternary/IR/TernaryElementwiseOps.td"
include "smelt/Dialect/Ternary/IR/TernaryDynamicOps.td"
include "smelt/Dialect/Ternary/IR/TernarySequenceOps.td"

#endif
