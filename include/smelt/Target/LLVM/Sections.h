//===- Sections.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_SECTIONS_H
#define SMELT_TARGET_LLVM_SECTIONS_H

#include "smelt/Target/LLVM/CodeReport.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace smelt {

/// What is in a part of an object file.
enum class SectionKind { Code, Constants, Memory };

struct Section {
  std::string name;
  SectionKind kind;
  int64_t bytes;
  /// The file has its contents, as of all but memory that starts as zeros.
  bool hasContents;
};

/// The sections of an ELF object that are there when the program runs and not
/// empty.
llvm::Expected<std::vector<Section>> readSections(llvm::StringRef object);

/// Fills the code bytes of a report from the symbols of an ELF object. Other
/// objects have no sizes, and leave them 0.
llvm::Error readFunctionSizes(llvm::StringRef object, CodeReport &report);

} // namespace smelt

#endif
