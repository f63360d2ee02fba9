//===- WeightFit.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/WeightFit.h"
#include "Rounding.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

using namespace smelt;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

std::optional<FitMethod> smelt::symbolizeFitMethod(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<FitMethod>>(name)
      .Case("optimal", FitMethod::Optimal)
      .Case("absmean", FitMethod::AbsMean)
      .Case("twn", FitMethod::TWN)
      .Default(std::nullopt);
}

double FittedWeights::relativeError(ArrayRef<float> weights) const {
  double error = 0, norm = 0;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 0; k < columns; ++k) {
      double fitted = 0;
      for (int64_t p = 0; p < planes; ++p)
        fitted += double(codes[(p * rows + r) * columns + k]) *
                  scales[(p * rows + r) * groups + k / groupSize()];
      double weight = weights[r * columns + k];
      error += (weight - fitted) * (weight - fitted);
      norm += weight * weight;
    }
  return norm == 0 ? 0 : std::sqrt(error / norm);
}

static float maxMagnitude(ArrayRef<float> weights) {
  float max = 0;
  for (float weight : weights)
    max = std::max(max, std::fabs(weight));
  return max;
}

static FittedWeights emptyFit(int64_t rows, int64_t columns, int64_t planes,
                              int64_t groups) {
  FittedWeights fit;
  fit.rows = rows;
  fit.columns = columns;
  fit.planes = planes;
  fit.groups = groups;
  fit.codes.resize(planes * rows * columns);
  fit.scales.resize(planes * rows * groups);
  return fit;
}

//===----------------------------------------------------------------------===//
// Detection
//===----------------------------------------------------------------------===//

/// Writes w / scale to `codes` if every quotient is an integer of at most
/// `maxCode`.
static bool codesOnGrid(ArrayRef<float> weights, double scale, int maxCode,
                        MutableArrayRef<int8_t> codes) {
  for (auto [weight, code] : llvm::zip_equal(weights, codes)) {
    double quotient = weight / scale;
    double rounded = std::nearbyint(quotient);
    if (std::fabs(rounded) > maxCode ||
        std::fabs(quotient - rounded) >
            1e-5 * std::max(1.0, std::fabs(rounded)))
      return false;
    code = static_cast<int8_t>(rounded);
  }
  return true;
}

/// The coarsest scale of which all weights are multiples, or nothing.
static std::optional<float> detectScale(ArrayRef<float> weights, int maxCode,
                                        MutableArrayRef<int8_t> codes) {
  float max = maxMagnitude(weights);
  if (max == 0) {
    std::fill(codes.begin(), codes.end(), 0);
    return 1.0f;
  }
  if (!std::isfinite(max))
    return std::nullopt;
  for (int steps = 1; steps <= maxCode; ++steps)
    if (codesOnGrid(weights, double(max) / steps, maxCode, codes))
      return max / steps;
  return std::nullopt;
}

std::optional<FittedWeights> smelt::detectGrid(ArrayRef<float> weights,
                                               int64_t rows, int64_t columns,
                                               int maxCode) {
  auto finish = [&](FittedWeights fit) {
    fit.isInt8 =
        llvm::any_of(fit.codes, [](int8_t c) { return c < -1 || c > 1; });
    return fit;
  };
  FittedWeights fit = emptyFit(rows, columns, 1, 1);
  if (auto scale = detectScale(weights, maxCode, fit.codes)) {
    std::fill(fit.scales.begin(), fit.scales.end(), *scale);
    return finish(std::move(fit));
  }

  for (int64_t size :
       {columns, int64_t(256), int64_t(128), int64_t(64), int64_t(32)}) {
    if (size > columns || columns % size != 0)
      continue;
    fit = emptyFit(rows, columns, 1, columns / size);
    bool found = true;
    for (size_t g = 0; g < fit.scales.size() && found; ++g) {
      auto scale =
          detectScale(weights.slice(g * size, size), maxCode,
                      MutableArrayRef<int8_t>(fit.codes).slice(g * size, size));
      found = scale.has_value();
      fit.scales[g] = scale.value_or(0);
    }
    if (found)
      return finish(std::move(fit));
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Fitting
//===----------------------------------------------------------------------===//

/// The threshold above which a weight's code is its sign, for the least squared
/// error: with the weights sorted by magnitude, the k largest that maximize
/// (sum of their magnitudes)^2 / k.
static float optimalThreshold(ArrayRef<float> weights) {
  std::vector<float> sorted;
  for (float weight : weights)
    sorted.push_back(std::fabs(weight));
  std::sort(sorted.begin(), sorted.end(), std::greater<float>());
  double sum = 0, best = -1;
  float threshold = 0;
  for (auto [index, magnitude] : llvm::enumerate(sorted)) {
    sum += magnitude;
    double gain = sum * sum / (index + 1);
    if (gain > best) {
      best = gain;
      threshold = magnitude;
    }
  }
  return threshold;
}

static double meanMagnitude(ArrayRef<float> weights) {
  double sum = 0;
  for (float weight : weights)
    sum += std::fabs(weight);
  return sum / weights.size();
}

/// Fits one plane and returns its scale.
static float fitPlane(ArrayRef<float> weights, FitMethod method,
                      MutableArrayRef<int8_t> codes) {
  double mean = meanMagnitude(weights);
  if (mean == 0) {
    std::fill(codes.begin(), codes.end(), 0);
    return 1;
  }
  float threshold = method == FitMethod::Optimal ? optimalThreshold(weights)
                    : method == FitMethod::TWN   ? 0.75 * mean
                                                 : 0.5 * mean;
  double sum = 0;
  int64_t count = 0;
  for (auto [weight, code] : llvm::zip_equal(weights, codes)) {
    float magnitude = std::fabs(weight);
    bool kept = magnitude != 0 &&
                (method == FitMethod::Optimal ? magnitude >= threshold
                                              : magnitude > threshold);
    code = !kept ? 0 : weight < 0 ? -1 : 1;
    sum += kept ? magnitude : 0;
    count += kept;
  }
  return method == FitMethod::AbsMean ? mean : sum / count;
}

/// Solves the normal equations (A^T A) x = A^T w for the scales of 2 or 3
/// planes by Gaussian elimination. A plane that depends on the others gets 0.
static void solveScales(ArrayRef<float> weights,
                        ArrayRef<MutableArrayRef<int8_t>> codes,
                        MutableArrayRef<double> scales) {
  size_t n = codes.size();
  std::array<std::array<double, 4>, 3> m{};
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k < weights.size(); ++k) {
      for (size_t j = 0; j < n; ++j)
        m[i][j] += codes[i][k] * codes[j][k];
      m[i][n] += codes[i][k] * double(weights[k]);
    }
  for (size_t i = 0; i < n; ++i)
    for (size_t r = 0; r < n; ++r) {
      if (r == i || std::fabs(m[i][i]) < 1e-9)
        continue;
      double factor = m[r][i] / m[i][i];
      for (size_t c = i; c <= n; ++c)
        m[r][c] -= factor * m[i][c];
    }
  for (size_t i = 0; i < n; ++i)
    scales[i] = std::fabs(m[i][i]) < 1e-9 ? 0 : m[i][n] / m[i][i];
}

/// Gives each weight the codes whose sum is nearest to it.
static void assignCodes(ArrayRef<float> weights, ArrayRef<double> scales,
                        ArrayRef<MutableArrayRef<int8_t>> codes) {
  struct Level {
    double value;
    std::array<int8_t, 3> codes;
  };
  std::vector<Level> levels = {{0, {}}};
  for (size_t p = 0; p < scales.size(); ++p) {
    std::vector<Level> next;
    for (const Level &level : levels)
      for (int code : {0, -1, 1}) {
        next.push_back(level);
        next.back().value += code * scales[p];
        next.back().codes[p] = static_cast<int8_t>(code);
      }
    levels = std::move(next);
  }
  llvm::sort(levels, [](const Level &a, const Level &b) {
    return std::tie(a.value, a.codes) < std::tie(b.value, b.codes);
  });
  for (size_t k = 0; k < weights.size(); ++k) {
    double weight = weights[k];
    auto above = std::lower_bound(
        levels.begin(), levels.end(), weight,
        [](const Level &level, double value) { return level.value < value; });
    if (above == levels.end() ||
        (above != levels.begin() &&
         weight - std::prev(above)->value < above->value - weight))
      --above;
    for (size_t p = 0; p < scales.size(); ++p)
      codes[p][k] = above->codes[p];
  }
}

static double squaredError(ArrayRef<float> weights, ArrayRef<double> scales,
                           ArrayRef<MutableArrayRef<int8_t>> codes) {
  double error = 0;
  for (size_t k = 0; k < weights.size(); ++k) {
    double rest = weights[k];
    for (size_t p = 0; p < scales.size(); ++p)
      rest -= scales[p] * codes[p][k];
    error += rest * rest;
  }
  return error;
}

/// Each plane fits what the planes before it leave.
static void fitGreedily(ArrayRef<float> weights,
                        ArrayRef<MutableArrayRef<int8_t>> codes,
                        MutableArrayRef<double> scales) {
  std::vector<float> rest(weights.begin(), weights.end());
  for (size_t p = 0; p < codes.size(); ++p) {
    scales[p] = fitPlane(rest, FitMethod::Optimal, codes[p]);
    for (size_t k = 0; k < rest.size(); ++k)
      rest[k] -= scales[p] * codes[p][k];
  }
}

/// Alternates between the best codes and the best scales until that gains
/// nothing. Returns the squared error.
static double refine(ArrayRef<float> weights,
                     ArrayRef<MutableArrayRef<int8_t>> codes,
                     MutableArrayRef<double> scales) {
  constexpr int kMaxIterations = 50;
  double last = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kMaxIterations; ++i) {
    assignCodes(weights, scales, codes);
    solveScales(weights, codes, scales);
    double error = squaredError(weights, scales, codes);
    if (error >= last * (1 - 1e-9))
      break;
    last = error;
  }
  return squaredError(weights, scales, codes);
}

/// Fits several planes from several starts, and keeps what is nearest: the
/// greedy fit, and scales that are a third of one another, whose levels are
/// equally far apart up to a part of the largest weight.
static void fitPlanes(ArrayRef<float> weights,
                      ArrayRef<MutableArrayRef<int8_t>> codes,
                      MutableArrayRef<double> scales) {
  llvm::SmallVector<double> best(scales.size());
  double least = std::numeric_limits<double>::infinity();
  auto keepBetter = [&]() {
    double error = refine(weights, codes, scales);
    if (error >= least)
      return;
    least = error;
    llvm::copy(scales, best.begin());
  };
  fitGreedily(weights, codes, scales);
  keepBetter();
  double largest = maxMagnitude(weights);
  for (double part : {1.0, 0.8, 0.6}) {
    double reach = 0;
    for (size_t p = 0; p < scales.size(); ++p)
      reach += std::pow(3.0, -double(p));
    for (size_t p = 0; p < scales.size(); ++p)
      scales[p] = part * largest / reach * std::pow(3.0, -double(p));
    keepBetter();
  }
  llvm::copy(best, scales.begin());
  assignCodes(weights, scales, codes);
}

FittedWeights smelt::fitTernary(ArrayRef<float> weights, int64_t rows,
                                int64_t columns, int64_t planes,
                                int64_t groupSize, FitMethod method) {
  int64_t size = groupSize ? std::min(groupSize, columns) : columns;
  int64_t groups = (columns + size - 1) / size;
  size = (columns + groups - 1) / groups;
  FittedWeights fit = emptyFit(rows, columns, planes, groups);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t g = 0; g < groups; ++g) {
      int64_t begin = std::min(g * size, columns);
      int64_t count = std::min(size, columns - begin);
      if (count == 0)
        continue;
      ArrayRef<float> run = weights.slice(r * columns + begin, count);
      llvm::SmallVector<MutableArrayRef<int8_t>> codes;
      for (int64_t p = 0; p < planes; ++p)
        codes.push_back(MutableArrayRef<int8_t>(fit.codes).slice(
            (p * rows + r) * columns + begin, count));
      llvm::SmallVector<double> scales(planes);
      if (planes == 1)
        scales[0] = fitPlane(run, method, codes[0]);
      else
        fitPlanes(run, codes, scales);
      for (int64_t p = 0; p < planes; ++p)
        fit.scales[(p * rows + r) * groups + g] = static_cast<float>(scales[p]);
    }
  return fit;
}

FittedWeights smelt::fitInt8(ArrayRef<float> weights, int64_t rows,
                             int64_t columns) {
  FittedWeights fit = emptyFit(rows, columns, 1, 1);
  fit.isInt8 = true;
  for (int64_t r = 0; r < rows; ++r) {
    ArrayRef<float> row = weights.slice(r * columns, columns);
    float max = maxMagnitude(row);
    float scale = max == 0 ? 1 : max / 127;
    fit.scales[r] = scale;
    for (int64_t k = 0; k < columns; ++k)
      fit.codes[r * columns + k] = static_cast<int8_t>(
          std::clamp(roundSmall(row[k] / scale), -127.0f, 127.0f));
  }
  return fit;
}
