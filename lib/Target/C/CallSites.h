//===- CallSites.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_CALLSITES_H
#define SMELT_LIB_TARGET_C_CALLSITES_H

#include "Pointers.h"

namespace smelt::c {

/// What all the calls of a module's private functions have in common.
class CallSites {
public:
  CallSites(mlir::ModuleOp module, const Pointers &pointers);

  /// Every call passes constant data for `argument`.
  bool isConstantData(mlir::BlockArgument argument) const {
    return constants.contains(argument);
  }
  /// What the function reads or writes through `argument`, it writes or reads
  /// through nothing else, whichever call it is.
  bool isRestrict(mlir::BlockArgument argument) const {
    return restricted.contains(argument);
  }

private:
  void visit(mlir::emitc::FuncOp function);
  /// Whether something is true of a call whichever call its own function is
  /// called by, if that is a private one.
  bool
  forAllPaths(mlir::emitc::CallOp call,
              llvm::function_ref<bool(mlir::emitc::CallOp outer)> isTrue) const;
  bool isDisjoint(mlir::emitc::FuncOp function, mlir::emitc::CallOp call,
                  unsigned index) const;

  const Pointers &pointers;
  /// By the callee's name.
  llvm::DenseMap<mlir::StringAttr, llvm::SmallVector<mlir::emitc::CallOp>>
      calls;
  llvm::DenseSet<mlir::Value> constants, restricted;
};

} // namespace smelt::c

#endif
