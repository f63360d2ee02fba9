//===- Normalizer.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_NORMALIZER_H
#define SMELT_RUNTIME_NORMALIZER_H

#include "smelt/Runtime/Regex.h"
#include "smelt/Runtime/TokenizerDefinition.h"
#include <string>
#include <string_view>
#include <vector>

namespace smelt::runtime {

/// A pattern that is ready to be searched for; by default none.
class Searcher {
public:
  static Result<Searcher> create(const Pattern &pattern);

  /// Sets `matches` to where the pattern is in `text`, from left to right.
  MaybeFailure findAll(std::string_view text, std::vector<Span> &matches) const;

private:
  std::string literal;
  std::optional<Regex> regex;
};

/// Brings text into the form that a vocabulary is written in.
class Normalizer {
public:
  static Result<Normalizer> create(const std::vector<NormalizerStep> &steps);

  /// The form of `text`, well-formed UTF-8. `atStart` says that it is the
  /// beginning of the input.
  Result<std::string> apply(std::string_view text, bool atStart) const;

private:
  struct Step {
    NormalizerStep step;
    Searcher searcher;
  };
  static Result<std::string> applyStep(const Step &step, std::string text,
                                       bool atStart);

  std::vector<Step> steps;
};

} // namespace smelt::runtime

#endif
