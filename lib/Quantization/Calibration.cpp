//===- Calibration.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/Calibration.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace smelt;

static constexpr llvm::StringLiteral kRange = "smelt.range";

static bool isFloatTensor(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32() &&
         type.getNumElements() > 0;
}

SmallVector<Value> smelt::collectCalibrationPoints(func::FuncOp function) {
  SmallVector<Value> points;
  llvm::DenseSet<Value> dependent;
  for (BlockArgument argument : function.getArguments()) {
    dependent.insert(argument);
    if (isFloatTensor(argument))
      points.push_back(argument);
  }
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (llvm::none_of(op.getOperands(),
                      [&](Value v) { return dependent.contains(v); }))
      continue;
    for (Value result : op.getResults()) {
      dependent.insert(result);
      if (isFloatTensor(result))
        points.push_back(result);
    }
  }
  return points;
}

SmallVector<Operation *> smelt::collectLinearLayers(func::FuncOp function) {
  SmallVector<Operation *> layers;
  function.walk([&](Operation *op) {
    if (isa<tosa::FullyConnectedOp, tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(
            op))
      layers.push_back(op);
  });
  return layers;
}

void smelt::setRanges(func::FuncOp function, ArrayRef<ObservedRange> ranges) {
  Builder builder(function.getContext());
  for (auto [value, range] :
       llvm::zip(collectCalibrationPoints(function), ranges)) {
    auto attribute = builder.getDenseF64ArrayAttr({range.min, range.max});
    if (auto argument = dyn_cast<BlockArgument>(value))
      function.setArgAttr(argument.getArgNumber(), kRange, attribute);
    else
      value.getDefiningOp()->setAttr(kRange, attribute);
  }
}

std::optional<ObservedRange> smelt::getRange(Value value) {
  DenseF64ArrayAttr attribute;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
    if (function)
      attribute = function.getArgAttrOfType<DenseF64ArrayAttr>(
          argument.getArgNumber(), kRange);
  } else {
    attribute = value.getDefiningOp()->getAttrOfType<DenseF64ArrayAttr>(kRange);
  }
  if (!attribute || attribute.size() != 2 || !(attribute[0] <= attribute[1]))
    return std::nullopt;
  return ObservedRange{attribute[0], attribute[1]};
}
