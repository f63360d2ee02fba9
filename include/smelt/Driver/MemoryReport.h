//===- MemoryReport.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_MEMORYREPORT_H
#define SMELT_DRIVER_MEMORYREPORT_H

#include "smelt/Driver/LayerReport.h"
#include "smelt/Driver/Network.h"
#include "smelt/Target/C/CEmitter.h"

namespace smelt {

/// The memory that the C source of a network needs.
struct MemoryReport {
  /// The arrays of the C source.
  std::vector<CArray> arrays;
  int64_t constantBytes = 0;
  /// Constants of no layer in particular.
  int64_t tableBytes = 0;
  int64_t arenaBytes = 0;
  /// The most bytes of the arena that are in use at once.
  int64_t liveBytes = 0;

  /// Bytes of constants of a single number.
  int64_t countScalarBytes() const;
};

/// Compiles an integer network to C, measures it, and says of each layer what
/// is its own.
mlir::FailureOr<MemoryReport>
measureMemory(Network &network, llvm::MutableArrayRef<LayerReport> layers);

} // namespace smelt

#endif
