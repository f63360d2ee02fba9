//===- MomentFit.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/MomentFit.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <array>
#include <cmath>

using namespace smelt;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

//===----------------------------------------------------------------------===//
// Moments
//===----------------------------------------------------------------------===//

void MomentAccumulator::add(ArrayRef<float> row) {
  ++count;
  for (int64_t i = 0; i < columns; ++i) {
    double value = row[i];
    if (value == 0)
      continue;
    sum[i] += value;
    for (int64_t j = i; j < columns; ++j)
      products[i * columns + j] += value * row[j];
  }
}

InputMoments MomentAccumulator::finish() const {
  InputMoments moments;
  moments.columns = columns;
  moments.mean.resize(columns);
  moments.covariance.resize(columns * columns);
  if (count == 0)
    return moments;
  for (int64_t i = 0; i < columns; ++i)
    moments.mean[i] = static_cast<float>(sum[i] / double(count));
  double trace = 0;
  auto covariance = [&](int64_t i, int64_t j) {
    return products[i * columns + j] / double(count) -
           sum[i] / double(count) * (sum[j] / double(count));
  };
  for (int64_t i = 0; i < columns; ++i)
    trace += covariance(i, i);
  // Columns that the samples leave at one value still count for a little.
  double floor = 1e-3 * trace / double(columns);
  for (int64_t i = 0; i < columns; ++i)
    for (int64_t j = i; j < columns; ++j) {
      float value = static_cast<float>(covariance(i, j) + (i == j ? floor : 0));
      moments.covariance[i * columns + j] = value;
      moments.covariance[j * columns + i] = value;
    }
  return moments;
}

//===----------------------------------------------------------------------===//
// Fitting
//===----------------------------------------------------------------------===//

namespace {
/// One row of weights while its codes and scales are refined.
class RowFit {
public:
  RowFit(FittedWeights &fit, int64_t row, ArrayRef<float> weights,
         const InputMoments &moments)
      : fit(fit), row(row), weights(weights), moments(moments),
        gradient(weights.size()) {}

  void refine();

private:
  int8_t &code(int64_t plane, int64_t k) {
    return fit.codes[(plane * fit.rows + row) * fit.columns + k];
  }
  float &scale(int64_t plane) { return fit.scales[plane * fit.rows + row]; }
  ArrayRef<float> covarianceRow(int64_t k) const {
    return ArrayRef<float>(moments.covariance)
        .slice(k * moments.columns, moments.columns);
  }

  double error(int64_t k);
  /// Recomputes gradient = C (w' - w) and returns the squared error.
  double updateGradient();
  /// Chooses the best codes of each weight in turn; returns whether any
  /// changed.
  bool sweepCodes();
  void solveScales();

  FittedWeights &fit;
  int64_t row;
  ArrayRef<float> weights;
  const InputMoments &moments;
  std::vector<double> gradient;
};
} // namespace

double RowFit::error(int64_t k) {
  double fitted = 0;
  for (int64_t p = 0; p < fit.planes; ++p)
    fitted += double(code(p, k)) * scale(p);
  return fitted - weights[k];
}

double RowFit::updateGradient() {
  std::fill(gradient.begin(), gradient.end(), 0);
  std::vector<double> errors(weights.size());
  for (size_t k = 0; k < weights.size(); ++k) {
    errors[k] = error(k);
    if (errors[k] == 0)
      continue;
    for (auto [sum, covariance] : llvm::zip_equal(gradient, covarianceRow(k)))
      sum += errors[k] * covariance;
  }
  double total = 0;
  for (size_t k = 0; k < weights.size(); ++k)
    total += errors[k] * gradient[k];
  return total;
}

bool RowFit::sweepCodes() {
  bool changed = false;
  int64_t combinations = fit.planes == 1 ? 3 : fit.planes == 2 ? 9 : 27;
  for (size_t k = 0; k < weights.size(); ++k) {
    double current = error(k) + weights[k];
    double variance = covarianceRow(k)[k];
    double bestChange = -1e-12, bestDelta = 0;
    int64_t best = -1;
    for (int64_t i = 0; i < combinations; ++i) {
      double level = 0;
      int64_t rest = i;
      for (int64_t p = 0; p < fit.planes; ++p, rest /= 3)
        level += double(rest % 3 - 1) * scale(p);
      double delta = level - current;
      double change = delta * (2 * gradient[k] + delta * variance);
      if (change < bestChange) {
        bestChange = change;
        bestDelta = delta;
        best = i;
      }
    }
    if (best < 0)
      continue;
    changed = true;
    for (int64_t p = 0; p < fit.planes; ++p, best /= 3)
      code(p, k) = static_cast<int8_t>(best % 3 - 1);
    for (auto [sum, covariance] : llvm::zip_equal(gradient, covarianceRow(k)))
      sum += bestDelta * covariance;
  }
  return changed;
}

/// Solves (T^T C T) s = T^T C w for the scales of the planes T by Gaussian
/// elimination with pivoting on the diagonal.
void RowFit::solveScales() {
  size_t n = fit.planes;
  std::array<std::array<double, 4>, 3> m{};
  for (size_t i = 0; i < n; ++i) {
    std::vector<double> product(weights.size());
    for (size_t k = 0; k < weights.size(); ++k)
      if (int8_t sign = code(i, k))
        for (auto [sum, covariance] :
             llvm::zip_equal(product, covarianceRow(k)))
          sum += sign * covariance;
    for (size_t k = 0; k < weights.size(); ++k) {
      for (size_t j = 0; j < n; ++j)
        m[i][j] += product[k] * code(j, k);
      m[i][n] += product[k] * weights[k];
    }
  }
  for (size_t i = 0; i < n; ++i) {
    if (m[i][i] <= 1e-12)
      return;
    for (size_t r = 0; r < n; ++r) {
      if (r == i)
        continue;
      double factor = m[r][i] / m[i][i];
      for (size_t c = i; c <= n; ++c)
        m[r][c] -= factor * m[i][c];
    }
  }
  for (size_t i = 0; i < n; ++i)
    scale(i) = static_cast<float>(m[i][n] / m[i][i]);
}

void RowFit::refine() {
  constexpr int kMaxRounds = 20, kMaxSweeps = 10;
  double last = updateGradient();
  for (int round = 0; round < kMaxRounds && last > 0; ++round) {
    for (int sweep = 0; sweep < kMaxSweeps && sweepCodes(); ++sweep)
      ;
    solveScales();
    double error = updateGradient();
    if (error >= last * (1 - 1e-4))
      return;
    last = error;
  }
}

void smelt::refineFit(FittedWeights &fit, ArrayRef<float> weights,
                      const InputMoments &moments) {
  for (int64_t r = 0; r < fit.rows; ++r)
    RowFit(fit, r, weights.slice(r * fit.columns, fit.columns), moments)
        .refine();
}

std::vector<float> smelt::expectedError(const FittedWeights &fit,
                                        ArrayRef<float> weights,
                                        const InputMoments &moments) {
  std::vector<float> errors(fit.rows);
  for (int64_t r = 0; r < fit.rows; ++r) {
    double total = 0;
    for (int64_t k = 0; k < fit.columns; ++k) {
      double fitted = 0;
      for (int64_t p = 0; p < fit.planes; ++p)
        fitted += double(fit.codes[(p * fit.rows + r) * fit.columns + k]) *
                  fit.scales[p * fit.rows + r];
      total += (weights[r * fit.columns + k] - fitted) * moments.mean[k];
    }
    errors[r] = static_cast<float>(total);
  }
  return errors;
}
