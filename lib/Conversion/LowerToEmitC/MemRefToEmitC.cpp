//===- MemRefToEmitC.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A memref becomes a pointer to its first element. Shapes, strides and offsets
// are static, so that an access is `pointer[linear index]`.

#include "Patterns.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace smelt;

namespace {

SmallVector<int64_t> getStrides(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(getStridesAndOffset(type, strides, offset)))
    return {};
  return strides;
}

/// Sums up `value * stride` terms; constants are folded.
class LinearIndex {
public:
  LinearIndex(CBuilder &c, Type type) : c(c), type(type) {}

  void add(Value value, int64_t stride) {
    if (stride == 0)
      return;
    if (std::optional<int64_t> known = getConstant(value)) {
      constant += *known * stride;
      return;
    }
    Value term = stride == 1
                     ? value
                     : c.binary<emitc::MulOp>(value, c.constant(stride, type));
    sum = sum ? c.binary<emitc::AddOp>(sum, term) : term;
  }
  void add(int64_t value) { constant += value; }

  /// The sum, or null if it is zero.
  Value get() {
    if (constant == 0)
      return sum;
    Value last = c.constant(constant, type);
    return sum ? c.binary<emitc::AddOp>(sum, last) : last;
  }
  Value getOrZero() {
    Value value = get();
    return value ? value : c.constant(0, type);
  }

private:
  CBuilder &c;
  Type type;
  Value sum;
  int64_t constant = 0;
};

Value linearize(MemRefType type, ValueRange indices, CBuilder &c, bool orZero) {
  LinearIndex index(c, IntegerType::get(type.getContext(), 32));
  for (auto [value, stride] : llvm::zip_equal(indices, getStrides(type)))
    index.add(value, stride);
  return orZero ? index.getOrZero() : index.get();
}

struct Load : OpConversionPattern<memref::LoadOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::LoadOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    Value index =
        linearize(op.getMemRefType(), operands.getIndices(), c, false);
    rewriter.replaceOpWithNewOp<emitc::ApplyOp>(
        op, getTypeConverter()->convertType(op.getType()), "*",
        c.advance(operands.getMemref(), index));
    return success();
  }
};

struct Store : OpConversionPattern<memref::StoreOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::StoreOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    Value index = linearize(op.getMemRefType(), operands.getIndices(), c, true);
    Value element = rewriter.create<emitc::SubscriptOp>(
        op.getLoc(), operands.getValue().getType(), operands.getMemref(),
        ValueRange{index});
    c.assign(element, operands.getValue());
    rewriter.eraseOp(op);
    return success();
  }
};

struct Alloca : OpConversionPattern<memref::AllocaOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::AllocaOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getSymbolOperands().empty())
      return failure();
    CBuilder c(rewriter, op.getLoc());
    Type element =
        getTypeConverter()->convertType(op.getType().getElementType());
    Value array = c.variable(emitc::ArrayType::get(
        {std::max<int64_t>(op.getType().getNumElements(), 1)}, element));
    rewriter.replaceOp(op, c.decay(array));
    return success();
  }
};

struct Global : OpConversionPattern<memref::GlobalOp> {
  using OpConversionPattern::OpConversionPattern;

  /// The initial value as one row of numbers; null if it has another form.
  static Attribute flatten(Attribute value, RankedTensorType type) {
    if (auto dense = dyn_cast<DenseElementsAttr>(value))
      return dense.reshape(type);
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
      return DenseResourceElementsAttr::get(type, resource.getRawHandle());
    return {};
  }

  LogicalResult
  matchAndRewrite(memref::GlobalOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    MemRefType type = op.getType();
    auto element = dyn_cast<IntegerType>(type.getElementType());
    if (!element || !type.getLayout().isIdentity())
      return rewriter.notifyMatchFailure(op, "not a plain array of integers");
    int64_t size = type.getNumElements();
    bool isPrivate = op.isPrivate();
    bool isExternal = op.isExternal();
    Attribute value;
    if (!isExternal && !op.isUninitialized()) {
      value = flatten(*op.getInitialValue(),
                      RankedTensorType::get({size}, element));
      if (!value)
        return rewriter.notifyMatchFailure(op, "no plain initial value");
    }
    rewriter.replaceOpWithNewOp<emitc::GlobalOp>(
        op, op.getSymName(), emitc::ArrayType::get({size}, element), value,
        isExternal, isPrivate && !isExternal, op.getConstant());
    return success();
  }
};

struct GetGlobal : OpConversionPattern<memref::GetGlobalOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::GetGlobalOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    auto array = emitc::ArrayType::get({op.getType().getNumElements()},
                                       op.getType().getElementType());
    Value global =
        rewriter.create<emitc::GetGlobalOp>(op.getLoc(), array, op.getName());
    rewriter.replaceOp(op, c.decay(global));
    return success();
  }
};

struct View : OpConversionPattern<memref::ViewOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::ViewOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    LinearIndex offset(c, rewriter.getI32Type());
    offset.add(operands.getByteShift(), 1);
    Value start = c.advance(operands.getSource(), offset.get());
    rewriter.replaceOp(
        op, c.cast(start, getTypeConverter()->convertType(op.getType())));
    return success();
  }
};

/// Adds up `offsets * strides`; `dynamic` holds the converted dynamic offsets.
Value sumOffsets(ArrayRef<int64_t> offsets, ValueRange dynamic,
                 ArrayRef<int64_t> strides, CBuilder &c, MLIRContext *context) {
  LinearIndex index(c, IntegerType::get(context, 32));
  for (auto [offset, stride] : llvm::zip_equal(offsets, strides)) {
    if (ShapedType::isDynamic(offset)) {
      index.add(dynamic.front(), stride);
      dynamic = dynamic.drop_front();
    } else {
      index.add(offset * stride);
    }
  }
  return index.get();
}

struct SubView : OpConversionPattern<memref::SubViewOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::SubViewOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    Value offset =
        sumOffsets(op.getStaticOffsets(), operands.getOffsets(),
                   getStrides(op.getSourceType()), c, op.getContext());
    rewriter.replaceOp(op, c.advance(operands.getSource(), offset));
    return success();
  }
};

struct ReinterpretCast : OpConversionPattern<memref::ReinterpretCastOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::ReinterpretCastOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    auto source = dyn_cast<MemRefType>(op.getSource().getType());
    SmallVector<int64_t> strides;
    int64_t start;
    // The new offset counts from the buffer, not from the source's own offset.
    if (!source || failed(getStridesAndOffset(source, strides, start)) ||
        start != 0)
      return rewriter.notifyMatchFailure(op, "of a view with an offset");
    CBuilder c(rewriter, op.getLoc());
    Value offset = sumOffsets(op.getStaticOffsets(), operands.getOffsets(), {1},
                              c, op.getContext());
    rewriter.replaceOp(op, c.advance(operands.getSource(), offset));
    return success();
  }
};

/// An operation that changes the type of a memref and not its address.
template <typename OpTy> struct SameAddress : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(OpTy op, typename OpTy::Adaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, operands.getOperands().front());
    return success();
  }
};

struct Dim : OpConversionPattern<memref::DimOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::DimOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<MemRefType>(op.getSource().getType());
    std::optional<int64_t> index = getConstant(operands.getIndex());
    if (!type || !index || *index < 0 || *index >= type.getRank())
      return failure();
    CBuilder c(rewriter, op.getLoc());
    rewriter.replaceOp(
        op, c.constant(type.getDimSize(*index), rewriter.getI32Type()));
    return success();
  }
};

bool isContiguous(MemRefType type) {
  int64_t expected = 1;
  for (auto [size, stride] :
       llvm::reverse(llvm::zip_equal(type.getShape(), getStrides(type)))) {
    if (size != 1 && stride != expected)
      return false;
    expected *= size;
  }
  return true;
}

struct Copy : OpConversionPattern<memref::CopyOp> {
  using OpConversionPattern::OpConversionPattern;

  static void copyElements(MemRefType source, MemRefType target, Value from,
                           Value to, OpBuilder &builder, Location loc) {
    CBuilder outer(builder, loc);
    Type i32 = builder.getI32Type();
    Value zero = outer.constant(0, i32), one = outer.constant(1, i32);
    SmallVector<Value> indices;
    for (int64_t size : source.getShape()) {
      Value end = outer.constant(size, i32);
      auto loop = builder.create<emitc::ForOp>(loc, zero, end, one);
      indices.push_back(loop.getInductionVar());
      builder.setInsertionPointToStart(loop.getBody());
    }
    CBuilder c(builder, loc);
    Type element = cast<emitc::PointerType>(from.getType()).getPointee();
    Value read = builder.create<emitc::ApplyOp>(
        loc, element, "*",
        c.advance(from, linearize(source, indices, c, false)));
    Value written = builder.create<emitc::SubscriptOp>(
        loc, element, to, ValueRange{linearize(target, indices, c, true)});
    c.assign(written, read);
  }

  LogicalResult
  matchAndRewrite(memref::CopyOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    auto source = dyn_cast<MemRefType>(op.getSource().getType());
    auto target = dyn_cast<MemRefType>(op.getTarget().getType());
    if (!source || !target)
      return failure();
    if (!isContiguous(source) || !isContiguous(target)) {
      copyElements(source, target, operands.getSource(), operands.getTarget(),
                   rewriter, op.getLoc());
      rewriter.eraseOp(op);
      return success();
    }
    CBuilder c(rewriter, op.getLoc());
    auto element = cast<IntegerType>(
        getTypeConverter()->convertType(source.getElementType()));
    int64_t bytes =
        source.getNumElements() * std::max(element.getWidth() / 8, 1u);
    if (!llvm::isInt<32>(bytes))
      return failure();
    rewriter.create<emitc::CallOpaqueOp>(
        op.getLoc(), TypeRange(), "memcpy",
        ValueRange{operands.getTarget(), operands.getSource(),
                   c.constant(bytes, rewriter.getI32Type())});
    rewriter.eraseOp(op);
    return success();
  }
};

struct AssumeAlignment : OpConversionPattern<memref::AssumeAlignmentOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(memref::AssumeAlignmentOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.eraseOp(op);
    return success();
  }
};

} // namespace

void smelt::populateMemRefToEmitC(RewritePatternSet &patterns,
                                  const TypeConverter &types) {
  patterns.add<Load, Store, Alloca, Global, GetGlobal, View, SubView,
               ReinterpretCast, SameAddress<memref::CastOp>,
               SameAddress<memref::CollapseShapeOp>,
               SameAddress<memref::ExpandShapeOp>, Dim, Copy, AssumeAlignment>(
      types, patterns.getContext());
}
