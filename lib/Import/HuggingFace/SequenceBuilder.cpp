//===- SequenceBuilder.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SequenceBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/WeightPacking.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::hf;
using namespace smelt::ternary;

static constexpr int64_t kMost32 = std::numeric_limits<int32_t>::max();
static constexpr int64_t kLeast32 = std::numeric_limits<int32_t>::min();

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// A positive real as multiplier * 2^-shift with 2^30 <= multiplier < 2^31.
static std::pair<int64_t, int64_t> splitScale(double value) {
  int exponent;
  double fraction = std::frexp(value, &exponent);
  int64_t multiplier = std::llround(std::ldexp(fraction, 31));
  if (multiplier > kMost32)
    multiplier = kMost32;
  return {multiplier, 31 - exponent};
}

/// The greatest shift, at most `most`, that keeps `largest * 2^shift` below
/// 2^31.
static int64_t chooseShift(double largest, int64_t most) {
  if (largest <= 0)
    return most;
  int exponent;
  std::frexp(largest, &exponent);
  return std::min<int64_t>(31 - exponent, most);
}

/// A shift for `ternary.dequantize` of sums up to `bound`, by multipliers up to
/// `largest * 2^shift`. Steps of 8 let layers of one size share a function.
static int64_t chooseDequantizeShift(double largest, double bound) {
  int64_t room = 61 - std::ilogb(std::max(bound, 1.0));
  int64_t shift = chooseShift(largest, 126);
  shift = std::min(shift, room - std::ilogb(std::max(largest, 1e-300)) - 1);
  return std::clamp<int64_t>(shift - shift % 8, 0, 126);
}

static int32_t roundTo32(double value) {
  return static_cast<int32_t>(
      std::clamp<double>(std::nearbyint(value), double(kLeast32), kMost32));
}

static double findLargest(ArrayRef<double> values) {
  double largest = 0;
  for (double value : values)
    largest = std::max(largest, std::fabs(value));
  return largest;
}

/// A vector of the values, or of one element where all are equal.
template <typename T>
static ElementsAttr makeVector(OpBuilder &builder, ArrayRef<T> values) {
  if (llvm::all_equal(values))
    values = values.take_front(1);
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    builder.getIntegerType(8 * sizeof(T)));
  return DenseElementsAttr::get(type, values);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

double Matrix::boundProducts(double largest) const {
  double bound = largest * double(type.getColumns() * type.getMaxMagnitude());
  return bound * double(type.getPlanes() * largestGroupScale);
}

/// The scales of each row as integers times one real.
static std::vector<int16_t> splitScales(const FittedWeights &weights,
                                        std::vector<double> &rowScales) {
  std::vector<int16_t> integers(weights.scales.size());
  for (int64_t row = 0; row < weights.rows; ++row) {
    auto forEach = [&](auto body) {
      for (int64_t plane = 0; plane < weights.planes; ++plane)
        for (int64_t group = 0; group < weights.groups; ++group)
          body((plane * weights.rows + row) * weights.groups + group);
    };
    float largest = 0;
    forEach([&](int64_t i) {
      largest = std::max(largest, std::fabs(weights.scales[i]));
    });
    rowScales[row] = largest / 32767.0;
    forEach([&](int64_t i) {
      if (largest > 0)
        integers[i] = static_cast<int16_t>(
            std::lround(weights.scales[i] / double(largest) * 32767));
    });
  }
  return integers;
}

/// Packs codes, interleaved if `interleaves` and they can be.
static void setCodes(Matrix &matrix, WeightsType type, int64_t groups,
                     bool interleaves, ArrayRef<int8_t> codes) {
  MLIRContext *context = type.getContext();
  if (interleaves)
    type = type.interleave(groups);
  matrix.type = type;
  std::vector<int8_t> bytes = packWeights(type, codes);
  auto dataType = RankedTensorType::get({static_cast<int64_t>(bytes.size())},
                                        IntegerType::get(context, 8));
  matrix.data = makeBytes(matrix.name, dataType, bytes);
}

/// Sets the scales, given as planes x rows x groups.
static void setGroupScales(Matrix &matrix, int64_t groups,
                           std::vector<int16_t> scales) {
  for (int16_t scale : scales)
    matrix.largestGroupScale =
        std::max<int64_t>(matrix.largestGroupScale, std::abs(scale));
  if (matrix.type.getInterleaved())
    scales = interleaveScales(matrix.type, groups, scales);
  matrix.groupScales = DenseElementsAttr::get(
      RankedTensorType::get(matrix.type.getScalesShape(groups),
                            IntegerType::get(matrix.type.getContext(), 16)),
      ArrayRef<int16_t>(scales));
}

Matrix hf::makeMatrix(MLIRContext *context, StringRef name,
                      const FittedWeights &weights, Layout layout,
                      bool interleaves, std::vector<float> bias) {
  Matrix matrix;
  matrix.name = name.str();
  matrix.bias = std::move(bias);
  setCodes(matrix,
           WeightsType::get(context, {weights.rows, weights.columns},
                            weights.isInt8 ? Layout::Int8 : layout,
                            weights.planes),
           weights.groups, interleaves, weights.codes);
  if (weights.planes == 1 && weights.groups == 1) {
    matrix.scale.assign(weights.scales.begin(), weights.scales.end());
    return matrix;
  }
  matrix.scale.resize(weights.rows);
  setGroupScales(matrix, weights.groups, splitScales(weights, matrix.scale));
  return matrix;
}

Matrix hf::makeMatrix(MLIRContext *context, StringRef name,
                      const Int4Weights &weights, bool interleaves,
                      std::vector<float> bias) {
  Matrix matrix;
  matrix.name = name.str();
  matrix.bias = std::move(bias);
  setCodes(
      matrix,
      WeightsType::get(context, {weights.rows, weights.columns}, Layout::Int4),
      weights.groups, interleaves, weights.codes);
  matrix.scale.assign(weights.rowScales.begin(), weights.rowScales.end());
  setGroupScales(matrix, weights.groups, weights.groupScales);
  return matrix;
}

Value SequenceBuilder::constant(ElementsAttr values) {
  return builder.create<tosa::ConstOp>(location, values.getType(), values);
}

Value SequenceBuilder::weights(const Matrix &matrix) {
  return builder.create<WeightsOp>(location, matrix.type, matrix.data);
}

FixedPoint SequenceBuilder::embed(Value ids, const Matrix &matrix) {
  double largest = findLargest(matrix.scale) * std::ldexp(1, kFraction);
  double bound = matrix.boundProducts(1) / double(matrix.type.getColumns());
  int64_t shift = chooseShift(largest, 60 - std::ilogb(bound));
  shift = std::clamp<int64_t>(shift, 0, 62);
  std::vector<int32_t> multipliers;
  for (double scale : matrix.scale)
    multipliers.push_back(
        roundTo32(scale * std::ldexp(1, kFraction + int(shift))));
  int64_t half = shift > 0 ? int64_t(1) << (shift - 1) : 0;
  int64_t count = cast<ShapedType>(ids.getType()).getDimSize(0);
  auto op = builder.create<EmbedOp>(
      location, tensorOf({count, matrix.type.getColumns()}, 32), ids,
      weights(matrix),
      matrix.groupScales ? constant(matrix.groupScales) : Value(),
      constant(makeVector<int32_t>(builder, multipliers)),
      constant(makeVector<int64_t>(builder, half)), Value(),
      RescaleAttr::get(builder.getContext(), shift, kLeast32, kMost32));
  return {op.getResult()};
}

SequenceBuilder::Dequantization
SequenceBuilder::chooseDequantization(const Codes &x, const Matrix &matrix) {
  // From units of weight scale * 2^-x.fraction / largest to 2^-kFraction.
  double unit = std::ldexp(1, int(kFraction - x.fraction)) / x.getLargest();
  Dequantization result;
  result.shift = chooseDequantizeShift(findLargest(matrix.scale) * unit,
                                       matrix.boundProducts(x.getLargest()));
  std::vector<int32_t> multipliers;
  for (double scale : matrix.scale)
    multipliers.push_back(
        roundTo32(scale * unit * std::ldexp(1, int(result.shift))));
  result.multiplier = constant(makeVector<int32_t>(builder, multipliers));
  if (matrix.bias.empty())
    return result;
  std::vector<int64_t> biases;
  for (float value : matrix.bias)
    biases.push_back(std::llround(std::ldexp(double(value), kFraction)));
  result.bias = constant(makeVector<int64_t>(builder, biases));
  return result;
}

FixedPoint SequenceBuilder::multiply(const Codes &x, const Matrix &matrix) {
  auto type = cast<RankedTensorType>(x.codes.getType());
  int64_t rows = matrix.type.getRows();
  bool isWide = matrix.boundProducts(x.getLargest()) > double(kMost32);
  auto product = builder.create<MatmulOp>(
      location, tensorOf({type.getDimSize(0), rows}, isWide ? 64 : 32), x.codes,
      weights(matrix),
      matrix.groupScales ? constant(matrix.groupScales) : Value(), Value(),
      Value(), Value(), RescaleAttr(),
      isWide ? TypeAttr::get(builder.getI64Type()) : TypeAttr());
  Dequantization form = chooseDequantization(x, matrix);
  auto op = builder.create<DequantizeOp>(
      location, tensorOf({type.getDimSize(0), rows}, 32), product.getResult(),
      x.absmax, form.multiplier, form.bias, Value(), form.shift, kLeast32,
      kMost32);
  return {op.getResult()};
}

FixedPoint SequenceBuilder::refine(const FixedPoint &estimate, int64_t count,
                                   const Codes &x, const Matrix &matrix) {
  RankedTensorType type = estimate.getType();
  auto ids = builder.create<BestOp>(location,
                                    tensorOf({type.getDimSize(0), count}, 32),
                                    estimate.tensor, Value());
  Dequantization form = chooseDequantization(x, matrix);
  auto op = builder.create<RefineOp>(
      location, type, estimate.tensor, ids.getResult(), x.codes, x.absmax,
      weights(matrix), form.multiplier, form.bias, Value(), form.shift,
      kLeast32, kMost32);
  return {op.getResult()};
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

FixedPoint SequenceBuilder::normalize(const FixedPoint &x,
                                      ArrayRef<float> weight, double epsilon) {
  double count = double(weight.size());
  double largest = 0;
  for (float value : weight)
    largest = std::max(largest, double(std::fabs(value)));
  // The norm's own result is at most 1, with 30 fractional bits.
  double reach = std::sqrt(count) * (largest > 0 ? largest : 1);
  int64_t fraction = 30 - (std::ilogb(reach) + 1);
  int64_t shift = std::clamp<int64_t>(
      chooseShift(std::ldexp(reach, int(fraction) - 30), 61), 1, 61);
  std::vector<int32_t> multipliers;
  for (float value : weight)
    multipliers.push_back(roundTo32(
        std::ldexp(std::sqrt(count) * value, int(fraction - 30 + shift))));
  double scaledEpsilon =
      std::ldexp(epsilon * count, 2 * static_cast<int>(x.fraction));
  int64_t integerEpsilon = static_cast<int64_t>(
      std::min(std::nearbyint(scaledEpsilon), std::ldexp(1, 61) - 512));
  RankedTensorType type = x.getType();
  auto op = builder.create<RMSNormOp>(
      location, tensorOf(type.getShape(), 32), x.tensor,
      constant(makeVector<int32_t>(builder, multipliers)),
      constant(makeVector<int64_t>(builder, int64_t(1) << (shift - 1))),
      Value(), builder.getI64IntegerAttr(integerEpsilon),
      RescaleAttr::get(builder.getContext(), shift, kLeast32, kMost32));
  return {op.getResult(), fraction};
}

Codes SequenceBuilder::quantize(const FixedPoint &x, unsigned bits) {
  RankedTensorType type = x.getType();
  unsigned width = type.getElementTypeBitWidth() == 64 ? 64 : 32;
  auto absmax = builder.create<AbsmaxOp>(
      location, tensorOf(type.getShape().drop_back(), width), x.tensor,
      Value());
  auto codes = builder.create<DynamicQuantizeOp>(
      location, tensorOf(type.getShape(), bits), x.tensor, absmax.getResult(),
      Value());
  return {codes.getResult(), absmax.getResult(), x.fraction};
}

FixedPoint SequenceBuilder::reshape(const FixedPoint &x,
                                    ArrayRef<int64_t> shape) {
  auto op = builder.create<tosa::ReshapeOp>(
      location, x.getType().clone(shape), x.tensor,
      builder.getDenseI64ArrayAttr(shape));
  return {op.getResult(), x.fraction};
}

FixedPoint SequenceBuilder::rotate(const FixedPoint &x, ElementsAttr table,
                                   Value position) {
  auto op = builder.create<RopeOp>(location, x.getType(), x.tensor,
                                   constant(table), position, Value());
  return {op.getResult(), x.fraction};
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

FixedPoint SequenceBuilder::activate(const FixedPoint &x, ActivationKind kind) {
  auto op = builder.create<ActivationOp>(
      location, x.getType(),
      ActivationKindAttr::get(builder.getContext(), kind), x.tensor, Value(),
      builder.getI64IntegerAttr(x.fraction));
  return {op.getResult(), x.fraction};
}

FixedPoint SequenceBuilder::relu(const FixedPoint &x) {
  auto op = builder.create<ReluOp>(location, x.getType(), x.tensor, Value());
  return {op.getResult(), x.fraction};
}

FixedPoint SequenceBuilder::multiplyElements(const FixedPoint &x,
                                             const FixedPoint &y) {
  // Products of two i32 reach 2^62, the most that a norm can take.
  constexpr int64_t kMost = (int64_t(1) << 62) - 1;
  auto op = builder.create<MulOp>(
      location, tensorOf(x.getType().getShape(), 64), x.tensor, y.tensor,
      Value(), 0, 0, 1, 0,
      RescaleAttr::get(builder.getContext(), 0, -kMost, kMost));
  return {op.getResult(), x.fraction + y.fraction};
}

FixedPoint SequenceBuilder::add(const FixedPoint &x, const FixedPoint &y) {
  assert(x.fraction == y.fraction && "summands of different units");
  auto op = builder.create<AddOp>(
      location, x.getType(), x.tensor, y.tensor, Value(), 1, 1, 0,
      RescaleAttr::get(builder.getContext(), 0, kLeast32, kMost32));
  return {op.getResult(), x.fraction};
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

Value SequenceBuilder::writeCache(Value cache, Value rows, Value position) {
  return builder
      .create<CacheWriteOp>(location, cache.getType(), cache, rows, position,
                            Value())
      .getResult();
}

FixedPoint SequenceBuilder::attend(const Codes &query, const Codes &keys,
                                   const Codes &values, double scoreScale,
                                   Value position) {
  // What the op drops of products: bits of wide codes, 8 bits of the product
  // with the keys' absmax, 46 of the multiplier's, of which 31 scale the
  // queries' mantissa.
  int droppedOfDot = int(query.getBits() + keys.getBits()) - 16;
  double unit =
      std::ldexp(scoreScale * M_LOG2E,
                 droppedOfDot + 8 + 16 - int(query.fraction + keys.fraction)) /
      (query.getLargest() * keys.getLargest());
  auto [scoreMultiplier, scoreShift] = splitScale(unit);
  double valueUnit = std::ldexp(1, values.getBits() == 16 ? 8 : 0) /
                     (32767 * values.getLargest());
  auto [multiplier, shift] = splitScale(valueUnit);
  auto type = cast<RankedTensorType>(query.codes.getType());
  auto op = builder.create<AttentionOp>(
      location, tensorOf(type.getShape(), 32), query.codes, query.absmax,
      keys.codes, keys.absmax, values.codes, values.absmax, position, Value(),
      scoreMultiplier, scoreShift - 46 + 31, multiplier, shift - 31);
  return {op.getResult(), values.fraction};
}
