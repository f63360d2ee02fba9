//===- Tokenizer.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TOKENIZER_H
#define SMELT_RUNTIME_TOKENIZER_H

#include "smelt/Runtime/TokenDecoder.h"
#include "smelt/Runtime/TokenizerDefinition.h"
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::runtime {

struct EncodeOptions {
  /// Puts the definition's prefix, such as the token for a text's beginning,
  /// before the text.
  bool addPrefix = false;
  /// The names of special tokens in the text become these tokens. Not for
  /// text from others, which could then pose as a part of the conversation.
  bool parseSpecial = true;
};

/// Turns text into tokens and back. Copies of one tokenizer share its tables;
/// all functions may be called from several threads.
class Tokenizer {
public:
  /// Fails as `validate` does, and at regular expressions that are malformed
  /// or not supported.
  static Result<Tokenizer> create(TokenizerDefinition definition);

  /// The tokens of `text`. Fails, with the offset, at a byte that is not
  /// UTF-8; at a character that has no token; and above 1 GiB.
  Result<std::vector<TokenId>> encode(std::string_view text,
                                      EncodeOptions options = {}) const;

  /// The text of `ids`, as bytes.
  std::string decode(const std::vector<TokenId> &ids,
                     DecodeOptions options = {}) const;

  /// Decodes token by token; the tokenizer must outlive it.
  StreamDecoder decodeStream(DecodeOptions options = {}) const;

  /// The token with this text, as the vocabulary writes it.
  std::optional<TokenId> findToken(std::string_view text) const;

  /// One more than the greatest id.
  size_t size() const { return definition().tokens.size(); }
  const TokenizerDefinition &definition() const;

private:
  struct Tables;
  explicit Tokenizer(std::shared_ptr<const Tables> tables)
      : tables(std::move(tables)) {}

  MaybeFailure encodeText(std::string_view text, bool atStart,
                          bool parseSpecial, std::vector<TokenId> &ids) const;

  std::shared_ptr<const Tables> tables;
};

} // namespace smelt::runtime

#endif
