//===- WeightFitTest.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/WeightFit.h"
#include <gtest/gtest.h>
#include <random>

using namespace smelt;

namespace {

std::vector<float> gaussian(size_t count) {
  std::mt19937 generator(7);
  std::normal_distribution<float> distribution(0, 0.1f);
  std::vector<float> values(count);
  for (float &value : values)
    value = distribution(generator);
  return values;
}

TEST(DetectGrid, TernaryTensor) {
  auto fit = detectGrid({0.3f, 0, -0.3f, -0.3f, 0.3f, 0}, 2, 3, 1);
  ASSERT_TRUE(fit);
  EXPECT_FALSE(fit->isInt8);
  EXPECT_EQ(fit->groups, 1);
  EXPECT_EQ(fit->codes, (std::vector<int8_t>{1, 0, -1, -1, 1, 0}));
  EXPECT_EQ(fit->scales, (std::vector<float>{0.3f, 0.3f}));
}

TEST(DetectGrid, Groups) {
  std::vector<float> weights(128);
  for (size_t i = 0; i < weights.size(); ++i)
    weights[i] = (i < 64 ? 0.5f : 0.25f) * float(int(i % 3) - 1);
  auto fit = detectGrid(weights, 1, 128, 1);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->groups, 2);
  EXPECT_EQ(fit->scales, (std::vector<float>{0.5f, 0.25f}));
  EXPECT_EQ(fit->relativeError(weights), 0);
}

TEST(DetectGrid, RefusesOtherFloats) {
  EXPECT_FALSE(detectGrid({0.1f, 0.2f, 0.31f}, 1, 3, 1));
  EXPECT_FALSE(detectGrid(gaussian(64), 1, 64, 127));
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(detectGrid({infinity, 0, 0}, 1, 3, 127));
}

TEST(DetectGrid, AllZero) {
  auto fit = detectGrid({0, 0, 0, 0}, 2, 2, 1);
  ASSERT_TRUE(fit);
  EXPECT_EQ(fit->codes, (std::vector<int8_t>{0, 0, 0, 0}));
  EXPECT_EQ(fit->relativeError({0, 0, 0, 0}), 0);
}

TEST(DetectGrid, EightBits) {
  auto fit = detectGrid({127 * 0.5f, -3 * 0.5f, 0.5f, 0}, 1, 4, 127);
  ASSERT_TRUE(fit);
  EXPECT_TRUE(fit->isInt8);
  EXPECT_EQ(fit->codes, (std::vector<int8_t>{127, -3, 1, 0}));
}

// By hand: |w| sorted is 4 3 1; (4)^2/1 = 16, (7)^2/2 = 24.5, (8)^2/3 = 21.3.
TEST(FitTernary, OptimalPlane) {
  FittedWeights fit = fitTernary({4, -1, -3}, 1, 3, 1, 0, FitMethod::Optimal);
  EXPECT_EQ(fit.codes, (std::vector<int8_t>{1, 0, -1}));
  EXPECT_EQ(fit.scales, (std::vector<float>{3.5f}));
}

// mean|w| = 2: codes of |w| >= 1, and the mean as the scale.
TEST(FitTernary, AbsMean) {
  FittedWeights fit =
      fitTernary({4, -1.5f, -0.5f}, 1, 3, 1, 0, FitMethod::AbsMean);
  EXPECT_EQ(fit.codes, (std::vector<int8_t>{1, -1, 0}));
  EXPECT_EQ(fit.scales, (std::vector<float>{2}));
}

// mean|w| = 2, threshold 1.5: only 4 remains.
TEST(FitTernary, TWN) {
  FittedWeights fit = fitTernary({4, -1.5f, -0.5f}, 1, 3, 1, 0, FitMethod::TWN);
  EXPECT_EQ(fit.codes, (std::vector<int8_t>{1, 0, 0}));
  EXPECT_EQ(fit.scales, (std::vector<float>{4}));
}

TEST(FitTernary, MorePlanesFitBetter) {
  std::vector<float> weights = gaussian(8 * 200);
  double last = 1;
  for (int64_t planes : {1, 2, 3}) {
    double error = fitTernary(weights, 8, 200, planes, 0, FitMethod::Optimal)
                       .relativeError(weights);
    EXPECT_LT(error, 0.6 * last);
    last = error;
  }
}

TEST(FitTernary, GroupsThatDoNotDivide) {
  std::vector<float> weights = gaussian(3 * 70);
  FittedWeights fit = fitTernary(weights, 3, 70, 2, 32, FitMethod::Optimal);
  EXPECT_EQ(fit.groups, 3);
  EXPECT_EQ(fit.groupSize(), 24);
  EXPECT_LT(fit.relativeError(weights), 0.25);
}

TEST(FitInt8, HalfAStepOff) {
  std::vector<float> weights = gaussian(4 * 50);
  FittedWeights fit = fitInt8(weights, 4, 50);
  for (int64_t i = 0; i < 200; ++i)
    EXPECT_LE(std::fabs(weights[i] - fit.codes[i] * fit.scales[i / 50]),
              0.5001f * fit.scales[i / 50]);
}

} // namespace
