//===- Comparison.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_COMPARISON_H
#define SMELT_DRIVER_COMPARISON_H

#include "smelt/Support/HostTensor.h"
#include <optional>

namespace smelt {

/// How an output of a network's integer form differs from its float form's.
struct OutputComparison {
  std::string name;
  /// Of each sample, the greatest difference over the float form's greatest
  /// magnitude.
  double meanError = 0;
  double maxError = 0;
  /// Share of samples whose largest values are at the same place, where an
  /// output has several values.
  std::optional<double> agreement;
  /// Share of samples whose largest value is at their label.
  std::optional<double> floatAccuracy;
  std::optional<double> integerAccuracy;
};

/// Compares outputs of `samples` samples each. `labels` may be empty.
std::vector<OutputComparison>
compareOutputs(llvm::ArrayRef<NamedTensor> floatOutputs,
               llvm::ArrayRef<NamedTensor> integerOutputs, int64_t samples,
               llvm::ArrayRef<int64_t> labels);

} // namespace smelt

#endif
