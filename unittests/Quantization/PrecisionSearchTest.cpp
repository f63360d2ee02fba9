//===- PrecisionSearchTest.cpp ----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/PrecisionSearch.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace smelt;

namespace {

/// Each plane halves a layer's error; int8 removes it.
llvm::FailureOr<double> sumOfErrors(llvm::ArrayRef<SearchLayer> layers,
                                    llvm::ArrayRef<double> sensitivity) {
  double error = 0;
  for (size_t i = 0; i < layers.size(); ++i)
    if (layers[i].precision != Precision::Int8)
      error += std::ldexp(sensitivity[i], -int(layers[i].precision));
  return error;
}

TEST(PrecisionSearch, PromotesTheSensitiveLayerFirst) {
  std::vector<SearchLayer> layers = {{"a", 1000}, {"b", 1000}};
  auto error = searchPrecisions(
      layers, 0.6, [](auto layers) { return sumOfErrors(layers, {0.1, 1.0}); });
  ASSERT_TRUE(llvm::succeeded(error));
  EXPECT_EQ(layers[0].precision, Precision::OnePlane);
  EXPECT_EQ(layers[1].precision, Precision::TwoPlanes);
  EXPECT_DOUBLE_EQ(*error, 0.6);
}

TEST(PrecisionSearch, PrefersTheSmallLayerOfEqualOnes) {
  std::vector<SearchLayer> layers = {{"large", 100000}, {"small", 10}};
  auto error = searchPrecisions(
      layers, 1.5, [](auto layers) { return sumOfErrors(layers, {1.0, 1.0}); });
  ASSERT_TRUE(llvm::succeeded(error));
  EXPECT_EQ(layers[0].precision, Precision::OnePlane);
  EXPECT_NE(layers[1].precision, Precision::OnePlane);
}

TEST(PrecisionSearch, EndsWithInt8) {
  std::vector<SearchLayer> layers = {{"a", 10}, {"b", 10}};
  auto error = searchPrecisions(
      layers, 0, [](auto) -> llvm::FailureOr<double> { return 1.0; });
  ASSERT_TRUE(llvm::succeeded(error));
  for (const SearchLayer &layer : layers)
    EXPECT_EQ(layer.precision, Precision::Int8);
}

TEST(PrecisionSearch, PassesFailuresOn) {
  std::vector<SearchLayer> layers = {{"a", 10}};
  EXPECT_TRUE(llvm::failed(
      searchPrecisions(layers, 0, [](auto) -> llvm::FailureOr<double> {
        return llvm::failure();
      })));
}

} // namespace
