//===- GPT2Vocabulary.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerJson.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

/// Reads lines of two tokens; one that begins with `#version` may be first.
static Error readMerges(StringRef text, TokenizerDefinition &definition) {
  TokenIds ids(definition);
  for (size_t number = 1; !text.empty(); ++number) {
    StringRef line;
    std::tie(line, text) = text.split('\n');
    line = line.rtrim('\r');
    if (line.empty() || (number == 1 && line.starts_with("#version")))
      continue;
    auto [left, right] = line.split(' ');
    std::optional<TokenId> leftId = ids.find(left), rightId = ids.find(right);
    if (!leftId || !rightId)
      return createStringError("the merge in line " + Twine(number) +
                               " is not of two tokens of the vocabulary");
    definition.merges.push_back({*leftId, *rightId});
  }
  return Error::success();
}

Expected<TokenizerDefinition> smelt::parseGPT2Vocabulary(StringRef vocabulary,
                                                         StringRef merges) {
  Expected<json::Value> file = parseJson(vocabulary);
  if (!file)
    return file.takeError();
  TokenizerDefinition definition;
  JsonProblems problems;
  readVocabulary(JsonNode(&*file, "", problems), definition);
  if (!problems.empty())
    return problems.takeError();
  if (Error error = readMerges(merges, definition))
    return std::move(error);

  PreTokenizerStep byteLevel;
  byteLevel.kind = PreTokenizerStep::Kind::ByteLevel;
  byteLevel.useRegex = true;
  definition.preTokenizer = {byteLevel};
  definition.decoder.emplace_back().kind = DecoderStep::Kind::ByteLevel;
  StringRef end = "<|endoftext|>";
  if (std::optional<TokenId> id = TokenIds(definition).find(end)) {
    AddedToken added;
    added.id = *id;
    added.pattern = end.str();
    added.special = true;
    definition.addedTokens = {added};
    definition.stopTokens = {*id};
  }
  return definition;
}
