//===- TextGenerator.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TEXTGENERATOR_H
#define SMELT_RUNTIME_TEXTGENERATOR_H

#include "smelt/Runtime/PromptLookup.h"
#include "smelt/Runtime/Sampler.h"
#include "smelt/Runtime/Session.h"
#include "smelt/Runtime/Tokenizer.h"
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace smelt::runtime {

/// How a text is continued.
struct TextOptions {
  std::string prompt;
  /// Tokens at most.
  int64_t length = 256;
  SamplerOptions sampler;
  std::vector<std::string> stops;
  /// The prompt is a question in a conversation.
  bool isChat = false;
  /// Questions are read until there are no more.
  bool isConversation = false;
  std::string system;
  /// Of a program; 0 leaves it to the runtime.
  int32_t threads = 0;
  /// Say at the end how fast it was.
  bool showsSpeed = false;
};

/// How much a model has read and written, and how fast.
struct TextSpeed {
  int64_t promptTokens = 0, tokens = 0;
  /// Until the first token is chosen, and from then on.
  double promptSeconds = 0, seconds = 0;
  /// Passes with drafts, the drafts in them, and those that came.
  int64_t passes = 0, drafts = 0, keptDrafts = 0;

  std::string describe() const;
};

/// Takes a piece of a text.
using PrintText = std::function<void(std::string_view)>;

/// Reads a line without its end; returns false where there is none.
using ReadLine = std::function<bool(std::string &line)>;

/// Reads a line of the standard input.
bool readInputLine(std::string &line);

/// Why a text ended: the model or a stop text said so, it is as long as asked
/// for, or there is no room for more.
enum class TextEnd { Stop, Length, Context };

/// Lets a model write texts, each of which goes on from the one before.
class TextGenerator {
public:
  /// All of them must outlive it. The session is a new one.
  TextGenerator(const Tokenizer &tokenizer, Session &session,
                const TextOptions &options)
      : tokenizer(tokenizer), session(session), options(options),
        sampler(options.sampler) {}

  /// The tokens of a text. Fails if it has none, more than the context, or such
  /// as the network does not know.
  Result<std::vector<TokenId>> encode(const std::string &text);

  /// Continues the tokens, for which there must be room, and passes each piece
  /// of the text on as it comes.
  TextEnd continueText(const std::vector<TokenId> &prompt,
                       const PrintText &print);

  /// Answers one question after another. Where the context is full it forgets
  /// all earlier ones, and says so. Fails if the model has no format for
  /// conversations.
  MaybeFailure converse(const ReadLine &readLine, const PrintText &print,
                        const PrintText &note);

  /// Of all texts so far.
  const TextSpeed &getSpeed() const { return speed; }

private:
  TokenId chooseToken();
  void readNext(TokenId id);
  void readPrompt(const std::vector<TokenId> &ids);
  MaybeFailure check(const std::vector<TokenId> &ids) const;
  Result<std::vector<TokenId>> encodeQuestion(const std::string &text,
                                              const PrintText &note);

  const Tokenizer &tokenizer;
  Session &session;
  const TextOptions &options;
  Sampler sampler;
  /// The last token, if the session has not read it yet.
  std::optional<TokenId> unread;
  PromptLookup lookup;
  /// The drafts of the last pass, or 0 once it is known what became of them,
  /// and those that came.
  int64_t numDrafts = 0, numKept = 0;
  TextSpeed speed;
};

/// What to tell the user of a text that ended for lack of room.
std::string describeFullContext(const CompiledModel &model);

} // namespace smelt::runtime

#endif
