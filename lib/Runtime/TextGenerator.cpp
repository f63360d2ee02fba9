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
#include <cstdio>

using namespace smelt::runtime;

bool smelt::runtime::readInputLine(std::string &line) {
  line.clear();
  int c;
  while ((c = std::getchar()) != EOF && c != '\n')
    line += static_cast<char>(c);
  return c != EOF || !line.empty();
}

std::string smelt::runtime::describeFullContext(const CompiledModel &model) {
  return "the model's context of " + std::to_string(model.context_length) +
         " tokens is full";
}

MaybeFailure TextGenerator::check(const std::vector<TokenId> &ids) const {
  const CompiledModel &model = session.getModel();
  if (ids.empty())
    return Failure{"it has no tokens, and the model does not begin texts by "
                   "itself"};
  for (TokenId id : ids)
    if (static_cast<int64_t>(id) >= model.vocabulary_size)
      return Failure{"the tokenizer has token " + std::to_string(id) +
                     ", but the model only " +
                     std::to_string(model.vocabulary_size)};
  if (static_cast<int64_t>(ids.size()) > model.context_length)
    return Failure{"it has " + std::to_string(ids.size()) +
                   " tokens, but the model's context has room for " +
                   std::to_string(model.context_length)};
  return std::nullopt;
}

Result<std::vector<TokenId>> TextGenerator::encode(const std::string &text) {
  Result<std::vector<TokenId>> ids =
      options.isChat ? encodeChatTurn(tokenizer, {true, options.system, text})
                     : tokenizer.encode(text);
  if (!ids)
    return ids;
  if (MaybeFailure failure = check(*ids))
    return *failure;
  return ids;
}

void TextGenerator::read(const std::vector<TokenId> &ids) {
  std::vector<int32_t> tokens(unread.begin(), unread.end());
  tokens.insert(tokens.end(), ids.begin(), ids.end());
  unread.clear();
  session.read(tokens.data(), static_cast<int64_t>(tokens.size()));
}

static bool isStop(const Tokenizer &tokenizer, TokenId id) {
  const std::vector<TokenId> &stops = tokenizer.definition().stopTokens;
  return std::find(stops.begin(), stops.end(), id) != stops.end();
}

TextEnd TextGenerator::continueText(const std::vector<TokenId> &prompt,
                                    const PrintText &print) {
  const CompiledModel &model = session.getModel();
  // Only an answer begins a text of its own.
  DecodeOptions decoding;
  decoding.atStart = options.isChat;
  ReplyStream reply(tokenizer, options.stops, decoding);
  for (TokenId id : prompt)
    sampler.accept(id);
  read(prompt);
  TextEnd end = TextEnd::Length;
  std::string text;
  for (int64_t i = 0; i < options.length; ++i) {
    if (session.getRoom() == 0) {
      end = TextEnd::Context;
      break;
    }
    read({});
    TokenId id = sampler.sample(session.getLogits(),
                                static_cast<size_t>(model.vocabulary_size),
                                model.logit_scale);
    sampler.accept(id);
    text.clear();
    bool isDone = reply.push(id, text);
    print(text);
    if (!isStop(tokenizer, id))
      unread.push_back(id);
    if (isDone)
      return TextEnd::Stop;
  }
  text.clear();
  reply.finish(text);
  print(text);
  return end;
}

/// The tokens of the next question. Begins anew where there is no room for it.
Result<std::vector<TokenId>>
TextGenerator::encodeQuestion(const std::string &text, const PrintText &note) {
  Result<std::vector<TokenId>> ids = encodeChatTurn(
      tokenizer, {session.getPosition() == 0, options.system, text});
  if (!ids)
    return ids;
  int64_t size = static_cast<int64_t>(unread.size() + ids->size());
  if (session.getPosition() == 0 || size < session.getRoom()) {
    if (MaybeFailure failure = check(*ids))
      return *failure;
    return ids;
  }
  note(describeFullContext(session.getModel()) +
       ": the conversation begins anew");
  session.reset();
  unread.clear();
  return encode(text);
}

MaybeFailure TextGenerator::converse(const ReadLine &readLine,
                                     const PrintText &print,
                                     const PrintText &note) {
  if (tokenizer.definition().chat.name.empty())
    return Failure{"this model has no known format for conversations"};
  std::string line;
  while (true) {
    print("> ");
    if (!readLine(line))
      break;
    if (line.empty())
      continue;
    Result<std::vector<TokenId>> ids = encodeQuestion(line, note);
    if (!ids) {
      note(ids.failure().message);
      continue;
    }
    TextEnd end = continueText(*ids, print);
    print("\n");
    if (end == TextEnd::Context)
      note(describeFullContext(session.getModel()));
  }
  print("\n");
  return std::nullopt;
}
