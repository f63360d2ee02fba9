//===- Tokenizer.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Tokenizer.h"
#include "smelt/Runtime/AddedTokenMatcher.h"
#include "smelt/Runtime/BytePairEncoder.h"
#include "smelt/Runtime/PreTokenizer.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

static constexpr size_t maxTextLength = size_t(1) << 30;

/// What a definition is compiled to. Later members refer to earlier ones.
struct Tokenizer::Tables {
  explicit Tables(TokenizerDefinition given)
      : definition(std::move(given)), table(definition),
        addedTokens(definition.addedTokens, /*normalized=*/false),
        normalizedTokens(definition.addedTokens, /*normalized=*/true) {}

  MaybeFailure compile();

  const TokenizerDefinition definition;
  const TokenTable table;
  const AddedTokenMatcher addedTokens;
  const AddedTokenMatcher normalizedTokens;
  Normalizer normalizer;
  PreTokenizer preTokenizer;
  std::unique_ptr<const BytePairEncoder> encoder;
};

MaybeFailure Tokenizer::Tables::compile() {
  if (std::optional<TokenId> id = table.duplicate())
    return Failure{"two tokens have the text '" + definition.tokens[*id] + "'"};
  Result<Normalizer> newNormalizer = Normalizer::create(definition.normalizer);
  if (!newNormalizer)
    return newNormalizer.failure();
  Result<PreTokenizer> newPreTokenizer =
      PreTokenizer::create(definition.preTokenizer);
  if (!newPreTokenizer)
    return newPreTokenizer.failure();
  Result<BytePairEncoder> newEncoder =
      BytePairEncoder::create(definition, table);
  if (!newEncoder)
    return newEncoder.failure();
  normalizer = std::move(*newNormalizer);
  preTokenizer = std::move(*newPreTokenizer);
  encoder = std::make_unique<BytePairEncoder>(std::move(*newEncoder));
  return std::nullopt;
}

Result<Tokenizer> Tokenizer::create(TokenizerDefinition definition) {
  if (MaybeFailure failure = validate(definition))
    return *failure;
  auto tables = std::make_shared<Tables>(std::move(definition));
  if (MaybeFailure failure = tables->compile())
    return *failure;
  return Tokenizer(std::move(tables));
}

const TokenizerDefinition &Tokenizer::definition() const {
  return tables->definition;
}

std::optional<TokenId> Tokenizer::findToken(std::string_view text) const {
  return tables->table.find(text);
}

/// Encodes what lies between added tokens.
MaybeFailure Tokenizer::encodeText(std::string_view text, bool atStart,
                                   bool parseSpecial,
                                   std::vector<TokenId> &ids) const {
  Result<std::string> normalized = tables->normalizer.apply(text, atStart);
  if (!normalized)
    return normalized.failure();
  for (const Segment &segment :
       tables->normalizedTokens.split(*normalized, parseSpecial)) {
    if (segment.id) {
      ids.push_back(*segment.id);
      continue;
    }
    bool isFirst = segment.text.data() == normalized->data();
    Result<Pieces> pieces = tables->preTokenizer.apply(
        std::string(segment.text), atStart && isFirst);
    if (!pieces)
      return pieces.failure();
    for (Span span : pieces->spans)
      if (MaybeFailure failure =
              tables->encoder->encode(span.of(pieces->text), ids))
        return failure;
  }
  return std::nullopt;
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text,
                                               EncodeOptions options) const {
  if (text.size() > maxTextLength)
    return Failure{"the text is longer than 1 GiB"};
  size_t invalid = findInvalidUtf8(text);
  if (invalid != std::string_view::npos)
    return Failure{"the text is not UTF-8 at byte " + std::to_string(invalid)};

  std::vector<TokenId> ids;
  if (options.addPrefix)
    ids = definition().prefix;
  for (const Segment &segment :
       tables->addedTokens.split(text, options.parseSpecial)) {
    if (segment.id) {
      ids.push_back(*segment.id);
      continue;
    }
    bool atStart = segment.text.data() == text.data();
    if (MaybeFailure failure =
            encodeText(segment.text, atStart, options.parseSpecial, ids))
      return *failure;
  }
  return ids;
}

std::string Tokenizer::decode(const std::vector<TokenId> &ids,
                              DecodeOptions options) const {
  return runtime::decode(definition(), ids, options);
}

StreamDecoder Tokenizer::decodeStream(DecodeOptions options) const {
  return StreamDecoder(definition(), options);
}

} // namespace smelt::runtime
