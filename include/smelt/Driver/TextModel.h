//===- TextModel.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_TEXTMODEL_H
#define SMELT_DRIVER_TEXTMODEL_H

#include "smelt/Driver/KernelProfile.h"
#include "smelt/Driver/Network.h"
#include "smelt/Runtime/Session.h"
#include "smelt/Runtime/Tokenizer.h"
#include "smelt/Target/LLVM/JITModule.h"

namespace smelt {

/// What the text runtime must know of a language model's integer form, but for
/// its functions and its tokenizer. An error if the module is none; `path` is
/// where it is from.
mlir::FailureOr<runtime::CompiledModel> describeTextModel(mlir::ModuleOp module,
                                                          llvm::StringRef path);

/// The tokenizer of a checkpoint's folder.
mlir::FailureOr<runtime::Tokenizer> readTokenizer(llvm::StringRef folder);

/// The names of a language model's functions: of one token, of a block of a
/// prompt, of drafts, and of several sequences. Those that it has not are
/// empty.
struct TextFunctions {
  std::string decode, prefill, verify, batch;
};

/// A language model that is compiled for this machine, in memory.
class TextModel {
public:
  /// Reads and compiles the model of a folder.
  static mlir::FailureOr<std::unique_ptr<TextModel>>
  create(const ModelOptions &options, mlir::MLIRContext *context);

  /// Compiles a model in its integer form.
  static mlir::FailureOr<std::unique_ptr<TextModel>>
  create(std::unique_ptr<Network> network, const ModelOptions &options,
         const JITOptions &jitOptions = {});

  const runtime::CompiledModel &getCompiled() const { return compiled; }

  const TextFunctions &getFunctions() const { return functions; }

  /// The calls of kernels by number, where the code marks them.
  llvm::ArrayRef<KernelCall> getKernelCalls() const { return kernelCalls; }

  /// The model's one sequence, from its beginning.
  runtime::Session &beginSession();

private:
  TextModel() = default;
  mlir::LogicalResult compile(mlir::ModuleOp module,
                              const ModelOptions &options,
                              const JITOptions &jitOptions);

  std::unique_ptr<Network> network;
  std::unique_ptr<JITModule> jit;
  TextFunctions functions;
  std::vector<KernelCall> kernelCalls;
  runtime::CompiledModel compiled = {};
  std::unique_ptr<void, decltype(&std::free)> memory{nullptr, &std::free};
  std::optional<runtime::Session> session;
};

} // namespace smelt

#endif
