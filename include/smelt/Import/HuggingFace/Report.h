//===- Report.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_REPORT_H
#define SMELT_IMPORT_HUGGINGFACE_REPORT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/Twine.h"
#include <string>
#include <vector>

namespace smelt::hf {

/// Something that is wrong or questionable in a checkpoint. The message names
/// the key or the tensor, and says what to do about it.
struct Finding {
  bool isError = true;
  /// The path of the file or folder.
  std::string file;
  std::string message;
};

/// Collects what is found in a checkpoint, so that all of it is reported and
/// not only the first. Of what follows the first 20 of a kind, errors are only
/// counted.
class Report {
public:
  void error(llvm::StringRef file, const llvm::Twine &message);
  void warning(llvm::StringRef file, const llvm::Twine &message);

  bool hasErrors() const { return numErrors != 0; }
  size_t countErrors() const { return numErrors; }
  llvm::ArrayRef<Finding> getFindings() const { return findings; }

private:
  std::vector<Finding> findings;
  size_t numErrors = 0;
  size_t numWarnings = 0;
};

/// As `%g` prints it.
std::string formatNumber(double value);

/// "'a', 'b' and 3 more": the first names of a long list.
std::string formatNames(llvm::ArrayRef<std::string> names, size_t limit = 10);

} // namespace smelt::hf

#endif
