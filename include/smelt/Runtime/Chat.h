//===- Chat.h ---------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_CHAT_H
#define SMELT_RUNTIME_CHAT_H

#include "smelt/Runtime/Tokenizer.h"
#include <string_view>
#include <vector>

namespace smelt::runtime {

/// Gives `definition` the format of this name (`bitnet`, `chatml`, `falcon3`,
/// `llama2`, `llama3`), and the tokens that end its replies. Fails if there is
/// none of this name or if the vocabulary lacks its tokens.
MaybeFailure useChatFormat(TokenizerDefinition &definition,
                           std::string_view name);

/// The same with the format that a model's `chat_template`, a Jinja text,
/// describes, found by the texts that it puts around messages. Templates are
/// not run: what they do beyond that, such as tools and dates, is left out.
MaybeFailure recognizeChatFormat(TokenizerDefinition &definition,
                                 std::string_view chatTemplate);

/// One message of a user and what the model needs to know with it.
struct ChatTurn {
  /// A conversation's first turn has its beginning and the system's message.
  bool isFirst = true;
  /// Only for the first turn. Without it the format's default is used.
  std::string_view system;
  std::string_view user;
};

/// The tokens of `turn`, which the reply follows. Those of a turn that is not
/// the first begin with the end of the reply before, which is therefore not
/// to be given to the model otherwise. In the messages the names of special
/// tokens are mere text. Fails if the tokenizer has no format, or as `encode`
/// does.
Result<std::vector<TokenId>> encodeChatTurn(const Tokenizer &tokenizer,
                                            const ChatTurn &turn);

} // namespace smelt::runtime

#endif
