//===- BlockCounts.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_LLVM_BLOCKCOUNTS_H
#define SMELT_LIB_TARGET_LLVM_BLOCKCOUNTS_H

#include "LargeConstants.h"
#include "smelt/Target/LLVM/CodeReport.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// How often each basic block runs, by its name.
using BlockCounts = llvm::StringMap<int64_t>;

/// Gives each basic block a name that no other one in the module has.
void nameBlocks(llvm::Module &module);

/// Runs a copy of a module, which may be for any target, on this machine, and
/// counts how often each block runs in a call of a function. Code that only its
/// target can run is an error that says why.
llvm::Expected<BlockCounts> countBlocks(const llvm::Module &module,
                                        llvm::ArrayRef<LargeConstant> constants,
                                        const CountedCall &call);

/// Counts the machine instructions of each function by how often the blocks of
/// IR run that they were made of.
void countInstructions(CodeReport &report, const BlockCounts &counts);

} // namespace smelt

#endif
