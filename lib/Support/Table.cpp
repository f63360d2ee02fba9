//===- Table.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Table.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Unicode.h"

using namespace llvm;
using namespace smelt;

Table::Table(std::vector<std::string> titles) {
  for (std::string &title : titles) {
    isRight.push_back(StringRef(title).starts_with(">"));
    if (isRight.back())
      title.erase(0, 1);
  }
  rows.push_back(std::move(titles));
}

void Table::addRow(std::vector<std::string> cells) {
  cells.resize(isRight.size());
  rows.push_back(std::move(cells));
}

static size_t getWidth(StringRef cell) {
  int width = sys::unicode::columnWidthUTF8(cell);
  return width < 0 ? cell.size() : width;
}

void Table::print(raw_ostream &stream) const {
  std::vector<size_t> widths(isRight.size());
  for (const auto &row : rows)
    for (auto [width, cell] : zip_equal(widths, row))
      width = std::max(width, getWidth(cell));
  for (const auto &row : rows) {
    std::string line;
    for (auto [cell, width, right] : zip_equal(row, widths, isRight)) {
      std::string padding(width - getWidth(cell), ' ');
      line += right ? padding + cell : cell + padding;
      line += "  ";
    }
    stream << StringRef(line).rtrim() << "\n";
  }
}

std::string smelt::formatCount(int64_t count) {
  std::string digits = std::to_string(count);
  size_t first = count < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}
