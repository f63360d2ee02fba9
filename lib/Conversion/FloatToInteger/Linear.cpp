//===- Linear.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Matrix products, convolutions and sums.
//
//===----------------------------------------------------------------------===//

#include "Converter.h"
#include "smelt/Support/Constants.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// The weights of a layer with their integer scales.
struct LayerWeights {
  WeightsOp op;
  WeightsType type;
  int64_t groups = 1;
  std::vector<int8_t> codes;
  /// planes x rows x groups.
  std::vector<float> scales;

  int64_t groupSize() const {
    return (type.getColumns() + groups - 1) / groups;
  }
  ArrayRef<int8_t> row(int64_t plane, int64_t row) const {
    return ArrayRef<int8_t>(codes).slice(
        (plane * type.getRows() + row) * type.getColumns(), type.getColumns());
  }
  size_t scaleIndex(int64_t plane, int64_t row, int64_t group) const {
    return (plane * type.getRows() + row) * groups + group;
  }
};

/// Sums over a row's weights of one group.
struct GroupSums {
  int64_t magnitudes = 0;
  int64_t values = 0;
};

/// What one row of a layer computes.
struct RowScale {
  /// The real value of one unit of the accumulator, for inputs of scale 1.
  double unit = 1;
  /// Sum of the row's weights, in accumulator units.
  double sum = 0;
  /// Bound of the accumulator for |x| <= 1.
  double bound = 0;
};
} // namespace

static FailureOr<LayerWeights> readWeights(Operation *layer) {
  DequantizeWeightsOp dequantize = getQuantizedWeights(layer->getOperand(1));
  WeightsOp op =
      dequantize ? dequantize.getWeights().getDefiningOp<WeightsOp>() : nullptr;
  if (!op)
    return layer->emitError("weights are not quantized; run "
                            "ternary-quantize-weights before this pass");
  LayerWeights weights{op, op.getType(), 1, {}, {}};
  if (weights.type.getLayout() != Layout::Dense &&
      weights.type.getLayout() != Layout::Int8)
    return layer->emitError("weights are packed already");
  std::optional<std::vector<int8_t>> codes = readBytes(op.getData());
  std::optional<std::vector<float>> scales = readFloats(dequantize.getScales());
  if (!codes || !scales)
    return layer->emitError("the data of the weights is missing");
  weights.codes = std::move(*codes);
  weights.scales = std::move(*scales);
  weights.groups =
      cast<ShapedType>(dequantize.getScales().getType()).getDimSize(2);
  return weights;
}

static GroupSums sumGroup(const LayerWeights &weights, int64_t plane,
                          int64_t row, int64_t group) {
  ArrayRef<int8_t> codes = weights.row(plane, row);
  int64_t begin = std::min<int64_t>(group * weights.groupSize(), codes.size());
  int64_t end = std::min<int64_t>(begin + weights.groupSize(), codes.size());
  GroupSums sums;
  for (int8_t code : codes.slice(begin, end - begin)) {
    sums.magnitudes += std::abs(code);
    sums.values += code;
  }
  return sums;
}

/// Scales of one plane and group need no integers: they go into the row's unit.
static bool needsIntegerScales(const LayerWeights &weights) {
  return weights.groups > 1 || weights.type.getPlanes() > 1;
}

/// Makes the scales of every row integers of at most `bits` bits.
static std::vector<int16_t> quantizeScales(const LayerWeights &weights,
                                           int bits) {
  std::vector<int16_t> integers(weights.scales.size(), 1);
  if (!needsIntegerScales(weights))
    return integers;
  int64_t planes = weights.type.getPlanes(), rows = weights.type.getRows();
  for (int64_t r = 0; r < rows; ++r) {
    double largest = 0;
    for (int64_t p = 0; p < planes; ++p)
      for (int64_t g = 0; g < weights.groups; ++g)
        largest = std::max<double>(
            largest, std::fabs(weights.scales[weights.scaleIndex(p, r, g)]));
    for (int64_t p = 0; p < planes; ++p)
      for (int64_t g = 0; g < weights.groups; ++g) {
        size_t i = weights.scaleIndex(p, r, g);
        integers[i] =
            largest == 0
                ? 0
                : static_cast<int16_t>(std::lround(weights.scales[i] / largest *
                                                   ((1 << bits) - 1)));
      }
  }
  return integers;
}

static SmallVector<RowScale> measureRows(const LayerWeights &weights,
                                         ArrayRef<int16_t> integers) {
  int64_t planes = weights.type.getPlanes(), rows = weights.type.getRows();
  SmallVector<RowScale> result(rows);
  for (int64_t r = 0; r < rows; ++r) {
    // The unit that fits the integers best to the scales.
    double product = 0, square = 0;
    for (int64_t p = 0; p < planes; ++p)
      for (int64_t g = 0; g < weights.groups; ++g) {
        size_t i = weights.scaleIndex(p, r, g);
        GroupSums sums = sumGroup(weights, p, r, g);
        product += double(weights.scales[i]) * integers[i];
        square += double(integers[i]) * integers[i];
        result[r].sum += double(integers[i]) * sums.values;
        result[r].bound += std::abs(double(integers[i])) * sums.magnitudes;
      }
    result[r].unit = square == 0 ? 1 : product / square;
  }
  return result;
}

static double largestBound(ArrayRef<RowScale> rows) {
  double bound = 0;
  for (const RowScale &row : rows)
    bound = std::max(bound, row.bound);
  return bound;
}

/// Chooses integer scales of as many bits (10 to 15) as leave the accumulator
/// within 32 bits; if none do, 15.
static std::pair<std::vector<int16_t>, SmallVector<RowScale>>
chooseScales(const LayerWeights &weights, double inputMagnitude) {
  for (int bits = 15; bits >= 10; --bits) {
    std::vector<int16_t> integers = quantizeScales(weights, bits);
    SmallVector<RowScale> rows = measureRows(weights, integers);
    if (largestBound(rows) * inputMagnitude < std::ldexp(1, 31))
      return {std::move(integers), std::move(rows)};
  }
  std::vector<int16_t> integers = quantizeScales(weights, 15);
  SmallVector<RowScale> rows = measureRows(weights, integers);
  return {std::move(integers), std::move(rows)};
}

/// Pads the image explicitly where the input's zero is not the integer 0.
static Value padImage(OpBuilder &builder, Location location, Value image,
                      ArrayRef<int64_t> pad, int64_t zeroPoint) {
  auto type = cast<RankedTensorType>(image.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[1] += pad[0] + pad[1];
  shape[2] += pad[2] + pad[3];
  Value padding = createConstant<int64_t>(
      builder, location, {4, 2}, {0, 0, pad[0], pad[1], pad[2], pad[3], 0, 0});
  auto scalar = RankedTensorType::get({}, type.getElementType());
  Value value = builder.create<tosa::ConstOp>(
      location, scalar,
      DenseElementsAttr::get(
          scalar, builder.getIntegerAttr(type.getElementType(), zeroPoint)));
  return builder.create<tosa::PadOp>(location, type.clone(shape), image,
                                     padding, value);
}

LogicalResult Converter::convertLinear(Operation *op) {
  Location location = op->getLoc();
  FailureOr<LayerWeights> weights = readWeights(op);
  if (failed(weights))
    return failure();
  std::optional<std::vector<float>> bias = readFloats(op->getOperand(2));
  if (!bias ||
      (bias->size() != 1 && int64_t(bias->size()) != weights->type.getRows()))
    return op->emitError("bias is not a constant");

  IntegerValue input = settleTo(16, get(op->getOperand(0)), location);
  auto [integers, rows] = chooseScales(*weights, double(input.magnitude()));
  double bound = largestBound(rows) * double(input.magnitude());
  bool wide = bound >= std::ldexp(1, 31);
  Type accumulator = builder.getIntegerType(wide ? 64 : 32);
  TypeAttr accumulatorAttr = wide ? TypeAttr::get(accumulator) : TypeAttr();

  Value scales;
  if (needsIntegerScales(*weights))
    scales = createConstant<int16_t>(
        builder, location,
        {weights->type.getPlanes(), weights->type.getRows(), weights->groups},
        integers);
  Value packed =
      builder.create<WeightsOp>(location, weights->type, weights->op.getData());
  auto resultType =
      cast<RankedTensorType>(op->getResult(0).getType()).clone(accumulator);
  Value result;
  if (isa<tosa::FullyConnectedOp>(op)) {
    result = builder
                 .create<MatmulOp>(location, resultType, input.tensor, packed,
                                   scales, Value(), Value(), Value(),
                                   RescaleAttr(), accumulatorAttr)
                 .getResult();
  } else {
    auto pad = op->getAttrOfType<DenseI64ArrayAttr>("pad");
    Value image = input.tensor;
    if (input.zeroPoint() != 0 &&
        llvm::any_of(pad.asArrayRef(), [](int64_t p) { return p != 0; })) {
      image = padImage(builder, location, image, pad.asArrayRef(),
                       input.zeroPoint());
      pad = builder.getDenseI64ArrayAttr({0, 0, 0, 0});
    }
    int64_t groups =
        isa<tosa::DepthwiseConv2DOp>(op) ? input.getType().getDimSize(3) : 1;
    result = builder
                 .create<Conv2DOp>(
                     location, resultType, image, packed, scales, Value(),
                     Value(), Value(), RescaleAttr(), accumulatorAttr, pad,
                     op->getAttrOfType<DenseI64ArrayAttr>("stride"),
                     op->getAttrOfType<DenseI64ArrayAttr>("dilation"),
                     builder.getI64IntegerAttr(groups))
                 .getResult();
  }

  IntegerValue value;
  value.tensor = result;
  value.max = static_cast<int64_t>(std::min(bound, std::ldexp(1, 62)));
  value.min = -value.max;
  value.scale.clear();
  value.offset.clear();
  for (auto [r, row] : llvm::enumerate(rows)) {
    value.scale.push_back(input.scale[0] * row.unit);
    value.offset.push_back((*bias)[bias->size() == 1 ? 0 : r] +
                           input.offset[0] * row.unit * row.sum);
  }
  if (llvm::all_equal(value.scale))
    value.scale.resize(1);
  if (llvm::all_equal(value.offset))
    value.offset.resize(1);
  set(op->getResult(0), value);
  return success();
}

/// A settled value of at most 8 bits whose zero is the integer 0.
static IntegerValue makeSymmetric(Converter &converter, IntegerValue value,
                                  OpBuilder &builder, Location location) {
  if (value.isSettled() && value.zeroPoint() == 0 &&
      value.getType().getElementTypeBitWidth() == 8)
    return value;
  return converter.requantize(
      value, makeSymmetricGrid(builder, 8, value.realMagnitude()), location);
}

LogicalResult Converter::convertMatmul(tosa::MatMulOp op) {
  Location location = op.getLoc();
  IntegerValue lhs = makeSymmetric(*this, operandOf(op, 0), builder, location);
  IntegerValue rhs = makeSymmetric(*this, operandOf(op, 1), builder, location);
  auto type = cast<RankedTensorType>(op.getC().getType());
  double bound = double(lhs.magnitude()) * double(rhs.magnitude()) *
                 double(lhs.getType().getDimSize(2));
  if (bound >= std::ldexp(1, 31))
    return op.emitError("the inner dimension is too long for 32-bit sums");
  IntegerValue value;
  value.tensor = builder.create<tosa::MatMulOp>(
      location, type.clone(builder.getI32Type()), lhs.tensor, rhs.tensor);
  value.scale = {lhs.scale[0] * rhs.scale[0]};
  value.max = static_cast<int64_t>(bound);
  value.min = -value.max;
  set(op.getC(), value);
  return success();
}

LogicalResult Converter::convertAvgPool(tosa::AvgPool2dOp op) {
  if (llvm::any_of(op.getPad(), [](int64_t p) { return p != 0; }))
    return op.emitError(
        "average pooling with padding left out of the mean has no integer "
        "form; count the padding (count_include_pad=1) or pad before");
  Location location = op.getLoc();
  IntegerValue value = settleTo(16, get(op.getInput()), location);
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  int64_t count = op.getKernel()[0] * op.getKernel()[1];
  if (count >= (int64_t(1) << 15))
    return op.emitError("the window is too large for 32-bit sums");
  value.tensor =
      builder
          .create<SumPool2DOp>(location, type.clone(builder.getI32Type()),
                               value.tensor, Value(), op.getKernelAttr(),
                               op.getPadAttr(), op.getStrideAttr())
          .getResult();
  value.scale[0] /= count;
  value.min *= count;
  value.max *= count;
  set(op.getOutput(), value);
  return success();
}

LogicalResult Converter::convertReduceSum(tosa::ReduceSumOp op) {
  Location location = op.getLoc();
  IntegerValue value = settleTo(16, get(op.getInput()), location);
  int64_t count = value.getType().getDimSize(op.getAxis());
  if (count >= (int64_t(1) << 15))
    return op.emitError("the dimension is too long for 32-bit sums");
  auto type = cast<RankedTensorType>(op.getOutput().getType());
  Value wide = builder.create<tosa::CastOp>(
      location, value.getType().clone(builder.getI32Type()), value.tensor);
  value.tensor = builder.create<tosa::ReduceSumOp>(
      location, type.clone(builder.getI32Type()), wide, op.getAxisAttr());
  value.offset[0] *= count;
  value.min *= count;
  value.max *= count;
  set(op.getOutput(), value);
  return success();
}
