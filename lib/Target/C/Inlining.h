//===- Inlining.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_INLINING_H
#define SMELT_LIB_TARGET_C_INLINING_H

#include "Pointers.h"

namespace smelt::c {

/// Decides which operations of a function are printed where they are used and
/// not as a statement of their own.
class Inlining {
public:
  Inlining(mlir::emitc::FuncOp function, const Pointers &pointers);

  bool isInlined(mlir::Value value) const {
    mlir::Operation *op = value.getDefiningOp();
    return op && inlined.contains(op);
  }

private:
  struct BlockInfo;

  void visitBlock(mlir::Block &block);
  bool canInline(mlir::Operation *op, const BlockInfo &info) const;
  void limitSize(mlir::Block &block);

  const Pointers &pointers;
  llvm::DenseSet<mlir::Operation *> inlined;
};

/// `op` computes a value and does nothing else.
bool isExpression(mlir::Operation *op);
/// `op` is printed as one short term wherever it is used.
bool isTerm(mlir::Operation *op);

} // namespace smelt::c

#endif
