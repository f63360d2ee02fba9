//===- WeightPacking.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_WEIGHTPACKING_H
#define SMELT_SUPPORT_WEIGHTPACKING_H

#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include <vector>

namespace smelt {

/// Bits of a field of interleaved `base3`, from its bit `first` on, that are in
/// a part of the block from bit `position` of a byte on.
struct FieldBits {
  unsigned field, first, count, part, position;

  constexpr unsigned getMask() const { return (1u << count) - 1; }
};

/// All bits of the 8 fields.
inline constexpr FieldBits kBase3FieldBits[] = {
    {0, 0, 5, 0, 0}, {1, 0, 5, 1, 0}, {2, 0, 5, 2, 0}, {3, 0, 5, 3, 0},
    {4, 0, 5, 4, 0}, {5, 2, 3, 0, 5}, {5, 0, 2, 1, 6}, {6, 2, 3, 2, 5},
    {6, 0, 2, 3, 6}, {7, 2, 3, 4, 5}, {7, 0, 1, 1, 5}, {7, 1, 1, 3, 5}};

/// The bytes of weights of `type`. `values` holds one value a weight, planes
/// outermost, then rows, then columns; each must be one that the layout can
/// hold.
std::vector<int8_t> packWeights(ternary::WeightsType type,
                                llvm::ArrayRef<int8_t> values);

/// The inverse of `packWeights`. `bytes` must be as many as `type` needs.
std::vector<int8_t> unpackWeights(ternary::WeightsType type,
                                  llvm::ArrayRef<int8_t> bytes);

/// The scales of interleaved weights in the order of their type, from those in
/// the order planes, rows, groups. Those of missing rows are 0.
std::vector<int16_t> interleaveScales(ternary::WeightsType type, int64_t groups,
                                      llvm::ArrayRef<int16_t> scales);

} // namespace smelt

#endif
