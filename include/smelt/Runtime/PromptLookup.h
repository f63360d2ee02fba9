//===- PromptLookup.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_PROMPTLOOKUP_H
#define SMELT_RUNTIME_PROMPTLOOKUP_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace smelt::runtime {

/// The first token of the draft of a text: what followed the last tokens where
/// they stood before. The last `kLongestMatch` are looked for, then fewer, at
/// least `kShortestMatch`; of several places the latest counts. Returns `count`
/// if there is none.
///
/// The draft goes on from there, and where it reaches the end of the text, with
/// its own beginning: see `copyDraft`.
size_t findDraft(const int32_t *tokens, size_t count);

constexpr size_t kLongestMatch = 3, kShortestMatch = 2;

/// Writes `size` tokens that are `count - first` behind the ones before them.
void copyDraft(const int32_t *tokens, size_t count, size_t first,
               int32_t *draft, size_t size);

/// Drafts of the next tokens of a text. Where fewer than half of the last ones
/// came, none are made once, then three times, and so on up to 31.
class PromptLookup {
public:
  void add(int32_t token) { tokens.push_back(token); }
  void clear() { *this = PromptLookup(); }

  /// The next `size` tokens, or none where nothing is known of them.
  std::vector<int32_t> draft(size_t size);

  /// Notes how many tokens of the last draft came, and how many it had.
  void note(int64_t kept, int64_t size);

private:
  std::vector<int32_t> tokens;
  /// Drafts in a row of which too little came; drafts still to be left out.
  unsigned failures = 0, pause = 0;
};

} // namespace smelt::runtime

#endif
