//===- Pointers.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_POINTERS_H
#define SMELT_LIB_TARGET_C_POINTERS_H

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseSet.h"

namespace smelt::c {

/// The argument, global (emitc.get_global) or array variable into which
/// `pointer` points; null if that is not known.
mlir::Value getRoot(mlir::Value pointer);

/// Which memory the functions of a module write.
class Pointers {
public:
  explicit Pointers(mlir::ModuleOp module);

  /// Nothing is written through `pointer`, nor through what it comes from.
  bool isConst(mlir::Value pointer) const;

private:
  bool markWritten(mlir::Value pointer);
  bool visit(mlir::Operation *op);

  mlir::SymbolTable symbols;
  llvm::DenseSet<mlir::Value> writtenArguments;
};

} // namespace smelt::c

#endif
