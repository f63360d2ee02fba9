//===- TernaryOps.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYOPS_H
#define SMELT_DIALECT_TERNARY_IR_TERNARYOPS_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"

#include "smelt/Dialect/Ternary/IR/TernaryEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryAttributes.h.inc"

namespace smelt::ternary::detail {
/// Checks that a compute op is in tensor form (no destination, one result) or
/// in memref form (a destination, no result).
mlir::LogicalResult verifyComputeOp(mlir::Operation *op);

/// Reads of the memref operands and a write of the destination; nothing in
/// tensor form.
void getComputeOpEffects(
    mlir::Operation *op,
    llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);
} // namespace smelt::ternary::detail

#include "smelt/Dialect/Ternary/IR/TernaryInterfaces.h.inc"

#define GET_OP_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryOps.h.inc"

#endif
