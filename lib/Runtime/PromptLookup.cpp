//===- PromptLookup.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/PromptLookup.h"
#include <algorithm>

using namespace smelt::runtime;

size_t smelt::runtime::findDraft(const int32_t *tokens, size_t count) {
  for (size_t length = kLongestMatch; length >= kShortestMatch; --length)
    for (size_t end = count; end-- > length;)
      if (std::equal(tokens + end - length, tokens + end,
                     tokens + count - length))
        return end;
  return count;
}

void smelt::runtime::copyDraft(const int32_t *tokens, size_t count,
                               size_t first, int32_t *draft, size_t size) {
  size_t period = count - first;
  for (size_t i = 0; i < size; ++i)
    draft[i] = i < period ? tokens[first + i] : draft[i - period];
}

std::vector<int32_t> PromptLookup::draft(size_t size) {
  size_t first = findDraft(tokens.data(), tokens.size());
  if (first == tokens.size())
    return {};
  if (pause > 0) {
    --pause;
    return {};
  }
  std::vector<int32_t> result(size);
  copyDraft(tokens.data(), tokens.size(), first, result.data(), size);
  return result;
}

void PromptLookup::note(int64_t kept, int64_t size) {
  constexpr unsigned kMostFailures = 5;
  failures = 2 * kept >= size ? 0 : std::min(failures + 1, kMostFailures);
  pause = (1u << failures) - 1;
}
