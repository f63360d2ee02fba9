//===- Linker.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_LINKER_H
#define SMELT_TARGET_LLVM_LINKER_H

#include "smelt/Support/OutputFiles.h"
#include "llvm/TargetParser/Triple.h"

namespace smelt {

/// Makes a shared library of an object file's contents, by the linker found.
llvm::Error linkSharedLibrary(llvm::StringRef object, llvm::StringRef path,
                              const llvm::Triple &triple, OutputFiles &files);

/// Makes an executable of an object file's contents and a C source, by the C
/// compiler found. `options` are more of its options, such as libraries.
llvm::Error linkExecutable(llvm::StringRef object, llvm::StringRef source,
                           llvm::StringRef path, const llvm::Triple &triple,
                           OutputFiles &files,
                           llvm::ArrayRef<std::string> options = {});

} // namespace smelt

#endif
