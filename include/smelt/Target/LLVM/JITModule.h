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
#include "smelt/Target/LLVM/TargetMachine.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace smelt {

struct LargeConstant;

/// How a module is compiled in memory.
struct JITOptions {
  /// As in `createHostMachine`.
  MachineOptions machine;
  /// Functions of this process that the module may call, by name.
  std::vector<std::pair<std::string, void *>> functions;
};

/// A module compiled for this machine, in memory.
class JITModule {
public:
  /// Compiles a module in the LLVM dialect. All arguments of its functions
  /// `entries` must be pointers, and they must return nothing. The module's
  /// context must outlive the code, which reads large constants where they are.
  static mlir::FailureOr<std::unique_ptr<JITModule>>
  create(mlir::ModuleOp module, llvm::ArrayRef<std::string> entries,
         const JITOptions &options = {});

  ~JITModule();

  /// Calls the first entry with one pointer for each argument.
  void call(llvm::ArrayRef<void *> arguments) const;

  /// The address of an entry.
  void *getAddress(size_t entry) const { return addresses[entry]; }

private:
  JITModule();
  llvm::Error defineConstants(llvm::ArrayRef<LargeConstant> constants);
  llvm::Error defineFunctions(const JITOptions &options);
  mlir::LogicalResult findAddresses(llvm::ArrayRef<std::string> entries,
                                    mlir::Location loc);

  /// Constants of the code that had to be moved.
  std::vector<std::vector<char>> copies;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*packedEntry)(void *const *) = nullptr;
  std::vector<void *> addresses;
};

} // namespace smelt

#endif
