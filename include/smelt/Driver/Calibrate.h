//===- Calibrate.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_CALIBRATE_H
#define SMELT_DRIVER_CALIBRATE_H

#include "mlir/Support/LLVM.h"

namespace smelt {

class Network;

/// Runs a float network on the calibration data of its options and records the
/// range of each activation in it.
mlir::LogicalResult calibrate(Network &network);

} // namespace smelt

#endif
