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
#include "smelt/Target/LLVM/Sections.h"

namespace smelt {

/// The memory that a compiled network needs.
struct MemoryReport {
  /// The arrays of the C source.
  std::vector<CArray> arrays;
  int64_t constantBytes = 0;
  /// Constants of no layer in particular.
  int64_t tableBytes = 0;
  int64_t arenaBytes = 0;
  /// The most bytes of the arena that are in use at once.
  int64_t liveBytes = 0;
  /// The sections of the native object.
  std::vector<Section> sections;

  /// Bytes of constants of a single number.
  int64_t countScalarBytes() const;
  int64_t countBytes(SectionKind kind) const;
};

/// Compiles an integer network to C and to native code, measures both, and says
/// of each layer what is its own.
mlir::FailureOr<MemoryReport>
measureMemory(Network &network, const NativeTarget &target,
              llvm::MutableArrayRef<LayerReport> layers);

} // namespace smelt

#endif
