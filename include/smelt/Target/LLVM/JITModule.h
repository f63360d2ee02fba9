//===- JITModule.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_JITMODULE_H
#define SMELT_TARGET_LLVM_JITMODULE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace smelt {

/// A module compiled for this machine, in memory.
class JITModule {
public:
  /// Compiles a module in the LLVM dialect. All arguments of its function
  /// `entry` must be pointers, and it must return nothing. The module's context
  /// must outlive the code, which reads large constants where they are.
  static mlir::FailureOr<std::unique_ptr<JITModule>>
  create(mlir::ModuleOp module, llvm::StringRef entry);

  ~JITModule();

  size_t getNumArguments() const { return numArguments; }

  /// Calls the entry with one pointer for each argument.
  void call(llvm::ArrayRef<void *> arguments) const;

private:
  JITModule();
  llvm::Error defineConstants(
      llvm::ArrayRef<std::pair<std::string, llvm::ArrayRef<char>>> constants);

  /// Constants of the code that had to be moved.
  std::vector<std::vector<char>> copies;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*entry)(void *const *) = nullptr;
  size_t numArguments = 0;
};

} // namespace smelt

#endif
