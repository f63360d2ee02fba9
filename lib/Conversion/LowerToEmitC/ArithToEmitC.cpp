//===- ArithToEmitC.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Signed operations become the plain C operators: the ranges of a model's
// values are proven before this point, so that none of them wraps. Unsigned
// operations go through casts to the unsigned type and back.

#include "Patterns.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"

using namespace mlir;
using namespace smelt;

namespace {

bool isBool(Value value) { return value.getType().isInteger(1); }

/// A pattern on an operation with one result, whose value `lower` builds.
template <typename OpTy> struct ValuePattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;
  using Adaptor = typename OpTy::Adaptor;

  virtual Value lower(OpTy op, Adaptor operands, Type type,
                      CBuilder &c) const = 0;

  LogicalResult
  matchAndRewrite(OpTy op, Adaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = this->getTypeConverter()->convertType(op.getType());
    if (!isa_and_nonnull<IntegerType>(type))
      return rewriter.notifyMatchFailure(op, "not on integers");
    CBuilder c(rewriter, op.getLoc());
    Value value = lower(op, operands, type, c);
    if (!value)
      return rewriter.notifyMatchFailure(op, "has no C form on this type");
    rewriter.replaceOp(op, value);
    return success();
  }
};

enum class OnBool { None, And, Or, Xor };

Value lowerOnBool(OnBool kind, Value lhs, Value rhs, CBuilder &c) {
  switch (kind) {
  case OnBool::And:
    return c.logical<emitc::LogicalAndOp>(lhs, rhs);
  case OnBool::Or:
    return c.logical<emitc::LogicalOrOp>(lhs, rhs);
  case OnBool::Xor:
    if (getConstant(rhs) == 1)
      return c.logicalNot(lhs);
    return c.compare(emitc::CmpPredicate::ne, lhs, rhs);
  case OnBool::None:
    return {};
  }
  return {};
}

template <typename OpTy, typename COpTy, OnBool onBool>
struct SignedBinary : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value lower(OpTy op, typename OpTy::Adaptor operands, Type type,
              CBuilder &c) const override {
    if (isBool(operands.getLhs()))
      return lowerOnBool(onBool, operands.getLhs(), operands.getRhs(), c);
    if (isa<arith::XOrIOp>(op) && getConstant(operands.getRhs()) == -1)
      return c.cast(c.bitwiseNot(operands.getLhs()), type);
    return c.cast(
        c.template binary<COpTy>(operands.getLhs(), operands.getRhs()), type);
  }
};

template <typename OpTy, typename COpTy>
struct UnsignedBinary : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value lower(OpTy op, typename OpTy::Adaptor operands, Type type,
              CBuilder &c) const override {
    if (type.isInteger(1))
      return {};
    Type wide = CBuilder::toUnsigned(type);
    Value lhs = c.cast(operands.getLhs(), wide);
    Value rhs = c.cast(operands.getRhs(), wide);
    return c.cast(c.template binary<COpTy>(lhs, rhs), type);
  }
};

template <typename OpTy, emitc::CmpPredicate predicate, bool isSigned,
          OnBool onBool>
struct MinMax : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value lower(OpTy op, typename OpTy::Adaptor operands, Type type,
              CBuilder &c) const override {
    Value lhs = operands.getLhs(), rhs = operands.getRhs();
    if (isBool(lhs))
      return lowerOnBool(onBool, lhs, rhs, c);
    Type compared = isSigned ? type : CBuilder::toUnsigned(type);
    Value test =
        c.compare(predicate, c.cast(lhs, compared), c.cast(rhs, compared));
    return c.conditional(test, lhs, rhs);
  }
};

struct ShiftLeft : ValuePattern<arith::ShLIOp> {
  using ValuePattern::ValuePattern;
  Value lower(arith::ShLIOp op, OpAdaptor operands, Type type,
              CBuilder &c) const override {
    if (type.isInteger(1))
      return {};
    bool isExact = op.hasNoSignedWrap() && op.hasNoUnsignedWrap();
    Type wide = isExact ? type : CBuilder::toUnsigned(CBuilder::promote(type));
    Value bits = c.cast(operands.getLhs(), wide);
    return c.cast(c.binary<emitc::BitwiseLeftShiftOp>(bits, operands.getRhs()),
                  type);
  }
};

template <typename OpTy, bool isSigned> struct ShiftRight : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value lower(OpTy op, typename OpTy::Adaptor operands, Type type,
              CBuilder &c) const override {
    if (type.isInteger(1))
      return {};
    Type shifted = isSigned ? type : CBuilder::toUnsigned(type);
    Value bits = c.cast(operands.getLhs(), shifted);
    return c.cast(
        c.template binary<emitc::BitwiseRightShiftOp>(bits, operands.getRhs()),
        type);
  }
};

/// Widens or narrows `value`, which is signed or not, to `type`.
Value resize(Value value, bool isSigned, Type type, CBuilder &c) {
  if (type.isInteger(1) && !isBool(value)) {
    Type wide = CBuilder::promote(value.getType());
    Value bit =
        c.binary<emitc::BitwiseAndOp>(value, c.constant(1, value.getType()));
    return c.compare(emitc::CmpPredicate::ne, bit, c.constant(0, wide));
  }
  if (isBool(value)) {
    if (type.isInteger(1))
      return value;
    if (!isSigned)
      return c.cast(value, type);
    return c.cast(c.negate(c.cast(value, CBuilder::promote(type))), type);
  }
  bool widens =
      type.getIntOrFloatBitWidth() > value.getType().getIntOrFloatBitWidth();
  if (widens && !isSigned)
    value = c.cast(value, CBuilder::toUnsigned(value.getType()));
  return c.cast(value, type);
}

template <typename OpTy, bool isSigned> struct Resize : ValuePattern<OpTy> {
  using ValuePattern<OpTy>::ValuePattern;
  Value lower(OpTy op, typename OpTy::Adaptor operands, Type type,
              CBuilder &c) const override {
    if (!isa<IntegerType>(operands.getIn().getType()))
      return {};
    return resize(operands.getIn(), isSigned, type, c);
  }
};

struct Compare : ValuePattern<arith::CmpIOp> {
  using ValuePattern::ValuePattern;

  static emitc::CmpPredicate toC(arith::CmpIPredicate predicate) {
    using arith::CmpIPredicate;
    switch (predicate) {
    case CmpIPredicate::eq:
      return emitc::CmpPredicate::eq;
    case CmpIPredicate::ne:
      return emitc::CmpPredicate::ne;
    case CmpIPredicate::slt:
    case CmpIPredicate::ult:
      return emitc::CmpPredicate::lt;
    case CmpIPredicate::sle:
    case CmpIPredicate::ule:
      return emitc::CmpPredicate::le;
    case CmpIPredicate::sgt:
    case CmpIPredicate::ugt:
      return emitc::CmpPredicate::gt;
    case CmpIPredicate::sge:
    case CmpIPredicate::uge:
      return emitc::CmpPredicate::ge;
    }
    return emitc::CmpPredicate::eq;
  }

  Value lower(arith::CmpIOp op, OpAdaptor operands, Type,
              CBuilder &c) const override {
    using arith::CmpIPredicate;
    CmpIPredicate predicate = op.getPredicate();
    Value lhs = operands.getLhs(), rhs = operands.getRhs();
    if (!isa<IntegerType>(lhs.getType()))
      return {};
    bool isEquality =
        predicate == CmpIPredicate::eq || predicate == CmpIPredicate::ne;
    bool isUnsigned = predicate >= CmpIPredicate::ult;
    if (isBool(lhs) && !isEquality && !isUnsigned)
      std::swap(lhs, rhs); // A signed true is -1.
    if (!isBool(lhs) && isUnsigned) {
      Type type = CBuilder::toUnsigned(lhs.getType());
      lhs = c.cast(lhs, type);
      rhs = c.cast(rhs, type);
    }
    return c.compare(toC(predicate), lhs, rhs);
  }
};

struct Select : ValuePattern<arith::SelectOp> {
  using ValuePattern::ValuePattern;
  Value lower(arith::SelectOp op, OpAdaptor operands, Type,
              CBuilder &c) const override {
    if (!isBool(operands.getCondition()))
      return {};
    return c.conditional(operands.getCondition(), operands.getTrueValue(),
                         operands.getFalseValue());
  }
};

struct Constant : ValuePattern<arith::ConstantOp> {
  using ValuePattern::ValuePattern;
  Value lower(arith::ConstantOp op, OpAdaptor, Type type,
              CBuilder &c) const override {
    auto attr = dyn_cast<IntegerAttr>(op.getValue());
    if (!attr)
      return {};
    if (type.isInteger(1))
      return c.constant(attr.getValue().getZExtValue(), type);
    return c.constant(attr.getValue().getSExtValue(), type);
  }
};

} // namespace

void smelt::populateArithToEmitC(RewritePatternSet &patterns,
                                 const TypeConverter &types) {
  using emitc::CmpPredicate;
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  patterns.add<SignedBinary<arith::AddIOp, emitc::AddOp, OnBool::Xor>,
               SignedBinary<arith::SubIOp, emitc::SubOp, OnBool::Xor>,
               SignedBinary<arith::MulIOp, emitc::MulOp, OnBool::And>,
               SignedBinary<arith::DivSIOp, emitc::DivOp, OnBool::None>,
               SignedBinary<arith::RemSIOp, emitc::RemOp, OnBool::None>,
               SignedBinary<arith::AndIOp, emitc::BitwiseAndOp, OnBool::And>,
               SignedBinary<arith::OrIOp, emitc::BitwiseOrOp, OnBool::Or>,
               SignedBinary<arith::XOrIOp, emitc::BitwiseXorOp, OnBool::Xor>,
               UnsignedBinary<arith::DivUIOp, emitc::DivOp>,
               UnsignedBinary<arith::RemUIOp, emitc::RemOp>,
               MinMax<arith::MinSIOp, CmpPredicate::lt, true, OnBool::Or>,
               MinMax<arith::MaxSIOp, CmpPredicate::gt, true, OnBool::And>,
               MinMax<arith::MinUIOp, CmpPredicate::lt, false, OnBool::And>,
               MinMax<arith::MaxUIOp, CmpPredicate::gt, false, OnBool::Or>,
               ShiftLeft, ShiftRight<arith::ShRSIOp, true>,
               ShiftRight<arith::ShRUIOp, false>, Resize<arith::ExtSIOp, true>,
               Resize<arith::ExtUIOp, false>, Resize<arith::TruncIOp, true>,
               Resize<arith::IndexCastOp, true>,
               Resize<arith::IndexCastUIOp, false>, Compare, Select, Constant>(
      types, patterns.getContext());
}
