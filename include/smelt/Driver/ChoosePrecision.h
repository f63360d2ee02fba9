//===- ChoosePrecision.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_CHOOSEPRECISION_H
#define SMELT_DRIVER_CHOOSEPRECISION_H

#include "mlir/Support/LLVM.h"
#include <string>
#include <vector>

namespace smelt {

class Network;

/// Rules for `ternary-quantize-weights`, one for each layer whose weights are
/// fitted: the fewest planes, or int8, with which the float network's outputs
/// on the calibration data stay within the relative error `maxError` (the norm
/// of the difference over the norm). The network is at the stage `float`.
mlir::FailureOr<std::vector<std::string>> choosePrecisions(Network &network,
                                                           double maxError);

} // namespace smelt

#endif
