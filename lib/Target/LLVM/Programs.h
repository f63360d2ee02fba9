//===- Programs.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_LLVM_PROGRAMS_H
#define SMELT_LIB_TARGET_LLVM_PROGRAMS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace smelt {

llvm::Error makeError(const llvm::Twine &message);

/// A file in the temporary folder, removed in the end.
class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile();

  llvm::Error write(llvm::StringRef ending, llvm::StringRef contents);

  llvm::StringRef getPath() const { return path; }

private:
  llvm::SmallString<128> path;
};

/// The path of the first of these programs that there is.
std::optional<std::string> findProgram(llvm::ArrayRef<std::string> names);

/// Runs a program; what it says becomes part of the error where it fails.
llvm::Error runProgram(llvm::StringRef program,
                       llvm::ArrayRef<llvm::StringRef> arguments);

} // namespace smelt

#endif
