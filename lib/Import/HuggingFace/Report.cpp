//===- Report.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

using namespace smelt::hf;
using llvm::StringRef;
using llvm::Twine;

/// One wrong size makes every tensor wrong.
static constexpr size_t maxFindings = 20;

void Report::error(StringRef file, const Twine &message) {
  if (numErrors++ < maxFindings)
    findings.push_back({true, file.str(), message.str()});
}

void Report::warning(StringRef file, const Twine &message) {
  if (numWarnings++ < maxFindings)
    findings.push_back({false, file.str(), message.str()});
}

std::string smelt::hf::formatNumber(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", value);
  return text;
}

std::string smelt::hf::formatNames(llvm::ArrayRef<std::string> names,
                                   size_t limit) {
  std::string text;
  size_t shown = std::min(names.size(), limit);
  for (size_t i = 0; i < shown; ++i) {
    if (i != 0)
      text += i + 1 == names.size() ? " and " : ", ";
    text += "'" + names[i] + "'";
  }
  if (shown < names.size())
    text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}
