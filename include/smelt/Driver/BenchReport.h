//===- BenchReport.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_BENCHREPORT_H
#define SMELT_DRIVER_BENCHREPORT_H

#include "mlir/Support/LLVM.h"
#include "smelt/Driver/KernelProfile.h"
#include "smelt/Driver/Options.h"
#include <optional>

namespace smelt {

/// How fast a language model is.
struct TextTimes {
  int64_t contextLength = 0;
  /// Tokens of a block, or 0 without blocks.
  int64_t blockSize = 0;
  int64_t prefillTokens = 0;
  double decodeTokensPerSecond = 0;
  double prefillTokensPerSecond = 0;
  /// From the beginning of the prompt to its last token's logits.
  double firstTokenSeconds = 0;
  /// A token and its drafts, or 0 without; the seconds of a pass of them.
  int64_t verifySize = 0;
  double verifySeconds = 0;
};

/// The kernels of one call of a compiled function.
struct FunctionProfile {
  std::string name;
  /// What a call is, for people.
  std::string description;
  std::vector<ProfileRow> rows;
};

struct BenchReport {
  /// From the model's files to code in memory.
  double compileSeconds = 0;
  /// Bytes a second that the threads read from memory, or 0 if unknown.
  double readBandwidth = 0;
  /// Of a language model.
  std::optional<TextTimes> text;
  /// Of another network.
  std::optional<double> secondsPerCall;
  std::vector<FunctionProfile> profiles;
};

/// Prints a report, and writes it to the file that the options name.
mlir::LogicalResult showReport(const BenchReport &report,
                               const BenchOptions &options);

} // namespace smelt

#endif
