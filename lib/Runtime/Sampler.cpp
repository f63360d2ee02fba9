//===- Sampler.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Sampler.h"
#include <algorithm>
#include <cfloat>
#include <cmath>

static_assert(FLT_EVAL_METHOD == 0, "doubles must be rounded to doubles");

namespace smelt::runtime {

MaybeFailure validate(const SamplerOptions &options) {
  // A NaN is in no range.
  auto check = [](bool isValid, const char *what) {
    return isValid ? MaybeFailure() : Failure{what};
  };
  const double maximum = DBL_MAX;
  if (auto failure =
          check(options.temperature >= 0 && options.temperature <= maximum,
                "the temperature must be at least 0"))
    return failure;
  if (auto failure = check(options.topP > 0 && options.topP <= 1,
                           "top-p must be above 0 and at most 1"))
    return failure;
  if (auto failure = check(options.minP >= 0 && options.minP <= 1,
                           "min-p must be from 0 to 1"))
    return failure;
  return check(options.repetitionPenalty > 0 &&
                   options.repetitionPenalty <= maximum,
               "the repetition penalty must be above 0");
}

double exponentialOfNegative(double x) {
  // e^-x = 2^-n e^-r with r in [0, ln 2).
  const double log2e = 0x1.71547652b82fep0, ln2 = 0x1.62e42fefa39efp-1;
  double quotient = x * log2e;
  if (!(quotient < 1000))
    return 0;
  int exponent = static_cast<int>(quotient);
  double remainder = x - exponent * ln2;
  double sum = 1;
  for (int term = 18; term > 0; --term)
    sum = 1 - remainder / term * sum;
  return std::ldexp(sum, -exponent);
}

Sampler::Sampler(const SamplerOptions &options)
    : options(options), random(options.seed) {}

void Sampler::accept(TokenId id) {
  if (options.repetitionWindow == 0 || options.repetitionPenalty == 1)
    return;
  if (window.size() < options.repetitionWindow) {
    window.push_back(id);
    return;
  }
  window[nextInWindow] = id;
  nextInWindow = (nextInWindow + 1) % window.size();
}

/// Each token once, however often it came.
void Sampler::penalize() {
  std::vector<TokenId> seen = window;
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  for (TokenId id : seen) {
    if (id >= candidates.size())
      continue;
    double &logit = candidates[id].logit;
    logit = logit > 0 ? logit / options.repetitionPenalty
                      : logit * options.repetitionPenalty;
  }
}

/// Orders by likelihood, then by id.
template <typename Candidate>
static bool isLikelier(const Candidate &a, const Candidate &b) {
  return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
}

Sampler::Candidate Sampler::findGreatest() const {
  return *std::min_element(candidates.begin(), candidates.end(),
                           isLikelier<Candidate>);
}

void Sampler::weigh(double greatest) {
  for (Candidate &candidate : candidates)
    candidate.weight = exponentialOfNegative((greatest - candidate.logit) /
                                             options.temperature);
}

void Sampler::keepTopK() {
  if (options.topK == 0 || options.topK >= candidates.size())
    return;
  auto end = candidates.begin() + static_cast<std::ptrdiff_t>(options.topK);
  std::nth_element(candidates.begin(), end, candidates.end(),
                   isLikelier<Candidate>);
  candidates.erase(end, candidates.end());
  // Sums do not depend on how nth_element leaves the rest.
  std::sort(candidates.begin(), candidates.end(), isLikelier<Candidate>);
}

void Sampler::keepTopP() {
  if (options.topP == 1)
    return;
  double sum = 0;
  for (const Candidate &candidate : candidates)
    sum += candidate.weight;
  // All that are below this together cannot make up 1 - p: no need to sort
  // them.
  double negligible =
      (1 - options.topP) / 2 * sum / static_cast<double>(candidates.size());
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](const Candidate &candidate) {
                                    return candidate.weight < negligible;
                                  }),
                   candidates.end());
  std::sort(candidates.begin(), candidates.end(), isLikelier<Candidate>);
  double reached = 0;
  size_t count = 0;
  while (count < candidates.size() && reached < options.topP * sum)
    reached += candidates[count++].weight;
  candidates.resize(std::max<size_t>(1, count));
}

TokenId Sampler::draw() {
  double sum = 0;
  for (const Candidate &candidate : candidates)
    sum += candidate.weight;
  double target = random.nextUnit() * sum;
  double reached = 0;
  for (const Candidate &candidate : candidates) {
    reached += candidate.weight;
    if (target < reached)
      return candidate.id;
  }
  return candidates.back().id;
}

TokenId Sampler::sample(const int32_t *logits, size_t count, double scale) {
  candidates.clear();
  candidates.reserve(count);
  for (size_t id = 0; id < count; ++id)
    candidates.push_back({static_cast<TokenId>(id), logits[id] * scale, 1});
  if (options.repetitionPenalty != 1)
    penalize();
  Candidate greatest = findGreatest();
  if (options.temperature == 0)
    return greatest.id;
  weigh(greatest.logit);
  keepTopK();
  keepTopP();
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](const Candidate &candidate) {
                                    return candidate.weight < options.minP;
                                  }),
                   candidates.end());
  return draw();
}

} // namespace smelt::runtime
