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
#include <chrono>
#include <cstdio>
#include <utility>

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

std::string TextSpeed::describe() const {
  char text[200];
  int size = std::snprintf(
      text, sizeof text,
      "prompt: %lld tokens in %.3f s; text: %lld tokens in %.3f s, %.2f a "
      "second",
      static_cast<long long>(promptTokens), promptSeconds,
      static_cast<long long>(tokens), seconds,
      seconds > 0 ? static_cast<double>(tokens) / seconds : 0);
  std::string result(text, static_cast<size_t>(size));
  if (passes > 0)
    result += "; " + std::to_string(keptDrafts) + " of " +
              std::to_string(drafts) + " drafts kept, in " +
              std::to_string(passes) + " passes";
  return result;
}

namespace {
/// Adds the seconds that it exists.
class Stopwatch {
public:
  explicit Stopwatch(double &sum) : sum(sum) {}
  Stopwatch(const Stopwatch &) = delete;
  Stopwatch &operator=(const Stopwatch &) = delete;
  ~Stopwatch() {
    sum += std::chrono::duration<double>(Clock::now() - start).count();
  }

private:
  using Clock = std::chrono::steady_clock;
  double &sum;
  Clock::time_point start = Clock::now();
};
} // namespace

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

void TextGenerator::readPrompt(const std::vector<TokenId> &ids) {
  std::vector<int32_t> tokens;
  if (unread)
    tokens.push_back(
        static_cast<int32_t>(*std::exchange(unread, std::nullopt)));
  for (TokenId id : ids) {
    sampler.accept(id);
    tokens.push_back(static_cast<int32_t>(id));
    lookup.add(tokens.back());
  }
  session.read(tokens.data(), static_cast<int64_t>(tokens.size()));
  speed.promptTokens += static_cast<int64_t>(ids.size());
}

/// Reads one token, with drafts of the next ones where the text has been like
/// this before.
void TextGenerator::readNext(TokenId id) {
  auto token = static_cast<int32_t>(id);
  if (session.isReadAhead(token)) {
    ++numKept;
    ++speed.keptDrafts;
    session.read(&token, 1);
    return;
  }
  if (numDrafts > 0)
    lookup.note(numKept, std::exchange(numDrafts, 0));
  std::vector<int32_t> drafts;
  if (int64_t room = session.getDraftRoom())
    drafts = lookup.draft(static_cast<size_t>(room));
  if (drafts.empty()) {
    session.read(&token, 1);
    return;
  }
  session.readAhead(token, drafts.data(), static_cast<int64_t>(drafts.size()));
  numKept = 0;
  numDrafts = static_cast<int64_t>(drafts.size());
  ++speed.passes;
  speed.drafts += numDrafts;
}

TokenId TextGenerator::chooseToken() {
  const CompiledModel &model = session.getModel();
  TokenId id = sampler.sample(session.getLogits(),
                              static_cast<size_t>(model.vocabulary_size),
                              model.logit_scale);
  sampler.accept(id);
  return id;
}

static bool isStop(const Tokenizer &tokenizer, TokenId id) {
  const std::vector<TokenId> &stops = tokenizer.definition().stopTokens;
  return std::find(stops.begin(), stops.end(), id) != stops.end();
}

TextEnd TextGenerator::continueText(const std::vector<TokenId> &prompt,
                                    const PrintText &print) {
  // Only an answer begins a text of its own.
  DecodeOptions decoding;
  decoding.atStart = options.isChat;
  ReplyStream reply(tokenizer, options.stops, decoding);
  {
    Stopwatch watch(speed.promptSeconds);
    readPrompt(prompt);
  }
  Stopwatch watch(speed.seconds);
  TextEnd end = TextEnd::Length;
  std::string text;
  for (int64_t i = 0; i < options.length; ++i) {
    if (session.getRoom() == 0) {
      end = TextEnd::Context;
      break;
    }
    if (unread)
      readNext(*std::exchange(unread, std::nullopt));
    TokenId id = chooseToken();
    ++speed.tokens;
    text.clear();
    bool isDone = reply.push(id, text);
    print(text);
    if (!isStop(tokenizer, id)) {
      unread = id;
      lookup.add(static_cast<int32_t>(id));
    }
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
  int64_t size =
      static_cast<int64_t>(ids->size()) + (unread.has_value() ? 1 : 0);
  if (session.getPosition() == 0 || size < session.getRoom()) {
    if (MaybeFailure failure = check(*ids))
      return *failure;
    return ids;
  }
  note(describeFullContext(session.getModel()) +
       ": the conversation begins anew");
  session.reset();
  unread.reset();
  lookup.clear();
  numDrafts = 0;
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
