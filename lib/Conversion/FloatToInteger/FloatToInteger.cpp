//===- FloatToInteger.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Support/Constants.h"
#include <cmath>

namespace smelt {
#define GEN_PASS_DEF_TERNARYCONVERTTOINTEGER
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class ConvertToInteger
    : public smelt::impl::TernaryConvertToIntegerBase<ConvertToInteger> {
public:
  using TernaryConvertToIntegerBase::TernaryConvertToIntegerBase;
  void runOnOperation() override;

private:
  LogicalResult convertFunction(func::FuncOp function);
  FailureOr<IntegerValue> convertArgument(func::FuncOp function, unsigned index,
                                          Block *body, OpBuilder &builder,
                                          Converter &converter);
};

/// scale * x + offset.
struct Affine {
  double scale = 1;
  double offset = 0;
};
} // namespace

/// The constant if it has one value.
static std::optional<double> readScalar(Value value) {
  std::optional<std::vector<float>> values = readFloats(value);
  if (!values || values->empty() || !llvm::all_equal(*values))
    return std::nullopt;
  return (*values)[0];
}

/// Follows an argument through reshapes and constant scalings to the fake_quant
/// that rounds it, and returns the grid of the argument itself.
static std::optional<Grid> findArgumentGrid(Value value, Converter &converter) {
  Affine affine;
  while (value.hasOneUse()) {
    Operation *user = *value.getUsers().begin();
    if (auto quant = dyn_cast<FakeQuantOp>(user)) {
      std::optional<Grid> grid = converter.getGrid(quant);
      if (!grid || affine.scale <= 0)
        return std::nullopt;
      double zero = grid->zeroPoint + affine.offset / grid->scale;
      if (std::fabs(zero - std::nearbyint(zero)) > 1e-3)
        return std::nullopt;
      grid->zeroPoint = std::llround(zero);
      grid->scale /= affine.scale;
      return grid;
    }
    if (isa<tosa::ReshapeOp, tosa::TransposeOp>(user)) {
      value = user->getResult(0);
      continue;
    }
    if (!isa<tosa::MulOp, tosa::AddOp, tosa::SubOp>(user) ||
        user->getOperand(0) != value)
      return std::nullopt;
    std::optional<double> constant = readScalar(user->getOperand(1));
    if (!constant)
      return std::nullopt;
    if (isa<tosa::MulOp>(user)) {
      affine.scale *= *constant;
      affine.offset *= *constant;
    } else {
      affine.offset += isa<tosa::SubOp>(user) ? -*constant : *constant;
    }
    value = user->getResult(0);
  }
  return std::nullopt;
}

/// The grid of an argument that holds a sensor's own integers, from its
/// `smelt.input` attribute {type = i8, min, max, real_min, real_max}.
static std::optional<Grid> readSensorGrid(DictionaryAttr attribute) {
  auto type = attribute.getAs<TypeAttr>("type");
  auto min = attribute.getAs<IntegerAttr>("min");
  auto max = attribute.getAs<IntegerAttr>("max");
  auto realMin = attribute.getAs<FloatAttr>("real_min");
  auto realMax = attribute.getAs<FloatAttr>("real_max");
  if (!type || !min || !max || !realMin || !realMax ||
      min.getInt() >= max.getInt())
    return std::nullopt;
  Grid grid;
  auto integer = dyn_cast<IntegerType>(type.getValue());
  if (!integer || (integer.getWidth() != 8 && integer.getWidth() != 16))
    return std::nullopt;
  grid.elementType =
      IntegerType::get(attribute.getContext(), integer.getWidth());
  double low = realMin.getValueAsDouble(), high = realMax.getValueAsDouble();
  if (!(low < high))
    return std::nullopt;
  grid.scale = (high - low) / double(max.getInt() - min.getInt());
  int64_t half = int64_t(1) << (integer.getWidth() - 1);
  int64_t bias = integer.isUnsigned() ? half : 0;
  grid.min = -half;
  grid.max = half - 1;
  grid.zeroPoint = std::llround(double(min.getInt()) - low / grid.scale) - bias;
  return grid;
}

/// Sets the attributes that tell a caller what the integers of an argument or a
/// result stand for. `zeroPoint` is in the caller's type, which may be
/// unsigned.
template <typename Setter>
static void setQuantization(Setter set, OpBuilder &builder, const Grid &grid,
                            bool isUnsigned) {
  int64_t bias =
      isUnsigned ? int64_t(1) << (grid.elementType.getIntOrFloatBitWidth() - 1)
                 : 0;
  set("smelt.scale", builder.getF64FloatAttr(grid.scale));
  set("smelt.zero_point", builder.getI64IntegerAttr(grid.zeroPoint + bias));
  if (isUnsigned)
    set("smelt.unsigned", builder.getUnitAttr());
}

/// Turns the caller's unsigned integers into signed ones by the top bit.
static Value flipTopBit(OpBuilder &builder, Value argument) {
  auto type = cast<RankedTensorType>(argument.getType());
  unsigned width = type.getElementTypeBitWidth();
  auto maskType = RankedTensorType::get(SmallVector<int64_t>(type.getRank(), 1),
                                        type.getElementType());
  Value mask = builder.create<tosa::ConstOp>(
      argument.getLoc(), maskType,
      DenseElementsAttr::get(maskType, APInt::getSignMask(width)));
  return builder.create<tosa::BitwiseXorOp>(argument.getLoc(), type, argument,
                                            mask);
}

FailureOr<IntegerValue>
ConvertToInteger::convertArgument(func::FuncOp function, unsigned index,
                                  Block *body, OpBuilder &builder,
                                  Converter &converter) {
  BlockArgument argument = function.getArgument(index);
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || !type.getElementType().isF32())
    return mlir::emitError(argument.getLoc())
           << "input " << index << " is not a tensor of f32";

  std::optional<Grid> grid;
  bool isUnsigned = false;
  if (auto sensor =
          function.getArgAttrOfType<DictionaryAttr>(index, "smelt.input")) {
    grid = readSensorGrid(sensor);
    isUnsigned = sensor.getAs<TypeAttr>("type") &&
                 sensor.getAs<TypeAttr>("type").getValue().isUnsignedInteger();
    function.removeArgAttr(index, "smelt.input");
  } else {
    grid = findArgumentGrid(argument, converter);
  }
  if (!grid)
    return mlir::emitError(argument.getLoc())
           << "the range of input " << index
           << " is not known: calibrate, or state its type and range";

  // A caller may pass any integer of the type, also beyond the grid.
  unsigned width = grid->elementType.getIntOrFloatBitWidth();
  grid->min = -(int64_t(1) << (width - 1));
  grid->max = (int64_t(1) << (width - 1)) - 1;
  function.removeArgAttr(index, "smelt.range");
  setQuantization(
      [&](StringRef name, Attribute value) {
        function.setArgAttr(index, name, value);
      },
      builder, *grid, isUnsigned);
  Value integer =
      body->addArgument(type.clone(grid->elementType), argument.getLoc());
  if (isUnsigned)
    integer = flipTopBit(builder, integer);
  return IntegerValue(integer, *grid);
}

LogicalResult ConvertToInteger::convertFunction(func::FuncOp function) {
  Block &oldBody = function.getBody().front();
  auto *body = new Block();
  function.getBody().push_back(body);
  OpBuilder builder = OpBuilder::atBlockEnd(body);
  Converter converter(builder);
  bool failedAny = false;

  for (unsigned i = 0; i < oldBody.getNumArguments(); ++i) {
    FailureOr<IntegerValue> value =
        convertArgument(function, i, body, builder, converter);
    failedAny |= failed(value);
    converter.set(oldBody.getArgument(i),
                  failed(value) ? IntegerValue() : *value);
  }
  for (Operation &op : oldBody.without_terminator())
    if (!isConstantOnly(&op))
      failedAny |= failed(converter.convert(&op));
  if (failedAny)
    return failure();

  SmallVector<Value> results;
  for (OpOperand &operand : oldBody.getTerminator()->getOpOperands()) {
    if (!converter.get(operand.get()).tensor)
      return operand.getOwner()->emitError()
             << "result " << operand.getOperandNumber()
             << " does not depend on an input";
    IntegerValue value =
        converter.settle(converter.get(operand.get()), operand.get().getLoc());
    Grid grid;
    grid.elementType = value.getType().getElementType();
    grid.scale = value.scale[0];
    grid.zeroPoint = value.zeroPoint();
    setQuantization(
        [&](StringRef name, Attribute attribute) {
          function.setResultAttr(operand.getOperandNumber(), name, attribute);
        },
        builder, grid, /*isUnsigned=*/false);
    results.push_back(value.tensor);
  }
  builder.create<func::ReturnOp>(oldBody.getTerminator()->getLoc(), results);
  oldBody.dropAllReferences();
  oldBody.dropAllUses();
  oldBody.erase();
  function.setFunctionType(
      builder.getFunctionType(body->getArgumentTypes(), TypeRange(results)));
  return success();
}

void ConvertToInteger::runOnOperation() {
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (function.isExternal() || !function.getBody().hasOneBlock())
      continue;
    if (failed(convertFunction(function)))
      return signalPassFailure();
  }
}
