//===- Expressions.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace smelt;
using c::Code;
using c::Precedence;

/// Whether C's implicit conversion from `from` to `to` keeps every value.
static bool keepsValues(Type from, Type to) {
  auto source = dyn_cast<IntegerType>(from);
  auto target = dyn_cast<IntegerType>(to);
  if (!source || !target || target.getWidth() == 1)
    return false;
  if (source.getWidth() == 1)
    return true;
  if (source.isUnsigned() == target.isUnsigned())
    return source.getWidth() <= target.getWidth();
  return source.isUnsigned() && source.getWidth() < target.getWidth();
}

/// Whether C promotes `type` to no signed type where `int` has 16 bits.
static bool mayStayUnsigned(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.isUnsigned() && integer.getWidth() >= 16;
}

/// Whether sums and products of `type` may not fit into an `int` of 16 bits.
static bool mayOverflowInt(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() > 8 && integer.getWidth() < 32;
}

static bool needsParentheses(const Code &child, Precedence parent,
                             StringRef symbol, bool isRight) {
  bool isComparison =
      parent == Precedence::Equality || parent == Precedence::Relational;
  if (child.precedence >= Precedence::Unary)
    return isComparison && child.symbol == "!";
  bool isSame = !symbol.empty() && child.symbol == symbol;
  bool isArithmetic = child.precedence >= Precedence::Additive;
  switch (parent) {
  case Precedence::Conditional:
    return child.precedence == Precedence::Conditional;
  case Precedence::LogicalOr:
  case Precedence::LogicalAnd:
    return !isSame && child.precedence != Precedence::Equality &&
           child.precedence != Precedence::Relational && !isArithmetic;
  case Precedence::Equality:
  case Precedence::Relational:
    return !isArithmetic;
  case Precedence::BitOr:
  case Precedence::BitXor:
  case Precedence::BitAnd:
    return !isSame || isRight;
  case Precedence::Additive:
    return child.precedence < Precedence::Additive ||
           (isRight && child.precedence == Precedence::Additive);
  case Precedence::Multiplicative:
    return !isSame || isRight;
  case Precedence::Shift:
  case Precedence::Unary:
    return true;
  case Precedence::Primary:
    return false;
  }
  return true;
}

std::string c::getTypeName(Type type) {
  if (auto pointer = dyn_cast<emitc::PointerType>(type))
    return getTypeName(pointer.getPointee());
  if (auto array = dyn_cast<emitc::ArrayType>(type))
    return getTypeName(array.getElementType());
  auto integer = llvm::cast<IntegerType>(type);
  if (integer.getWidth() == 1)
    return "bool";
  return (Twine(integer.isUnsigned() ? "uint" : "int") +
          Twine(integer.getWidth()) + "_t")
      .str();
}

std::string c::declare(Type type, StringRef name, bool isConst) {
  std::string declaration = isConst ? "const " : "";
  declaration += getTypeName(type);
  declaration += isa<emitc::PointerType>(type) ? " *" : " ";
  declaration += name;
  if (auto array = dyn_cast<emitc::ArrayType>(type))
    declaration += ("[" + Twine(array.getShape().front()) + "]").str();
  return declaration;
}

Code c::printLiteral(const APInt &value, IntegerType type, bool exactType) {
  unsigned width = type.getWidth();
  if (width == 1)
    return {value.isZero() ? "false" : "true"};
  std::string digits = llvm::toString(value, 10, !type.isUnsigned());
  // An `int` may have as few as 16 bits.
  bool mayBeShort = width == 32 && value.getSignificantBits() <= 16;
  if (type.isUnsigned()) {
    if (width == 64)
      return {"UINT64_C(" + digits + ")"};
    if (mayBeShort && exactType)
      return {"UINT32_C(" + digits + ")"};
    return {digits + (width == 32 ? "u" : "")};
  }
  if (width >= 32 && value.isMinSignedValue())
    return {width == 32 ? "INT32_MIN" : "INT64_MIN"};
  if (width == 64 && exactType)
    return {"INT64_C(" + digits + ")"};
  if (mayBeShort && exactType)
    return {"INT32_C(" + digits + ")"};
  return {digits, value.isNegative() ? Precedence::Unary : Precedence::Primary};
}

StringRef c::ExpressionPrinter::getName(Value value) const {
  auto found = names.find(value);
  return found == names.end() ? StringRef() : StringRef(found->second);
}

std::string c::ExpressionPrinter::child(Code code, Precedence parent,
                                        StringRef symbol, bool isRight) const {
  if (needsParentheses(code, parent, symbol, isRight))
    return "(" + code.text + ")";
  return code.text;
}

/// An implicit conversion can stand for `value`'s outermost operation.
bool c::ExpressionPrinter::canRelax(Value value) const {
  if (!inlining.isInlined(value))
    return false;
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast<emitc::CastOp>(op))
    return keepsValues(cast.getSource().getType(), cast.getType());
  return isa<emitc::ConstantOp>(op);
}

bool c::ExpressionPrinter::isFromUnsigned(Value value) const {
  if (!inlining.isInlined(value))
    return false;
  auto cast = value.getDefiningOp<emitc::CastOp>();
  return cast && mayStayUnsigned(cast.getSource().getType());
}

/// Whether a bitwise operation on integers of `type`, which C promotes to
/// `int`, has a result that fits into `type`.
static bool fits(Operation *op, Type type) {
  if (auto shift = dyn_cast<emitc::BitwiseRightShiftOp>(op)) {
    auto lhs = dyn_cast<IntegerType>(shift->getOperand(0).getType());
    APInt amount;
    if (lhs && lhs.isUnsigned() && !mayStayUnsigned(lhs) &&
        lhs.getWidth() == type.getIntOrFloatBitWidth())
      return matchPattern(shift->getOperand(1), m_ConstantInt(&amount)) &&
             amount.isStrictlyPositive();
  }
  return isa<emitc::BitwiseAndOp, emitc::BitwiseOrOp, emitc::BitwiseXorOp,
             emitc::BitwiseNotOp, emitc::BitwiseRightShiftOp>(op) &&
         llvm::all_of(op->getOperandTypes(),
                      [type](Type operand) { return operand == type; });
}

Value c::ExpressionPrinter::strip(Value value) const {
  auto cast = value.getDefiningOp<emitc::CastOp>();
  if (!cast || !inlining.isInlined(value) ||
      !inlining.isInlined(cast.getSource()))
    return value;
  auto type = dyn_cast<IntegerType>(cast.getType());
  bool isNarrow = type && type.getWidth() < 32 && type.isSignless();
  return isNarrow && fits(cast.getSource().getDefiningOp(), type)
             ? cast.getSource()
             : value;
}

Code c::ExpressionPrinter::code(Value value, bool exactType) {
  if (inlining.isInlined(value))
    return operation(value.getDefiningOp(), exactType);
  return {getName(value).str()};
}

/// The first operand of arithmetic, of which `printed` is what to print.
Code c::ExpressionPrinter::term(Value operand, Value printed, bool exactType) {
  Code inner = code(printed, exactType);
  if (!mayOverflowInt(operand.getType()))
    return inner;
  return {"(int32_t)" + child(inner, Precedence::Unary, "", false),
          Precedence::Unary};
}

Code c::ExpressionPrinter::binary(Operation *op, StringRef symbol,
                                  Precedence precedence) {
  Value lhs = strip(op->getOperand(0)), rhs = strip(op->getOperand(1));
  bool isShift = precedence == Precedence::Shift;
  bool isLogical = precedence == Precedence::LogicalAnd ||
                   precedence == Precedence::LogicalOr;
  // One operand of the exact type is enough for C to convert the other one.
  bool relaxRight = isShift || isLogical || canRelax(rhs);
  bool relaxLeft = isLogical || (!isShift && canRelax(lhs) && !canRelax(rhs));
  Code left = isa<emitc::MulOp, emitc::AddOp, emitc::SubOp>(op)
                  ? term(op->getOperand(0), lhs, !relaxLeft)
                  : code(lhs, !relaxLeft);
  Code right = code(rhs, !relaxRight || relaxLeft);
  return {child(left, precedence, symbol, false) + " " + symbol.str() + " " +
              child(right, precedence, symbol, true),
          precedence, symbol};
}

/// The constant that `value` is, if it can be negated.
static std::optional<APInt> getNegative(Value value) {
  auto op = value.getDefiningOp<emitc::ConstantOp>();
  auto attr = op ? dyn_cast<IntegerAttr>(op.getValue()) : IntegerAttr();
  if (!attr || llvm::cast<IntegerType>(attr.getType()).isUnsigned() ||
      !attr.getValue().isNegative() || attr.getValue().isMinSignedValue())
    return std::nullopt;
  return -attr.getValue();
}

Code c::ExpressionPrinter::additive(Operation *op, StringRef symbol) {
  Value lhs = op->getOperand(0), rhs = op->getOperand(1);
  if (isa<emitc::PointerType>(lhs.getType()))
    return {child(code(lhs, true), Precedence::Additive, symbol, false) +
                " + " +
                child(code(rhs, false), Precedence::Additive, symbol, true),
            Precedence::Additive, symbol};
  if (symbol == "-" && matchPattern(lhs, m_Zero()))
    return unary(rhs, "-");
  std::optional<APInt> negated = getNegative(rhs);
  if (!negated)
    return binary(op, symbol, Precedence::Additive);
  symbol = symbol == "+" ? "-" : "+";
  Code left = term(lhs, lhs, true);
  Code right =
      printLiteral(*negated, llvm::cast<IntegerType>(rhs.getType()), false);
  return {child(left, Precedence::Additive, symbol, false) + " " +
              symbol.str() + " " + right.text,
          Precedence::Additive, symbol};
}

Code c::ExpressionPrinter::unary(Value operand, StringRef symbol) {
  Code inner = symbol == "-" ? term(operand, strip(operand), true)
                             : code(strip(operand), true);
  bool isNegative = StringRef(inner.text).starts_with(symbol);
  std::string text = child(inner, Precedence::Unary, "", false);
  if (isNegative && text == inner.text)
    text = "(" + text + ")";
  return {symbol.str() + text, Precedence::Unary, symbol};
}

Code c::ExpressionPrinter::cast(emitc::CastOp op, bool exactType) {
  Type from = op.getSource().getType(), to = op.getType();
  if (auto pointer = dyn_cast<emitc::PointerType>(to)) {
    Code inner = code(op.getSource(), true);
    std::string star = pointers.isConst(op.getSource()) ? "(const " : "(";
    return {star + getTypeName(pointer) + " *)" +
                child(inner, Precedence::Unary, "", false),
            Precedence::Unary};
  }
  unsigned promoted = exactType ? 16 : 32;
  bool isPromoted = from.isInteger(1) && to.getIntOrFloatBitWidth() <= promoted;
  if (isPromoted || (!exactType && keepsValues(from, to)))
    return code(op.getSource(), exactType);
  Code inner = code(strip(op.getSource()), false);
  return {"(" + getTypeName(to) + ")" +
              child(inner, Precedence::Unary, "", false),
          Precedence::Unary};
}

Code c::ExpressionPrinter::conditional(emitc::ConditionalOp op,
                                       bool exactType) {
  Value yes = op.getTrueValue(), no = op.getFalseValue();
  // Beside an unsigned number C makes a negative one unsigned.
  exactType |= isFromUnsigned(yes) || isFromUnsigned(no);
  bool relaxNo = !exactType || canRelax(no);
  bool relaxYes = !exactType || (canRelax(yes) && !canRelax(no));
  Code test = code(op.getCondition(), false);
  auto part = [&](Code part) {
    return child(part, Precedence::Conditional, "", false);
  };
  std::string text = part(test) + " ? " + part(code(yes, !relaxYes));
  return {text + " : " + part(code(no, !relaxNo || (exactType && relaxYes))),
          Precedence::Conditional};
}

/// `base[index]`, where `base` may itself be a sum; no index is zero.
Code c::ExpressionPrinter::element(Value base, Value index) {
  std::string sum;
  auto prepend = [&](Value term) {
    if (term && !(matchPattern(term, m_Zero()) && inlining.isInlined(term)))
      sum = sum.empty()
                ? print(term)
                : child(code(term, false), Precedence::Additive, "+", false) +
                      " + " + sum;
  };
  prepend(index);
  while (inlining.isInlined(base) && base.getDefiningOp<emitc::AddOp>()) {
    auto advance = base.getDefiningOp<emitc::AddOp>();
    prepend(advance.getOperand(1));
    base = advance.getOperand(0);
  }
  Code start = code(base, true);
  if (start.precedence < Precedence::Primary)
    start.text = "(" + start.text + ")";
  return {start.text + "[" + (sum.empty() ? "0" : sum) + "]"};
}

Code c::ExpressionPrinter::apply(emitc::ApplyOp op) {
  if (op.getApplicableOperator() == "*")
    return element(op.getOperand(), {});
  auto subscript = op.getOperand().getDefiningOp<emitc::SubscriptOp>();
  if (subscript && matchPattern(subscript.getIndices().front(), m_Zero()))
    return code(subscript.getValue(), true);
  return unary(op.getOperand(), "&");
}

static StringRef getSymbol(emitc::CmpPredicate predicate) {
  switch (predicate) {
  case emitc::CmpPredicate::eq:
    return "==";
  case emitc::CmpPredicate::ne:
    return "!=";
  case emitc::CmpPredicate::lt:
    return "<";
  case emitc::CmpPredicate::le:
    return "<=";
  case emitc::CmpPredicate::gt:
    return ">";
  case emitc::CmpPredicate::ge:
    return ">=";
  case emitc::CmpPredicate::three_way:
    break;
  }
  return "";
}

Code c::ExpressionPrinter::operation(Operation *op, bool exactType) {
  return TypeSwitch<Operation *, Code>(op)
      .Case<emitc::ConstantOp>([&](emitc::ConstantOp op) {
        auto attr = llvm::cast<IntegerAttr>(op.getValue());
        usesBool |= attr.getType().isInteger(1);
        return printLiteral(attr.getValue(),
                            llvm::cast<IntegerType>(attr.getType()), exactType);
      })
      .Case<emitc::LiteralOp>(
          [&](emitc::LiteralOp op) { return Code{op.getValue().str()}; })
      .Case<emitc::GetGlobalOp>([&](emitc::GetGlobalOp op) {
        return Code{globals.lookup(op.getName())};
      })
      .Case<emitc::SubscriptOp>([&](emitc::SubscriptOp op) {
        return element(op.getValue(), op.getIndices().front());
      })
      .Case<emitc::ApplyOp>([&](emitc::ApplyOp op) { return apply(op); })
      .Case<emitc::CastOp>(
          [&](emitc::CastOp op) { return cast(op, exactType); })
      .Case<emitc::ConditionalOp>(
          [&](emitc::ConditionalOp op) { return conditional(op, exactType); })
      .Case<emitc::UnaryMinusOp, emitc::BitwiseNotOp, emitc::LogicalNotOp,
            emitc::UnaryPlusOp>([&](Operation *op) {
        StringRef symbol = isa<emitc::UnaryMinusOp>(op)   ? "-"
                           : isa<emitc::BitwiseNotOp>(op) ? "~"
                           : isa<emitc::LogicalNotOp>(op) ? "!"
                                                          : "+";
        return unary(op->getOperand(0), symbol);
      })
      .Case<emitc::AddOp>([&](Operation *op) { return additive(op, "+"); })
      .Case<emitc::SubOp>([&](Operation *op) { return additive(op, "-"); })
      .Case<emitc::CmpOp>([&](emitc::CmpOp op) {
        bool isEquality = op.getPredicate() == emitc::CmpPredicate::eq ||
                          op.getPredicate() == emitc::CmpPredicate::ne;
        return binary(op, getSymbol(op.getPredicate()),
                      isEquality ? Precedence::Equality
                                 : Precedence::Relational);
      })
      .Default([&](Operation *op) {
        struct Operator {
          StringRef name, symbol;
          Precedence precedence;
        };
        static const Operator operators[] = {
            {"emitc.mul", "*", Precedence::Multiplicative},
            {"emitc.div", "/", Precedence::Multiplicative},
            {"emitc.rem", "%", Precedence::Multiplicative},
            {"emitc.bitwise_left_shift", "<<", Precedence::Shift},
            {"emitc.bitwise_right_shift", ">>", Precedence::Shift},
            {"emitc.bitwise_and", "&", Precedence::BitAnd},
            {"emitc.bitwise_xor", "^", Precedence::BitXor},
            {"emitc.bitwise_or", "|", Precedence::BitOr},
            {"emitc.logical_and", "&&", Precedence::LogicalAnd},
            {"emitc.logical_or", "||", Precedence::LogicalOr}};
        for (const Operator &known : operators)
          if (op->getName().getStringRef() == known.name)
            return binary(op, known.symbol, known.precedence);
        return Code();
      });
}
