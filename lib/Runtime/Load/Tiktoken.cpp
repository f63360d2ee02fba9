//===- Tiktoken.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Base64.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

/// The number of lines in Llama-3's file. Others of this kind have another
/// pattern, which the file does not say.
static constexpr size_t llama3Ranks = 128000;
static constexpr unsigned llama3SpecialTokens = 256;

/// From `tokenizer.py` of meta-llama/llama3.
static constexpr char llama3Pattern[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The special tokens in order, from the same file; the reserved ones fill
/// the gaps and the end.
static std::vector<std::string> listSpecialTokens() {
  std::vector<std::string> names;
  unsigned reserved = 0;
  auto reserve = [&](unsigned count) {
    for (unsigned i = 0; i < count; ++i)
      names.push_back(
          ("<|reserved_special_token_" + Twine(reserved++) + "|>").str());
  };
  names = {"<|begin_of_text|>", "<|end_of_text|>"};
  reserve(4);
  names.insert(names.end(), {"<|start_header_id|>", "<|end_header_id|>"});
  reserve(1);
  names.push_back("<|eot_id|>");
  reserve(llama3SpecialTokens - static_cast<unsigned>(names.size()));
  return names;
}

/// Reads `base64 rank` into the token of that rank.
static Error readLine(StringRef line, std::vector<std::string> &tokens) {
  auto [text, number] = line.split(' ');
  uint32_t rank;
  std::vector<char> bytes;
  if (number.getAsInteger(10, rank) || rank >= llama3Ranks)
    return createStringError("there is no rank from 0 to " +
                             Twine(llama3Ranks - 1));
  if (Error error = decodeBase64(text, bytes))
    return error;
  if (rank >= tokens.size())
    tokens.resize(rank + 1);
  if (bytes.empty() || !tokens[rank].empty())
    return createStringError("the token is empty, or rank " + Twine(rank) +
                             " has one already");
  appendByteLevel(tokens[rank], {bytes.data(), bytes.size()});
  return Error::success();
}

static void addLlama3Parts(TokenizerDefinition &definition) {
  for (const std::string &name : listSpecialTokens()) {
    AddedToken added;
    added.id = static_cast<TokenId>(definition.tokens.size());
    added.pattern = name;
    added.special = true;
    definition.addedTokens.push_back(added);
    definition.tokens.push_back(name);
    definition.ranks.push_back(TokenizerDefinition::noRank);
    if (name == "<|begin_of_text|>")
      definition.prefix = {added.id};
    if (name == "<|end_of_text|>" || name == "<|eot_id|>")
      definition.stopTokens.push_back(added.id);
  }
  PreTokenizerStep split, byteLevel;
  split.kind = PreTokenizerStep::Kind::Split;
  split.pattern = {llama3Pattern, /*isRegex=*/true};
  byteLevel.kind = PreTokenizerStep::Kind::ByteLevel;
  definition.preTokenizer = {split, byteLevel};
  definition.decoder.emplace_back().kind = DecoderStep::Kind::ByteLevel;
}

Expected<TokenizerDefinition> smelt::parseTiktoken(StringRef contents) {
  TokenizerDefinition definition;
  definition.rule = MergeRule::Spelled;
  definition.wholePieces = true;
  size_t lines = 0;
  while (!contents.empty()) {
    StringRef line;
    std::tie(line, contents) = contents.split('\n');
    ++lines;
    if (line.trim().empty())
      continue;
    if (Error error = readLine(line.rtrim('\r'), definition.tokens))
      return createStringError("line " + Twine(lines) + ": " +
                               toString(std::move(error)));
    definition.ranks.push_back(static_cast<uint32_t>(definition.ranks.size()));
  }
  if (definition.ranks.size() != llama3Ranks)
    return createStringError("there are " + Twine(definition.ranks.size()) +
                             " ranks; of files of "
                             "this kind only Llama-3's, with " +
                             Twine(llama3Ranks) + ", is supported");
  addLlama3Parts(definition);
  return definition;
}
