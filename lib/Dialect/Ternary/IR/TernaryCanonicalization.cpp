//===- TernaryCanonicalization.cpp ------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {

/// A requantization that is the only use of a matrix product or convolution
/// becomes part of it, so that the accumulators never reach memory.
template <typename LinearOp>
struct FuseRequantize : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern<RequantizeOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto producer = op.getInput().template getDefiningOp<LinearOp>();
    if (!producer || producer.getMultiplier() ||
        !producer.getResult().hasOneUse() || op.getInto())
      return failure();
    auto fused = rewriter.create<LinearOp>(
        producer.getLoc(), op->getResultTypes(), producer->getOperands(),
        producer->getAttrs());
    rewriter.modifyOpInPlace(fused, [&]() {
      fused.getMultiplierMutable().assign(op.getMultiplier());
      fused.getOffsetMutable().assign(op.getOffset());
      fused.setRescaleAttr(op.getRescaleAttr());
    });
    rewriter.replaceOp(op, fused);
    return success();
  }
};

/// Moves a requantization above a reshape or transpose that keeps its channels,
/// towards the accumulators that it reads.
struct HoistRequantize : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern<RequantizeOp>::OpRewritePattern;

  static bool keepsChannels(RequantizeOp op, Operation *movement) {
    auto before = cast<RankedTensorType>(movement->getOperand(0).getType());
    auto after = cast<RankedTensorType>(movement->getResult(0).getType());
    auto count = [](Value vector) {
      return cast<ShapedType>(vector.getType()).getNumElements();
    };
    if (count(op.getMultiplier()) == 1 && count(op.getOffset()) == 1)
      return true;
    return isa<tosa::ReshapeOp>(movement) && before.getRank() > 0 &&
           after.getRank() > 0 &&
           before.getShape().back() == after.getShape().back();
  }

  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    Operation *movement = op.getInput().getDefiningOp();
    if (!isa_and_present<tosa::ReshapeOp, tosa::TransposeOp>(movement) ||
        !movement->hasOneUse() || op.getInto() || !keepsChannels(op, movement))
      return failure();
    Value source = movement->getOperand(0);
    Type elementType = op.getResultType().getElementType();
    auto sourceType = cast<RankedTensorType>(source.getType());
    auto hoisted = rewriter.create<RequantizeOp>(
        op.getLoc(), sourceType.clone(elementType), source, op.getMultiplier(),
        op.getOffset(), Value(), op.getRescaleAttr());
    IRMapping mapping;
    mapping.map(source, hoisted.getResult());
    Operation *moved = rewriter.clone(*movement, mapping);
    rewriter.modifyOpInPlace(moved, [&]() {
      moved->getResult(0).setType(op.getResult().getType());
    });
    rewriter.replaceOp(op, moved);
    return success();
  }
};

/// relu of an op that ends in a clamp is that op with a clamp from 0.
struct FoldReluIntoRescale : OpRewritePattern<ReluOp> {
  using OpRewritePattern<ReluOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ReluOp op,
                                PatternRewriter &rewriter) const override {
    Operation *producer = op.getInput().getDefiningOp();
    auto rescale = producer ? producer->getAttrOfType<RescaleAttr>("rescale")
                            : RescaleAttr();
    if (!rescale || !producer->hasOneUse() || op.getInto())
      return failure();
    auto clamped = RescaleAttr::get(op.getContext(), rescale.getShift(),
                                    std::max<int64_t>(rescale.getMin(), 0),
                                    std::max<int64_t>(rescale.getMax(), 0));
    rewriter.modifyOpInPlace(producer,
                             [&]() { producer->setAttr("rescale", clamped); });
    rewriter.replaceOp(op, producer);
    return success();
  }
};

} // namespace

void RequantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns
      .add<FuseRequantize<MatmulOp>, FuseRequantize<Conv2DOp>, HoistRequantize>(
          context);
}

void ReluOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<FoldReluIntoRescale>(context);
}

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

static bool isSplatOf(Value value, int64_t expected) {
  DenseIntElementsAttr attribute;
  return matchPattern(value, m_Constant(&attribute)) &&
         llvm::all_of(attribute.getValues<APInt>(), [&](const APInt &element) {
           return element.getSExtValue() == expected;
         });
}

LogicalResult RequantizeOp::fold(FoldAdaptor,
                                 SmallVectorImpl<OpFoldResult> &results) {
  RescaleAttr rescale = getRescale();
  if (getInto() || rescale.getShift() != 0 ||
      getInput().getType() != getResult().getType())
    return failure();
  unsigned width = getResultType().getElementTypeBitWidth();
  bool clamps = rescale.getMin() > llvm::minIntN(width) ||
                rescale.getMax() < llvm::maxIntN(width);
  if (clamps || !isSplatOf(getMultiplier(), 1) || !isSplatOf(getOffset(), 0))
    return failure();
  results.push_back(getInput());
  return success();
}

/// f(f(x)) is f(x).
template <typename IdempotentOp>
static LogicalResult foldTwice(IdempotentOp op,
                               SmallVectorImpl<OpFoldResult> &results) {
  if (op.getInto() || !op.getInput().template getDefiningOp<IdempotentOp>() ||
      op.getInput().getType() != op.getResult().getType())
    return failure();
  results.push_back(op.getInput());
  return success();
}

LogicalResult ReluOp::fold(FoldAdaptor,
                           SmallVectorImpl<OpFoldResult> &results) {
  return foldTwice(*this, results);
}

LogicalResult SignOp::fold(FoldAdaptor,
                           SmallVectorImpl<OpFoldResult> &results) {
  return foldTwice(*this, results);
}
