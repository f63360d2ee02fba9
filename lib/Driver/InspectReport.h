//===- InspectReport.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DRIVER_INSPECTREPORT_H
#define SMELT_LIB_DRIVER_INSPECTREPORT_H

#include "smelt/Driver/MemoryReport.h"
#include "smelt/Driver/NativeReport.h"

namespace smelt {

/// What `smelt inspect` says.
struct InspectReport {
  std::vector<LayerReport> layers;
  MemoryReport memory;
  NativeReport native;
  std::vector<CPUVariant> variants;
};

void printAsTables(const InspectReport &report);
void printAsJSON(const InspectReport &report);

} // namespace smelt

#endif
