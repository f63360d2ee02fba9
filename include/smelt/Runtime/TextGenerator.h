//===- TextGenerator.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TEXTGENERATOR_H
#define SMELT_RUNTIME_TEXTGENERATOR_H

#include "smelt/Runtime/Sampler.h"
#include "smelt/Runtime/Tokenizer.h"
#include <functional>
#include <string>
#include <vector>

namespace smelt::runtime {

/// A compiled language model.
struct TextNetwork {
  /// The logits after a token; positions follow one another from 0 on.
  std::function<const int32_t *(TokenId token, int32_t position)> step;
  int64_t vocabularySize = 0;
  /// Positions at most.
  int64_t contextLength = 0;
  /// A logit is this times its integer.
  double scale = 1;
};

/// How a text is continued.
struct TextOptions {
  std::string prompt;
  /// Tokens at most.
  int64_t length = 256;
  SamplerOptions sampler;
  std::vector<std::string> stops;
  /// The prompt is a question in a conversation.
  bool isChat = false;
  std::string system;
};

/// Why a text ended: the model or a stop text said so, it is as long as asked
/// for, or there is no room for more.
enum class TextEnd { Stop, Length, Context };

/// The tokens of a prompt. Fails if it has none, more than the context, or such
/// as the network does not know.
Result<std::vector<TokenId>> encodePrompt(const Tokenizer &tokenizer,
                                          const TextNetwork &network,
                                          const TextOptions &options);

/// Continues a prompt, and passes each piece of the text on as it comes.
TextEnd continueText(const Tokenizer &tokenizer, const TextNetwork &network,
                     const TextOptions &options,
                     const std::vector<TokenId> &prompt,
                     const std::function<void(std::string_view)> &print);

} // namespace smelt::runtime

#endif
