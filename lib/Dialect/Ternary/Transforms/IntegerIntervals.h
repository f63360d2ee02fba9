//===- IntegerIntervals.h ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_INTEGERINTERVALS_H
#define SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_INTEGERINTERVALS_H

#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

namespace smelt::ternary {

/// The values that the elements of a tensor can have, ends included.
struct Interval {
  int64_t low, high;

  uint64_t getMagnitude() const {
    uint64_t below = low < 0 ? 0 - static_cast<uint64_t>(low) : 0;
    return std::max<uint64_t>(below, high > 0 ? high : 0);
  }
};

/// Bounds of the magnitudes of a linear op's accumulators.
struct LinearBounds {
  /// For each output row.
  std::vector<uint64_t> rows;
  /// Of all sums on the way there.
  uint64_t partial;
};

/// What can be said of integer tensors in closed form, from weights, constants
/// and clamps.
class IntegerIntervals {
public:
  Interval get(mlir::Value value);
  mlir::FailureOr<LinearBounds> getLinearBounds(mlir::Operation *op);
  /// The largest magnitude of a linear op's sums, and of all on the way there,
  /// whatever its weights are.
  uint64_t boundProducts(mlir::Operation *op);
  void clear() { known.clear(); }

private:
  Interval compute(mlir::Value value);
  Interval computeMoved(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, Interval> known;
};

} // namespace smelt::ternary

#endif
