//===- TextGenerator.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/TextGenerator.h"
#include "smelt/Runtime/Chat.h"
#include "smelt/Runtime/ReplyStream.h"
#include <algorithm>

using namespace smelt::runtime;

Result<std::vector<TokenId>>
smelt::runtime::encodePrompt(const Tokenizer &tokenizer,
                             const TextNetwork &network,
                             const TextOptions &options) {
  Result<std::vector<TokenId>> ids =
      options.isChat
          ? encodeChatTurn(tokenizer, {true, options.system, options.prompt})
          : tokenizer.encode(options.prompt);
  if (!ids)
    return ids;
  if (ids->empty())
    return Failure{"it has no tokens, and the model does not begin texts by "
                   "itself"};
  for (TokenId id : *ids)
    if (static_cast<int64_t>(id) >= network.vocabularySize)
      return Failure{"the tokenizer has token " + std::to_string(id) +
                     ", but the model only " +
                     std::to_string(network.vocabularySize)};
  if (static_cast<int64_t>(ids->size()) > network.contextLength)
    return Failure{"it has " + std::to_string(ids->size()) +
                   " tokens, but the model's context has room for " +
                   std::to_string(network.contextLength)};
  return ids;
}

TextEnd smelt::runtime::continueText(
    const Tokenizer &tokenizer, const TextNetwork &network,
    const TextOptions &options, const std::vector<TokenId> &prompt,
    const std::function<void(std::string_view)> &print) {
  Sampler sampler(options.sampler);
  ReplyStream reply(tokenizer, options.stops);
  const int32_t *logits = nullptr;
  int32_t position = 0;
  for (TokenId id : prompt) {
    logits = network.step(id, position++);
    sampler.accept(id);
  }
  int64_t room = network.contextLength - position;
  int64_t count = std::min(options.length, room);
  std::string text;
  for (int64_t i = 0; i < count; ++i) {
    TokenId id = sampler.sample(logits, network.vocabularySize, network.scale);
    sampler.accept(id);
    text.clear();
    bool isDone = reply.push(id, text);
    print(text);
    if (isDone)
      return TextEnd::Stop;
    if (i + 1 < count)
      logits = network.step(id, position++);
  }
  text.clear();
  reply.finish(text);
  print(text);
  return room < options.length ? TextEnd::Context : TextEnd::Length;
}
