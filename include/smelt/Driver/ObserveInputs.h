//===- ObserveInputs.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_OBSERVEINPUTS_H
#define SMELT_DRIVER_OBSERVEINPUTS_H

#include "mlir/Support/LLVM.h"

namespace smelt {

class Network;

/// Runs a float network on the calibration data of its options and notes, at
/// each layer with weights, the mean and covariance of its inputs, which
/// `ternary-quantize-weights` reads. Layers of more than 2048 columns are left
/// out.
mlir::LogicalResult observeInputs(Network &network);

} // namespace smelt

#endif
