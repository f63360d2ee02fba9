//===- GroupFit.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Weights of 4 bits with a scale for each group of columns.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_QUANTIZATION_GROUPFIT_H
#define SMELT_QUANTIZATION_GROUPFIT_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <vector>

namespace smelt {

/// Weights of a `rows x columns` matrix as integers times a scale for each row:
/// w[r, k] = codes[r, k] * groupScales[r, group of k] * rowScales[r].
struct Int4Weights {
  /// Columns of a group, at most.
  static constexpr int64_t kGroupSize = 32;
  /// Small enough for products with 8-bit inputs to fit in 32 bits up to 8,192
  /// columns.
  static constexpr int16_t kMostScale = 255;

  explicit Int4Weights(int64_t columns)
      : columns(columns), groups((columns + kGroupSize - 1) / kGroupSize) {}

  int64_t rows = 0;
  int64_t columns;
  /// Runs of ceil(columns / groups) columns that share a scale.
  int64_t groups;
  /// rows x columns, -7..7.
  std::vector<int8_t> codes;
  /// rows x groups, 1..255.
  std::vector<int16_t> groupScales;
  /// rows.
  std::vector<float> rowScales;

  int64_t groupSize() const { return (columns + groups - 1) / groups; }
  float get(int64_t row, int64_t column) const {
    return static_cast<float>(codes[row * columns + column]) *
           groupScales[row * groups + column / groupSize()] * rowScales[row];
  }
};

/// Appends rows of `weights` with the scales of nearly the least squared error.
/// `importance` is what the squared error in each column counts, 0 to 1; all
/// count the same if it is empty.
void appendInt4Rows(llvm::ArrayRef<float> weights,
                    llvm::ArrayRef<float> importance, Int4Weights &result);

} // namespace smelt

#endif
