//===- Sections.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_SECTIONS_H
#define SMELT_TARGET_LLVM_SECTIONS_H

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
};

/// The sections of an ELF object that are there when the program runs and not
/// empty.
llvm::Expected<std::vector<Section>> readSections(llvm::StringRef object);

} // namespace smelt

#endif
