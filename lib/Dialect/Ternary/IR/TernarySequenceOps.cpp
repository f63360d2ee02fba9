//===- TernarySequenceOps.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

LogicalResult ternary::verifyPosition(Operation *op, Value value) {
  if (!elementType(value).isInteger(32) ||
      shapeOf(value) != ArrayRef<int64_t>{1})
    return op->emitOpError("position must be one i32");
  return success();
}

/// Checks that there is a position for each of `rows`.
static LogicalResult verifyPositions(Operation *op, Value value, int64_t rows) {
  if (!elementType(value).isInteger(32) ||
      shapeOf(value) != ArrayRef<int64_t>{rows})
    return op->emitOpError("needs one position of i32 for each of ")
           << rows << " sequences";
  return success();
}

LogicalResult EmbedOp::verify() {
  WeightsType weights = getWeights().getType();
  ArrayRef<int64_t> ids = shapeOf(getIds());
  if (!elementType(getIds()).isInteger(32) || ids.size() != 1)
    return emitOpError("ids must be a vector of i32");
  if (weights.getShape().size() != 2)
    return emitOpError("weights must have rank 2");
  int64_t rows = weights.getRows(), columns = weights.getColumns();
  ShapedType result = getResultType();
  if (result.getShape() != ArrayRef<int64_t>{ids[0], columns})
    return emitOpError("result must be ") << ids[0] << " x " << columns;
  if (failed(verifyScales(*this, getScales(), weights)) ||
      failed(verifyVector(*this, getMultiplier(), "multiplier", rows, 32)) ||
      failed(verifyVector(*this, getOffset(), "offset", rows, 64)))
    return failure();
  return verifyClamp(*this, getRescale().getMin(), getRescale().getMax(),
                     result.getElementType());
}

LogicalResult BestOp::verify() {
  ArrayRef<int64_t> input = shapeOf(getInput());
  ArrayRef<int64_t> result = getResultType().getShape();
  if (input.size() != 2 || !elementType(getInput()).isInteger(32))
    return emitOpError("input must be i32 of rank 2");
  if (result.size() != 2 || result[0] != input[0] || result[1] < 1 ||
      result[1] > input[1] || !getResultType().getElementType().isInteger(32))
    return emitOpError("result must be i32 of ")
           << input[0] << " x 1 to " << input[1];
  return success();
}

LogicalResult RefineOp::verify() {
  ShapedType result = getResultType();
  if (static_cast<bool>(getEstimate()) == static_cast<bool>(getInto()))
    return emitOpError("needs either an estimate or a destination ('into')");
  if (getEstimate() && getEstimate().getType() != result)
    return emitOpError("estimate and result must have the same type");
  WeightsType weights = getWeights().getType();
  if (weights.getShape().size() != 2 || weights.getPlanes() != 1)
    return emitOpError("weights must have rank 2 and one plane");
  int64_t rows = weights.getRows(), columns = weights.getColumns();
  ArrayRef<int64_t> input = shapeOf(getInput()), ids = shapeOf(getIds());
  Type type = elementType(getInput());
  if (input.size() != 2 || input[1] != columns ||
      (!type.isInteger(8) && !type.isInteger(16)))
    return emitOpError("input must be i8 or i16 of rows of ") << columns;
  if (result.getShape() != ArrayRef<int64_t>{input[0], rows} ||
      !result.getElementType().isInteger(32))
    return emitOpError("result must be i32 of ") << input[0] << " x " << rows;
  if (ids.size() != 2 || ids[0] != input[0] ||
      !elementType(getIds()).isInteger(32))
    return emitOpError("ids must be i32 of ") << input[0] << " rows";
  if (!elementType(getAbsmax()).isInteger(32) ||
      shapeOf(getAbsmax()) != input.drop_back())
    return emitOpError("input needs one absmax of i32 for each row");
  if (getShift() < 0 || getShift() > 126)
    return emitOpError("shift must be in 0..126");
  if (failed(verifyVector(*this, getMultiplier(), "multiplier", rows, 32)) ||
      (getBias() && failed(verifyVector(*this, getBias(), "bias", rows, 64))))
    return failure();
  return verifyClamp(*this, getMin(), getMax(), result.getElementType());
}

LogicalResult RopeOp::verify() {
  ArrayRef<int64_t> input = shapeOf(getInput()), table = shapeOf(getTable());
  if (input.size() != 3 || !elementType(getInput()).isInteger(32) ||
      getResultType().getElementType() != elementType(getInput()))
    return emitOpError("input and result must be i32 of rank 3");
  if (!elementType(getTable()).isInteger(16) || table.size() != 2 ||
      table[0] < 1 || table[1] % 2 != 0 || table[1] > input[2])
    return emitOpError("table must be i16 of positions x an even number up to ")
           << input[2];
  if (failed(verifySameShape(*this, getInput(), getResultType())))
    return failure();
  if (hasPositionPerRow())
    return verifyPositions(*this, getPosition(), input[0]);
  return verifyPosition(*this, getPosition());
}

bool RopeOp::hasPositionPerRow() {
  return shapeOf(getPosition()) != ArrayRef<int64_t>{1};
}

bool CacheWriteOp::hasSequences() {
  return getResultType().getRank() ==
         static_cast<int64_t>(shapeOf(getRows()).size()) + 1;
}

LogicalResult CacheWriteOp::verify() {
  ShapedType result = getResultType();
  if (static_cast<bool>(getCache()) == static_cast<bool>(getInto()))
    return emitOpError("needs either a cache or a destination ('into')");
  if (getCache() && getCache().getType() != result)
    return emitOpError("cache and result must have the same type");
  ArrayRef<int64_t> rows = shapeOf(getRows()), cache = result.getShape();
  bool isOfSequences = hasSequences();
  if (isOfSequences && !rows.empty()) {
    if (cache[0] != rows[0])
      return emitOpError("cache must have a part for each of ")
             << rows[0] << " rows";
    cache = cache.drop_front();
  }
  if (cache.empty() || cache[0] < 1 || rows.empty() ||
      rows.drop_front() != cache.drop_front() ||
      elementType(getRows()) != result.getElementType())
    return emitOpError("rows must be like those of the cache");
  if (isOfSequences)
    return verifyPositions(*this, getPosition(), rows[0]);
  return verifyPosition(*this, getPosition());
}

static LogicalResult verifyCodes(Operation *op, Value codes, Value absmax,
                                 StringRef name, size_t rank = 3) {
  Type type = elementType(codes);
  ArrayRef<int64_t> shape = shapeOf(codes);
  if (shape.size() != rank || (!type.isInteger(8) && !type.isInteger(16)))
    return op->emitOpError() << name << " must be i8 or i16 of rank " << rank;
  if (!elementType(absmax).isInteger(32) ||
      shapeOf(absmax) != shape.drop_back())
    return op->emitOpError() << name << " needs one absmax of i32 for each row";
  return success();
}

bool AttentionOp::hasSequences() { return shapeOf(getK()).size() == 4; }

ArrayRef<int64_t> AttentionOp::getCacheShape() {
  return shapeOf(getK()).take_back(3);
}

LogicalResult AttentionOp::verify() {
  size_t rank = hasSequences() ? 4 : 3;
  if (failed(verifyCodes(*this, getQ(), getQAbsmax(), "q")) ||
      failed(verifyCodes(*this, getK(), getKAbsmax(), "k", rank)) ||
      failed(verifyCodes(*this, getV(), getVAbsmax(), "v", rank)))
    return failure();
  ArrayRef<int64_t> q = shapeOf(getQ()), k = shapeOf(getK());
  if (hasSequences()) {
    if (k[0] != q[0])
      return emitOpError("cache must have a part for each of ")
             << q[0] << " rows";
    k = k.drop_front();
  }
  if (getK().getType() != getV().getType())
    return emitOpError("k and v must have the same type");
  if (q[2] != k[2] || q[2] < 1 || q[2] > 256)
    return emitOpError("heads must have the same size, from 1 to 256");
  if (k[1] < 1 || q[1] % k[1] != 0)
    return emitOpError("cannot share ")
           << k[1] << " heads of keys among " << q[1] << " heads";
  if (k[0] < 1 || k[0] > 32768)
    return emitOpError("cache must have 1 to 32768 positions");
  if (getResultType().getShape() != q ||
      !getResultType().getElementType().isInteger(32))
    return emitOpError("result must be i32 in the shape of q");
  for (int64_t multiplier : {getScoreMultiplier(), getMultiplier()})
    if (multiplier >> 30 != 1)
      return emitOpError("multipliers must be in 2^30..2^31-1");
  for (int64_t shift : {getScoreShift(), getShift()})
    if (shift < -126 || shift > 126)
      return emitOpError("shifts must be in -126..126");
  if (hasSequences())
    return verifyPositions(*this, getPosition(), q[0]);
  return verifyPosition(*this, getPosition());
}
