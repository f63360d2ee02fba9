//===- LargeConstants.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_LLVM_LARGECONSTANTS_H
#define SMELT_LIB_TARGET_LLVM_LARGECONSTANTS_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/IR/Module.h"

namespace smelt {

/// A constant that LLVM does not get to see: it takes seconds, and memory
/// several times over, for some tens of megabytes.
struct LargeConstant {
  std::string name;
  /// As it is in memory. It belongs to the module's context.
  llvm::ArrayRef<char> bytes;
};

/// Makes the large constants of a module in the LLVM dialect declarations.
std::vector<LargeConstant> takeLargeConstants(mlir::ModuleOp module);

/// Makes their declarations, once nothing looks into constants any more,
/// constants of zeros.
void reserveLargeConstants(llvm::Module &module,
                           llvm::ArrayRef<LargeConstant> constants);

/// Replaces the zeros in an ELF object file by the constants.
llvm::Error fillLargeConstants(llvm::MutableArrayRef<char> object,
                               llvm::ArrayRef<LargeConstant> constants);

} // namespace smelt

#endif
