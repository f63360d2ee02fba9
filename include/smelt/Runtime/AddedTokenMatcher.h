//===- AddedTokenMatcher.h --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_ADDEDTOKENMATCHER_H
#define SMELT_RUNTIME_ADDEDTOKENMATCHER_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include <array>
#include <string_view>
#include <vector>

namespace smelt::runtime {

/// A part of a text: an added token, or what lies between two of them.
struct Segment {
  std::string_view text;
  std::optional<TokenId> id;
};

/// Finds added tokens in text: at each place the longest.
class AddedTokenMatcher {
public:
  /// Looks for those of `tokens` that are matched in normalized text, or for
  /// the others. `tokens` must stay where they are.
  AddedTokenMatcher(const std::vector<AddedToken> &tokens, bool normalized);

  /// The parts of `text`, well-formed UTF-8; none is empty. Special tokens
  /// are left in the text around them unless `parseSpecial`.
  std::vector<Segment> split(std::string_view text, bool parseSpecial) const;

private:
  static constexpr uint32_t none = UINT32_MAX;

  /// A node of a trie over bytes.
  struct Node {
    unsigned char byte;
    uint32_t firstChild = none;
    uint32_t nextSibling = none;
    uint32_t token = none; ///< An index into `tokens`.
  };

  void insert(uint32_t token);
  uint32_t findChild(uint32_t firstChild, unsigned char byte) const;
  uint32_t longestMatch(std::string_view text, size_t begin) const;

  const std::vector<AddedToken> &tokens;
  std::vector<Node> nodes;
  std::array<uint32_t, 256> roots;
};

} // namespace smelt::runtime

#endif
