//===- Names.h --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_NAMES_H
#define SMELT_LIB_TARGET_C_NAMES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include <string>

namespace smelt::c {

/// The C identifier nearest to `text`; `fallback` if nothing of it is left.
std::string toIdentifier(llvm::StringRef text, llvm::StringRef fallback);

/// An identifier that is not long, for what no user has to find by its name.
std::string toShortIdentifier(llvm::StringRef text, llvm::StringRef fallback);

/// An identifier in capitals, for a macro.
std::string toMacro(llvm::StringRef text);

/// `text` without what would end a comment or break its line.
std::string toComment(llvm::StringRef text);

/// The names that are visible in a block of C. A name is not given twice, nor
/// is one that an enclosing block has, nor one that C, C++ or their libraries
/// reserve.
class NameScope {
public:
  explicit NameScope(const NameScope *parent = nullptr) : parent(parent) {}

  /// `wanted`, or `wanted` with an underscore or a number.
  std::string add(llvm::StringRef wanted);
  /// The name of a loop's counter: i, j, k, …
  std::string addCounter();

private:
  bool isTaken(llvm::StringRef name) const;

  const NameScope *parent;
  llvm::StringSet<> names;
};

} // namespace smelt::c

#endif
