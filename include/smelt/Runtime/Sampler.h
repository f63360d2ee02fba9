//===- Sampler.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_SAMPLER_H
#define SMELT_RUNTIME_SAMPLER_H

#include "smelt/Runtime/Random.h"
#include "smelt/Runtime/TokenizerDefinition.h"
#include <cstddef>
#include <vector>

namespace smelt::runtime {

/// How the next token is chosen. The defaults take the most likely one.
struct SamplerOptions {
  /// Divides the logits; 0 always takes the greatest. Finite, at least 0.
  double temperature = 0;
  /// Only the K most likely tokens; 0 means all.
  uint32_t topK = 0;
  /// Only the most likely tokens that together have this probability, the
  /// one that reaches it included. In (0, 1].
  double topP = 1;
  /// Only tokens that are at least this many times as likely as the most
  /// likely one. In [0, 1].
  double minP = 0;
  /// Divides the positive and multiplies the negative logits of the tokens
  /// that came last. Finite, above 0; 1 does nothing.
  double repetitionPenalty = 1;
  /// How many of the last tokens that is.
  uint32_t repetitionWindow = 64;
  uint64_t seed = 0;
};

/// Which option is out of its range, if one is.
MaybeFailure validate(const SamplerOptions &options);

/// Chooses tokens from logits. The penalty comes first, then temperature,
/// top-k, top-p and min-p, as in Hugging Face's transformers. Of tokens that
/// are equally likely the lowest id is the first.
///
/// It gives the same tokens on every machine: its doubles are IEEE 754 with
/// operations that round exactly (+ - * / and comparisons, no function of
/// libm, no contraction), in an order that the logits alone decide.
class Sampler {
public:
  /// `options` must be valid.
  explicit Sampler(const SamplerOptions &options);

  /// The next token, after which `accept` should be called. `logits[i]`,
  /// times `scale` > 0, is the logit of token i; there is one at least.
  TokenId sample(const int32_t *logits, size_t count, double scale);

  /// Notes a token of the text, of the prompt or sampled, for the penalty.
  void accept(TokenId id);

private:
  struct Candidate {
    TokenId id;
    double logit;
    double weight; ///< Relative to the most likely one's 1.
  };

  void penalize();
  Candidate findGreatest() const;
  void weigh(double greatest);
  void keepTopK();
  void keepTopP();
  TokenId draw();

  SamplerOptions options;
  Random random;
  /// The last tokens, in a ring.
  std::vector<TokenId> window;
  size_t nextInWindow = 0;
  std::vector<Candidate> candidates;
};

/// e^-x for x >= 0, to 15 digits, the same on every machine.
double exponentialOfNegative(double x);

} // namespace smelt::runtime

#endif
