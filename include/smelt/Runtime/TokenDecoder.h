//===- TokenDecoder.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TOKENDECODER_H
#define SMELT_RUNTIME_TOKENDECODER_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include <string>
#include <string_view>
#include <vector>

namespace smelt::runtime {

struct DecodeOptions {
  /// Special tokens become nothing rather than their names.
  bool skipSpecial = true;
  /// The first token begins the text, so that a space that encoding puts
  /// before it is taken away again.
  bool atStart = true;
};

/// Turns the tokens of a definition, which must stay where it is, into text,
/// one at a time: each call gives the characters that have become complete.
class StreamDecoder {
public:
  explicit StreamDecoder(const TokenizerDefinition &definition,
                         DecodeOptions options = {});

  /// Appends to `text` what `id` completes. An id without a token adds
  /// nothing. Bytes that cannot be UTF-8 are passed on as they are.
  void push(TokenId id, std::string &text);

  /// Appends what is left of an incomplete character.
  void finish(std::string &text);

private:
  std::string decodeToken(std::string_view token) const;
  void emit(size_t length, std::string &text);

  const TokenizerDefinition &definition;
  DecodeOptions options;
  std::vector<bool> isSpecial;
  /// The next token is the first that is not skipped.
  bool isFirst;
  /// How often a `Strip` of the whole text may still apply.
  uint32_t stripsLeft = 0;
  std::string_view stripped;
  /// Bytes that are not passed on yet.
  std::string pending;
};

/// The text of `ids`, as bytes: what a `StreamDecoder` gives in total.
std::string decode(const TokenizerDefinition &definition,
                   const std::vector<TokenId> &ids, DecodeOptions options = {});

} // namespace smelt::runtime

#endif
