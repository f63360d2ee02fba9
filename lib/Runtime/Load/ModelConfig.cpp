//===- ModelConfig.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelConfig.h"
#include "TokenizerJson.h"
#include "smelt/Runtime/Chat.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

/// Models have some few; each new token is compared with all of them.
static constexpr size_t maxEndTokens = 1000;

/// One id, or a list of them.
static void readIds(JsonNode node, const json::Value *value,
                    std::vector<TokenId> &ids) {
  auto add = [&](JsonNode id) {
    std::optional<uint32_t> number = id.integer();
    if (number && !is_contained(ids, *number))
      ids.push_back(*number);
  };
  const json::Array *list = value ? value->getAsArray() : nullptr;
  if (list && list->size() > maxEndTokens)
    node.report("has " + Twine(list->size()) + " tokens; at most " +
                Twine(maxEndTokens) + " are supported");
  else if (list)
    node.forEach(add);
  else
    add(node);
}

Error ModelConfig::readConfig(StringRef contents) {
  Expected<json::Value> file = parseJson(contents);
  if (!file)
    return file.takeError();
  JsonProblems problems;
  JsonNode root(&*file, "", problems);
  if (const json::Object *members = root.object())
    readIds(root["eos_token_id"], members->get("eos_token_id"), endTokens);
  if (root["model_type"])
    modelType = root["model_type"].string();
  return problems.takeError();
}

/// A token's text, or an object with its `content`.
static std::string readTokenText(JsonNode node, const json::Value *value) {
  if (value && value->kind() == json::Value::Object)
    return node["content"].string();
  return node.string();
}

/// A template, or a list of templates with a `name`; of these the default.
static std::string readTemplate(JsonNode node, const json::Value *value) {
  if (!value || value->kind() != json::Value::Array)
    return node.string();
  std::string text;
  node.forEach([&](JsonNode item) {
    if (item["name"].string() == "default")
      text = item["template"].string();
  });
  return text;
}

Error ModelConfig::readTokenizerConfig(StringRef contents) {
  Expected<json::Value> file = parseJson(contents);
  if (!file)
    return file.takeError();
  JsonProblems problems;
  JsonNode root(&*file, "", problems);
  if (const json::Object *members = root.object()) {
    auto valueOf = [&](StringRef key) { return members->get(key); };
    beginText = readTokenText(root["bos_token"], valueOf("bos_token"));
    endText = readTokenText(root["eos_token"], valueOf("eos_token"));
    chatTemplate =
        readTemplate(root["chat_template"], valueOf("chat_template"));
    if (root["add_bos_token"])
      addsBegin = root["add_bos_token"].boolean();
  }
  return problems.takeError();
}

/// Where there is no template: by the model's type and its tokens.
static void guessChatFormat(StringRef modelType,
                            TokenizerDefinition &definition) {
  if (modelType == "bitnet" && !useChatFormat(definition, "bitnet"))
    return;
  for (StringRef name : {"chatml", "llama3"})
    if (!useChatFormat(definition, name.str()))
      return;
}

Error ModelConfig::apply(TokenizerDefinition &definition) const {
  TokenIds ids(definition);
  for (TokenId id : endTokens) {
    if (id >= TokenizerDefinition::maxTokens)
      return createStringError("eos_token_id " + Twine(id) +
                               " is out of range");
    if (!is_contained(definition.stopTokens, id))
      definition.stopTokens.push_back(id);
  }
  if (std::optional<TokenId> end = ids.find(endText))
    if (!is_contained(definition.stopTokens, *end))
      definition.stopTokens.push_back(*end);

  std::optional<TokenId> begin = ids.find(beginText);
  if (addsBegin == false)
    definition.prefix.clear();
  else if (addsBegin == true && definition.prefix.empty() && begin)
    definition.prefix = {*begin};

  if (chatTemplate.empty())
    guessChatFormat(modelType, definition);
  else if (recognizeChatFormat(definition, chatTemplate))
    definition.chat = ChatFormat();
  return Error::success();
}
