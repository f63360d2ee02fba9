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

/// What is linked, not just compiled.
enum class LinkedKind {
  SharedLibrary,
  Program,
  /// A program that needs the runtime for text.
  TextProgram
};

/// Whether such a thing can be made for a target, by what is installed here.
llvm::Error checkLinking(LinkedKind kind, const llvm::Triple &triple);

/// Makes a shared library of an object file's contents, by the linker found.
llvm::Error linkSharedLibrary(llvm::StringRef object, llvm::StringRef path,
                              const llvm::Triple &triple, OutputFiles &files);

/// What is linked by a C compiler.
struct LinkJob {
  /// The contents of an object file, and a C source.
  llvm::StringRef object, source;
  /// More options of the compiler, such as libraries.
  std::vector<std::string> options;
  /// The patterns of the names that a shared library exports; an executable is
  /// made if there are none.
  std::vector<std::string> exports;
};

/// Makes an executable or a shared library, by the C compiler found.
llvm::Error linkWithCompiler(const LinkJob &job, llvm::StringRef path,
                             const llvm::Triple &triple, OutputFiles &files);

} // namespace smelt

#endif
