//===- GroupFitTest.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/GroupFit.h"
#include <gtest/gtest.h>
#include <random>

using namespace smelt;

using Floats = std::vector<float>;

static Int4Weights fit(const Floats &weights, int64_t columns,
                       const Floats &importance = {}) {
  Int4Weights result(columns);
  appendInt4Rows(weights, importance, result);
  return result;
}

static Floats makeNormal(size_t count) {
  std::mt19937 generator(1);
  std::normal_distribution<float> distribution(0, 0.02f);
  Floats values(count);
  for (float &value : values)
    value = distribution(generator);
  return values;
}

/// The squared error of some columns over their squares.
static double getError(const Floats &weights, const Int4Weights &result,
                       int64_t begin, int64_t end) {
  double error = 0, norm = 0;
  for (int64_t row = 0; row < result.rows; ++row)
    for (int64_t column = begin; column < end; ++column) {
      double weight = weights[row * result.columns + column];
      double difference = weight - result.get(row, column);
      error += difference * difference;
      norm += weight * weight;
    }
  return error / norm;
}

TEST(GroupFit, ReproducesMultiplesOfAScaleForEachGroup) {
  Floats weights;
  for (int i = 0; i < 64; ++i)
    weights.push_back(float(i % 15 - 7) * (i < 32 ? 0.255f : 0.1f));
  Int4Weights result = fit(weights, 64);
  EXPECT_EQ(result.groups, 2);
  EXPECT_EQ(result.groupScales, (std::vector<int16_t>{255, 100}));
  EXPECT_NEAR(result.rowScales[0], 0.001, 1e-8);
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(result.codes[i], i % 15 - 7);
}

TEST(GroupFit, IsCloserThanTheLargestWeightOver7) {
  Floats weights = makeNormal(40 * 256);
  Int4Weights result = fit(weights, 256);
  EXPECT_EQ(result.rows, 40);
  // Scales of max|w| / 7 have an error of 0.0096 for normal weights.
  EXPECT_LT(getError(weights, result, 0, 256), 0.0085);
  for (int8_t code : result.codes)
    EXPECT_LE(std::abs(code), 7);
  for (int16_t scale : result.groupScales) {
    EXPECT_GE(scale, 1);
    EXPECT_LE(scale, 255);
  }
}

TEST(GroupFit, PrefersColumnsOfImportance) {
  Floats weights = makeNormal(200 * 32), importance(32, 0.05f);
  std::fill(importance.begin(), importance.begin() + 8, 1.0f);
  Int4Weights plain = fit(weights, 32);
  Int4Weights weighted = fit(weights, 32, importance);
  EXPECT_LT(getError(weights, weighted, 0, 8),
            0.9 * getError(weights, plain, 0, 8));
  EXPECT_GT(getError(weights, weighted, 8, 32),
            getError(weights, plain, 8, 32));
}

TEST(GroupFit, KeepsTheLengthOfARowAlongItself) {
  Floats weights = makeNormal(256);
  Int4Weights result = fit(weights, 256);
  double length = 0, reached = 0;
  for (int64_t i = 0; i < 256; ++i) {
    length += double(weights[i]) * weights[i];
    reached += double(weights[i]) * result.get(0, i);
  }
  EXPECT_NEAR(reached / length, 1, 1e-6);
}

TEST(GroupFit, SharesColumnsAmongGroups) {
  // ceil(100 / 32) groups of 25; 33 columns make groups of 17 and 16.
  EXPECT_EQ(Int4Weights(100).groupSize(), 25);
  Floats weights = makeNormal(33);
  weights[16] = 5;
  Int4Weights result = fit(weights, 33);
  EXPECT_EQ(result.groups, 2);
  EXPECT_GT(result.groupScales[0], result.groupScales[1]);
  EXPECT_EQ(result.codes[16], 7);
  EXPECT_EQ(result.codes[0], 0);
}

TEST(GroupFit, KeepsZerosAndAppends) {
  Int4Weights result(40);
  Floats row(40);
  appendInt4Rows(row, {}, result);
  row[39] = 1e-35f;
  row[0] = -0.5f;
  appendInt4Rows(row, {}, result);
  EXPECT_EQ(result.rows, 2);
  EXPECT_EQ(result.rowScales[0], 0);
  EXPECT_EQ(result.get(0, 0), 0);
  EXPECT_NEAR(result.get(1, 0), -0.5, 1e-6);
  EXPECT_EQ(result.get(1, 39), 0);
  EXPECT_EQ(result.codes.size(), 80u);
  EXPECT_EQ(result.groupScales.size(), 4u);
}
