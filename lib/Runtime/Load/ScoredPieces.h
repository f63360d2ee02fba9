//===- ScoredPieces.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_RUNTIME_LOAD_SCOREDPIECES_H
#define SMELT_LIB_RUNTIME_LOAD_SCOREDPIECES_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// A piece of a SentencePiece vocabulary.
struct ScoredPiece {
  enum class Kind { Normal, Unknown, Control, UserDefined, Byte };
  std::string text; ///< With U+2581 for spaces.
  float score = 0;
  Kind kind = Kind::Normal;
};

struct SentencePieceSettings {
  bool byteFallback = false;
  bool addDummyPrefix = true;
  bool removeExtraWhitespace = true;
};

/// The definition of byte pair encoding with `pieces`, of which neighbours
/// with the highest score are merged first.
llvm::Expected<runtime::TokenizerDefinition>
defineScoredPieces(std::vector<ScoredPiece> pieces,
                   SentencePieceSettings settings);

} // namespace smelt

#endif
