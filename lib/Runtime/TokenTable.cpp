//===- TokenTable.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/TokenTable.h"
#include "smelt/Runtime/ByteLevel.h"
#include <algorithm>

namespace smelt::runtime {

TokenTable::TokenTable(const TokenizerDefinition &definition)
    : isOfModel(definition.tokens.size(), true) {
  for (const AddedToken &added : definition.addedTokens)
    isOfModel[added.id] = added.inModel;
  if (definition.rule == MergeRule::Spelled)
    for (size_t id = 0; id < definition.ranks.size(); ++id)
      if (definition.ranks[id] == TokenizerDefinition::noRank)
        isOfModel[id] = false;

  ids.reserve(definition.tokens.size());
  for (size_t id = 0; id < definition.tokens.size(); ++id) {
    const std::string &text = definition.tokens[id];
    if (text.empty())
      continue;
    bool isNew = ids.emplace(text, static_cast<TokenId>(id)).second;
    if (!isNew && !firstDuplicate)
      firstDuplicate = static_cast<TokenId>(id);
    longest = std::max(longest, text.size());
  }
  for (unsigned byte = 0; byte < 256; ++byte)
    bytes[byte] = find(tokenOfByte(static_cast<unsigned char>(byte)));
}

std::optional<TokenId> TokenTable::find(std::string_view text) const {
  if (text.size() > longest)
    return std::nullopt;
  auto found = ids.find(text);
  if (found == ids.end())
    return std::nullopt;
  return found->second;
}

std::optional<TokenId> TokenTable::findInModel(std::string_view text) const {
  std::optional<TokenId> id = find(text);
  return id && isOfModel[*id] ? id : std::nullopt;
}

} // namespace smelt::runtime
