//===- IntegerIntervals.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerIntervals.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/WeightPacking.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;
using llvm::SaturatingAdd;
using llvm::SaturatingMultiply;

/// All values of an element type.
static Interval getTypeInterval(Value value) {
  unsigned width =
      getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  if (width >= 64)
    return {std::numeric_limits<int64_t>::min(),
            std::numeric_limits<int64_t>::max()};
  return {-(int64_t(1) << (width - 1)), (int64_t(1) << (width - 1)) - 1};
}

/// What a norm divides is at most its divisor; roundings add up to 3.
static constexpr int64_t kUnitQ30 = (int64_t(1) << 30) + 3;

static Interval getUnion(Interval a, Interval b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

static Interval getIntersection(Interval a, Interval b) {
  Interval both{std::max(a.low, b.low), std::min(a.high, b.high)};
  return both.low <= both.high ? both : a;
}

static Interval symmetric(uint64_t magnitude) {
  int64_t most =
      std::min<uint64_t>(magnitude, std::numeric_limits<int64_t>::max());
  return {-most, most};
}

static Interval getRange(RescaleAttr rescale) {
  return {rescale.getMin(), rescale.getMax()};
}

Interval IntegerIntervals::get(Value value) {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  Interval interval = compute(value);
  known[value] = interval;
  return interval;
}

/// The interval of an op whose elements are its operands' elements.
Interval IntegerIntervals::computeMoved(Operation *op) {
  if (isa<tosa::GatherOp, tosa::ReshapeOp, tosa::TransposeOp>(op))
    return get(op->getOperand(0));
  if (auto pad = dyn_cast<tosa::PadOp>(op)) {
    Interval value =
        pad.getPadConst() ? get(pad.getPadConst()) : Interval{0, 0};
    return getUnion(get(pad.getInput1()), value);
  }
  Interval interval = get(op->getOperand(0));
  for (Value operand : op->getOperands().drop_front())
    interval = getUnion(interval, get(operand));
  return interval;
}

static bool isFloat(Value value) {
  return !getElementTypeOrSelf(value.getType()).isIntOrIndex();
}

Interval IntegerIntervals::compute(Value value) {
  if (isFloat(value) || getElementTypeOrSelf(value.getType()).isIndex())
    return {std::numeric_limits<int64_t>::min(),
            std::numeric_limits<int64_t>::max()};
  Interval all = getTypeInterval(value);
  Operation *op = value.getDefiningOp();
  if (!op)
    return all;
  if (auto values = readIntegers(value)) {
    if (values->empty())
      return {0, 0};
    auto [low, high] = std::minmax_element(values->begin(), values->end());
    return {*low, *high};
  }
  return llvm::TypeSwitch<Operation *, Interval>(op)
      .Case<RequantizeOp, AddOp, MulOp, EmbedOp>(
          [&](auto op) { return getRange(op.getRescale()); })
      .Case<MatmulOp, Conv2DOp>([&](auto op) {
        return op.getRescale()
                   ? getRange(*op.getRescale())
                   : getIntersection(all, symmetric(boundProducts(op)));
      })
      .Case([&](SignOp) { return Interval{-1, 1}; })
      .Case([&](ReluOp op) {
        return Interval{0, std::max<int64_t>(0, get(op.getInput()).high)};
      })
      .Case([&](LookupOp op) { return get(op.getTable()); })
      .Case([&](SoftmaxOp) { return Interval{0, 32767}; })
      .Case([&](AbsmaxOp op) {
        uint64_t most =
            std::min<uint64_t>(get(op.getInput()).getMagnitude(), all.high);
        return Interval{1, std::max<int64_t>(1, most)};
      })
      .Case([&](DynamicQuantizeOp op) {
        return Interval{-op.getLargestCode(), op.getLargestCode()};
      })
      .Case([&](CacheWriteOp op) {
        return getUnion(get(op.getCache()), get(op.getRows()));
      })
      .Case([&](BestOp op) {
        return Interval{
            0, cast<ShapedType>(op.getInput().getType()).getDimSize(1) - 1};
      })
      .Case([&](RefineOp op) {
        return getUnion(get(op.getEstimate()), {op.getMin(), op.getMax()});
      })
      .Case([&](DequantizeOp op) { return Interval{op.getMin(), op.getMax()}; })
      .Case<RMSNormOp, LayerNormOp>([&](auto op) {
        return op.getRescale() ? getRange(*op.getRescale())
                               : symmetric(kUnitQ30);
      })
      .Case([&](tosa::ClampOp op) {
        Interval bounds{static_cast<int64_t>(op.getMinInt()),
                        static_cast<int64_t>(op.getMaxInt())};
        return getIntersection(bounds, get(op.getInput()));
      })
      .Case([&](tosa::CastOp op) {
        if (isFloat(op.getInput()))
          return all;
        Interval from = get(op.getInput());
        bool fits = from.low >= all.low && from.high <= all.high;
        return fits ? from : all;
      })
      .Case<tosa::ReshapeOp, tosa::TransposeOp, tosa::ConcatOp, tosa::SliceOp,
            tosa::PadOp, tosa::MaxPool2dOp, tosa::TileOp, tosa::GatherOp>(
          [&](Operation *op) { return computeMoved(op); })
      .Default(all);
}

//===----------------------------------------------------------------------===//
// Linear ops
//===----------------------------------------------------------------------===//

/// The sums of |weight * scale| of each row, and the largest sum of |weight| of
/// one dot product.
static LinearBounds sumWeights(WeightsType type, ArrayRef<int8_t> weights,
                               ArrayRef<int64_t> scales, int64_t groups) {
  LinearBounds bounds{std::vector<uint64_t>(type.getRows()), 0};
  int64_t columns = type.getColumns();
  int64_t groupSize = llvm::divideCeil(columns, groups);
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < type.getRows(); ++row)
      for (int64_t group = 0; group * groupSize < columns; ++group) {
        int64_t line = plane * type.getRows() + row;
        int64_t begin = group * groupSize;
        int64_t end = std::min(begin + groupSize, columns);
        uint64_t sum = 0;
        for (int64_t i = begin; i < end; ++i)
          sum += std::abs(weights[line * columns + i]);
        bounds.partial = std::max(bounds.partial, sum);
        int64_t scale =
            scales.empty()
                ? 1
                : scales[type.getScaleIndex(plane, row, group, groups)];
        bounds.rows[row] += sum * std::abs(scale);
      }
  return bounds;
}

template <typename LinearOp>
static FailureOr<LinearBounds> computeLinearBounds(LinearOp op,
                                                   uint64_t input) {
  auto producer = op.getWeights().template getDefiningOp<WeightsOp>();
  std::optional<std::vector<int8_t>> bytes;
  if (producer)
    bytes = readBytes(producer.getData());
  if (!bytes)
    return op.emitOpError("needs constant weights for its range to be known");
  std::optional<std::vector<int64_t>> scales = std::vector<int64_t>();
  int64_t groups = 1;
  if (op.getScales()) {
    scales = readIntegers(op.getScales());
    groups = cast<ShapedType>(op.getScales().getType()).getShape()[2];
  }
  if (!scales)
    return op.emitOpError("needs constant scales for its range to be known");

  WeightsType type = producer.getType();
  LinearBounds bounds =
      sumWeights(type, unpackWeights(type, *bytes), *scales, groups);
  // The codes of these layouts are up to 2.
  if (type.getLayout() == Layout::TwoBit || type.getLayout() == Layout::Base3)
    bounds.partial = 2 * static_cast<uint64_t>(type.getColumns());
  bounds.partial = SaturatingMultiply(bounds.partial, input);
  for (uint64_t &row : bounds.rows)
    row = SaturatingMultiply(row, input);
  return bounds;
}

FailureOr<LinearBounds> IntegerIntervals::getLinearBounds(Operation *op) {
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return computeLinearBounds(matmul, get(matmul.getInput()).getMagnitude());
  auto conv = cast<Conv2DOp>(op);
  return computeLinearBounds(conv, get(conv.getInput()).getMagnitude());
}

uint64_t IntegerIntervals::boundProducts(Operation *op) {
  auto bound = [&](auto linear) {
    WeightsType type = linear.getWeights().getType();
    // The codes of ternary weights, which kernels multiply by, are up to 2.
    uint64_t largest = type.isTernary() ? 2 : type.getMaxMagnitude();
    uint64_t result = SaturatingMultiply<uint64_t>(
        get(linear.getInput()).getMagnitude(), type.getColumns() * largest);
    if (linear.getScales())
      result = SaturatingMultiply<uint64_t>(
          result, type.getPlanes() * get(linear.getScales()).getMagnitude());
    return result;
  };
  if (auto matmul = dyn_cast<MatmulOp>(op))
    return bound(matmul);
  return bound(cast<Conv2DOp>(op));
}
