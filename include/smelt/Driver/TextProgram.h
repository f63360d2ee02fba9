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

namespace smelt {

/// What a language model becomes together with the static library SmeltRuntime.
enum class TextArtifact { Program, Library };

/// The C source of a program or shared library of a language model in its
/// integer form, with the tokenizer of `folder`, without which there can be a
/// library, but no program. The names of its compiled
/// functions begin with `name`.
mlir::FailureOr<std::string> makeTextSource(mlir::ModuleOp module,
                                            llvm::StringRef folder,
                                            llvm::StringRef name,
                                            TextArtifact artifact);

} // namespace smelt

#endif
