//===- SourceWriter.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SourceWriter.h"
#include "Names.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include <climits>
#include <optional>

using namespace llvm;
using namespace smelt;

static constexpr size_t maxColumns = 80;

/// How bad it is to break a line at the space `at`; none if it is no place.
static std::optional<int> rateBreak(StringRef code, size_t at) {
  char before = code[at - 1], after = at + 1 < code.size() ? code[at + 1] : ' ';
  if (after == '?' || after == ':' || before == ',' || before == ';')
    return 0;
  if (before == '=' || before == '&' || before == '|')
    return 1;
  if (StringRef("+-^<>").contains(before))
    return 2;
  if (StringRef("*/%").contains(before))
    return 3;
  return std::nullopt;
}

/// Where to break `code` so that its first part has at most `columns` letters:
/// inside as few parentheses as possible.
static size_t findBreak(StringRef code, size_t columns) {
  size_t best = StringRef::npos;
  int depth = 0;
  std::pair<int, int> bestCost = {INT_MAX, INT_MAX};
  for (size_t at = 1; at < code.size() && at <= columns; ++at) {
    char letter = code[at];
    depth +=
        (letter == '(' || letter == '[') - (letter == ')' || letter == ']');
    if (letter != ' ' || at < columns / 4)
      continue;
    std::optional<int> rating = rateBreak(code, at);
    if (!rating || std::pair(depth, *rating) > bestCost)
      continue;
    best = at;
    bestCost = {depth, *rating};
  }
  return best;
}

void c::SourceWriter::line(const Twine &code) {
  std::string text = code.str();
  StringRef rest = text;
  unsigned margin = indent;
  while (margin + rest.size() > maxColumns) {
    size_t columns = margin < maxColumns / 2 ? maxColumns - margin : 40;
    size_t at = findBreak(rest, columns);
    if (at == StringRef::npos)
      break;
    os.indent(margin) << rest.take_front(at) << '\n';
    rest = rest.drop_front(at + 1);
    margin = indent + 4;
  }
  os.indent(margin) << rest << '\n';
}

void c::SourceWriter::comment(StringRef text) {
  std::string safe = toComment(text);
  SmallVector<StringRef> words;
  StringRef(safe).split(words, ' ', -1, /*KeepEmpty=*/false);
  size_t column = indent + 2;
  os.indent(indent) << "/*";
  for (StringRef word : words) {
    if (column + 1 + word.size() + 3 > maxColumns && column > indent + 3) {
      os << '\n';
      os.indent(indent) << "  ";
      column = indent + 2;
    }
    os << ' ' << word;
    column += 1 + word.size();
  }
  os << " */\n";
}

void c::SourceWriter::open(const Twine &code) {
  line(code + " {");
  indent += 2;
}

void c::SourceWriter::close(const Twine &code) {
  indent -= 2;
  line(code);
}
