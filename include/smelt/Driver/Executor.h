//===- Executor.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_EXECUTOR_H
#define SMELT_DRIVER_EXECUTOR_H

#include "smelt/Driver/KernelProfile.h"
#include "smelt/Driver/Options.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Target/LLVM/JITModule.h"

namespace smelt {

/// A network on tensors, compiled for this machine.
class Executor {
public:
  /// Compiles a float network, or one that has been made integer.
  static mlir::FailureOr<std::unique_ptr<Executor>>
  create(mlir::ModuleOp module, const ModelOptions &options,
         const JITOptions &jitOptions = {});

  const Signature &getSignature() const { return signature; }

  /// Runs the network once, on what it kept of earlier runs, at first zeros.
  /// The inputs have the signature's kinds and numbers of elements.
  std::vector<HostTensor> run(llvm::ArrayRef<HostTensor> inputs) const;

  /// The same, into outputs that `makeOutputs` made.
  void run(llvm::ArrayRef<HostTensor> inputs,
           llvm::MutableArrayRef<HostTensor> outputs) const;
  std::vector<HostTensor> makeOutputs() const;

  /// The calls of kernels by number, where the code marks them.
  llvm::ArrayRef<KernelCall> getKernelCalls() const { return kernelCalls; }

private:
  Signature signature;
  std::vector<KernelCall> kernelCalls;
  std::unique_ptr<JITModule> jit;
  std::unique_ptr<int64_t[]> state;
};

} // namespace smelt

#endif
