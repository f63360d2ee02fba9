//===- TokenizerDefinition.cpp ----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/TokenizerDefinition.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

static std::string count(size_t number) { return std::to_string(number); }

static MaybeFailure validateTokens(const TokenizerDefinition &definition) {
  size_t size = definition.tokens.size();
  if (size == 0)
    return Failure{"the vocabulary is empty"};
  if (size > TokenizerDefinition::maxTokens)
    return Failure{"the vocabulary has " + count(size) + " tokens"};
  for (size_t id = 0; id < size; ++id)
    if (findInvalidUtf8(definition.tokens[id]) != std::string_view::npos)
      return Failure{"the text of token " + count(id) + " is not UTF-8"};

  auto hasToken = [&](TokenId id) {
    return id < size && !definition.tokens[id].empty();
  };
  auto missing = [&](const char *what, TokenId id) {
    return Failure{std::string(what) + " is token " + count(id) +
                   ", which the vocabulary does not have"};
  };
  if (definition.unknown && !hasToken(*definition.unknown))
    return missing("the unknown token", *definition.unknown);
  for (TokenId id : definition.prefix)
    if (!hasToken(id))
      return missing("the beginning of a text", id);
  // Some models name an end that only the padding of the vocabulary has.
  for (TokenId id : definition.stopTokens)
    if (id >= TokenizerDefinition::maxTokens)
      return missing("the end of a text", id);
  for (const AddedToken &added : definition.addedTokens) {
    if (!hasToken(added.id))
      return missing("an added token", added.id);
    if (added.pattern.empty() ||
        findInvalidUtf8(added.pattern) != std::string_view::npos)
      return Failure{"the text of added token " + count(added.id) +
                     " is empty or not UTF-8"};
  }
  return std::nullopt;
}

static MaybeFailure validateMerges(const TokenizerDefinition &definition) {
  size_t size = definition.tokens.size();
  if (definition.rule == MergeRule::Spelled)
    return definition.ranks.size() == size
               ? MaybeFailure()
               : Failure{"there are " + count(definition.ranks.size()) +
                         " ranks for " + count(size) + " tokens"};
  if (definition.merges.size() >= TokenizerDefinition::noRank)
    return Failure{"there are " + count(definition.merges.size()) + " merges"};
  for (size_t rank = 0; rank < definition.merges.size(); ++rank)
    if (definition.merges[rank].left >= size ||
        definition.merges[rank].right >= size)
      return Failure{"merge " + count(rank) +
                     " is of tokens that the vocabulary does not have"};
  return std::nullopt;
}

static MaybeFailure validateDecoder(const TokenizerDefinition &definition) {
  using Kind = DecoderStep::Kind;
  bool isFused = false, isStripped = false;
  for (const DecoderStep &step : definition.decoder) {
    bool hasPattern =
        step.kind == Kind::Replace || step.kind == Kind::Metaspace;
    if (hasPattern && step.pattern.empty())
      return Failure{"a decoder's pattern is empty"};
    if (step.kind == Kind::Strip && step.content.empty())
      return Failure{"a decoder strips nothing"};
    // The whole text is never there when tokens are decoded one by one.
    bool canStream = step.kind == Kind::Fuse ||
                     (step.kind == Kind::Strip && !isStripped && !step.stop);
    if (isFused && !canStream)
      return Failure{"after Fuse a decoder can only strip the start"};
    isStripped |= isFused && step.kind == Kind::Strip;
    isFused |= step.kind == Kind::Fuse;
  }
  return std::nullopt;
}

MaybeFailure validate(const TokenizerDefinition &definition) {
  if (MaybeFailure failure = validateTokens(definition))
    return failure;
  if (MaybeFailure failure = validateMerges(definition))
    return failure;
  return validateDecoder(definition);
}

} // namespace smelt::runtime
