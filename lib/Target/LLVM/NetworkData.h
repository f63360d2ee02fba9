//===- NetworkData.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_LLVM_NETWORKDATA_H
#define SMELT_LIB_TARGET_LLVM_NETWORKDATA_H

#include "mlir/IR/BuiltinOps.h"
#include "smelt/Support/DataPlacement.h"
#include "smelt/Target/LLVM/CodeReport.h"
#include "llvm/IR/Module.h"

namespace smelt {

/// The names of the constant arrays of a network in the LLVM dialect, and of
/// its arena.
std::vector<std::string> listNetworkData(mlir::ModuleOp module);

/// Puts those of a network's data that are left in LLVM IR where they belong.
void placeData(llvm::Module &module, llvm::ArrayRef<std::string> names,
               const DataPlacement &placement);

/// The sizes of those that are left.
std::vector<ArrayData> measureData(const llvm::Module &module,
                                   llvm::ArrayRef<std::string> names);

} // namespace smelt

#endif
