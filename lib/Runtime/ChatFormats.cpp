//===- ChatFormats.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Chat.h"
#include <algorithm>

namespace smelt::runtime {

namespace {
struct KnownFormat {
  ChatFormat format;
  /// Special tokens that the format cannot do without.
  std::vector<std::string> required;
  /// Those that end a reply, where the vocabulary has them.
  std::vector<std::string> ends;
};
} // namespace

/// From the `chat_template` of microsoft/bitnet-b1.58-2B-4T.
static KnownFormat makeBitNet() {
  ChatFormat format;
  format.name = "bitnet";
  format.start = "<|begin_of_text|>";
  format.systemBegin = "System: ";
  format.systemEnd = "<|eot_id|>";
  format.userBegin = "User: ";
  format.userEnd = "<|eot_id|>Assistant:";
  format.turnEnd = "<|eot_id|>";
  format.trim = true;
  return {format,
          {"<|begin_of_text|>", "<|eot_id|>"},
          {"<|eot_id|>", "<|end_of_text|>"}};
}

/// Of Qwen and others; from OpenAI's `chatml.md`.
static KnownFormat makeChatML() {
  ChatFormat format;
  format.name = "chatml";
  format.systemBegin = "<|im_start|>system\n";
  format.systemEnd = "<|im_end|>\n";
  format.userBegin = "<|im_start|>user\n";
  format.userEnd = "<|im_end|>\n<|im_start|>assistant\n";
  format.turnEnd = "<|im_end|>\n";
  return {
      format, {"<|im_start|>", "<|im_end|>"}, {"<|im_end|>", "<|endoftext|>"}};
}

/// From the `chat_template` of tiiuae/Falcon3-7B-Instruct.
static KnownFormat makeFalcon3() {
  ChatFormat format;
  format.name = "falcon3";
  format.systemBegin = "<|system|>\n";
  format.systemEnd = "\n";
  format.userBegin = "<|user|>\n";
  format.userEnd = "\n<|assistant|>\n";
  format.turnEnd = "<|endoftext|>\n";
  return {format, {"<|endoftext|>"}, {"<|endoftext|>"}};
}

/// From `generation.py` of meta-llama/llama.
static KnownFormat makeLlama2() {
  ChatFormat format;
  format.name = "llama2";
  format.start = "<s>";
  format.systemBegin = "<<SYS>>\n";
  format.systemEnd = "\n<</SYS>>\n\n";
  format.userBegin = "[INST] ";
  format.userEnd = " [/INST]";
  format.turnEnd = "</s><s>";
  format.trim = true;
  format.systemInUser = true;
  return {format, {"<s>", "</s>"}, {"</s>"}};
}

/// From `tokenizer.py` of meta-llama/llama3.
static KnownFormat makeLlama3() {
  ChatFormat format;
  format.name = "llama3";
  format.start = "<|begin_of_text|>";
  format.systemBegin = "<|start_header_id|>system<|end_header_id|>\n\n";
  format.systemEnd = "<|eot_id|>";
  format.userBegin = "<|start_header_id|>user<|end_header_id|>\n\n";
  format.userEnd =
      "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n";
  format.turnEnd = "<|eot_id|>";
  format.trim = true;
  return {format,
          {"<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
           "<|eot_id|>"},
          {"<|eot_id|>", "<|end_of_text|>", "<|eom_id|>"}};
}

static std::vector<KnownFormat> listFormats() {
  return {makeBitNet(), makeChatML(), makeFalcon3(), makeLlama2(),
          makeLlama3()};
}

static std::string listNames() {
  std::string names;
  for (const KnownFormat &known : listFormats())
    names += (names.empty() ? "" : ", ") + known.format.name;
  return names;
}

static std::optional<TokenId>
findSpecialToken(const TokenizerDefinition &definition,
                 const std::string &text) {
  for (const AddedToken &added : definition.addedTokens)
    if (added.special && definition.tokens[added.id] == text)
      return added.id;
  return std::nullopt;
}

MaybeFailure useChatFormat(TokenizerDefinition &definition,
                           std::string_view name) {
  std::vector<KnownFormat> formats = listFormats();
  auto known = std::find_if(
      formats.begin(), formats.end(),
      [&](const KnownFormat &known) { return known.format.name == name; });
  if (known == formats.end())
    return Failure{"there is no chat format '" + std::string(name) +
                   "'; the formats are " + listNames()};
  for (const std::string &text : known->required)
    if (!findSpecialToken(definition, text))
      return Failure{"the chat format '" + std::string(name) +
                     "' needs the special token '" + text +
                     "', which the vocabulary does not have"};
  std::vector<TokenId> &stops = definition.stopTokens;
  for (const std::string &text : known->ends)
    if (std::optional<TokenId> id = findSpecialToken(definition, text))
      if (std::find(stops.begin(), stops.end(), *id) == stops.end())
        stops.push_back(*id);
  definition.chat = known->format;
  return std::nullopt;
}

/// The expression that a template writes for a message of the user: from
/// `marker` to the end of the expression.
static std::string_view userExpression(std::string_view chatTemplate,
                                       std::string_view marker) {
  size_t begin = chatTemplate.find(marker);
  if (begin == std::string_view::npos)
    return {};
  std::string_view rest = chatTemplate.substr(begin);
  return rest.substr(0, rest.find("}}"));
}

static std::string_view nameOfFormat(std::string_view chatTemplate) {
  auto has = [](std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  if (has(chatTemplate, "<|im_start|>"))
    return "chatml";
  if (has(chatTemplate, "<|start_header_id|>"))
    return "llama3";
  if (has(chatTemplate, "<<SYS>>"))
    return "llama2";
  // The GGUF file of BitNet has a template of its own, which is wrong.
  if (has(chatTemplate, "BITNETAssistant") ||
      (has(chatTemplate, "<|eot_id|>") && has(chatTemplate, "Assistant:")))
    return "bitnet";
  // Zephyr and Phi-3 end a user's message with a token.
  std::string_view user = userExpression(chatTemplate, "<|user|>");
  if (!user.empty() && has(chatTemplate, "<|assistant|>") &&
      !has(user, "eos_token") && !has(user, "<|end|>"))
    return "falcon3";
  return {};
}

MaybeFailure recognizeChatFormat(TokenizerDefinition &definition,
                                 std::string_view chatTemplate) {
  std::string_view name = nameOfFormat(chatTemplate);
  if (name.empty())
    return Failure{"the model's chat template is not known; the chat formats "
                   "are " +
                   listNames()};
  if (MaybeFailure failure = useChatFormat(definition, name))
    return failure;
  ChatFormat &chat = definition.chat;
  auto has = [&](std::string_view part) {
    return chatTemplate.find(part) != std::string_view::npos;
  };
  if (name == "bitnet" && has("'Assistant: '"))
    chat.userEnd += ' ';
  static constexpr std::string_view qwenSystems[] = {
      "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
      "You are a helpful assistant."};
  if (name == "chatml")
    for (std::string_view system : qwenSystems)
      if (chat.defaultSystem.empty() && has(system))
        chat.defaultSystem = system;
  return std::nullopt;
}

} // namespace smelt::runtime
