//===- Elementwise.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Rounding, constants, sums, products and activations.
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "smelt/Support/Constants.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

//===----------------------------------------------------------------------===//
// Rounding
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertFakeQuant(FakeQuantOp op) {
  std::optional<Grid> grid = getGrid(op);
  if (!grid)
    return op.emitError("a quantization with a scale for each channel, or of "
                        "more than 32 bits, has no integer form");
  set(op.getResult(), requantize(get(op.getInput()), *grid, op.getLoc()));
  return success();
}

LogicalResult Converter::convertBinarize(BinarizeOp op) {
  Location location = op.getLoc();
  IntegerValue value = get(op.getInput());
  if (value.isClamped())
    value = settle(value, location);
  // The floor of the shift keeps the sign of the exact sum: -1 where it is
  // negative, 0 elsewhere.
  SmallVector<double> offsets(value.offset);
  FixedPointScale fixed =
      makeFixedPointScale(value.scale, offsets, double(value.magnitude()));
  int64_t half = fixed.shift ? int64_t(1) << (fixed.shift - 1) : 0;
  for (int64_t &offset : fixed.offsets)
    offset -= half;
  Value multiplier = createConstant<int32_t>(
      builder, location, {int64_t(fixed.multipliers.size())},
      fixed.multipliers);
  Value offset = createConstant<int64_t>(
      builder, location, {int64_t(fixed.offsets.size())}, fixed.offsets);
  Type type = value.getType().clone(builder.getI8Type());
  Value floor =
      builder
          .create<RequantizeOp>(
              location, type, value.tensor, multiplier, offset, Value(),
              RescaleAttr::get(builder.getContext(), fixed.shift, -1, 0))
          .getResult();
  Grid grid;
  grid.elementType = builder.getI8Type();
  grid.scale = op.getScale().convertToDouble();
  grid.min = -1;
  grid.max = 1;
  Value sign =
      builder.create<SignOp>(location, type, floor, Value()).getResult();
  set(op.getResult(), IntegerValue(sign, grid));
  return success();
}

LogicalResult Converter::convertClamp(tosa::ClampOp op) {
  IntegerValue value = get(op.getInput());
  double low = op.getMinFp().convertToDouble();
  double high = op.getMaxFp().convertToDouble();
  auto [realLow, realHigh] = value.realRange();
  // A value that was rounded to its own clamp may stick out by half a step.
  double slack = 0;
  for (double scale : value.scale)
    slack = std::max(slack, 0.5 * std::fabs(scale));
  if (realLow < low - slack)
    value.clampMin = std::max(value.clampMin, low);
  if (realHigh > high + slack)
    value.clampMax = std::min(value.clampMax, high);
  value.clampMax = std::max(value.clampMax, value.clampMin);
  set(op.getOutput(), value);
  return success();
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// The constant as one value, or one for each index of the last dimension of
/// `type`; nothing where it varies along other dimensions.
static std::optional<SmallVector<double>>
readChannelConstant(Value constant, RankedTensorType type) {
  std::optional<std::vector<float>> values = readFloats(constant);
  if (!values || values->empty())
    return std::nullopt;
  SmallVector<double> result(values->begin(), values->end());
  if (llvm::all_equal(result)) {
    result.resize(1);
    return result;
  }
  auto shape = cast<RankedTensorType>(constant.getType()).getShape();
  bool onlyLast =
      llvm::all_of(shape.drop_back(), [](int64_t d) { return d == 1; });
  if (!onlyLast || type.getRank() == 0 ||
      shape.back() != type.getShape().back())
    return std::nullopt;
  return result;
}

/// values[i] = function(values[i], others[i]), where either may have one
/// element for all.
template <typename Function>
static void combine(SmallVectorImpl<double> &values, ArrayRef<double> others,
                    Function function) {
  if (values.size() == 1 && others.size() > 1)
    values.resize(others.size(), values[0]);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = function(values[i], others[others.size() == 1 ? 0 : i]);
}

static void multiply(IntegerValue &value, ArrayRef<double> factors) {
  auto times = [](double a, double b) { return a * b; };
  combine(value.scale, factors, times);
  combine(value.offset, factors, times);
  if (!value.isClamped())
    return;
  auto scaled = [&](double bound) {
    return std::isfinite(bound) ? bound * factors[0]
                                : (factors[0] < 0 ? -bound : bound);
  };
  double low = scaled(value.clampMin), high = scaled(value.clampMax);
  value.clampMin = std::min(low, high);
  value.clampMax = std::max(low, high);
}

static void add(IntegerValue &value, ArrayRef<double> terms) {
  combine(value.offset, terms, [](double a, double b) { return a + b; });
  value.clampMin += terms[0];
  value.clampMax += terms[0];
}

/// Folds a constant operand of an addition or multiplication into the scale and
/// offset of the other. `rhsSign` is -1 for a subtraction.
bool Converter::foldConstantOperand(Operation *op, double rhsSign) {
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  bool isMul = isa<tosa::MulOp>(op);
  for (unsigned i : {1, 0}) {
    Value other = op->getOperand(1 - i);
    if (!values.contains(other) || other.getType() != resultType)
      continue;
    auto constant = readChannelConstant(op->getOperand(i), resultType);
    if (!constant)
      continue;
    IntegerValue value = get(other);
    if (value.isClamped() && constant->size() > 1)
      value = settle(value, op->getLoc());
    if (isMul) {
      multiply(value, *constant);
    } else {
      if (i == 0)
        multiply(value, {rhsSign});
      else
        for (double &term : *constant)
          term *= rhsSign;
      add(value, *constant);
    }
    set(op->getResult(0), value);
    return true;
  }
  return false;
}

/// The value of an operand. A constant becomes an i16 tensor.
IntegerValue Converter::operandOf(Operation *op, unsigned index) {
  Value operand = op->getOperand(index);
  if (values.contains(operand))
    return get(operand);
  std::optional<std::vector<float>> constant = readFloats(operand);
  if (!constant)
    return IntegerValue();
  double magnitude = 0;
  for (float value : *constant)
    magnitude = std::max<double>(magnitude, std::fabs(value));
  Grid grid = makeSymmetricGrid(builder, 16, magnitude);
  SmallVector<int16_t> codes;
  for (float value : *constant)
    codes.push_back(static_cast<int16_t>(std::lround(value / grid.scale)));
  Value tensor = createConstant<int16_t>(
      builder, op->getLoc(),
      cast<RankedTensorType>(operand.getType()).getShape(), codes);
  return IntegerValue(tensor, grid);
}

LogicalResult Converter::convertNegate(tosa::NegateOp op) {
  IntegerValue value = get(op.getInput1());
  multiply(value, {-1});
  set(op.getOutput(), value);
  return success();
}

//===----------------------------------------------------------------------===//
// Sums and products of two tensors
//===----------------------------------------------------------------------===//

LogicalResult Converter::convertAddition(Operation *op, double rhsSign) {
  if (foldConstantOperand(op, rhsSign))
    return success();
  Location location = op->getLoc();
  IntegerValue lhs = operandOf(op, 0), rhs = operandOf(op, 1);
  if (!lhs.tensor || !rhs.tensor)
    return op->emitError("an operand is neither an activation nor a constant");
  lhs = settle(lhs, location);
  rhs = settle(rhs, location);
  Value result = op->getResult(0);
  Grid grid = findTarget(result).value_or(makeSymmetricGrid(
      builder, 32, lhs.realMagnitude() + rhs.realMagnitude()));
  double ratios[] = {lhs.scale[0] / grid.scale,
                     rhsSign * rhs.scale[0] / grid.scale};
  double offset = (lhs.offset[0] + rhsSign * rhs.offset[0]) / grid.scale +
                  double(grid.zeroPoint);
  FixedPointScale fixed = makeFixedPointScale(
      ratios, {offset}, double(lhs.magnitude()) + double(rhs.magnitude()));
  auto sum = builder.create<AddOp>(
      location,
      cast<RankedTensorType>(result.getType()).clone(grid.elementType),
      lhs.tensor, rhs.tensor, Value(), fixed.multipliers[0],
      fixed.multipliers[1], fixed.offsets[0],
      RescaleAttr::get(builder.getContext(), fixed.shift, grid.min, grid.max));
  set(result, IntegerValue(sum.getResult(), grid));
  return success();
}

LogicalResult Converter::convertMultiplication(tosa::MulOp op) {
  if (foldConstantOperand(op, 1))
    return success();
  Location location = op.getLoc();
  IntegerValue lhs = operandOf(op, 0), rhs = operandOf(op, 1);
  if (!lhs.tensor || !rhs.tensor)
    return op.emitError("an operand is neither an activation nor a constant");
  lhs = settleTo(16, lhs, location);
  rhs = settleTo(16, rhs, location);
  Grid grid = findTarget(op.getOutput())
                  .value_or(makeSymmetricGrid(
                      builder, 32, lhs.realMagnitude() * rhs.realMagnitude()));
  double magnitude =
      (double(lhs.magnitude()) + std::fabs(double(lhs.zeroPoint()))) *
      (double(rhs.magnitude()) + std::fabs(double(rhs.zeroPoint())));
  FixedPointScale fixed =
      makeFixedPointScale({lhs.scale[0] * rhs.scale[0] / grid.scale},
                          {double(grid.zeroPoint)}, magnitude);
  auto product = builder.create<MulOp>(
      location,
      cast<RankedTensorType>(op.getOutput().getType()).clone(grid.elementType),
      lhs.tensor, rhs.tensor, Value(), -lhs.zeroPoint(), -rhs.zeroPoint(),
      fixed.multipliers[0], fixed.offsets[0],
      RescaleAttr::get(builder.getContext(), fixed.shift, grid.min, grid.max));
  set(op.getOutput(), IntegerValue(product.getResult(), grid));
  return success();
}

/// Maximum and minimum: both operands are rounded to one grid. With a constant
/// they are a clamp.
LogicalResult Converter::convertExtremum(Operation *op) {
  Location location = op->getLoc();
  bool isMax = isa<tosa::MaximumOp>(op);
  Value result = op->getResult(0);
  for (unsigned i : {1, 0}) {
    auto constant = readFloats(op->getOperand(i));
    Value other = op->getOperand(1 - i);
    if (!constant || !llvm::all_equal(*constant) || constant->empty() ||
        !values.contains(other) || other.getType() != result.getType())
      continue;
    IntegerValue value = get(other);
    double &bound = isMax ? value.clampMin : value.clampMax;
    bound = isMax ? std::max<double>(bound, constant->front())
                  : std::min<double>(bound, constant->front());
    value.clampMax = std::max(value.clampMax, value.clampMin);
    set(result, value);
    return success();
  }
  IntegerValue lhs = operandOf(op, 0), rhs = operandOf(op, 1);
  if (!lhs.tensor || !rhs.tensor)
    return op->emitError("an operand is neither an activation nor a constant");
  Grid grid = findTarget(result).value_or(makeSymmetricGrid(
      builder, 32, std::max(lhs.realMagnitude(), rhs.realMagnitude())));
  lhs = requantize(lhs, grid, location);
  rhs = requantize(rhs, grid, location);
  Type type = cast<RankedTensorType>(result.getType()).clone(grid.elementType);
  Value extremum =
      isMax
          ? builder
                .create<tosa::MaximumOp>(location, type, lhs.tensor, rhs.tensor)
                .getResult()
          : builder
                .create<tosa::MinimumOp>(location, type, lhs.tensor, rhs.tensor)
                .getResult();
  set(result, IntegerValue(extremum, grid));
  return success();
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

/// Rounds to i16 with as many fractional bits as the range leaves. Functions
/// that are flat beyond +-`saturation` need no more range than that.
IntegerValue Converter::toFixedPoint(const IntegerValue &value,
                                     double saturation, int64_t &fraction,
                                     Location location) {
  double magnitude = std::min(saturation, value.realMagnitude());
  fraction = 15;
  while (fraction > 0 && std::ldexp(magnitude, fraction) > 32768)
    --fraction;
  Grid grid;
  grid.elementType = builder.getI16Type();
  grid.scale = std::ldexp(1, -fraction);
  grid.min = -32768;
  grid.max = 32767;
  IntegerValue result = requantize(value, grid, location);
  return result;
}

LogicalResult Converter::convertActivation(Operation *op, ActivationKind kind) {
  Location location = op->getLoc();
  // Its range is the square of its input's.
  if (kind == ActivationKind::ReLU2)
    return op->emitError("'relu2' has no integer form on a static grid");
  bool isGated = kind == ActivationKind::SiLU || kind == ActivationKind::GELU;
  // e^-11 is less than half a unit of the result's 15 fractional bits.
  double saturation = isGated ? std::numeric_limits<double>::infinity() : 11.0;
  int64_t fraction;
  IntegerValue input =
      toFixedPoint(get(op->getOperand(0)), saturation, fraction, location);
  auto activation = builder.create<ActivationOp>(
      location, input.getType(),
      ActivationKindAttr::get(builder.getContext(), kind), input.tensor,
      Value(), builder.getI64IntegerAttr(fraction));
  Grid grid;
  grid.elementType = builder.getI16Type();
  grid.scale = std::ldexp(1, -(isGated ? fraction : 15));
  grid.min = kind == ActivationKind::Sigmoid || kind == ActivationKind::Exp
                 ? 0
                 : -32768;
  grid.max = 32767;
  set(op->getResult(0), IntegerValue(activation.getResult(), grid));
  return success();
}

LogicalResult Converter::convertSoftmax(Operation *op) {
  Location location = op->getLoc();
  int64_t fraction;
  IntegerValue input =
      toFixedPoint(get(op->getOperand(0)),
                   std::numeric_limits<double>::infinity(), fraction, location);
  IntegerAttr attribute = builder.getI64IntegerAttr(fraction);
  Grid grid;
  grid.elementType = builder.getI16Type();
  Value result;
  if (isa<LogSoftmaxOp>(op)) {
    result = builder
                 .create<LogSoftmaxOp>(location, input.getType(), input.tensor,
                                       Value(), attribute)
                 .getResult();
    grid.scale = std::ldexp(1, -fraction);
    grid.min = -32768;
  } else {
    result = builder
                 .create<SoftmaxOp>(location, input.getType(), input.tensor,
                                    Value(), attribute)
                 .getResult();
    grid.scale = std::ldexp(1, -15);
    grid.max = 32767;
  }
  set(op->getResult(0), IntegerValue(result, grid));
  return success();
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

template <typename NormOp> LogicalResult Converter::convertNorm(NormOp op) {
  constexpr bool isCentered = std::is_same_v<NormOp, LayerNormOp>;
  Location location = op.getLoc();
  IntegerValue input = get(op.getInput());
  double count = input.getType().getShape().back();
  double epsilon =
      cast<FloatAttr>(op.getEpsilon()).getValue().convertToDouble();
  epsilon *= isCentered ? count * count * count : count;
  // No finer than lets epsilon fit in 61 bits: what is smaller than its root
  // vanishes beside it.
  Grid grid = makeSymmetricGrid(builder, 16, input.realMagnitude());
  grid.scale = std::max(grid.scale, std::sqrt(epsilon) * std::ldexp(1, -30));
  bool isUsable = input.isSettled() &&
                  input.getType().getElementTypeBitWidth() <= 16 &&
                  (isCentered || input.zeroPoint() == 0) &&
                  input.scale[0] >= std::sqrt(epsilon) * std::ldexp(1, -30);
  if (!isUsable)
    input = requantize(input, grid, location);

  auto type =
      RankedTensorType::get(input.getType().getShape(), builder.getI32Type());
  int64_t scaledEpsilon =
      std::llround(epsilon / (input.scale[0] * input.scale[0]));
  auto norm = builder.create<NormOp>(
      location, type, input.tensor, Value(), Value(), Value(),
      builder.getI64IntegerAttr(scaledEpsilon), RescaleAttr());
  Grid result;
  result.elementType = builder.getI32Type();
  result.max = int64_t(1) << 30;
  result.min = -result.max;
  result.scale = std::sqrt(count) / double(result.max);
  set(op.getResult(), IntegerValue(norm.getResult(), result));
  return success();
}

template LogicalResult Converter::convertNorm(RMSNormOp op);
template LogicalResult Converter::convertNorm(LayerNormOp op);
