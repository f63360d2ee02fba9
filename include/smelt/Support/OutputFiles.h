//===- OutputFiles.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_OUTPUTFILES_H
#define SMELT_SUPPORT_OUTPUTFILES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace smelt {

/// The files that a command makes. Each is written under another name beside
/// its own, which it gets on `commit`; until then an existing file of that name
/// stays. Files that are not committed are removed, also on a signal. A device
/// is written to at once.
class OutputFiles {
public:
  OutputFiles() = default;
  OutputFiles(const OutputFiles &) = delete;
  OutputFiles &operator=(const OutputFiles &) = delete;
  ~OutputFiles();

  /// Writes a file by calling `write` on its stream.
  llvm::Error
  add(llvm::StringRef path,
      llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

  /// Writes a file of the given contents.
  llvm::Error add(llvm::StringRef path, llvm::StringRef contents);

  /// Reserves the temporary name of a file that another program writes.
  llvm::Expected<std::string> addExternal(llvm::StringRef path);

  /// Gives every file its name.
  llvm::Error commit();

private:
  struct File {
    std::string path;
    std::string temporary;
  };
  llvm::Expected<int> create(llvm::StringRef path, bool isExecutable);

  std::vector<File> files;
};

} // namespace smelt

#endif
