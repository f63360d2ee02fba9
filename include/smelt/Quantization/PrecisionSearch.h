//===- PrecisionSearch.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Choosing, for each layer, the fewest bits that keep the network's error
// small.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_QUANTIZATION_PRECISIONSEARCH_H
#define SMELT_QUANTIZATION_PRECISIONSEARCH_H

#include "mlir/Support/LogicalResult.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace smelt {

/// How the weights of a layer are kept, from the smallest to the most exact.
enum class Precision { OnePlane, TwoPlanes, ThreePlanes, Int8 };

/// The name that `ternary-quantize-weights` takes for it: 1, 2, 3 or int8.
llvm::StringRef stringifyPrecision(Precision precision);

/// Bits that a weight takes, in the densest ternary layout.
double bitsPerWeight(Precision precision);

struct SearchLayer {
  std::string name;
  int64_t weights = 0;
  Precision precision = Precision::OnePlane;
};

/// Measures the error of the network's outputs with the given precisions.
using MeasureError =
    std::function<llvm::FailureOr<double>(llvm::ArrayRef<SearchLayer> layers)>;

/// Starting from the given precisions, promotes one layer at a time, the one
/// that lowers the measured error most for each byte it costs, until the error
/// is at most `maxError` or every layer is int8. Returns the last measured
/// error; fails where a measurement does.
llvm::FailureOr<double> searchPrecisions(std::vector<SearchLayer> &layers,
                                         double maxError,
                                         const MeasureError &measure);

} // namespace smelt

#endif
