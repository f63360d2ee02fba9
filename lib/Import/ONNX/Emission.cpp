//===- Emission.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

static double evaluate(UnaryFn function, double x) {
  switch (function) {
  case UnaryFn::Abs:
    return std::fabs(x);
  case UnaryFn::Ceil:
    return std::ceil(x);
  case UnaryFn::Cos:
    return std::cos(x);
  case UnaryFn::Erf:
    return std::erf(x);
  case UnaryFn::Exp:
    return std::exp(x);
  case UnaryFn::Floor:
    return std::floor(x);
  case UnaryFn::Log:
    return std::log(x);
  case UnaryFn::Negate:
    return -x;
  case UnaryFn::Reciprocal:
    return 1 / x;
  case UnaryFn::Rsqrt:
    return 1 / std::sqrt(x);
  case UnaryFn::Sigmoid:
    return 1 / (1 + std::exp(-x));
  case UnaryFn::Sin:
    return std::sin(x);
  case UnaryFn::Tanh:
    return std::tanh(x);
  }
  return 0;
}

static Value createUnary(OpBuilder &builder, Location location,
                         UnaryFn function, Type type, Value x) {
  switch (function) {
  case UnaryFn::Abs:
    return builder.create<tosa::AbsOp>(location, type, x);
  case UnaryFn::Ceil:
    return builder.create<tosa::CeilOp>(location, type, x);
  case UnaryFn::Cos:
    return builder.create<tosa::CosOp>(location, type, x);
  case UnaryFn::Erf:
    return builder.create<tosa::ErfOp>(location, type, x);
  case UnaryFn::Exp:
    return builder.create<tosa::ExpOp>(location, type, x);
  case UnaryFn::Floor:
    return builder.create<tosa::FloorOp>(location, type, x);
  case UnaryFn::Log:
    return builder.create<tosa::LogOp>(location, type, x);
  case UnaryFn::Negate:
    return builder.create<tosa::NegateOp>(location, type, x);
  case UnaryFn::Reciprocal:
    return builder.create<tosa::ReciprocalOp>(location, type, x);
  case UnaryFn::Rsqrt:
    return builder.create<tosa::RsqrtOp>(location, type, x);
  case UnaryFn::Sigmoid:
    return builder.create<tosa::SigmoidOp>(location, type, x);
  case UnaryFn::Sin:
    return builder.create<tosa::SinOp>(location, type, x);
  case UnaryFn::Tanh:
    return builder.create<tosa::TanhOp>(location, type, x);
  }
  return Value();
}

GraphValue Node::unary(UnaryFn function, const GraphValue &value) {
  if (isEmpty(value))
    return empty();
  bool keepsIntegers = function == UnaryFn::Abs || function == UnaryFn::Negate;
  if (!isFloat(value.type) && !keepsIntegers) {
    (void)fail("is not supported on " + nameOf(value.type));
    return empty();
  }
  if (!value.isConstant())
    return fromValue(createUnary(getBuilder(), location, function,
                                 value.value.getType(), value.value),
                     value.type);
  if (!reserve(value.type, value.shape))
    return empty();
  if (isFloat(value.type))
    return fromConstant(mapReal(
        *value.constant, [&](double x) { return evaluate(function, x); }));
  bool isAbs = function == UnaryFn::Abs;
  return fromConstant(zipInteger(
      value.constant, value.constant, value.type, [&](int64_t x, int64_t) {
        return isAbs && x >= 0 ? x : static_cast<int64_t>(0 - uint64_t(x));
      }));
}

static double evaluate(BinaryFn function, double a, double b) {
  switch (function) {
  case BinaryFn::Add:
    return a + b;
  case BinaryFn::Sub:
    return a - b;
  case BinaryFn::Mul:
    return a * b;
  case BinaryFn::Max:
    return std::isnan(a) ? a : std::max(b, a);
  case BinaryFn::Min:
    return std::isnan(a) ? a : std::min(b, a);
  case BinaryFn::Pow:
    return std::pow(a, b);
  }
  return 0;
}

static int64_t evaluateInteger(BinaryFn function, int64_t a, int64_t b) {
  switch (function) {
  case BinaryFn::Add:
    return static_cast<int64_t>(uint64_t(a) + uint64_t(b));
  case BinaryFn::Sub:
    return static_cast<int64_t>(uint64_t(a) - uint64_t(b));
  case BinaryFn::Mul:
    return static_cast<int64_t>(uint64_t(a) * uint64_t(b));
  case BinaryFn::Max:
    return std::max(a, b);
  case BinaryFn::Min:
    return std::min(a, b);
  case BinaryFn::Pow: {
    double power = std::pow(static_cast<double>(a), static_cast<double>(b));
    return std::fabs(power) < 9e18 ? static_cast<int64_t>(power) : 0;
  }
  }
  return 0;
}

static Value createBinary(OpBuilder &builder, Location location,
                          BinaryFn function, Type type, Value a, Value b) {
  switch (function) {
  case BinaryFn::Add:
    return builder.create<tosa::AddOp>(location, type, a, b);
  case BinaryFn::Sub:
    return builder.create<tosa::SubOp>(location, type, a, b);
  case BinaryFn::Mul:
    return builder.create<tosa::MulOp>(location, type, a, b,
                                       static_cast<int8_t>(0));
  case BinaryFn::Max:
    return builder.create<tosa::MaximumOp>(location, type, a, b);
  case BinaryFn::Min:
    return builder.create<tosa::MinimumOp>(location, type, a, b);
  case BinaryFn::Pow:
    return builder.create<tosa::PowOp>(location, type, a, b);
  }
  return Value();
}

GraphValue Node::binary(BinaryFn function, const GraphValue &lhs,
                        const GraphValue &rhs) {
  if (isEmpty(lhs) || isEmpty(rhs))
    return empty();
  std::optional<Shape> shape = broadcastShapes(lhs.shape, rhs.shape);
  if (lhs.type != rhs.type || !shape) {
    (void)fail(shape ? "operands have different types: " + nameOf(lhs.type) +
                           " and " + nameOf(rhs.type)
                     : Twine("operands' shapes do not broadcast together"));
    return empty();
  }
  if (lhs.isConstant() && rhs.isConstant()) {
    if (!reserve(lhs.type, *shape))
      return empty();
    if (isFloat(lhs.type))
      return fromConstant(zipReal(
          lhs.constant, rhs.constant, lhs.type,
          [&](double a, double b) { return evaluate(function, a, b); }));
    return fromConstant(zipInteger(
        lhs.constant, rhs.constant, lhs.type,
        [&](int64_t a, int64_t b) { return evaluateInteger(function, a, b); }));
  }
  if (!checkShape(*shape))
    return empty();
  if (function == BinaryFn::Pow && !isFloat(lhs.type)) {
    (void)fail("is not supported on integers");
    return empty();
  }
  Value left = emit(alignRank(lhs, shape->size()));
  Value right = emit(alignRank(rhs, shape->size()));
  return fromValue(createBinary(getBuilder(), location, function,
                                typeOf(lhs.type, *shape), left, right),
                   lhs.type);
}

GraphValue Node::div(const GraphValue &lhs, const GraphValue &rhs) {
  if (isEmpty(lhs) || isEmpty(rhs))
    return empty();
  if (!isFloat(lhs.type)) {
    bool isConstant = lhs.isConstant() && rhs.isConstant();
    if (isConstant && lhs.type == rhs.type) {
      std::optional<Shape> shape = broadcastShapes(lhs.shape, rhs.shape);
      if (shape && reserve(lhs.type, *shape))
        return fromConstant(zipInteger(
            lhs.constant, rhs.constant, lhs.type, [](int64_t a, int64_t b) {
              if (b == 0 || (b == -1 && a == INT64_MIN))
                return int64_t(0);
              return a / b;
            }));
    }
    (void)fail("integer division is only supported on constants");
    return empty();
  }
  if (lhs.isConstant() && rhs.isConstant() && lhs.type == rhs.type) {
    std::optional<Shape> shape = broadcastShapes(lhs.shape, rhs.shape);
    if (shape && reserve(lhs.type, *shape))
      return fromConstant(zipReal(lhs.constant, rhs.constant, lhs.type,
                                  [](double a, double b) { return a / b; }));
  }
  return mul(lhs, unary(UnaryFn::Reciprocal, rhs));
}

GraphValue Node::compare(CompareFn function, const GraphValue &lhs,
                         const GraphValue &rhs) {
  if (isEmpty(lhs) || isEmpty(rhs))
    return empty();
  std::optional<Shape> shape = broadcastShapes(lhs.shape, rhs.shape);
  if (!shape || lhs.type != rhs.type) {
    (void)fail("operands' types differ or shapes do not broadcast together");
    return empty();
  }
  if (lhs.isConstant() && rhs.isConstant()) {
    if (!reserve(DataType::Bool, *shape))
      return empty();
    auto holds = [&](auto a, auto b) {
      return function == CompareFn::Equal     ? a == b
             : function == CompareFn::Greater ? a > b
                                              : a >= b;
    };
    if (isFloat(lhs.type))
      return fromConstant(
          zipReal(lhs.constant, rhs.constant, DataType::Bool, holds));
    return fromConstant(
        zipInteger(lhs.constant, rhs.constant, DataType::Bool, holds));
  }
  if (!checkShape(*shape))
    return empty();
  Value left = emit(alignRank(lhs, shape->size()));
  Value right = emit(alignRank(rhs, shape->size()));
  Type type = typeOf(DataType::Bool, *shape);
  OpBuilder &builder = getBuilder();
  Value result;
  if (function == CompareFn::Equal)
    result = builder.create<tosa::EqualOp>(location, type, left, right);
  else if (function == CompareFn::Greater)
    result = builder.create<tosa::GreaterOp>(location, type, left, right);
  else
    result = builder.create<tosa::GreaterEqualOp>(location, type, left, right);
  return fromValue(result, DataType::Bool);
}

GraphValue Node::select(const GraphValue &condition, const GraphValue &whenTrue,
                        const GraphValue &whenFalse) {
  if (isEmpty(condition) || isEmpty(whenTrue) || isEmpty(whenFalse))
    return empty();
  std::optional<Shape> shape = broadcastShapes(whenTrue.shape, whenFalse.shape);
  if (shape)
    shape = broadcastShapes(*shape, condition.shape);
  if (!shape || whenTrue.type != whenFalse.type ||
      condition.type != DataType::Bool) {
    (void)fail("operands' types differ or shapes do not broadcast together");
    return empty();
  }
  if (condition.isConstant() && whenTrue.isConstant() &&
      whenFalse.isConstant()) {
    if (!reserve(whenTrue.type, *shape))
      return empty();
    return fromConstant(selectTensor(condition.constant, whenTrue.constant,
                                     whenFalse.constant));
  }
  if (!checkShape(*shape))
    return empty();
  size_t rank = shape->size();
  Value result = getBuilder().create<tosa::SelectOp>(
      location, typeOf(whenTrue.type, *shape), emit(alignRank(condition, rank)),
      emit(alignRank(whenTrue, rank)), emit(alignRank(whenFalse, rank)));
  return fromValue(result, whenTrue.type);
}

GraphValue Node::reduce(ReduceFn function, const GraphValue &value,
                        ArrayRef<int64_t> axes, bool keepDimensions) {
  if (isEmpty(value))
    return empty();
  if (value.size() == 0) {
    (void)fail("reduces a tensor without elements");
    return empty();
  }
  GraphValue result = value;
  for (int64_t axis : axes) {
    if (result.shape[axis] == 1)
      continue;
    Shape shape(result.shape);
    shape[axis] = 1;
    Type type = typeOf(value.type, shape);
    Value operand = emit(result);
    OpBuilder &builder = getBuilder();
    Value reduced;
    uint32_t index = axis;
    if (function == ReduceFn::Sum)
      reduced =
          builder.create<tosa::ReduceSumOp>(location, type, operand, index);
    else if (function == ReduceFn::Max)
      reduced =
          builder.create<tosa::ReduceMaxOp>(location, type, operand, index);
    else if (function == ReduceFn::Min)
      reduced =
          builder.create<tosa::ReduceMinOp>(location, type, operand, index);
    else
      reduced =
          builder.create<tosa::ReduceProdOp>(location, type, operand, index);
    result = fromValue(reduced, value.type);
  }
  if (keepDimensions)
    return result;
  Shape shape;
  for (auto [axis, size] : llvm::enumerate(result.shape))
    if (!llvm::is_contained(axes, static_cast<int64_t>(axis)))
      shape.push_back(size);
  return reshape(result, shape);
}

GraphValue Node::clamp(const GraphValue &value, double min, double max) {
  if (isEmpty(value))
    return empty();
  if (value.isConstant()) {
    if (!reserve(value.type, value.shape))
      return empty();
    return fromConstant(zipReal(
        value.constant, value.constant, value.type,
        [&](double x, double) { return std::min(std::max(x, min), max); }));
  }
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  constexpr float kHighest = std::numeric_limits<float>::max();
  auto limit = [](double x) {
    return static_cast<float>(std::clamp<double>(x, kLowest, kHighest));
  };
  auto limitInteger = [](double x) {
    return static_cast<int64_t>(std::clamp<double>(x, INT32_MIN, INT32_MAX));
  };
  OpBuilder &builder = getBuilder();
  Value result = builder.create<tosa::ClampOp>(
      location, value.value.getType(), value.value,
      builder.getI64IntegerAttr(limitInteger(min)),
      builder.getI64IntegerAttr(limitInteger(max)),
      builder.getF32FloatAttr(limit(min)), builder.getF32FloatAttr(limit(max)));
  return fromValue(result, value.type);
}

GraphValue Node::cast(const GraphValue &value, DataType type) {
  if (isEmpty(value))
    return empty();
  if (value.type == type)
    return value;
  if (value.isConstant()) {
    if (!reserve(type, value.shape))
      return empty();
    return fromConstant(castTensor(value.constant, type));
  }
  GraphValue from = value;
  if (type == DataType::Bool) {
    GraphValue zero = fromConstant(castTensor(makeSplat({}, 0), value.type));
    GraphValue isZero = compare(CompareFn::Equal, value, zero);
    if (isEmpty(isZero))
      return empty();
    Value result = getBuilder().create<tosa::LogicalNotOp>(
        location, isZero.value.getType(), isZero.value);
    return fromValue(result, type);
  }
  if (isFloat(value.type)) {
    // ONNX truncates, tosa.cast rounds.
    GraphValue zero = scalar(0);
    from = select(compare(CompareFn::GreaterEqual, value, zero),
                  unary(UnaryFn::Floor, value), unary(UnaryFn::Ceil, value));
  }
  Value result = getBuilder().create<tosa::CastOp>(
      location, typeOf(type, value.shape), from.value);
  return fromValue(result, type);
}

GraphValue Node::softmax(const GraphValue &value, int64_t axis) {
  if (isEmpty(value))
    return empty();
  if (value.shape[axis] > 65535) {
    (void)fail("softmax over more than 65535 elements is not supported");
    return empty();
  }
  Shape order = integersBetween(0, value.rank());
  std::swap(order[axis], order.back());
  GraphValue last = transpose(value, order);
  Value operand = emit(last);
  auto result = getBuilder().create<ternary::SoftmaxOp>(
      location, operand.getType(), operand, Value(), IntegerAttr());
  return transpose(fromValue(result.getResult(), value.type), order);
}
