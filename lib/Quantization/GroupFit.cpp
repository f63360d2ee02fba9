//===- GroupFit.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/GroupFit.h"
#include "Rounding.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cassert>
#include <cmath>

using namespace smelt;
using llvm::ArrayRef;

static constexpr int64_t kSize = Int4Weights::kGroupSize;
static constexpr float kMostCode = 7;
/// Groups of no greater weights are zero.
static constexpr float kLeastWeight = 1e-30f;
/// No column counts less: the matrix may have other uses.
static constexpr float kLeastImportance = 0.01f;

/// What the largest weight of a group is divided by for the scales that are
/// tried. Greater divisors than 7 clip it, and spend no codes on outliers;
/// smaller ones may suit the other weights better.
static constexpr float kDivisors[] = {5.5f, 6.0f, 6.5f, 7.0f, 7.5f,
                                      8.0f, 8.6f, 9.3f, 10.0f};

namespace {
/// A group of columns. The loops over it are of a fixed length, so that they
/// become vector code; a shorter group ends with zeros.
struct Group {
  float weights[kSize];
  float importance[kSize];

  void load(ArrayRef<float> from, ArrayRef<float> importances);
  float findLargest() const;
  float findScale() const;
};

/// The best scale for some codes, and the squared error that it takes off.
struct ScaleFit {
  float scale;
  float gain;
};
} // namespace

static float makeCode(float quotient) {
  return roundSmall(std::min(std::max(quotient, -kMostCode), kMostCode));
}

void Group::load(ArrayRef<float> from, ArrayRef<float> importances) {
  std::copy(from.begin(), from.end(), weights);
  std::fill(weights + from.size(), weights + kSize, 0.0f);
  std::fill(importance, importance + kSize, 1.0f);
  for (size_t i = 0; i < importances.size(); ++i)
    importance[i] = std::max(importances[i], kLeastImportance);
}

float Group::findLargest() const {
  float largest = 0;
  for (float weight : weights)
    largest = std::max(largest, std::fabs(weight));
  return largest;
}

/// Adds the halves of a group until one number is left; changes the group.
static float sum(float (&values)[kSize]) {
  for (int64_t half = kSize / 2; half > 0; half /= 2)
    for (int64_t i = 0; i < half; ++i)
      values[i] += values[i + half];
  return values[0];
}

/// Fits a scale, in units of 1 / `inverse`, to the codes of weights times
/// `inverse`: sum(w c) / sum(c c), which takes off sum(w c)^2 / sum(c c).
static ScaleFit fitScale(const Group &group, float inverse) {
  float products[kSize], squares[kSize];
  for (int64_t i = 0; i < kSize; ++i) {
    float quotient = group.weights[i] * inverse;
    float code = makeCode(quotient);
    float counted = code * group.importance[i];
    products[i] = counted * quotient;
    squares[i] = counted * code;
  }
  float product = sum(products), square = sum(squares);
  return {product / square, product * product / square};
}

/// The scale of nearly the least squared error; 0 for a group of zeros.
float Group::findScale() const {
  float largest = findLargest();
  if (largest < kLeastWeight)
    return 0;
  float best = 0, mostGain = 0;
  for (float divisor : kDivisors) {
    ScaleFit fit = fitScale(*this, divisor / largest);
    float unit = largest / divisor;
    float gain = fit.gain / (divisor * divisor);
    if (gain <= mostGain)
      continue;
    mostGain = gain;
    best = fit.scale * unit;
  }
  return best;
}

/// Appends a row, given the scales that would be best for its groups.
///
/// The scales of least squared error leave the row a little short along itself,
/// and so the logits of the tokens that inputs ask for; the scale of the row
/// makes up for that.
static void appendRow(ArrayRef<Group> groups, ArrayRef<float> scales,
                      Int4Weights &result) {
  constexpr float kMost = Int4Weights::kMostScale;
  float unit = *std::max_element(scales.begin(), scales.end()) / kMost;
  double length = 0, reached = 0;
  int64_t rest = result.columns;
  for (auto [group, scale] : llvm::zip_equal(groups, scales)) {
    float integer = 1, inverse = 0;
    if (scale > 0) {
      integer = std::clamp(roundSmall(scale / unit), 1.0f, kMost);
      inverse = 1 / (integer * unit);
    }
    float squares[kSize], products[kSize];
    int8_t codes[kSize];
    for (int64_t i = 0; i < kSize; ++i) {
      float quotient = group.weights[i] * inverse;
      float code = makeCode(quotient);
      float counted = group.importance[i] * quotient;
      squares[i] = counted * quotient;
      products[i] = counted * code;
      codes[i] = static_cast<int8_t>(code);
    }
    length += double(integer) * integer * sum(squares);
    reached += double(integer) * integer * sum(products);
    int64_t count = std::min(result.groupSize(), rest);
    rest -= count;
    result.codes.insert(result.codes.end(), codes, codes + count);
    result.groupScales.push_back(static_cast<int16_t>(integer));
  }
  if (reached > 0)
    unit = static_cast<float>(unit * (length / reached));
  result.rowScales.push_back(unit);
  ++result.rows;
}

void smelt::appendInt4Rows(ArrayRef<float> weights, ArrayRef<float> importance,
                           Int4Weights &result) {
  int64_t columns = result.columns, size = result.groupSize();
  assert(weights.size() % columns == 0);
  assert(importance.empty() || int64_t(importance.size()) == columns);
  std::vector<Group> groups(result.groups);
  std::vector<float> scales(result.groups);
  for (; !weights.empty(); weights = weights.drop_front(columns)) {
    ArrayRef<float> row = weights.take_front(columns);
    for (int64_t g = 0; g < result.groups; ++g) {
      int64_t begin = g * size;
      int64_t count = std::min(size, columns - begin);
      groups[g].load(row.slice(begin, count),
                     importance.empty() ? importance
                                        : importance.slice(begin, count));
      scales[g] = groups[g].findScale();
    }
    appendRow(groups, scales, result);
  }
}
