//===- LayerReport.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_LAYERREPORT_H
#define SMELT_DRIVER_LAYERREPORT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include <optional>
#include <string>
#include <vector>

namespace smelt {

/// What the weights of a layer are.
struct WeightsReport {
  std::vector<int64_t> shape;
  int64_t planes = 1;
  /// As the strategy stores them.
  ternary::Layout layout = ternary::Layout::TwoBit;
  /// Share of the codes that are 0.
  double zeroFraction = 0;
  /// Codes of all planes that are not 0.
  int64_t nonzeros = 0;
  /// Bytes in the layout of the strategy.
  int64_t bytes = 0;

  std::string describe() const;
};

/// What a layer of an integer network costs.
struct LayerReport {
  std::string name;
  std::string op;
  std::string inputShape;
  std::string resultShape;
  std::optional<WeightsReport> weights;
  /// Bytes of the weights in the C source: 0 if another layer has the same.
  int64_t weightBytes = 0;
  /// Bytes of scales, multipliers, offsets and tables in the C source.
  int64_t constantBytes = 0;
  /// The most bytes of the arena that are in use at once while it runs.
  int64_t arenaBytes = 0;
  int64_t resultBytes = 0;
  int64_t additions = 0;
  int64_t multiplications = 0;
};

/// Describes weights as the strategy (masked, dot, base3) stores them.
WeightsReport describeWeights(ternary::WeightsOp weights,
                              llvm::StringRef strategy);

/// The layers of an integer network on tensors, but for the bytes that they
/// need once compiled.
std::vector<LayerReport> describeLayers(mlir::func::FuncOp function,
                                        llvm::StringRef strategy);

} // namespace smelt

#endif
