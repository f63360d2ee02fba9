//===- ReplyStream.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_REPLYSTREAM_H
#define SMELT_RUNTIME_REPLYSTREAM_H

#include "smelt/Runtime/Tokenizer.h"
#include <string>
#include <vector>

namespace smelt::runtime {

/// Finds the first of several strings in a text that comes in parts, and
/// passes on what is before it as early as can be known.
class StopStrings {
public:
  /// Empty strings are ignored.
  explicit StopStrings(std::vector<std::string> strings);

  /// Appends to `output` what of `text` and of earlier text is no part of a
  /// stop string. Returns whether one has been found; after that nothing is
  /// passed on. Of strings that end at the same place the longest counts, so
  /// that the result does not depend on the parts.
  bool push(std::string_view text, std::string &output);

  /// Appends what was held back because a stop string could have begun there.
  void finish(std::string &output);

private:
  std::vector<std::string> strings;
  size_t longest = 0;
  /// Not passed on yet.
  std::string held;
  bool isFound = false;
};

/// The text of a reply, token by token, up to a stop token or stop string.
class ReplyStream {
public:
  /// The tokenizer must outlive it. Its definition's stop tokens stop the
  /// reply too; they are not part of the text.
  ReplyStream(const Tokenizer &tokenizer, std::vector<std::string> stopStrings,
              DecodeOptions options = {});

  /// Appends to `text` what can be shown after `id`. Returns whether the
  /// reply is at its end.
  bool push(TokenId id, std::string &text);

  /// Appends what was held back, at the end of a reply that did not stop.
  void finish(std::string &text);

private:
  const TokenizerDefinition &definition;
  StreamDecoder decoder;
  StopStrings stopStrings;
};

} // namespace smelt::runtime

#endif
