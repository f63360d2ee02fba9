//===- TernaryGrid.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TernaryGrid.h"
#include <algorithm>
#include <cmath>

using namespace smelt::hf;
using llvm::ArrayRef;

static constexpr int64_t smallestGroup = 64;

TernaryGrid::TernaryGrid(int64_t columns)
    : runLength(columns % smallestGroup == 0 ? smallestGroup : columns),
      runsPerRow(columns / runLength) {}

/// The one magnitude of numbers that are not zero, 0 if there are none, or
/// nothing if there are several.
static std::optional<float> commonMagnitude(ArrayRef<float> numbers) {
  float common = 0;
  for (float number : numbers) {
    float magnitude = std::fabs(number);
    if (magnitude == common || magnitude == 0)
      continue;
    if (common != 0 || !std::isfinite(magnitude))
      return std::nullopt;
    common = magnitude;
  }
  return common;
}

bool TernaryGrid::addRow(ArrayRef<float> row) {
  for (size_t i = 0; isTernary && i < runsPerRow; ++i) {
    auto magnitude = commonMagnitude(row.slice(i * runLength, runLength));
    isTernary = magnitude.has_value();
    magnitudes.push_back(magnitude.value_or(0));
  }
  return isTernary;
}

std::optional<std::vector<float>> TernaryGrid::merge(size_t count) const {
  std::vector<float> merged;
  for (size_t i = 0; i < magnitudes.size(); i += count) {
    auto magnitude = commonMagnitude(ArrayRef(magnitudes).slice(i, count));
    if (!magnitude)
      return std::nullopt;
    merged.push_back(*magnitude);
  }
  return merged;
}

std::optional<TernaryScales> TernaryGrid::getScales() const {
  if (!isTernary || magnitudes.empty())
    return std::nullopt;
  float max = *std::max_element(magnitudes.begin(), magnitudes.end());
  auto rows = static_cast<int64_t>(magnitudes.size() / runsPerRow);
  auto finish = [&](int64_t scaleRows, int64_t groups,
                    std::vector<float> scales) {
    std::replace(scales.begin(), scales.end(), 0.0f, max == 0 ? 1.0f : max);
    return TernaryScales{scaleRows, groups, std::move(scales), max == 0};
  };
  if (auto scales = merge(magnitudes.size()))
    return finish(1, 1, std::move(*scales));
  if (auto scales = merge(runsPerRow))
    return finish(rows, 1, std::move(*scales));
  for (size_t count : {4, 2, 1})
    if (runsPerRow % count == 0)
      if (auto scales = merge(count))
        return finish(rows, static_cast<int64_t>(runsPerRow / count),
                      std::move(*scales));
  return std::nullopt;
}
