//===- TokenizerDefinition.h ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_TOKENIZERDEFINITION_H
#define SMELT_RUNTIME_TOKENIZERDEFINITION_H

#include "smelt/Runtime/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smelt::runtime {

/// The number of a token, from 0 to the size of the vocabulary less one.
using TokenId = uint32_t;

/// Text to look for, as it is or as a regular expression.
struct Pattern {
  std::string text;
  bool isRegex = false;
};

/// One step of turning text into the form that the vocabulary is written in.
struct NormalizerStep {
  enum class Kind : uint8_t {
    Prepend,        ///< `content` before every text that is not empty.
    PrependAtStart, ///< The same, but only where the input begins.
    Replace,        ///< Every `pattern` by `content`.
    NFC,
    NFD,
    NFKC,
    NFKD,
    Lowercase,
    Strip, ///< White space at the `left` and the `right`.
    /// No U+0020 at the ends, never two together, and no U+2581, which
    /// stands for it, at the end: SentencePiece's remove_extra_whitespaces.
    CollapseSpaces,
    Last = CollapseSpaces
  };
  Kind kind = Kind::NFC;
  Pattern pattern;
  std::string content;
  bool left = false;
  bool right = false;
};

/// What becomes of the matches at which a text is split.
enum class SplitBehavior : uint8_t {
  Removed,
  Isolated,
  MergedWithPrevious,
  MergedWithNext,
  Contiguous, ///< Neighbouring matches are one piece.
  Last = Contiguous
};

/// Where `Metaspace` puts its replacement before a text that does not begin
/// with it.
enum class PrependScheme : uint8_t { Always, First, Never, Last = Never };

/// One step of cutting text into the pieces within which tokens lie.
struct PreTokenizerStep {
  enum class Kind : uint8_t {
    ByteLevel,   ///< Writes bytes as characters; GPT-2's pattern if `useRegex`.
    Split,       ///< At `pattern`.
    Digits,      ///< At runs of numbers, or single ones if `individual`.
    Metaspace,   ///< Spaces become `replacement`; cuts before it if `split`.
    Punctuation, ///< At punctuation.
    Last = Punctuation
  };
  Kind kind = Kind::ByteLevel;
  Pattern pattern;
  std::string replacement;
  SplitBehavior behavior = SplitBehavior::Isolated;
  PrependScheme prepend = PrependScheme::Never;
  bool invert = false;
  bool addPrefixSpace = false;
  bool useRegex = false;
  bool individual = false;
  bool split = false;
};

/// One step of turning tokens into text.
struct DecoderStep {
  enum class Kind : uint8_t {
    ByteLevel,    ///< Characters become the bytes that they stand for.
    Replace,      ///< Every `pattern` by `content`.
    ByteFallback, ///< `<0xHH>` becomes a byte.
    Fuse,         ///< Later steps see the whole text, not single tokens.
    Strip,        ///< Up to `start` and `stop` times `content` at the ends.
    Metaspace,    ///< `pattern` becomes a space; none in the first token.
    Last = Metaspace
  };
  Kind kind = Kind::ByteLevel;
  std::string pattern;
  std::string content;
  PrependScheme prepend = PrependScheme::Never;
  uint32_t start = 0;
  uint32_t stop = 0;
};

/// A token that is found in the text before anything else is.
struct AddedToken {
  TokenId id = 0;
  /// What is looked for: the token's text, or what the normalizer makes of it.
  std::string pattern;
  bool special = false;    ///< Not text: control, end of turn and so on.
  bool normalized = false; ///< Looked for after normalization.
  bool leftStrip = false;  ///< Takes the white space at its left.
  bool rightStrip = false; ///< Takes the white space at its right.
  bool singleWord = false; ///< Not beside a letter or digit.
  /// The model may make it by merging, too.
  bool inModel = false;
};

/// Two tokens that become one.
struct Merge {
  TokenId left = 0;
  TokenId right = 0;
};

/// How a model decides which neighbours to merge.
enum class MergeRule : uint8_t {
  Listed,  ///< `merges`, the first first.
  Spelled, ///< Any whose joined text is a token, the lowest `ranks` first.
  Last = Spelled
};

/// The texts around the messages of a conversation. They may name special
/// tokens. A conversation is
///   start, [systemBegin, system, systemEnd], userBegin, user, userEnd, reply
/// and each further turn
///   turnEnd, userBegin, user, userEnd, reply.
/// `encodeChatTurn` writes it.
struct ChatFormat {
  std::string name; ///< Empty: the model has no known format.
  std::string start;
  std::string systemBegin;
  std::string systemEnd;
  std::string userBegin;
  std::string userEnd;
  std::string turnEnd;
  /// Used where a conversation has none of its own.
  std::string defaultSystem;
  /// White space at the ends of messages is dropped.
  bool trim = false;
  /// The system's message stands within the first `userBegin`.
  bool systemInUser = false;
};

/// Everything that defines a tokenizer, as plain data: what the loaders make
/// of a model's files, and what a compiled program has embedded.
struct TokenizerDefinition {
  static constexpr uint32_t noRank = UINT32_MAX;
  /// Far more tokens than any model has.
  static constexpr size_t maxTokens = 1 << 22;

  /// The tokens' texts by id, in the form that the steps above make and
  /// undo. An id whose text is empty has no token.
  std::vector<std::string> tokens;

  MergeRule rule = MergeRule::Listed;
  std::vector<Merge> merges;
  /// By id, for `Spelled`; `noRank` if text never becomes this token.
  std::vector<uint32_t> ranks;
  /// A piece that is a token is not built from merges.
  bool wholePieces = false;
  /// A character without a token becomes the tokens `<0xHH>` of its bytes.
  bool byteFallback = false;
  /// For a character that has no token at all.
  std::optional<TokenId> unknown;
  /// Neighbouring unknown characters are one token.
  bool fuseUnknown = false;

  std::vector<AddedToken> addedTokens;
  std::vector<NormalizerStep> normalizer;
  std::vector<PreTokenizerStep> preTokenizer;
  std::vector<DecoderStep> decoder;

  /// Stands before a text: usually one token for its beginning, or none.
  std::vector<TokenId> prefix;
  /// The tokens that end a text or a turn.
  std::vector<TokenId> stopTokens;
  ChatFormat chat;
};

/// Why `definition` is none, if it is not: an id out of range, two tokens with
/// one text, decoder steps in an order that cannot be streamed and so on.
MaybeFailure validate(const TokenizerDefinition &definition);

} // namespace smelt::runtime

#endif
