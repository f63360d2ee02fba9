//===- Budget.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_BUDGET_H
#define SMELT_DRIVER_BUDGET_H

#include "smelt/Driver/NativeReport.h"

namespace smelt {

/// What other options would make of a network.
struct Alternative {
  /// As on the command line.
  std::string options;
  /// The outputs become others.
  bool changesOutputs = false;
  int64_t flash = 0, ram = 0;
};

/// Compiles a network with other options, one at a time, and of a language
/// model finds the largest context that `maxRAM` has room for.
std::vector<Alternative> findAlternatives(const NativeCompilation &compilation,
                                          std::optional<int64_t> maxRAM);

/// Checks that a network that was measured keeps to a budget. If it does not,
/// says what would have to give.
mlir::LogicalResult checkBudget(const Budget &budget,
                                const NativeReport &report,
                                const NativeCompilation &compilation);

} // namespace smelt

#endif
