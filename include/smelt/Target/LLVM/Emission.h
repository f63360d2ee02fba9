//===- Emission.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_EMISSION_H
#define SMELT_TARGET_LLVM_EMISSION_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "smelt/Support/DataPlacement.h"
#include "smelt/Target/LLVM/CodeReport.h"
#include "smelt/Target/LLVM/TargetMachine.h"

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace smelt {

/// What `emitNative` writes.
enum class NativeKind { Object, Assembly, LLVMIR, Archive };

/// What is asked of native code beside its kind.
struct EmissionOptions {
  DataPlacement placement;
  /// Filled with what the code of an object is made of, if it is not null.
  CodeReport *report = nullptr;
  /// Whose instructions the report counts, if it is not null.
  const CountedCall *countedCall = nullptr;
};

/// Registers what translating the LLVM dialect to LLVM IR needs.
void registerLLVMEmission(mlir::DialectRegistry &registry);

/// Translates a module in the LLVM dialect and optimizes it for `machine`.
/// Unrolling loops of constant length can make the optimization very slow.
mlir::FailureOr<std::unique_ptr<llvm::Module>>
translateToOptimizedIR(mlir::ModuleOp module, llvm::LLVMContext &context,
                       llvm::TargetMachine &machine, bool unrollsLoops = true);

/// Makes native code of a module in the LLVM dialect, which is of no use
/// afterwards. `name` is the archive member's name.
mlir::LogicalResult emitNative(mlir::ModuleOp module, NativeKind kind,
                               llvm::TargetMachine &machine,
                               llvm::StringRef name,
                               llvm::SmallVectorImpl<char> &output,
                               const EmissionOptions &options = {});

} // namespace smelt

#endif
