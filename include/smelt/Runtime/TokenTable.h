//===- TokenTable.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TOKENTABLE_H
#define SMELT_RUNTIME_TOKENTABLE_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include <array>
#include <string_view>
#include <unordered_map>

namespace smelt::runtime {

/// Finds the tokens of a definition, which must stay where it is, by text.
class TokenTable {
public:
  explicit TokenTable(const TokenizerDefinition &definition);

  /// Any token.
  std::optional<TokenId> find(std::string_view text) const;
  /// A token that the model can make of text, not one that was only added.
  std::optional<TokenId> findInModel(std::string_view text) const;
  /// The token `<0xHH>`.
  std::optional<TokenId> findByte(unsigned char byte) const {
    return bytes[byte];
  }
  /// A token whose text another has, too.
  std::optional<TokenId> duplicate() const { return firstDuplicate; }

private:
  std::unordered_map<std::string_view, TokenId> ids;
  std::vector<bool> isOfModel;
  std::array<std::optional<TokenId>, 256> bytes;
  std::optional<TokenId> firstDuplicate;
  size_t longest = 0;
};

} // namespace smelt::runtime

#endif
