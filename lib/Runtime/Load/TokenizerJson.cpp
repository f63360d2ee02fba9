//===- TokenizerJson.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerJson.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Normalizer.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

TokenIds::TokenIds(const TokenizerDefinition &definition) {
  for (size_t id = 0; id < definition.tokens.size(); ++id)
    if (!definition.tokens[id].empty())
      ids.try_emplace(definition.tokens[id], static_cast<TokenId>(id));
}

std::optional<TokenId> TokenIds::find(StringRef text) const {
  auto found = ids.find(text);
  if (found == ids.end())
    return std::nullopt;
  return found->second;
}

/// Puts a token in its place; false if another is there.
static bool place(TokenizerDefinition &definition, TokenId id, StringRef text) {
  if (id >= definition.tokens.size())
    definition.tokens.resize(id + 1);
  if (!definition.tokens[id].empty() && definition.tokens[id] != text)
    return false;
  definition.tokens[id] = text.str();
  return true;
}

void smelt::readVocabulary(JsonNode node, TokenizerDefinition &definition) {
  const json::Object *members = node.object();
  if (!members)
    return;
  // An object has no order; the errors have.
  std::vector<std::pair<TokenId, StringRef>> entries;
  for (const auto &member : *members) {
    std::optional<int64_t> id = member.second.getAsInteger();
    if (!id || *id < 0 || *id >= int64_t(TokenizerDefinition::maxTokens))
      return node.report("has a token whose id is not from 0 to " +
                         Twine(TokenizerDefinition::maxTokens - 1));
    entries.emplace_back(static_cast<TokenId>(*id), StringRef(member.first));
  }
  llvm::sort(entries);
  for (auto [id, text] : entries)
    if (!place(definition, id, text))
      return node.report("gives the id " + Twine(id) + " to '" +
                         definition.tokens[id] + "' and '" + text + "'");
}

/// The two tokens of "a b" or of ["a", "b"].
static std::optional<std::pair<std::string, std::string>>
readPair(const json::Value &value) {
  if (std::optional<StringRef> text = value.getAsString()) {
    auto [left, right] = text->split(' ');
    if (left.empty() || right.empty() || right.contains(' '))
      return std::nullopt;
    return std::pair(left.str(), right.str());
  }
  const json::Array *items = value.getAsArray();
  if (!items || items->size() != 2)
    return std::nullopt;
  std::optional<StringRef> left = (*items)[0].getAsString();
  std::optional<StringRef> right = (*items)[1].getAsString();
  if (!left || !right)
    return std::nullopt;
  return std::pair(left->str(), right->str());
}

static void readMerges(JsonNode node, TokenizerDefinition &definition) {
  const json::Array *items = node.array();
  if (!items)
    return;
  TokenIds ids(definition);
  for (size_t rank = 0; rank < items->size(); ++rank) {
    auto pair = readPair((*items)[rank]);
    if (!pair)
      return node.report("has no two tokens at " + Twine(rank));
    std::optional<TokenId> left = ids.find(pair->first);
    std::optional<TokenId> right = ids.find(pair->second);
    if (!left || !right)
      return node.report("has a token at " + Twine(rank) +
                         " that is not in the vocabulary: '" +
                         (left ? pair->second : pair->first) + "'");
    definition.merges.push_back({*left, *right});
  }
}

void smelt::readModel(JsonNode node, TokenizerDefinition &definition) {
  if (!node)
    return node.report("is missing");
  std::string type = node["type"].string("BPE");
  if (type != "BPE")
    return node["type"].report("'" + type + "' is not supported");
  node.allowKeys({"type", "dropout", "unk_token", "continuing_subword_prefix",
                  "end_of_word_suffix", "fuse_unk", "byte_fallback",
                  "ignore_merges", "vocab", "merges"});
  if (node["dropout"])
    node["dropout"].report("is not supported");
  for (StringRef key : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (!node[key].string().empty())
      node[key].report("is not supported");
  definition.rule = MergeRule::Listed;
  definition.fuseUnknown = node["fuse_unk"].boolean();
  definition.byteFallback = node["byte_fallback"].boolean();
  definition.wholePieces = node["ignore_merges"].boolean();
  if (!node["vocab"])
    node["vocab"].report("is missing");
  if (!node["merges"])
    node["merges"].report("is missing");
  readVocabulary(node["vocab"], definition);
  readMerges(node["merges"], definition);
  std::string unknown = node["unk_token"].string();
  if (unknown.empty())
    return;
  definition.unknown = TokenIds(definition).find(unknown);
  if (!definition.unknown)
    node["unk_token"].report("is not in the vocabulary");
}

static std::optional<AddedToken>
readAddedToken(JsonNode node, const Normalizer &normalizer, const TokenIds &ids,
               TokenizerDefinition &definition) {
  node.allowKeys({"id", "content", "single_word", "lstrip", "rstrip",
                  "normalized", "special"});
  std::string content = node["content"].string();
  std::optional<uint32_t> id = node["id"].integer();
  if (!id || *id >= TokenizerDefinition::maxTokens || content.empty()) {
    node.report("has no content or no id from 0 to " +
                Twine(TokenizerDefinition::maxTokens - 1));
    return std::nullopt;
  }
  std::optional<TokenId> modelId = ids.find(content);
  if ((modelId && *modelId != *id) || !place(definition, *id, content)) {
    node.report("gives '" + content + "' the id " + Twine(*id) +
                ", but the vocabulary does not");
    return std::nullopt;
  }
  AddedToken added;
  added.id = *id;
  added.pattern = content;
  added.special = node["special"].boolean();
  added.normalized = node["normalized"].boolean(!added.special);
  added.leftStrip = node["lstrip"].boolean();
  added.rightStrip = node["rstrip"].boolean();
  added.singleWord = node["single_word"].boolean();
  added.inModel = modelId.has_value();
  if (added.normalized) {
    Result<std::string> normalized =
        normalizer.apply(content, /*atStart=*/false);
    if (!normalized)
      node.report(normalized.failure().message);
    else
      added.pattern = *normalized;
  }
  return added;
}

void smelt::readAddedTokens(JsonNode node, TokenizerDefinition &definition) {
  Result<Normalizer> normalizer = Normalizer::create(definition.normalizer);
  // Whoever uses the definition reports it.
  if (!normalizer)
    return;
  TokenIds ids(definition);
  node.forEach([&](JsonNode item) {
    std::optional<AddedToken> added =
        readAddedToken(item, *normalizer, ids, definition);
    if (added && !added->pattern.empty())
      definition.addedTokens.push_back(std::move(*added));
  });
}

Expected<TokenizerDefinition> smelt::parseTokenizerJson(StringRef contents) {
  Expected<json::Value> file = parseJson(contents);
  if (!file)
    return file.takeError();
  JsonProblems problems;
  JsonNode root(&*file, "", problems);
  root.allowKeys({"version", "truncation", "padding", "added_tokens",
                  "normalizer", "pre_tokenizer", "post_processor", "decoder",
                  "model"});
  TokenizerDefinition definition;
  readNormalizer(root["normalizer"], definition);
  readPreTokenizer(root["pre_tokenizer"], definition);
  readPostProcessor(root["post_processor"], definition);
  readDecoder(root["decoder"], definition);
  readModel(root["model"], definition);
  readAddedTokens(root["added_tokens"], definition);
  if (!problems.empty())
    return problems.takeError();
  return definition;
}
