//===- WebAssemblyLinker.h --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_WEBASSEMBLYLINKER_H
#define SMELT_TARGET_LLVM_WEBASSEMBLYLINKER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace smelt {

/// What becomes a WebAssembly module that imports nothing.
struct WebAssemblyJob {
  /// The contents of object files.
  std::vector<llvm::StringRef> objects;
  /// Names of functions, and of data whose addresses are exported.
  std::vector<std::string> exports;
  /// The contents of the custom section "smelt".
  std::string description;
};

/// Makes a WebAssembly module's bytes; `path` is where they are to go.
llvm::Expected<std::string> linkWebAssembly(const WebAssemblyJob &job,
                                            llvm::StringRef path);

} // namespace smelt

#endif
