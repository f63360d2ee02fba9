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
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {

/// A requantization that is the only use of a matrix product, convolution or
/// norm becomes part of it, so that wide values never reach memory.
template <typename Producer>
struct FuseRequantize : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern<RequantizeOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto producer = op.getInput().template getDefiningOp<Producer>();
    if (!producer || producer.getMultiplier() ||
        !producer.getResult().hasOneUse() || op.getInto())
      return failure();
    auto fused = rewriter.create<Producer>(
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

/// A requantization of a widened value reads the value.
struct SkipWidening : OpRewritePattern<RequantizeOp> {
  using OpRewritePattern<RequantizeOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(RequantizeOp op,
                                PatternRewriter &rewriter) const override {
    auto widening = op.getInput().getDefiningOp<tosa::CastOp>();
    if (!widening)
      return failure();
    auto from =
        dyn_cast<IntegerType>(getElementTypeOrSelf(widening.getInput()));
    auto to = dyn_cast<IntegerType>(getElementTypeOrSelf(widening.getOutput()));
    if (!from || !to || from.getWidth() < 8 || from.getWidth() > to.getWidth())
      return failure();
    rewriter.modifyOpInPlace(
        op, [&]() { op.getInputMutable().assign(widening.getInput()); });
    return success();
  }
};

bool isSingle(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements() == 1;
}

/// Whether the value is a constant whose elements a folder can read.
bool isFoldable(Value value) {
  DenseIntElementsAttr attribute;
  return matchPattern(value, m_Constant(&attribute));
}

/// Whether `op` is a constant function of each element of its input.
bool hasConstantParameters(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([](RequantizeOp o) {
        return isFoldable(o.getMultiplier()) && isSingle(o.getMultiplier()) &&
               isFoldable(o.getOffset()) && isSingle(o.getOffset());
      })
      .Case([](LookupOp o) { return isFoldable(o.getTable()); })
      .Case<ReluOp, SignOp>([](auto) { return true; })
      .Default([](Operation *) { return false; });
}

/// A function of a looked-up value becomes part of the table: the op is moved
/// to the table, where its folder computes it.
template <typename ElementwiseOp>
struct MoveIntoTable : OpRewritePattern<ElementwiseOp> {
  using OpRewritePattern<ElementwiseOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(ElementwiseOp op,
                                PatternRewriter &rewriter) const override {
    auto lookup = op.getInput().template getDefiningOp<LookupOp>();
    if (!lookup || !lookup->hasOneUse() || op.getInto() ||
        !isFoldable(lookup.getTable()) || !hasConstantParameters(op))
      return failure();
    IRMapping mapping;
    mapping.map(lookup.getResult(), lookup.getTable());
    Operation *table = rewriter.clone(*op, mapping);
    Type elementType = op.getResultType().getElementType();
    table->getResult(0).setType(
        cast<RankedTensorType>(lookup.getTable().getType()).clone(elementType));
    rewriter.replaceOpWithNewOp<LookupOp>(op, op.getResult().getType(),
                                          lookup.getInput(),
                                          table->getResult(0), Value());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Sums and products
//===----------------------------------------------------------------------===//

void swapParameters(AddOp op) {
  int64_t multiplier = op.getLhsMultiplier();
  op.setLhsMultiplier(op.getRhsMultiplier());
  op.setRhsMultiplier(multiplier);
}

void swapParameters(MulOp op) {
  int64_t offset = op.getLhsOffset();
  op.setLhsOffset(op.getRhsOffset());
  op.setRhsOffset(offset);
}

/// Puts a constant operand on the right.
template <typename BinaryOp>
struct ConstantToRight : OpRewritePattern<BinaryOp> {
  using OpRewritePattern<BinaryOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(BinaryOp op,
                                PatternRewriter &rewriter) const override {
    Value lhs = op.getLhs(), rhs = op.getRhs();
    if (op.getInto() || !matchPattern(lhs, m_Constant()) ||
        matchPattern(rhs, m_Constant()))
      return failure();
    rewriter.modifyOpInPlace(op, [&]() {
      op.getLhsMutable().assign(rhs);
      op.getRhsMutable().assign(lhs);
      swapParameters(op);
    });
    return success();
  }
};

/// The multiplier and the offset by which a sum or product with the number `b`
/// is a requantization, or nothing where one does not fit.
std::optional<std::pair<int64_t, int64_t>> asRequantization(AddOp op,
                                                            int64_t b) {
  int64_t offset;
  if (llvm::MulOverflow<int64_t>(b, op.getRhsMultiplier(), offset) ||
      llvm::AddOverflow<int64_t>(offset, op.getOffset(), offset))
    return std::nullopt;
  return std::pair(op.getLhsMultiplier(), offset);
}

std::optional<std::pair<int64_t, int64_t>> asRequantization(MulOp op,
                                                            int64_t b) {
  int64_t multiplier, offset;
  if (llvm::AddOverflow<int64_t>(b, op.getRhsOffset(), multiplier) ||
      llvm::MulOverflow<int64_t>(multiplier, op.getMultiplier(), multiplier) ||
      llvm::MulOverflow<int64_t>(multiplier, op.getLhsOffset(), offset) ||
      llvm::AddOverflow<int64_t>(offset, op.getOffset(), offset))
    return std::nullopt;
  return std::pair(multiplier, offset);
}

/// A sum or product with one number is a requantization.
template <typename BinaryOp>
struct NumberToRequantize : OpRewritePattern<BinaryOp> {
  using OpRewritePattern<BinaryOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(BinaryOp op,
                                PatternRewriter &rewriter) const override {
    DenseIntElementsAttr number;
    ShapedType type = op.getResultType();
    if (op.getInto() || !matchPattern(op.getRhs(), m_Constant(&number)) ||
        !number.isSplat() ||
        cast<ShapedType>(op.getLhs().getType()).getShape() != type.getShape())
      return failure();
    auto parameters = asRequantization(
        op, number.template getSplatValue<APInt>().getSExtValue());
    if (!parameters || !llvm::isInt<32>(parameters->first))
      return failure();
    auto constant = [&](Type elementType, int64_t value) -> Value {
      auto vector = RankedTensorType::get({1}, elementType);
      return rewriter.create<tosa::ConstOp>(
          op.getLoc(), vector,
          DenseElementsAttr::get(vector,
                                 rewriter.getIntegerAttr(elementType, value)));
    };
    rewriter.replaceOpWithNewOp<RequantizeOp>(
        op, op.getResult().getType(), op.getLhs(),
        constant(rewriter.getI32Type(), parameters->first),
        constant(rewriter.getI64Type(), parameters->second), Value(),
        op.getRescaleAttr());
    return success();
  }
};

/// The sums over windows of one element are the elements.
struct RemoveSingleSums : OpRewritePattern<SumPool2DOp> {
  using OpRewritePattern<SumPool2DOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(SumPool2DOp op,
                                PatternRewriter &rewriter) const override {
    auto is = [](ArrayRef<int64_t> values, int64_t expected) {
      return llvm::all_of(values, [=](int64_t v) { return v == expected; });
    };
    if (op.getInto() || !is(op.getKernel(), 1) || !is(op.getStride(), 1) ||
        !is(op.getPad(), 0) ||
        getElementTypeOrSelf(op.getInput()).getIntOrFloatBitWidth() > 32)
      return failure();
    Type type = op.getResult().getType();
    if (op.getInput().getType() == type)
      rewriter.replaceOp(op, op.getInput());
    else
      rewriter.replaceOpWithNewOp<tosa::CastOp>(op, type, op.getInput());
    return success();
  }
};

} // namespace

void RequantizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<FuseRequantize<MatmulOp>, FuseRequantize<Conv2DOp>,
               FuseRequantize<RMSNormOp>, FuseRequantize<LayerNormOp>,
               HoistRequantize, SkipWidening, MoveIntoTable<RequantizeOp>>(
      context);
}

void ReluOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<FoldReluIntoRescale, MoveIntoTable<ReluOp>>(context);
}

void SignOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  patterns.add<MoveIntoTable<SignOp>>(context);
}

void LookupOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<MoveIntoTable<LookupOp>>(context);
}

void AddOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<ConstantToRight<AddOp>, NumberToRequantize<AddOp>>(context);
}

void MulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<ConstantToRight<MulOp>, NumberToRequantize<MulOp>>(context);
}

void SumPool2DOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<RemoveSingleSums>(context);
}
