//===- Movement.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Ops that move or select elements without changing them.
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "mlir/IR/Matchers.h"
#include "smelt/Support/Constants.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

LogicalResult Converter::convertReshape(tosa::ReshapeOp op) {
  IntegerValue value = get(op.getInput1());
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  bool keepsChannels =
      type.getRank() > 0 && value.getType().getRank() > 0 &&
      type.getShape().back() == value.getType().getShape().back();
  if (value.channels() > 1 && !keepsChannels)
    value = settle(value, op.getLoc());
  value.tensor = builder.create<tosa::ReshapeOp>(
      op.getLoc(), type.clone(value.getType().getElementType()), value.tensor,
      op.getNewShapeAttr());
  set(op.getOutput(), value);
  return success();
}

LogicalResult Converter::convertTranspose(tosa::TransposeOp op) {
  IntegerValue value = get(op.getInput1());
  DenseIntElementsAttr permutation;
  if (!matchPattern(op.getPerms(), m_Constant(&permutation)))
    return op.emitError("the permutation is not a constant");
  int64_t rank = value.getType().getRank();
  SmallVector<APInt> order(permutation.getValues<APInt>());
  int64_t last = order.empty() ? -1 : order.back().getSExtValue();
  if (value.channels() > 1 && last != rank - 1)
    value = settle(value, op.getLoc());
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  Value permutationOperand = builder.create<tosa::ConstOp>(
      op.getLoc(), permutation.getType(), permutation);
  value.tensor = builder.create<tosa::TransposeOp>(
      op.getLoc(), type.clone(value.getType().getElementType()), value.tensor,
      permutationOperand);
  set(op.getOutput(), value);
  return success();
}

static bool sameGrid(const IntegerValue &a, const IntegerValue &b) {
  return a.getType().getElementType() == b.getType().getElementType() &&
         a.scale == b.scale && a.offset == b.offset;
}

LogicalResult Converter::convertConcat(tosa::ConcatOp op) {
  Location location = op.getLoc();
  SmallVector<IntegerValue> inputs;
  double magnitude = 0;
  for (unsigned i = 0; i < op->getNumOperands(); ++i) {
    IntegerValue value = operandOf(op, i);
    if (!value.tensor)
      return op.emitError("an operand is neither an activation nor a constant");
    value = settle(value, location);
    magnitude = std::max(magnitude, value.realMagnitude());
    inputs.push_back(value);
  }
  bool same = llvm::all_of(
      inputs, [&](const IntegerValue &v) { return sameGrid(v, inputs[0]); });
  if (!same) {
    Grid grid = findTarget(op.getOutput())
                    .value_or(makeSymmetricGrid(builder, 16, magnitude));
    for (IntegerValue &value : inputs)
      value = requantize(value, grid, location);
  }
  IntegerValue result = inputs[0];
  SmallVector<Value> tensors;
  for (const IntegerValue &value : inputs) {
    tensors.push_back(value.tensor);
    result.min = std::min(result.min, value.min);
    result.max = std::max(result.max, value.max);
  }
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  result.tensor = builder.create<tosa::ConcatOp>(
      location, type.clone(result.getType().getElementType()), tensors,
      op.getAxisAttr());
  set(op.getOutput(), result);
  return success();
}

LogicalResult Converter::convertPad(tosa::PadOp op) {
  Location location = op.getLoc();
  IntegerValue value = settle(get(op.getInput1()), location);
  double real = 0;
  if (Value constant = op.getPadConst()) {
    std::optional<std::vector<float>> values = readFloats(constant);
    if (!values || values->empty())
      return op.emitError("the padding value is not a constant");
    real = (*values)[0];
  }
  Type elementType = value.getType().getElementType();
  unsigned width = elementType.getIntOrFloatBitWidth();
  double limit = std::ldexp(1, width - 1);
  // Padding with minus infinity, as before a max pooling, saturates.
  int64_t code = static_cast<int64_t>(
      std::clamp(std::nearbyint((real - value.offset[0]) / value.scale[0]),
                 -limit, limit - 1));
  auto scalar = RankedTensorType::get({}, elementType);
  Value padValue = builder.create<tosa::ConstOp>(
      location, scalar,
      DenseElementsAttr::get(scalar,
                             builder.getIntegerAttr(elementType, code)));
  ElementsAttr padding;
  if (!matchPattern(op.getPadding(), m_Constant(&padding)))
    return op.emitError("the padding is not a constant");
  Value amounts = builder.create<tosa::ConstOp>(
      location, cast<TensorType>(padding.getType()), padding);
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  value.tensor = builder.create<tosa::PadOp>(location, type.clone(elementType),
                                             value.tensor, amounts, padValue);
  value.min = std::min(value.min, code);
  value.max = std::max(value.max, code);
  set(op.getOutput(), value);
  return success();
}

/// Clones an op that works on any element type.
LogicalResult Converter::convertMovement(Operation *op) {
  IntegerValue value = settle(get(op->getOperand(0)), op->getLoc());
  IRMapping mapping;
  mapping.map(op->getOperand(0), value.tensor);
  for (Value operand : op->getOperands().drop_front()) {
    Operation *producer = operand.getDefiningOp();
    if (!producer || !producer->hasTrait<OpTrait::ConstantLike>())
      return op->emitError("an operand is not a constant");
    mapping.map(operand, builder.clone(*producer)->getResult(0));
  }
  Operation *clone = builder.clone(*op, mapping);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  clone->getResult(0).setType(type.clone(value.getType().getElementType()));
  value.tensor = clone->getResult(0);
  set(op->getResult(0), value);
  return success();
}
