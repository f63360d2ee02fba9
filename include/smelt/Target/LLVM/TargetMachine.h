//===- TargetMachine.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_TARGETMACHINE_H
#define SMELT_TARGET_LLVM_TARGETMACHINE_H

#include "mlir/IR/Location.h"
#include "mlir/Support/LLVM.h"
#include "llvm/Target/TargetMachine.h"
#include <memory>
#include <string>
#include <vector>

namespace smelt {

/// The machine to make code for.
struct MachineOptions {
  /// A target triple, or the name of a preset; the host's if empty.
  std::string triple;
  /// A CPU as LLVM names it, or `native`; the triple's default if empty.
  std::string cpu;
  /// CPU features, separated by commas, each with an optional `+` or `-`.
  std::string features;
  /// A calling convention as LLVM names it; what suits the features if empty.
  std::string abi;
  /// 0 to 3.
  unsigned optimizationLevel = 3;
};

/// Makes LLVM's description of a machine. An unknown triple, CPU or feature is
/// an error at `loc`.
mlir::FailureOr<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const MachineOptions &options, mlir::Location loc);

/// The machine that this process runs on, as a CPU that it can stand for; by
/// default `native`, with all of its features. The options name no target.
mlir::FailureOr<std::unique_ptr<llvm::TargetMachine>>
createHostMachine(MachineOptions options, mlir::Location loc);

/// The features of a machine that kernels with vectors use, as `VectorTarget`
/// takes them.
std::vector<std::string> getVectorFeatures(const llvm::TargetMachine &machine);

} // namespace smelt

#endif
