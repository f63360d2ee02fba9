//===- WeightFit.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//

//
// Finding the integer codes and scales that stand for float weights.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_QUANTIZATION_WEIGHTFIT_H
#define SMELT_QUANTIZATION_WEIGHTFIT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace smelt {

/// How one plane of ternary weights is fitted to a run of floats that share a
/// scale.
enum class FitMethod {
  /// The codes and scale of least squared error.
  Optimal,
  /// s = mean|w|, code = clamp(round(w / s), -1, 1) (BitNet b1.58).
  AbsMean,
  /// code = sign(w) where |w| > 0.75 mean|w|, s = mean of those |w| (ternary
  /// weight networks, arXiv:1605.04711).
  TWN,
};

std::optional<FitMethod> symbolizeFitMethod(llvm::StringRef name);

/// Weights of a `rows x columns` matrix as integer codes times scales:
/// w[r, k] = sum over planes p of codes[p, r, k] * scales[p, r, group of k].
struct FittedWeights {
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t planes = 1;
  /// Runs of ceil(columns / groups) columns that share a scale.
  int64_t groups = 1;
  /// Whether codes are -127..127 and not -1..1.
  bool isInt8 = false;
  /// planes x rows x columns.
  std::vector<int8_t> codes;
  /// planes x rows x groups.
  std::vector<float> scales;

  int64_t groupSize() const { return (columns + groups - 1) / groups; }
  /// Norm of (weights - fitted weights) over the norm of the weights; 0 for
  /// all-zero weights.
  double relativeError(llvm::ArrayRef<float> weights) const;
};

/// Recognizes weights that are multiples n * s, |n| <= `maxCode`, of one scale
/// for the whole matrix, for each row, or for each group of 32, 64, 128 or 256
/// columns, in that order. `maxCode` is 1 for ternary weights and at most 127.
/// The codes reproduce the weights to a relative 1e-5.
std::optional<FittedWeights> detectGrid(llvm::ArrayRef<float> weights,
                                        int64_t rows, int64_t columns,
                                        int maxCode);

/// Fits 1 to 3 ternary planes to each row, or each group of `groupSize` columns
/// (0: the whole row). Several planes are fitted together by alternating least
/// squares from a greedy start; `method` is used for one plane.
FittedWeights fitTernary(llvm::ArrayRef<float> weights, int64_t rows,
                         int64_t columns, int64_t planes, int64_t groupSize,
                         FitMethod method);

/// Rounds each row to the nearest multiples of max|w| / 127.
FittedWeights fitInt8(llvm::ArrayRef<float> weights, int64_t rows,
                      int64_t columns);

} // namespace smelt

#endif
