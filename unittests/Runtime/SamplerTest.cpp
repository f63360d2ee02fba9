//===- SamplerTest.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Sampler.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace smelt::runtime;

static TokenId sample(Sampler &sampler, const std::vector<int32_t> &logits,
                      double scale = 1) {
  return sampler.sample(logits.data(), logits.size(), scale);
}

/// How often each token came in 10,000 draws.
static std::vector<unsigned> draw(const SamplerOptions &options,
                                  const std::vector<int32_t> &logits,
                                  double scale = 1) {
  Sampler sampler(options);
  std::vector<unsigned> counts(logits.size());
  for (unsigned i = 0; i < 10000; ++i)
    ++counts[sample(sampler, logits, scale)];
  return counts;
}

TEST(Sampler, TakesTheGreatestWithTheLowestId) {
  Sampler sampler({});
  EXPECT_EQ(sample(sampler, {1, 5, 5, -7}), 1u);
  EXPECT_EQ(sample(sampler, {INT32_MIN}), 0u);
}

TEST(Sampler, FollowsTheProbabilities) {
  SamplerOptions options;
  options.temperature = 1;
  // e^0 : e^-1 : e^-2 = 0.665 : 0.245 : 0.090
  std::vector<unsigned> counts = draw(options, {65536, 0, -65536}, 1 / 65536.);
  EXPECT_NEAR(counts[0], 6652, 150);
  EXPECT_NEAR(counts[1], 2447, 150);
  EXPECT_NEAR(counts[2], 900, 100);
  options.temperature = 0.5;
  // e^0 : e^-2 : e^-4
  EXPECT_NEAR(draw(options, {1, 0, -1})[0], 8668, 150);
}

TEST(Sampler, KeepsTheMostLikely) {
  SamplerOptions options;
  options.temperature = 10;
  options.topK = 2;
  std::vector<unsigned> counts = draw(options, {1, 2, 1, 0});
  EXPECT_GT(counts[0], 0u) << "the lower of two equal ids";
  EXPECT_EQ(counts[2] + counts[3], 0u);

  options = {};
  options.temperature = 1;
  options.topP = 0.7;
  counts = draw(options, {1, 0, -1});
  EXPECT_GT(counts[1], 0u) << "the one that reaches p";
  EXPECT_EQ(counts[2], 0u);
  options.topP = 0.6;
  EXPECT_EQ(draw(options, {1, 0, -1})[0], 10000u);

  options = {};
  options.temperature = 1;
  options.minP = 0.3;
  counts = draw(options, {0, -1, -2});
  EXPECT_GT(counts[1], 0u);
  EXPECT_EQ(counts[2], 0u);
}

TEST(Sampler, PenalizesRepetition) {
  SamplerOptions options;
  options.repetitionPenalty = 2;
  options.repetitionWindow = 2;
  Sampler sampler(options);
  sampler.accept(0);
  sampler.accept(0);
  EXPECT_EQ(sample(sampler, {10, 6, 4}), 1u);
  sampler.accept(1);
  EXPECT_EQ(sample(sampler, {10, 6, 4}), 0u);
  sampler.accept(2);
  EXPECT_EQ(sample(sampler, {10, 6, 4}), 0u) << "out of the window";
  EXPECT_EQ(sample(sampler, {-9, -6, -4}), 2u);
  sampler.accept(UINT32_MAX);
  EXPECT_EQ(sample(sampler, {1}), 0u);
}

TEST(Sampler, GivesTheSameEverywhere) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);
  EXPECT_EQ(random.next(), 6990951692964543102u);

  SamplerOptions options;
  options.temperature = 0.8;
  options.topP = 0.95;
  options.seed = 7;
  std::vector<int32_t> logits;
  for (int32_t i = 0; i < 1000; ++i)
    logits.push_back(i * 7919 % 1000 * 400);
  Sampler sampler(options), again(options);
  std::vector<TokenId> ids, others;
  for (int i = 0; i < 8; ++i) {
    ids.push_back(sample(sampler, logits, 1 / 65536.));
    others.push_back(sample(again, logits, 1 / 65536.));
  }
  EXPECT_EQ(ids, others);
  EXPECT_EQ(ids,
            (std::vector<TokenId>{224, 161, 410, 992, 412, 472, 568, 494}));
}

TEST(Sampler, KnowsTheExponential) {
  EXPECT_EQ(exponentialOfNegative(0), 1);
  for (double x = 0.001; x < 600; x *= 1.1)
    EXPECT_NEAR(exponentialOfNegative(x) / std::exp(-x), 1, 1e-12) << x;
  EXPECT_EQ(exponentialOfNegative(1e9), 0);
  EXPECT_EQ(exponentialOfNegative(std::numeric_limits<double>::infinity()), 0);
}

TEST(Sampler, SurvivesExtremes) {
  SamplerOptions options;
  options.temperature = 1e-300;
  options.repetitionPenalty = 1e300;
  options.topP = 1e-300;
  Sampler sampler(options);
  sampler.accept(0);
  EXPECT_LT(sample(sampler, {INT32_MIN, INT32_MAX, 0}, 1e300), 3u);
}

TEST(Sampler, NamesInvalidOptions) {
  EXPECT_FALSE(validate(SamplerOptions{}));
  auto messageOf = [](auto set) {
    SamplerOptions options;
    set(options);
    MaybeFailure failure = validate(options);
    return failure ? failure->message : "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(messageOf([&](auto &options) { options.temperature = nan; }),
            "the temperature must be at least 0");
  EXPECT_EQ(messageOf([](auto &options) { options.topP = 0; }),
            "top-p must be above 0 and at most 1");
  EXPECT_EQ(messageOf([](auto &options) { options.minP = 2; }),
            "min-p must be from 0 to 1");
  EXPECT_EQ(messageOf([](auto &options) { options.repetitionPenalty = 0; }),
            "the repetition penalty must be above 0");
}
