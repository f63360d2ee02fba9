//===- CheckRanges.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerIntervals.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYCHECKRANGES
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;
using llvm::SaturatingAdd;
using llvm::SaturatingMultiply;
using llvm::SaturatingMultiplyAdd;

namespace {
class CheckRanges
    : public smelt::ternary::impl::TernaryCheckRangesBase<CheckRanges> {
public:
  using TernaryCheckRangesBase::TernaryCheckRangesBase;
  void runOnOperation() override;

private:
  LogicalResult check(Operation *op);
  template <typename LinearOp> LogicalResult checkLinear(LinearOp op);
  LogicalResult checkRequantize(Operation *op, ArrayRef<uint64_t> accumulators,
                                Value multiplier, Value offset);
  LogicalResult checkProduct(tosa::MatMulOp op);
  template <typename DequantizeOp>
  LogicalResult checkDequantize(DequantizeOp op, uint64_t input);
  template <typename NormOp> LogicalResult checkNorm(NormOp op);

  IntegerIntervals intervals;
};
} // namespace

static constexpr uint64_t kMost32 = std::numeric_limits<int32_t>::max();
static constexpr uint64_t kMost64 = std::numeric_limits<int64_t>::max();

static uint64_t magnitudeOf(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value) : value;
}

/// Reports that a value of `op` can grow to `bound`.
static LogicalResult fail(Operation *op, StringRef what, uint64_t bound,
                          unsigned width) {
  InFlightDiagnostic diagnostic = op->emitError();
  diagnostic << what << " can reach ";
  if (bound == std::numeric_limits<uint64_t>::max())
    diagnostic << "more than 2^64";
  else
    diagnostic << bound;
  return diagnostic << ", which does not fit in i" << width;
}

/// `largest` products and one offset: a sum that is then shifted.
static LogicalResult checkRescaled(Operation *op, uint64_t bound) {
  if (bound <= kMost64)
    return success();
  return fail(op, "a value to be rescaled", bound, 64);
}

LogicalResult CheckRanges::checkRequantize(Operation *op,
                                           ArrayRef<uint64_t> accumulators,
                                           Value multiplier, Value offset) {
  auto factors = readIntegers(multiplier), offsets = readIntegers(offset);
  if (!factors || !offsets)
    return op->emitOpError("needs a constant multiplier and offset for its "
                           "range to be known");
  size_t count =
      std::max({factors->size(), offsets->size(), accumulators.size()});
  uint64_t bound = 0;
  for (size_t i = 0; i < count; ++i)
    bound = std::max(bound, SaturatingMultiplyAdd(
                                accumulators[i % accumulators.size()],
                                magnitudeOf((*factors)[i % factors->size()]),
                                magnitudeOf((*offsets)[i % offsets->size()])));
  return checkRescaled(op, bound);
}

template <typename LinearOp>
LogicalResult CheckRanges::checkLinear(LinearOp op) {
  // Sums that no weights can make too large need no look at the weights.
  unsigned accumulator = op.getAccumulatorType().getIntOrFloatBitWidth();
  if (!op.getMultiplier() &&
      intervals.boundProducts(op) <= (accumulator == 32 ? kMost32 : kMost64))
    return success();
  FailureOr<LinearBounds> bounds = intervals.getLinearBounds(op);
  if (failed(bounds))
    return failure();
  uint64_t bound = bounds->partial;
  for (uint64_t row : bounds->rows)
    bound = std::max(bound, row);
  unsigned width = op.getAccumulatorType().getIntOrFloatBitWidth();
  if (bound > kMost32 && width == 32) {
    if (!widen || !op.getMultiplier())
      return fail(op, "an accumulator", bound, 32);
    op.setAccumulator(IntegerType::get(&getContext(), 64));
  }
  if (bound > kMost64)
    return fail(op, "an accumulator", bound, 64);
  if (!op.getMultiplier())
    return success();
  return checkRequantize(op, bounds->rows, op.getMultiplier(), op.getOffset());
}

LogicalResult CheckRanges::checkProduct(tosa::MatMulOp op) {
  auto type = cast<ShapedType>(op.getA().getType());
  auto result =
      dyn_cast<IntegerType>(cast<ShapedType>(op.getType()).getElementType());
  if (!result || !type.hasStaticShape())
    return success();
  uint64_t product =
      SaturatingMultiply(intervals.get(op.getA()).getMagnitude(),
                         intervals.get(op.getB()).getMagnitude());
  uint64_t bound = SaturatingMultiply<uint64_t>(product, type.getDimSize(2));
  if (bound >> (result.getWidth() - 1))
    return fail(op, "an accumulator", bound, result.getWidth());
  return success();
}

template <typename DequantizeOp>
LogicalResult CheckRanges::checkDequantize(DequantizeOp op, uint64_t input) {
  // The mantissa scales the multiplier down; rounding adds up to 2^61.
  uint64_t product = SaturatingMultiply(
      input, intervals.get(op.getMultiplier()).getMagnitude());
  uint64_t bound = SaturatingAdd(product, uint64_t(1) << 61);
  if (op.getBias())
    bound = std::max(
        bound,
        SaturatingAdd(bound >> 1, intervals.get(op.getBias()).getMagnitude()));
  return checkRescaled(op, bound);
}

template <typename NormOp> LogicalResult CheckRanges::checkNorm(NormOp op) {
  uint64_t bound = intervals.get(op.getInput()).getMagnitude();
  if (std::is_same_v<NormOp, LayerNormOp>)
    bound = SaturatingMultiply<uint64_t>(
        bound, 2 * op.getResultType().getShape().back());
  if (bound >> 62)
    return fail(op, "a value to be normalized", bound, 63);
  if (!op.getMultiplier())
    return success();
  return checkRequantize(op, (uint64_t(1) << 30) + 3, op.getMultiplier(),
                         op.getOffset());
}

LogicalResult CheckRanges::check(Operation *op) {
  auto magnitude = [&](Value value) {
    return intervals.get(value).getMagnitude();
  };
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<MatmulOp, Conv2DOp>([&](auto op) { return checkLinear(op); })
      .Case([&](RequantizeOp op) {
        return checkRequantize(op, magnitude(op.getInput()), op.getMultiplier(),
                               op.getOffset());
      })
      .Case([&](AddOp op) {
        uint64_t bound = SaturatingMultiplyAdd(
            magnitude(op.getLhs()), magnitudeOf(op.getLhsMultiplier()),
            magnitudeOf(op.getOffset()));
        return checkRescaled(
            op,
            SaturatingMultiplyAdd(magnitude(op.getRhs()),
                                  magnitudeOf(op.getRhsMultiplier()), bound));
      })
      .Case([&](MulOp op) {
        uint64_t lhs = SaturatingAdd(magnitude(op.getLhs()),
                                     magnitudeOf(op.getLhsOffset()));
        uint64_t rhs = SaturatingAdd(magnitude(op.getRhs()),
                                     magnitudeOf(op.getRhsOffset()));
        return checkRescaled(
            op, SaturatingMultiplyAdd(SaturatingMultiply(lhs, rhs),
                                      magnitudeOf(op.getMultiplier()),
                                      magnitudeOf(op.getOffset())));
      })
      .Case([&](SumPool2DOp op) {
        uint64_t bound = magnitude(op.getInput());
        for (int64_t size : op.getKernel())
          bound = SaturatingMultiply<uint64_t>(bound, size);
        return bound <= kMost32 ? success() : fail(op, "a sum", bound, 32);
      })
      .Case([&](tosa::MatMulOp op) { return checkProduct(op); })
      .Case([&](AbsmaxOp op) {
        uint64_t bound = magnitude(op.getInput());
        return bound <= kMost64 ? success()
                                : fail(op, "a magnitude", bound, 64);
      })
      .Case([&](EmbedOp op) {
        WeightsType weights = op.getWeights().getType();
        uint64_t bound = weights.getMaxMagnitude();
        if (op.getScales())
          bound *= weights.getPlanes() * magnitude(op.getScales());
        return checkRequantize(op, bound, op.getMultiplier(), op.getOffset());
      })
      .Case([&](DequantizeOp op) {
        return checkDequantize(op, magnitude(op.getInput()));
      })
      .Case([&](RefineOp op) {
        WeightsType weights = op.getWeights().getType();
        uint64_t product = SaturatingMultiply<uint64_t>(
            magnitude(op.getInput()), weights.getMaxMagnitude());
        return checkDequantize(
            op, SaturatingMultiply<uint64_t>(product, weights.getColumns()));
      })
      .Case<RMSNormOp, LayerNormOp>([&](auto op) { return checkNorm(op); })
      .Default(success());
}

void CheckRanges::runOnOperation() {
  bool isSafe = true;
  getOperation().walk([&](Operation *op) {
    if (op->getNumResults() == 1 && isa<TensorType>(op->getResult(0).getType()))
      isSafe &= succeeded(check(op));
  });
  intervals.clear();
  if (!isSafe)
    signalPassFailure();
}
