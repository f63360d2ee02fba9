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
