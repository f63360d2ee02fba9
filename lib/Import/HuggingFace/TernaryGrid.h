//===- TernaryGrid.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_TERNARYGRID_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_TERNARYGRID_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace smelt::hf {

/// The scales of weights that are -s, 0 or +s.
struct TernaryScales {
  int64_t scaleRows = 1;
  int64_t groups = 1;
  /// scaleRows x groups. A run of zeros has the largest scale of the matrix, or
  /// 1 if all are zero.
  std::vector<float> scales;
  bool isAllZero = false;
};

/// Finds out whether a matrix, given row by row, is ternary. Magnitudes must be
/// equal exactly: rounding s to any float type rounds -s alike, so that stored
/// ternary weights stay ternary.
class TernaryGrid {
public:
  explicit TernaryGrid(int64_t columns);

  /// Adds the next row; whether the matrix may still be ternary.
  bool addRow(llvm::ArrayRef<float> row);

  /// The coarsest scales: one, one for each row, or one for each group of 256,
  /// 128 or 64 columns.
  std::optional<TernaryScales> getScales() const;

private:
  /// The magnitudes of runs of `count` of the smallest runs, if each has one.
  std::optional<std::vector<float>> merge(size_t count) const;

  int64_t runLength;
  size_t runsPerRow;
  bool isTernary = true;
  /// The magnitude of each of the smallest runs, 0 for zeros.
  std::vector<float> magnitudes;
};

} // namespace smelt::hf

#endif
