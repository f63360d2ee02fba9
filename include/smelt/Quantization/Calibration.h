//===- Calibration.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_QUANTIZATION_CALIBRATION_H
#define SMELT_QUANTIZATION_CALIBRATION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace smelt {

/// The least and largest value that an activation took.
struct ObservedRange {
  double min = 0;
  double max = 0;
};

/// The f32 values of a float function whose ranges calibration observes: its
/// arguments, then the results of its ops that depend on an argument, in order.
/// The order is the same for a function and its clone.
llvm::SmallVector<mlir::Value>
collectCalibrationPoints(mlir::func::FuncOp function);

/// The layers with weights of a function, in order.
llvm::SmallVector<mlir::Operation *>
collectLinearLayers(mlir::func::FuncOp function);

/// Notes observed ranges, one for each calibration point, as attributes
/// `smelt.range = array<f64: min, max>` of arguments and ops.
void setRanges(mlir::func::FuncOp function,
               llvm::ArrayRef<ObservedRange> ranges);

/// The range noted for `value`, if there is one.
std::optional<ObservedRange> getRange(mlir::Value value);

} // namespace smelt

#endif
