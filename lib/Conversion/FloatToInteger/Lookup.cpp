//===- Lookup.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions of one value that have no formula in integers: 256-entry tables.
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "smelt/Support/Constants.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

bool smelt::isLookupFunction(Operation *op) {
  return isa<tosa::AbsOp, tosa::CeilOp, tosa::ErfOp, tosa::ExpOp, tosa::FloorOp,
             tosa::LogOp, tosa::PowOp, tosa::ReciprocalOp, tosa::RsqrtOp>(op);
}

/// The function that `op` applies to each element, in double precision.
static FailureOr<std::function<double(double)>> getFunction(Operation *op) {
  using Function = FailureOr<std::function<double(double)>>;
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case([](tosa::AbsOp) { return [](double x) { return std::fabs(x); }; })
      .Case([](tosa::CeilOp) { return [](double x) { return std::ceil(x); }; })
      .Case([](tosa::ErfOp) { return [](double x) { return std::erf(x); }; })
      .Case([](tosa::ExpOp) { return [](double x) { return std::exp(x); }; })
      .Case(
          [](tosa::FloorOp) { return [](double x) { return std::floor(x); }; })
      .Case([](tosa::LogOp) { return [](double x) { return std::log(x); }; })
      .Case([](tosa::ReciprocalOp) { return [](double x) { return 1 / x; }; })
      .Case([](tosa::RsqrtOp) {
        return [](double x) { return 1 / std::sqrt(x); };
      })
      .Case([](tosa::PowOp pow) -> Function {
        std::optional<std::vector<float>> exponent =
            readFloats(pow.getInput2());
        if (!exponent || exponent->empty() || !llvm::all_equal(*exponent))
          return pow.emitError("the exponent is not one constant");
        double power = exponent->front();
        return Function([power](double x) { return std::pow(x, power); });
      })
      .Default([](Operation *o) {
        return o->emitError() << "'" << o->getName() << "' has no table";
      });
}

/// Any grid of 8 bits over the range of `value`, with an exact zero.
static Grid makeByteGrid(OpBuilder &builder, const IntegerValue &value) {
  auto [low, high] = value.realRange();
  low = std::min(low, 0.0);
  high = std::max(high, 0.0);
  Grid grid;
  grid.elementType = builder.getI8Type();
  grid.min = -128;
  grid.max = 127;
  grid.scale = high > low ? (high - low) / 255 : 1;
  grid.zeroPoint = std::llround(-128 - low / grid.scale);
  return grid;
}

/// The largest finite magnitude among the entries; infinities and NaNs, as of
/// log at 0, are left to saturate.
static double largestFinite(ArrayRef<double> entries) {
  double largest = 0;
  for (double entry : entries)
    if (std::isfinite(entry))
      largest = std::max(largest, std::fabs(entry));
  return largest;
}

template <typename T>
static Value createTable(OpBuilder &builder, Location location,
                         ArrayRef<double> entries, const Grid &grid) {
  SmallVector<T> codes;
  for (double entry : entries) {
    double code = entry / grid.scale + grid.zeroPoint;
    code = std::isnan(code) ? grid.zeroPoint : std::floor(code + 0.5);
    codes.push_back(
        static_cast<T>(std::clamp(code, double(grid.min), double(grid.max))));
  }
  return createConstant<T>(builder, location, {256}, codes);
}

LogicalResult Converter::convertLookup(Operation *op) {
  Location location = op->getLoc();
  FailureOr<std::function<double(double)>> function = getFunction(op);
  if (failed(function))
    return failure();
  IntegerValue input = get(op->getOperand(0));
  if (!input.isSettled() || input.getType().getElementTypeBitWidth() != 8)
    input = requantize(input, makeByteGrid(builder, input), location);

  SmallVector<double> entries;
  for (int64_t q = -128; q < 128; ++q)
    entries.push_back(
        (*function)(input.scale[0] * double(q - input.zeroPoint())));
  std::optional<Grid> target = findTarget(op->getResult(0));
  Grid grid;
  if (target && target->elementType.getIntOrFloatBitWidth() <= 16) {
    grid = *target;
  } else {
    grid = makeSymmetricGrid(builder, 16, largestFinite(entries));
  }
  Value table = grid.elementType.isInteger(8)
                    ? createTable<int8_t>(builder, location, entries, grid)
                    : createTable<int16_t>(builder, location, entries, grid);
  auto lookup = builder.create<LookupOp>(
      location, input.getType().clone(grid.elementType), input.tensor, table,
      Value());
  set(op->getResult(0), IntegerValue(lookup.getResult(), grid));
  return success();
}
