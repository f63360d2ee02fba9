//===- SourceWriter.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_SOURCEWRITER_H
#define SMELT_LIB_TARGET_C_SOURCEWRITER_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

namespace smelt::c {

/// Writes indented lines, and breaks those that are longer than 80 columns.
class SourceWriter {
public:
  explicit SourceWriter(llvm::raw_ostream &os) : os(os) {}

  /// One line of code, broken at the outermost place that fits.
  void line(const llvm::Twine &code);
  /// A line for the preprocessor.
  void directive(llvm::StringRef code) { os << code << '\n'; }
  /// A comment on lines of its own; the text is made safe.
  void comment(llvm::StringRef text);
  void blank() { os << '\n'; }
  /// `code {` and, at the end, `}`.
  void open(const llvm::Twine &code);
  void close(const llvm::Twine &code = "}");

  /// After a line that ends in `{`.
  void indentMore() { indent += 2; }

private:
  llvm::raw_ostream &os;
  unsigned indent = 0;
};

} // namespace smelt::c

#endif
