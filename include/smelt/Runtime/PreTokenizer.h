//===- PreTokenizer.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_PRETOKENIZER_H
#define SMELT_RUNTIME_PRETOKENIZER_H

#include "smelt/Runtime/Normalizer.h"
#include <string>
#include <vector>

namespace smelt::runtime {

/// A text that is cut into pieces. What lies outside of all spans is dropped.
struct Pieces {
  std::string text;
  /// From left to right; none is empty.
  std::vector<Span> spans;
};

/// Cuts text into the pieces within which tokens lie.
class PreTokenizer {
public:
  static Result<PreTokenizer>
  create(const std::vector<PreTokenizerStep> &steps);

  /// The pieces of normalized `text`. `atStart` says that it is the beginning
  /// of the input.
  Result<Pieces> apply(std::string text, bool atStart) const;

private:
  struct Step {
    PreTokenizerStep step;
    /// For the pattern of `Split` or the replacement of `Metaspace`, and for
    /// GPT-2's pattern if a `ByteLevel` uses it.
    Searcher searcher;
  };
  static MaybeFailure applyStep(const Step &step, Pieces &pieces, bool atStart);

  std::vector<Step> steps;
};

/// Cuts `piece` at `matches`, which lie in it from left to right, and appends
/// what is not empty to `spans`.
void splitAtMatches(Span piece, const std::vector<Span> &matches,
                    SplitBehavior behavior, bool invert,
                    std::vector<Span> &spans);

} // namespace smelt::runtime

#endif
