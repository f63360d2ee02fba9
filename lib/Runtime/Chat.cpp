//===- Chat.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Chat.h"
#include "smelt/Runtime/AddedTokenMatcher.h"
#include "smelt/Runtime/Normalizer.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

namespace {
/// A run of text, or a special token.
struct Part {
  std::string text;
  std::optional<TokenId> id;
};

/// Joins texts up to the next special token, so that they become tokens as if
/// they had been written in one piece.
class PartList {
public:
  explicit PartList(const TokenizerDefinition &definition)
      : specialTokens(listSpecialTokens(definition)),
        matcher(specialTokens, /*normalized=*/false) {}

  /// Text of the format, which may name special tokens.
  void addMarkup(std::string_view text) {
    for (const Segment &segment : matcher.split(text, /*parseSpecial=*/true))
      if (segment.id)
        parts.push_back({"", segment.id});
      else
        addText(segment.text);
  }

  /// Text of a message.
  void addText(std::string_view text) {
    if (parts.empty() || parts.back().id)
      parts.push_back({"", std::nullopt});
    parts.back().text += text;
  }

  const std::vector<Part> &get() const { return parts; }

private:
  /// As markup writes them, whatever the normalizer does to text.
  static std::vector<AddedToken>
  listSpecialTokens(const TokenizerDefinition &definition) {
    std::vector<AddedToken> tokens;
    for (const AddedToken &added : definition.addedTokens) {
      if (!added.special)
        continue;
      tokens.push_back(added);
      tokens.back().pattern = definition.tokens[added.id];
      tokens.back().normalized = false;
    }
    return tokens;
  }

  const std::vector<AddedToken> specialTokens;
  const AddedTokenMatcher matcher;
  std::vector<Part> parts;
};
} // namespace

/// Without the white space at the ends.
static Result<std::string> trim(std::string_view text) {
  NormalizerStep step;
  step.kind = NormalizerStep::Kind::Strip;
  step.left = step.right = true;
  Result<Normalizer> normalizer = Normalizer::create({step});
  if (!normalizer)
    return normalizer.failure();
  return normalizer->apply(text, /*atStart=*/true);
}

static MaybeFailure addMessage(PartList &parts, const ChatFormat &format,
                               std::string_view message) {
  if (!format.trim) {
    parts.addText(message);
    return std::nullopt;
  }
  Result<std::string> trimmed = trim(message);
  if (!trimmed)
    return trimmed.failure();
  parts.addText(*trimmed);
  return std::nullopt;
}

static MaybeFailure addTurn(PartList &parts, const ChatFormat &format,
                            const ChatTurn &turn) {
  std::string_view system =
      !turn.system.empty() ? turn.system : format.defaultSystem;
  bool hasSystem = turn.isFirst && !system.empty();
  parts.addMarkup(turn.isFirst ? format.start : format.turnEnd);
  if (hasSystem && format.systemInUser)
    parts.addMarkup(format.userBegin);
  if (hasSystem) {
    parts.addMarkup(format.systemBegin);
    if (MaybeFailure failure = addMessage(parts, format, system))
      return failure;
    parts.addMarkup(format.systemEnd);
  }
  if (!hasSystem || !format.systemInUser)
    parts.addMarkup(format.userBegin);
  if (MaybeFailure failure = addMessage(parts, format, turn.user))
    return failure;
  parts.addMarkup(format.userEnd);
  return std::nullopt;
}

Result<std::vector<TokenId>> encodeChatTurn(const Tokenizer &tokenizer,
                                            const ChatTurn &turn) {
  const ChatFormat &format = tokenizer.definition().chat;
  if (format.name.empty())
    return Failure{"this model has no known format for conversations"};
  for (std::string_view text : {turn.system, turn.user})
    if (size_t invalid = findInvalidUtf8(text); invalid != text.npos)
      return Failure{"a message is not UTF-8 at byte " +
                     std::to_string(invalid)};
  PartList parts(tokenizer.definition());
  if (MaybeFailure failure = addTurn(parts, format, turn))
    return *failure;

  std::vector<TokenId> ids;
  EncodeOptions options;
  options.parseSpecial = false;
  for (const Part &part : parts.get()) {
    if (part.id) {
      ids.push_back(*part.id);
      continue;
    }
    Result<std::vector<TokenId>> encoded = tokenizer.encode(part.text, options);
    if (!encoded)
      return encoded.failure();
    ids.insert(ids.end(), encoded->begin(), encoded->end());
  }
  return ids;
}

} // namespace smelt::runtime
