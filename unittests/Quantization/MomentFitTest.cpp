//===- MomentFitTest.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/MomentFit.h"
#include <gtest/gtest.h>
#include <random>

using namespace smelt;

namespace {

TEST(MomentAccumulator, MeanAndCovariance) {
  MomentAccumulator accumulator(2);
  accumulator.add({1, 2});
  accumulator.add({3, 6});
  InputMoments moments = accumulator.finish();
  EXPECT_EQ(moments.mean, (std::vector<float>{2, 4}));
  // Variances 1 and 4, covariance 2, and a thousandth of their mean on the
  // diagonal.
  EXPECT_FLOAT_EQ(moments.covariance[0], 1.0025f);
  EXPECT_FLOAT_EQ(moments.covariance[1], 2);
  EXPECT_FLOAT_EQ(moments.covariance[2], 2);
  EXPECT_FLOAT_EQ(moments.covariance[3], 4.0025f);
}

/// The mean squared error of a layer's outputs over rows of inputs.
double outputError(const FittedWeights &fit, llvm::ArrayRef<float> weights,
                   llvm::ArrayRef<std::vector<float>> inputs,
                   llvm::ArrayRef<float> bias) {
  double total = 0;
  for (const std::vector<float> &input : inputs)
    for (int64_t r = 0; r < fit.rows; ++r) {
      double error = bias[r];
      for (int64_t k = 0; k < fit.columns; ++k) {
        double fitted = 0;
        for (int64_t p = 0; p < fit.planes; ++p)
          fitted += double(fit.codes[(p * fit.rows + r) * fit.columns + k]) *
                    fit.scales[p * fit.rows + r];
        error += (fitted - weights[r * fit.columns + k]) * input[k];
      }
      total += error * error;
    }
  return total;
}

TEST(RefineFit, LowersTheErrorOfCorrelatedInputs) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  constexpr int64_t rows = 4, columns = 40;
  std::vector<float> weights(rows * columns);
  for (float &weight : weights)
    weight = normal(generator);
  std::vector<std::vector<float>> inputs;
  MomentAccumulator accumulator(columns);
  for (int n = 0; n < 400; ++n) {
    float common = normal(generator);
    std::vector<float> input(columns);
    for (float &value : input)
      value = 1 + common + 0.3f * normal(generator);
    accumulator.add(input);
    inputs.push_back(std::move(input));
  }
  InputMoments moments = accumulator.finish();
  for (int64_t planes : {1, 2, 3}) {
    FittedWeights fit =
        fitTernary(weights, rows, columns, planes, 0, FitMethod::Optimal);
    double before = outputError(fit, weights, inputs, std::vector<float>(rows));
    refineFit(fit, weights, moments);
    std::vector<float> bias = expectedError(fit, weights, moments);
    EXPECT_LT(outputError(fit, weights, inputs, bias), 0.5 * before);
    for (int8_t code : fit.codes)
      EXPECT_LE(std::abs(code), 1);
  }
}

} // namespace
