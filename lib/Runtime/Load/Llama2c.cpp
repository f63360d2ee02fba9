//===- Llama2c.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoredPieces.h"
#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

static constexpr TokenId unknownId = 0, beginId = 1, endId = 2;

/// The exporter puts line breaks around the names of these two, and writes
/// spaces as such.
static ScoredPiece makePiece(StringRef text, float score, size_t id) {
  ScoredPiece piece;
  piece.score = score;
  if (id == beginId || id == endId) {
    piece.text = text.trim('\n').str();
    piece.kind = ScoredPiece::Kind::Control;
    return piece;
  }
  for (char c : text)
    piece.text += c == ' ' ? "\xE2\x96\x81" : std::string(1, c);
  if (id == unknownId)
    piece.kind = ScoredPiece::Kind::Unknown;
  else if (byteOfToken(piece.text))
    piece.kind = ScoredPiece::Kind::Byte;
  return piece;
}

Expected<TokenizerDefinition> smelt::parseLlama2cTokenizer(StringRef contents) {
  auto truncated = [](size_t piece) {
    return createStringError("the file ends within piece " + Twine(piece));
  };
  // The length of the longest piece comes first.
  if (contents.size() < 4)
    return truncated(0);
  contents = contents.drop_front(4);
  std::vector<ScoredPiece> pieces;
  while (!contents.empty()) {
    if (contents.size() < 8)
      return truncated(pieces.size());
    float score = bit_cast<float>(support::endian::read32le(contents.data()));
    uint32_t length = support::endian::read32le(contents.data() + 4);
    contents = contents.drop_front(8);
    if (length > contents.size())
      return truncated(pieces.size());
    pieces.push_back(
        makePiece(contents.take_front(length), score, pieces.size()));
    contents = contents.drop_front(length);
  }
  if (pieces.size() <= endId)
    return createStringError("the file has " + Twine(pieces.size()) +
                             " pieces");
  SentencePieceSettings settings;
  settings.byteFallback = true;
  settings.removeExtraWhitespace = false;
  Expected<TokenizerDefinition> definition =
      defineScoredPieces(std::move(pieces), settings);
  if (!definition)
    return definition;
  definition->prefix = {beginId};
  definition->stopTokens = {endId};
  return definition;
}
