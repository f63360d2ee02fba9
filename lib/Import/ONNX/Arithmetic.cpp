//===- Arithmetic.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

template <UnaryFn function> static LogicalResult importUnary(Node &node) {
  return node.set(0, node.unary(function, node.in(0)));
}

/// An op that before version 7 broadcast by the attributes axis and broadcast.
template <BinaryFn function> static LogicalResult importBinary(Node &node) {
  if (node.opset() < 7 && node.integer("broadcast", 0))
    return node.fail("broadcasting by attributes is not supported; convert the "
                     "model to opset 7 or later");
  return node.set(0, node.binary(function, node.in(0), node.in(1)));
}

static LogicalResult importDiv(Node &node) {
  return node.set(0, node.div(node.in(0), node.in(1)));
}

template <BinaryFn function> static LogicalResult importVariadic(Node &node) {
  GraphValue result = node.in(0);
  for (size_t i = 1; i < node.inputCount(); ++i) {
    if (!node.has(i))
      return node.fail("an input is missing");
    result = node.binary(function, result, node.in(i));
  }
  return node.set(0, result);
}

static LogicalResult importMean(Node &node) {
  GraphValue result = node.in(0);
  for (size_t i = 1; i < node.inputCount(); ++i) {
    if (!node.has(i))
      return node.fail("an input is missing");
    result = node.add(result, node.in(i));
  }
  return node.set(0, node.mul(result, node.scalar(1.0f / node.inputCount())));
}

static GraphValue squareRoot(Node &node, const GraphValue &x) {
  if (!node.isEmpty(x) && x.isConstant())
    return node.binary(BinaryFn::Pow, x, node.scalar(0.5f));
  return node.unary(UnaryFn::Reciprocal, node.unary(UnaryFn::Rsqrt, x));
}

static LogicalResult importSqrt(Node &node) {
  return node.set(0, squareRoot(node, node.in(0)));
}

/// Powers that need no general power function.
static LogicalResult importPow(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue exponent = node.cast(node.in(1), x.type);
  if (node.isEmpty(exponent))
    return failure();
  bool isSimple = exponent.isConstant() && exponent.size() == 1 &&
                  !x.isConstant() && exponent.rank() <= x.rank();
  double power = isSimple ? exponent.constant->real(0) : 0;
  if (isSimple && power == 1)
    return node.set(0, x);
  if (isSimple && power == 2)
    return node.set(0, node.mul(x, x));
  if (isSimple && power == 3)
    return node.set(0, node.mul(node.mul(x, x), x));
  if (isSimple && power == 0.5)
    return node.set(0, squareRoot(node, x));
  if (isSimple && power == -0.5)
    return node.set(0, node.unary(UnaryFn::Rsqrt, x));
  if (isSimple && power == -1)
    return node.set(0, node.unary(UnaryFn::Reciprocal, x));
  return node.set(0, node.binary(BinaryFn::Pow, x, exponent));
}

static LogicalResult importMod(Node &node) {
  const GraphValue &a = node.in(0), &b = node.in(1);
  std::optional<Shape> shape = broadcastShapes(a.shape, b.shape);
  if (!a.isConstant() || !b.isConstant() || isFloat(a.type) || !shape ||
      a.type != b.type || !node.checkShape(*shape))
    return node.fail("is only supported on integer constants");
  bool isC = node.integer("fmod", 0);
  return node.set(
      0, node.fromConstant(zipInteger(
             a.constant, b.constant, a.type, [&](int64_t x, int64_t y) {
               if (y == 0 || y == -1)
                 return int64_t(0);
               int64_t rest = x % y;
               return !isC && rest && (rest < 0) != (y < 0) ? rest + y : rest;
             })));
}

//===----------------------------------------------------------------------===//
// Comparison and logic
//===----------------------------------------------------------------------===//

template <CompareFn function, bool isSwapped>
static LogicalResult importCompare(Node &node) {
  const GraphValue &a = node.in(isSwapped), &b = node.in(!isSwapped);
  return node.set(0, node.compare(function, a, b));
}

enum class LogicFn { And, Or, Xor };

template <LogicFn function> static LogicalResult importLogic(Node &node) {
  const GraphValue &a = node.in(0), &b = node.in(1);
  std::optional<Shape> shape = broadcastShapes(a.shape, b.shape);
  if (a.type != DataType::Bool || b.type != DataType::Bool || !shape ||
      !node.checkShape(*shape))
    return node.fail("needs two bool tensors that broadcast together");
  if (a.isConstant() && b.isConstant())
    return node.set(0, node.fromConstant(zipInteger(
                           a.constant, b.constant, DataType::Bool,
                           [](int64_t x, int64_t y) -> int64_t {
                             return function == LogicFn::And  ? x && y
                                    : function == LogicFn::Or ? x || y
                                                              : x != y;
                           })));
  Shape left(shape->size() - a.shape.size(), 1),
      right(shape->size() - b.shape.size(), 1);
  left.append(a.shape.begin(), a.shape.end());
  right.append(b.shape.begin(), b.shape.end());
  GraphValue x = node.reshape(a, left), y = node.reshape(b, right);
  if (node.hasFailed())
    return failure();
  OpBuilder &builder = node.getBuilder();
  Type type = node.typeOf(DataType::Bool, *shape);
  Location location = node.getLoc();
  Value lhs = node.emit(x), rhs = node.emit(y), result;
  if (function == LogicFn::And)
    result = builder.create<tosa::LogicalAndOp>(location, type, lhs, rhs);
  else if (function == LogicFn::Or)
    result = builder.create<tosa::LogicalOrOp>(location, type, lhs, rhs);
  else
    result = builder.create<tosa::LogicalXorOp>(location, type, lhs, rhs);
  return node.set(0, node.fromValue(result, DataType::Bool));
}

static LogicalResult importNot(Node &node) {
  const GraphValue &x = node.in(0);
  if (x.type != DataType::Bool)
    return node.fail("needs a bool tensor");
  if (x.isConstant())
    return node.set(0, node.fromConstant(zipInteger(
                           x.constant, x.constant, DataType::Bool,
                           [](int64_t a, int64_t) { return int64_t(!a); })));
  Value result = node.getBuilder().create<tosa::LogicalNotOp>(
      node.getLoc(), x.value.getType(), x.value);
  return node.set(0, node.fromValue(result, DataType::Bool));
}

static LogicalResult importWhere(Node &node) {
  if (node.in(1).quantization || node.in(2).quantization)
    return node.fail("is not supported on quantized integers");
  return node.set(0, node.select(node.in(0), node.in(1), node.in(2)));
}

/// Sign by two comparisons, and rounding half to even by a fake quantization
/// would not cover all of f32: only what is exact is here.
static LogicalResult importSign(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue zero = node.cast(node.scalar(0), x.type);
  GraphValue one = node.cast(node.scalar(1), x.type);
  GraphValue minusOne = node.cast(node.scalar(-1), x.type);
  GraphValue negative =
      node.select(node.compare(CompareFn::Greater, zero, x), minusOne, zero);
  return node.set(
      0, node.select(node.compare(CompareFn::Greater, x, zero), one, negative));
}

void onnximport::registerArithmetic(OpTable &table) {
  constexpr InputTypes kNumber = InputTypes::Number, kAny = InputTypes::Any;
  table.add("Abs", importUnary<UnaryFn::Abs>, 1, 1, kNumber);
  table.add("Ceil", importUnary<UnaryFn::Ceil>, 1, 1);
  table.add("Cos", importUnary<UnaryFn::Cos>, 1, 1);
  table.add("Erf", importUnary<UnaryFn::Erf>, 1, 1);
  table.add("Exp", importUnary<UnaryFn::Exp>, 1, 1);
  table.add("Floor", importUnary<UnaryFn::Floor>, 1, 1);
  table.add("Log", importUnary<UnaryFn::Log>, 1, 1);
  table.add("Neg", importUnary<UnaryFn::Negate>, 1, 1, kNumber);
  table.add("Reciprocal", importUnary<UnaryFn::Reciprocal>, 1, 1);
  table.add("Sin", importUnary<UnaryFn::Sin>, 1, 1);
  table.add("Sqrt", importSqrt, 1, 1);
  table.add("Sign", importSign, 1, 1, kNumber);
  table.add("Add", importBinary<BinaryFn::Add>, 2, 2, kNumber);
  table.add("Sub", importBinary<BinaryFn::Sub>, 2, 2, kNumber);
  table.add("Mul", importBinary<BinaryFn::Mul>, 2, 2, kNumber);
  table.add("Div", importDiv, 2, 2, kNumber);
  table.add("Mod", importMod, 2, 2, kNumber);
  table.add("Pow", importPow, 2, 2, kNumber);
  table.add("Max", importVariadic<BinaryFn::Max>, 1, kAnyNumber, kNumber);
  table.add("Min", importVariadic<BinaryFn::Min>, 1, kAnyNumber, kNumber);
  table.add("Sum", importVariadic<BinaryFn::Add>, 1, kAnyNumber);
  table.add("Mean", importMean, 1, kAnyNumber);
  table.add("Equal", importCompare<CompareFn::Equal, false>, 2, 2, kNumber);
  table.add("Greater", importCompare<CompareFn::Greater, false>, 2, 2, kNumber);
  table.add("GreaterOrEqual", importCompare<CompareFn::GreaterEqual, false>, 2,
            2, kNumber);
  table.add("Less", importCompare<CompareFn::Greater, true>, 2, 2, kNumber);
  table.add("LessOrEqual", importCompare<CompareFn::GreaterEqual, true>, 2, 2,
            kNumber);
  table.add("And", importLogic<LogicFn::And>, 2, 2, kAny);
  table.add("Or", importLogic<LogicFn::Or>, 2, 2, kAny);
  table.add("Xor", importLogic<LogicFn::Xor>, 2, 2, kAny);
  table.add("Not", importNot, 1, 1, kAny);
  table.add("Where", importWhere, 3, 3, kAny);
}
