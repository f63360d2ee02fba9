//===- TernaryDynamicOps.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

//===----------------------------------------------------------------------===//
// Quantization with a step for each row
//===----------------------------------------------------------------------===//

/// Checks that `absmax` has one integer for each row of `rows`.
static LogicalResult verifyAbsmax(Operation *op, ShapedType absmax,
                                  ArrayRef<int64_t> rows) {
  Type type = absmax.getElementType();
  if (!type.isInteger(32) && !type.isInteger(64))
    return op->emitOpError("absmax must be i32 or i64");
  if (rows.empty() || rows.back() < 1)
    return op->emitOpError("needs rows of at least one element");
  if (absmax.getShape() != rows.drop_back())
    return op->emitOpError("needs one absmax for each row");
  return success();
}

LogicalResult AbsmaxOp::verify() {
  return verifyAbsmax(*this, getResultType(), shapeOf(getInput()));
}

LogicalResult DynamicQuantizeOp::verify() {
  if (elementType(getInput()).isInteger(8))
    return emitOpError("input must be i16, i32 or i64");
  Type result = getResultType().getElementType();
  if (!result.isInteger(8) && !result.isInteger(16))
    return emitOpError("result must be i8 or i16");
  if (failed(verifySameShape(*this, getInput(), getResultType())))
    return failure();
  return verifyAbsmax(*this, cast<ShapedType>(getAbsmax().getType()),
                      shapeOf(getInput()));
}

LogicalResult DequantizeOp::verify() {
  Type input = elementType(getInput());
  if (!input.isInteger(32) && !input.isInteger(64))
    return emitOpError("input must be i32 or i64");
  if (getShift() < 0 || getShift() > 126)
    return emitOpError("shift must be in 0..126");
  if (failed(verifySameShape(*this, getInput(), getResultType())) ||
      failed(verifyAbsmax(*this, cast<ShapedType>(getAbsmax().getType()),
                          shapeOf(getInput()))))
    return failure();
  int64_t columns = shapeOf(getInput()).back();
  if (failed(verifyVector(*this, getMultiplier(), "multiplier", columns, 32)) ||
      (getBias() &&
       failed(verifyVector(*this, getBias(), "bias", columns, 64))))
    return failure();
  return verifyClamp(*this, getMin(), getMax(),
                     getResultType().getElementType());
}

/// A bias of zeros is none.
static LogicalResult dropZeroBias(DequantizeOp op, PatternRewriter &rewriter) {
  DenseIntElementsAttr bias;
  if (!op.getBias() || !matchPattern(op.getBias(), m_Constant(&bias)) ||
      !bias.isSplat() || !bias.getSplatValue<APInt>().isZero())
    return failure();
  rewriter.modifyOpInPlace(op, [&] { op.getBiasMutable().clear(); });
  return success();
}

void DequantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *) {
  patterns.add(dropZeroBias);
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

template <typename NormOp> static LogicalResult verifyFloatNorm(NormOp op) {
  auto epsilon = dyn_cast<FloatAttr>(op.getEpsilon());
  if (!epsilon || !epsilon.getType().isF32() ||
      epsilon.getValue().isNegative() || !epsilon.getValue().isFinite())
    return op.emitOpError("needs an epsilon of f32 that is not negative");
  if (op.getMultiplier() || op.getOffset() || op.getRescale())
    return op.emitOpError("is not requantized in float form");
  if (!op.getResultType().getElementType().isF32())
    return op.emitOpError("input and result must have the same element type");
  return success();
}

template <typename NormOp> static LogicalResult verifyIntegerNorm(NormOp op) {
  auto epsilon = dyn_cast<IntegerAttr>(op.getEpsilon());
  if (!epsilon || !epsilon.getType().isInteger(64) || epsilon.getInt() < 0 ||
      epsilon.getInt() >> 61)
    return op.emitOpError("needs an epsilon of i64 in 0..2^61-1");
  bool requantizes = static_cast<bool>(op.getMultiplier());
  if (requantizes != static_cast<bool>(op.getOffset()) ||
      requantizes != op.getRescale().has_value())
    return op.emitOpError(
        "requantize needs a multiplier, an offset and a rescale");
  Type result = op.getResultType().getElementType();
  if (!requantizes) {
    if (!result.isInteger(32))
      return op.emitOpError("result must be i32 without requantization");
    return success();
  }
  int64_t columns = op.getResultType().getShape().back();
  if (failed(verifyVector(op, op.getMultiplier(), "multiplier", columns, 32)) ||
      failed(verifyVector(op, op.getOffset(), "offset", columns, 64)))
    return failure();
  RescaleAttr rescale = *op.getRescale();
  return verifyClamp(op, rescale.getMin(), rescale.getMax(), result);
}

template <typename NormOp> static LogicalResult verifyNorm(NormOp op) {
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  if (shape.empty() || shape.back() < 1 || shape.back() > 65536)
    return op.emitOpError("last dimension must have 1 to 65536 elements");
  if (failed(verifySameShape(op, op.getInput(), op.getResultType())))
    return failure();
  if (elementType(op.getInput()).isF32())
    return verifyFloatNorm(op);
  return verifyIntegerNorm(op);
}

LogicalResult RMSNormOp::verify() { return verifyNorm(*this); }

LogicalResult LayerNormOp::verify() {
  if (elementType(getInput()).isInteger(64))
    return emitOpError("input must have at most 32 bits");
  return verifyNorm(*this);
}
