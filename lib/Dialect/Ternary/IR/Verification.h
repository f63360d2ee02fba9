//===- Verification.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DIALECT_TERNARY_IR_VERIFICATION_H
#define SMELT_LIB_DIALECT_TERNARY_IR_VERIFICATION_H

#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

namespace smelt::ternary {

inline mlir::Type elementType(mlir::Value value) {
  return llvm::cast<mlir::ShapedType>(value.getType()).getElementType();
}

inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::ShapedType>(value.getType()).getShape();
}

/// Checks that `value` has one of the given one-dimensional sizes and the
/// element type `intN`.
mlir::LogicalResult verifyVector(mlir::Operation *op, mlir::Value value,
                                 llvm::StringRef name, int64_t size,
                                 unsigned width);

/// Checks that a clamp's bounds are in order and fit into the element type.
mlir::LogicalResult verifyClamp(mlir::Operation *op, int64_t min, int64_t max,
                                mlir::Type type);

mlir::LogicalResult verifySameShape(mlir::Operation *op, mlir::Value input,
                                    mlir::ShapedType result);

/// Checks that `value` is one i32: a position of a sequence.
mlir::LogicalResult verifyPosition(mlir::Operation *op, mlir::Value value);

/// Checks the `scales` of `op`, which several planes need.
mlir::LogicalResult verifyScales(mlir::Operation *op, mlir::Value scales,
                                 WeightsType weights);

} // namespace smelt::ternary

#endif
