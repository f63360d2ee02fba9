//===- Table.h --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_TABLE_H
#define SMELT_SUPPORT_TABLE_H

#include "llvm/Support/raw_ostream.h"
#include <string>
#include <vector>

namespace smelt {

/// Text in columns. Columns whose title starts with `>` are aligned right.
class Table {
public:
  explicit Table(std::vector<std::string> titles);

  void addRow(std::vector<std::string> cells);
  void print(llvm::raw_ostream &stream) const;

private:
  std::vector<bool> isRight;
  std::vector<std::vector<std::string>> rows;
};

/// 12345678 as "12,345,678".
std::string formatCount(int64_t count);

} // namespace smelt

#endif
