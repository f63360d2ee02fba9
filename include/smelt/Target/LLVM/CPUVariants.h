//===- CPUVariants.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_CPUVARIANTS_H
#define SMELT_TARGET_LLVM_CPUVARIANTS_H

#include "smelt/Target/LLVM/TargetMachine.h"

namespace smelt {

/// One of several CPUs that a program has code for.
struct CPUVariant {
  /// As the user gave it.
  std::string name;
  /// As LLVM has it.
  std::string cpu;
  /// LLVM's features that the code may use, each with a sign.
  std::vector<std::string> targetFeatures;
  /// What kernels may use, as `VectorTarget` takes it.
  std::vector<std::string> vectorFeatures;
  /// Linux has to be asked for the tiles of AMX.
  bool requestsTiles = false;
};

/// What native code is made for.
struct NativeTarget {
  /// The machine, or of several CPUs what code that they share runs on.
  std::unique_ptr<llvm::TargetMachine> machine;
  /// None if there is one CPU.
  std::vector<CPUVariant> variants;
  /// What all of the CPUs have that kernels may use.
  std::vector<std::string> vectorFeatures;
};

/// Whether options name several CPUs, separated by commas.
bool hasSeveralCPUs(const MachineOptions &options);

/// Makes LLVM's descriptions of a machine of one or several CPUs. Several that
/// no program can choose from are an error at `loc`.
mlir::FailureOr<NativeTarget> createNativeTarget(const MachineOptions &options,
                                                 mlir::Location loc);

} // namespace smelt

#endif
