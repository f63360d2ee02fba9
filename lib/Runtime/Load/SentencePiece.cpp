//===- SentencePiece.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScoredPieces.h"
#include "SentencePiece.pb.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;
using smelt::sentencepiece::ModelProto;
using smelt::sentencepiece::NormalizerSpec;
using smelt::sentencepiece::TrainerSpec;

static Error checkSupported(const ModelProto &model) {
  std::string problems;
  auto require = [&](bool isSupported, const Twine &problem) {
    if (!isSupported)
      problems += (problems.empty() ? "" : "; ") + problem.str();
  };
  const TrainerSpec &trainer = model.trainer_spec();
  const NormalizerSpec &normalizer = model.normalizer_spec();
  static constexpr StringLiteral types[] = {"", "unigram", "bpe", "word",
                                            "char"};
  require(trainer.model_type() == TrainerSpec::BPE,
          "trainer_spec.model_type '" + types[trainer.model_type()] +
              "' is not supported; only 'bpe' is");
  require(!trainer.treat_whitespace_as_suffix(),
          "trainer_spec.treat_whitespace_as_suffix is not supported");
  require(normalizer.precompiled_charsmap().empty(),
          "normalizer_spec.precompiled_charsmap ('" + normalizer.name() +
              "') is not supported");
  require(normalizer.escape_whitespaces(),
          "normalizer_spec.escape_whitespaces must be true");
  if (problems.empty())
    return Error::success();
  return createStringError(problems);
}

static Expected<std::vector<ScoredPiece>> readPieces(const ModelProto &model) {
  using Piece = ModelProto::SentencePiece;
  std::vector<ScoredPiece> pieces;
  for (const Piece &piece : model.pieces()) {
    ScoredPiece::Kind kind = ScoredPiece::Kind::Normal;
    switch (piece.type()) {
    case Piece::NORMAL:
      break;
    case Piece::UNKNOWN:
      kind = ScoredPiece::Kind::Unknown;
      break;
    case Piece::CONTROL:
      kind = ScoredPiece::Kind::Control;
      break;
    case Piece::USER_DEFINED:
      kind = ScoredPiece::Kind::UserDefined;
      break;
    case Piece::BYTE:
      kind = ScoredPiece::Kind::Byte;
      break;
    case Piece::UNUSED:
      return createStringError("pieces[" + Twine(pieces.size()) +
                               "] is of type UNUSED, which is not supported");
    }
    pieces.push_back({piece.piece(), piece.score(), kind});
  }
  return pieces;
}

Expected<TokenizerDefinition> smelt::parseSentencePiece(StringRef contents) {
  ModelProto model;
  if (contents.size() > INT_MAX ||
      !model.ParseFromArray(contents.data(),
                            static_cast<int>(contents.size())) ||
      model.pieces().empty())
    return createStringError("this is not a SentencePiece model");
  if (Error error = checkSupported(model))
    return std::move(error);
  Expected<std::vector<ScoredPiece>> pieces = readPieces(model);
  if (!pieces)
    return pieces.takeError();

  SentencePieceSettings settings;
  settings.byteFallback = model.trainer_spec().byte_fallback();
  settings.addDummyPrefix = model.normalizer_spec().add_dummy_prefix();
  settings.removeExtraWhitespace =
      model.normalizer_spec().remove_extra_whitespaces();
  Expected<TokenizerDefinition> definition =
      defineScoredPieces(std::move(*pieces), settings);
  if (!definition)
    return definition;
  // A negative id says that there is none.
  auto add = [](int32_t id, std::vector<TokenId> &ids) {
    if (id >= 0)
      ids.push_back(static_cast<TokenId>(id));
  };
  add(model.trainer_spec().bos_id(), definition->prefix);
  add(model.trainer_spec().eos_id(), definition->stopTokens);
  return definition;
}
