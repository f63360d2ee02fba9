//===- ScoredPieces.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoredPieces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <cmath>

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

/// What SentencePiece writes for a space.
static constexpr char spaceSymbol[] = "\xE2\x96\x81";

static bool comesFromText(const ScoredPiece &piece) {
  return piece.kind == ScoredPiece::Kind::Normal ||
         piece.kind == ScoredPiece::Kind::UserDefined;
}

/// Numbers the scores from the highest to the lowest; equal ones alike.
static void rankScores(ArrayRef<ScoredPiece> pieces,
                       TokenizerDefinition &definition) {
  std::vector<float> scores;
  for (const ScoredPiece &piece : pieces)
    if (comesFromText(piece))
      scores.push_back(piece.score);
  llvm::sort(scores, std::greater<float>());
  scores.erase(llvm::unique(scores), scores.end());
  for (const ScoredPiece &piece : pieces) {
    auto place = llvm::lower_bound(scores, piece.score, std::greater<float>());
    definition.ranks.push_back(
        comesFromText(piece) ? static_cast<uint32_t>(place - scores.begin())
                             : TokenizerDefinition::noRank);
  }
}

static void addSteps(SentencePieceSettings settings,
                     TokenizerDefinition &definition) {
  NormalizerStep collapse, prefix, escape;
  collapse.kind = NormalizerStep::Kind::CollapseSpaces;
  prefix.kind = NormalizerStep::Kind::PrependAtStart;
  prefix.content = spaceSymbol;
  escape.kind = NormalizerStep::Kind::Replace;
  escape.pattern = {" ", /*isRegex=*/false};
  escape.content = spaceSymbol;
  if (settings.removeExtraWhitespace)
    definition.normalizer.push_back(collapse);
  if (settings.addDummyPrefix)
    definition.normalizer.push_back(prefix);
  definition.normalizer.push_back(escape);

  DecoderStep replace, bytes, fuse, strip;
  replace.kind = DecoderStep::Kind::Replace;
  replace.pattern = spaceSymbol;
  replace.content = " ";
  bytes.kind = DecoderStep::Kind::ByteFallback;
  fuse.kind = DecoderStep::Kind::Fuse;
  strip.kind = DecoderStep::Kind::Strip;
  strip.content = " ";
  strip.start = 1;
  definition.decoder = {replace, bytes, fuse};
  if (settings.addDummyPrefix)
    definition.decoder.push_back(strip);
}

Expected<TokenizerDefinition>
smelt::defineScoredPieces(std::vector<ScoredPiece> pieces,
                          SentencePieceSettings settings) {
  using Kind = ScoredPiece::Kind;
  TokenizerDefinition definition;
  for (auto [index, piece] : enumerate(pieces)) {
    TokenId id = static_cast<TokenId>(index);
    if (piece.text.empty() || !std::isfinite(piece.score))
      return createStringError("piece " + Twine(id) +
                               " has no text or no finite score");
    if (piece.kind == Kind::Unknown && definition.unknown)
      return createStringError("there are two unknown pieces");
    if (piece.kind == Kind::Unknown)
      definition.unknown = id;
    AddedToken added;
    added.id = id;
    added.pattern = piece.text;
    added.special = piece.kind != Kind::UserDefined;
    added.normalized = piece.kind == Kind::UserDefined;
    added.inModel = piece.kind == Kind::UserDefined;
    if (piece.kind != Kind::Normal && piece.kind != Kind::Byte)
      definition.addedTokens.push_back(std::move(added));
  }
  definition.rule = MergeRule::Spelled;
  definition.byteFallback = settings.byteFallback;
  definition.fuseUnknown = true;
  rankScores(pieces, definition);
  addSteps(settings, definition);
  for (ScoredPiece &piece : pieces)
    definition.tokens.push_back(std::move(piece.text));
  return definition;
}
