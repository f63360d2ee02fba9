//===- Converter.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

//===----------------------------------------------------------------------===//
// IntegerValue
//===----------------------------------------------------------------------===//

bool IntegerValue::isClamped() const {
  return std::isfinite(clampMin) || std::isfinite(clampMax);
}

bool IntegerValue::isSettled() const {
  if (channels() != 1 || isClamped() || !(scale[0] > 0))
    return false;
  double zero = -offset[0] / scale[0];
  return std::fabs(zero) < 1e9 && std::fabs(zero - std::nearbyint(zero)) < 1e-6;
}

int64_t IntegerValue::zeroPoint() const {
  return std::llround(-offset[0] / scale[0]);
}

std::pair<double, double> IntegerValue::realRange() const {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t c = 0; c < channels(); ++c)
    for (int64_t q : {min, max}) {
      double real = scaleOf(c) * double(q) + offsetOf(c);
      low = std::min(low, real);
      high = std::max(high, real);
    }
  return {std::clamp(low, clampMin, clampMax),
          std::clamp(high, clampMin, clampMax)};
}

bool IntegerValue::isFinite() const {
  auto finite = [](double number) { return std::isfinite(number); };
  return llvm::all_of(scale, finite) && llvm::all_of(offset, finite);
}

double IntegerValue::realMagnitude() const {
  auto [low, high] = realRange();
  return std::max(std::fabs(low), std::fabs(high));
}

//===----------------------------------------------------------------------===//
// Fixed point
//===----------------------------------------------------------------------===//

FixedPointScale smelt::makeFixedPointScale(ArrayRef<double> ratios,
                                           ArrayRef<double> offsets,
                                           double magnitude) {
  double ratio = 0, offset = 0;
  for (double value : ratios)
    ratio = std::max(ratio, std::fabs(value));
  for (double value : offsets)
    offset = std::max(offset, std::fabs(value));

  // 2^31 - 1 rather than 2^31 leaves room for rounding up.
  const double limit = std::ldexp(1, 31) - 1;
  FixedPointScale result;
  for (result.shift = 62; result.shift > 0; --result.shift) {
    double unit = std::ldexp(1, result.shift);
    if (ratio * unit <= limit &&
        (ratio * magnitude + offset + 1) * unit < std::ldexp(1, 62))
      break;
  }
  for (double value : ratios)
    result.multipliers.push_back(static_cast<int32_t>(std::clamp<double>(
        std::nearbyint(std::ldexp(value, result.shift)), -limit, limit)));
  int64_t half = result.shift ? int64_t(1) << (result.shift - 1) : 0;
  const double offsetLimit = std::ldexp(1, 61);
  for (double value : offsets)
    result.offsets.push_back(
        half + std::llround(std::clamp(std::ldexp(value, result.shift),
                                       -offsetLimit, offsetLimit)));
  return result;
}

/// Leaves one element where all are equal.
template <typename T> static void compress(SmallVectorImpl<T> &values) {
  if (llvm::all_equal(values))
    values.resize(1);
}

IntegerValue Converter::requantize(const IntegerValue &value, const Grid &grid,
                                   Location location) {
  RankedTensorType type = value.getType();
  if (value.isSettled() && type.getElementType() == grid.elementType &&
      value.scale[0] == grid.scale && value.zeroPoint() == grid.zeroPoint &&
      value.min >= grid.min && value.max <= grid.max)
    return value;

  SmallVector<double> ratios, offsets;
  for (double scale : value.scale)
    ratios.push_back(scale / grid.scale);
  for (double offset : value.offset)
    offsets.push_back(offset / grid.scale + grid.zeroPoint);
  FixedPointScale fixed =
      makeFixedPointScale(ratios, offsets, double(value.magnitude()));
  compress(fixed.multipliers);
  compress(fixed.offsets);

  auto round = [&](double real, int64_t unbounded) {
    if (!std::isfinite(real))
      return unbounded;
    double q = std::floor(real / grid.scale + grid.zeroPoint + 0.5);
    return static_cast<int64_t>(
        std::clamp(q, double(grid.min), double(grid.max)));
  };
  Grid narrowed = grid;
  narrowed.min = round(value.clampMin, grid.min);
  narrowed.max = round(value.clampMax, grid.max);

  Value multiplier = createConstant<int32_t>(
      builder, location, {int64_t(fixed.multipliers.size())},
      fixed.multipliers);
  Value offset = createConstant<int64_t>(
      builder, location, {int64_t(fixed.offsets.size())}, fixed.offsets);
  auto rescale = RescaleAttr::get(builder.getContext(), fixed.shift,
                                  narrowed.min, narrowed.max);
  auto result = builder.create<RequantizeOp>(
      location, type.clone(grid.elementType), value.tensor, multiplier, offset,
      /*into=*/Value(), rescale);
  return IntegerValue(result.getResult(), narrowed);
}

IntegerValue Converter::settle(const IntegerValue &value, Location location) {
  if (value.isSettled())
    return value;
  return requantize(
      value, makeSymmetricGrid(builder, 32, value.realMagnitude()), location);
}

IntegerValue Converter::settleTo(unsigned width, const IntegerValue &value,
                                 Location location) {
  if (value.isSettled() && value.getType().getElementTypeBitWidth() <= width)
    return value;
  return requantize(value,
                    makeSymmetricGrid(builder, width, value.realMagnitude()),
                    location);
}

//===----------------------------------------------------------------------===//
// Grids
//===----------------------------------------------------------------------===//

Grid smelt::makeSymmetricGrid(OpBuilder &builder, unsigned width,
                              double magnitude) {
  Grid grid;
  grid.elementType = builder.getIntegerType(width);
  grid.max = (int64_t(1) << (width == 32 ? 30 : width - 1)) - 1;
  grid.min = -grid.max;
  grid.scale = magnitude > 0 ? magnitude / double(grid.max) : 1;
  return grid;
}

std::optional<Grid> Converter::getGrid(FakeQuantOp op) {
  if (op.getScale().size() != 1)
    return std::nullopt;
  Grid grid;
  grid.scale = op.getScale()[0];
  grid.zeroPoint = op.getZeroPoint();
  grid.min = op.getMin();
  grid.max = op.getMax();
  for (unsigned width : {8, 16, 32}) {
    int64_t half = int64_t(1) << (width - 1);
    grid.elementType = builder.getIntegerType(width);
    if (grid.min >= -half && grid.max < half)
      return grid;
    if (grid.min >= 0 && grid.max < 2 * half) {
      grid.min -= half;
      grid.max -= half;
      grid.zeroPoint -= half;
      return grid;
    }
  }
  return std::nullopt;
}

std::optional<Grid> Converter::findTarget(Value value) {
  double low = -std::numeric_limits<double>::infinity(), high = -low;
  while (value.hasOneUse()) {
    Operation *user = *value.getUsers().begin();
    if (auto clamp = dyn_cast<tosa::ClampOp>(user)) {
      low = std::max(low, clamp.getMinFp().convertToDouble());
      high = std::min(high, clamp.getMaxFp().convertToDouble());
      value = clamp.getOutput();
      continue;
    }
    auto quant = dyn_cast<FakeQuantOp>(user);
    std::optional<Grid> grid = quant ? getGrid(quant) : std::nullopt;
    if (!grid)
      return std::nullopt;
    auto round = [&](double real) {
      return std::clamp(std::floor(real / grid->scale + grid->zeroPoint + 0.5),
                        double(grid->min), double(grid->max));
    };
    int64_t min = static_cast<int64_t>(round(low));
    grid->max = static_cast<int64_t>(round(high));
    grid->min = min;
    return grid;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Dispatch
//===----------------------------------------------------------------------===//

DequantizeWeightsOp smelt::getQuantizedWeights(Value weights) {
  if (auto transpose = weights.getDefiningOp<tosa::TransposeOp>())
    weights = transpose.getInput1();
  if (auto reshape = weights.getDefiningOp<tosa::ReshapeOp>())
    weights = reshape.getInput1();
  return weights.getDefiningOp<DequantizeWeightsOp>();
}

bool smelt::isConstantOnly(Operation *op) {
  if (isa<tosa::ConstOp, arith::ConstantOp, WeightsOp, DequantizeWeightsOp>(op))
    return true;
  return op->getNumResults() == 1 &&
         isa<tosa::ReshapeOp, tosa::TransposeOp>(op) &&
         getQuantizedWeights(op->getResult(0));
}

LogicalResult Converter::convert(Operation *op) {
  // An operand without a value comes from an op that was refused already.
  for (Value operand : op->getOperands()) {
    auto found = values.find(operand);
    if (found != values.end() && !found->second.tensor) {
      for (Value result : op->getResults())
        values[result] = IntegerValue();
      return success();
    }
  }
  if (!isa<tosa::AddOp, tosa::SubOp, tosa::MulOp, tosa::ConcatOp,
           tosa::MatMulOp, tosa::MaximumOp, tosa::MinimumOp>(op) &&
      op->getNumOperands() > 0 && !values.contains(op->getOperand(0))) {
    for (Value result : op->getResults())
      values[result] = IntegerValue();
    return op->emitError("works on a constant alone; fold it before");
  }
  LogicalResult result =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case<tosa::FullyConnectedOp, tosa::Conv2DOp,
                tosa::DepthwiseConv2DOp>(
              [&](Operation *layer) { return convertLinear(layer); })
          .Case([&](tosa::MatMulOp o) { return convertMatmul(o); })
          .Case([&](tosa::AvgPool2dOp o) { return convertAvgPool(o); })
          .Case([&](tosa::ReduceSumOp o) { return convertReduceSum(o); })
          .Case([&](FakeQuantOp o) { return convertFakeQuant(o); })
          .Case([&](BinarizeOp o) { return convertBinarize(o); })
          .Case([&](tosa::ClampOp o) { return convertClamp(o); })
          .Case([&](tosa::NegateOp o) { return convertNegate(o); })
          .Case([&](tosa::AddOp o) { return convertAddition(o, 1); })
          .Case([&](tosa::SubOp o) { return convertAddition(o, -1); })
          .Case([&](tosa::MulOp o) { return convertMultiplication(o); })
          .Case([&](tosa::SigmoidOp o) {
            return convertActivation(o, ActivationKind::Sigmoid);
          })
          .Case([&](tosa::TanhOp o) {
            return convertActivation(o, ActivationKind::Tanh);
          })
          .Case(
              [&](ActivationOp o) { return convertActivation(o, o.getKind()); })
          .Case<SoftmaxOp, LogSoftmaxOp>(
              [&](Operation *o) { return convertSoftmax(o); })
          .Case<RMSNormOp, LayerNormOp>([&](auto o) { return convertNorm(o); })
          .Case([&](tosa::ReshapeOp o) { return convertReshape(o); })
          .Case([&](tosa::TransposeOp o) { return convertTranspose(o); })
          .Case([&](tosa::ConcatOp o) { return convertConcat(o); })
          .Case([&](tosa::PadOp o) { return convertPad(o); })
          .Case<tosa::MaximumOp, tosa::MinimumOp>(
              [&](Operation *o) { return convertExtremum(o); })
          .Case<tosa::SliceOp, tosa::TileOp, tosa::GatherOp, tosa::MaxPool2dOp,
                tosa::ReduceMaxOp, tosa::ReduceMinOp, tosa::ReverseOp,
                tosa::IdentityOp>(
              [&](Operation *o) { return convertMovement(o); })
          .Default([&](Operation *o) -> LogicalResult {
            if (isLookupFunction(o))
              return convertLookup(o);
            return o->emitError()
                   << "'" << o->getName() << "' has no integer form";
          });
  if (succeeded(result) && llvm::any_of(op->getResults(), [&](Value value) {
        return !get(value).isFinite();
      }))
    result = op->emitError("makes numbers of its constants that are not "
                           "finite");
  if (failed(result))
    for (Value value : op->getResults())
      values[value] = IntegerValue();
  return result;
}
