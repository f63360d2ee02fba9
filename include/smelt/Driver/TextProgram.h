//===- TextProgram.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_TEXTPROGRAM_H
#define SMELT_DRIVER_TEXTPROGRAM_H

#include "mlir/IR/BuiltinOps.h"
#include "smelt/Runtime/TextGenerator.h"

namespace smelt {

/// What the text runtime must know of a language model's integer form, but for
/// how to run it. An error if the module is none; `path` is where it is from.
mlir::FailureOr<runtime::TextNetwork> readTextNetwork(mlir::ModuleOp module,
                                                      llvm::StringRef path);

/// The C source of the main program of a language model whose compiled function
/// is called `function`, with the tokenizer of `folder`. It needs the static
/// library SmeltRuntime.
mlir::FailureOr<std::string> makeTextProgram(mlir::ModuleOp module,
                                             llvm::StringRef folder,
                                             llvm::StringRef function);

} // namespace smelt

#endif
