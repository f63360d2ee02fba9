//===- SplitAtMatches.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/PreTokenizer.h"
#include <algorithm>

namespace smelt::runtime {

namespace {
/// A part of a piece: a match or what lies between two of them.
struct Part {
  Span span;
  bool isMatch;
};
} // namespace

static std::vector<Part> partsOf(Span piece, const std::vector<Span> &matches,
                                 bool invert) {
  std::vector<Part> parts;
  size_t end = piece.begin;
  for (Span match : matches) {
    if (match.begin > end)
      parts.push_back({{end, match.begin}, invert});
    parts.push_back({match, !invert});
    end = match.end;
  }
  if (end < piece.end)
    parts.push_back({{end, piece.end}, invert});
  return parts;
}

/// Joins each match to the part before it, unless that is a match too.
static void mergeWithPrevious(const std::vector<Part> &parts,
                              std::vector<Span> &spans) {
  bool previousIsMatch = false;
  size_t first = spans.size();
  for (const Part &part : parts) {
    if (part.isMatch && !previousIsMatch && spans.size() > first)
      spans.back().end = part.span.end;
    else
      spans.push_back(part.span);
    previousIsMatch = part.isMatch;
  }
}

/// Joins each match to the part after it, unless that is a match too.
static void mergeWithNext(const std::vector<Part> &parts,
                          std::vector<Span> &spans) {
  bool nextIsMatch = false;
  size_t first = spans.size();
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (part->isMatch && !nextIsMatch && spans.size() > first)
      spans.back().begin = part->span.begin;
    else
      spans.push_back(part->span);
    nextIsMatch = part->isMatch;
  }
  std::reverse(spans.begin() + static_cast<std::ptrdiff_t>(first), spans.end());
}

void splitAtMatches(Span piece, const std::vector<Span> &matches,
                    SplitBehavior behavior, bool invert,
                    std::vector<Span> &spans) {
  std::vector<Part> parts = partsOf(piece, matches, invert);
  switch (behavior) {
  case SplitBehavior::MergedWithPrevious:
    return mergeWithPrevious(parts, spans);
  case SplitBehavior::MergedWithNext:
    return mergeWithNext(parts, spans);
  case SplitBehavior::Removed:
    for (const Part &part : parts)
      if (!part.isMatch)
        spans.push_back(part.span);
    return;
  case SplitBehavior::Isolated:
    for (const Part &part : parts)
      spans.push_back(part.span);
    return;
  case SplitBehavior::Contiguous:
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i > 0 && parts[i].isMatch == parts[i - 1].isMatch)
        spans.back().end = parts[i].span.end;
      else
        spans.push_back(parts[i].span);
    }
    return;
  }
}

} // namespace smelt::runtime
