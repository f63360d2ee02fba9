//===- TargetPresets.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_TARGETPRESETS_H
#define SMELT_TARGET_LLVM_TARGETPRESETS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace smelt {

struct MachineOptions;

/// A target with a name of its own, in the words of LLVM.
struct TargetPreset {
  llvm::StringLiteral name, triple, cpu, features;
  /// The calling convention where the triple leaves it open, or empty.
  llvm::StringLiteral abi;
  llvm::StringLiteral description;
};

llvm::ArrayRef<TargetPreset> getTargetPresets();

/// Null if no preset has this name.
const TargetPreset *findTargetPreset(llvm::StringRef name);

/// Puts what a preset stands for in the place of its name in `options.triple`.
/// A CPU that is given goes before the preset's, and features after them. Other
/// options are returned as they are.
MachineOptions resolvePreset(MachineOptions options);

} // namespace smelt

#endif
