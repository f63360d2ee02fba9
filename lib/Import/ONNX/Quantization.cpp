//===- Quantization.cpp -----------------------------------------*- C++ -*-===//
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

static bool isPositive(ArrayRef<float> scales) {
  return llvm::all_of(
      scales, [](float scale) { return scale > 0 && std::isfinite(scale); });
}

std::shared_ptr<const Quantization>
Node::readQuantization(size_t scaleIndex, size_t zeroPointIndex, DataType type,
                       int64_t axis, ArrayRef<int64_t> shape) {
  TensorPtr scale = constantInput(scaleIndex, "the scale");
  if (!scale)
    return nullptr;
  auto result = std::make_shared<Quantization>();
  result->type = type;
  if (scale->size() != 1) {
    std::optional<int64_t> normal = normalizeAxis(axis, shape.size());
    if (!normal)
      return nullptr;
    if (scale->size() != shape[*normal]) {
      (void)fail("needs one scale, or one for each index of dimension " +
                 Twine(*normal));
      return nullptr;
    }
    result->axis = *normal;
  }
  for (int64_t i = 0; i < scale->size(); ++i)
    result->scales.push_back(static_cast<float>(scale->real(i)));
  result->zeroPoints.assign(result->scales.size(), 0);
  if (!isPositive(result->scales)) {
    (void)fail("a scale is not positive and finite");
    return nullptr;
  }
  if (!has(zeroPointIndex))
    return result;
  TensorPtr zeroPoint = constantInput(zeroPointIndex, "the zero point");
  if (!zeroPoint)
    return nullptr;
  if (zeroPoint->size() != 1 && zeroPoint->size() != scale->size()) {
    (void)fail("the zero point does not fit the scale");
    return nullptr;
  }
  for (size_t i = 0; i < result->zeroPoints.size(); ++i)
    result->zeroPoints[i] = zeroPoint->integer(zeroPoint->size() == 1 ? 0 : i);
  return result;
}

GraphValue
Node::fakeQuantize(const GraphValue &value,
                   std::shared_ptr<const Quantization> quantization) {
  if (isEmpty(value) || !quantization)
    return empty();
  std::optional<IntegerRange> range = rangeOf(quantization->type);
  if (!range || !isFloat(value.type)) {
    (void)fail("cannot quantize " + nameOf(value.type) + " to " +
               nameOf(quantization->type));
    return empty();
  }
  int64_t zeroPoint = quantization->zeroPoints.front();
  if (!llvm::all_equal(quantization->zeroPoints)) {
    (void)fail("different zero points for each channel are only supported on "
               "constants");
    return empty();
  }
  OpBuilder &builder = getBuilder();
  Value operand = emit(value);
  IntegerAttr axis;
  if (quantization->axis)
    axis = builder.getI64IntegerAttr(*quantization->axis);
  Value result = builder.create<ternary::FakeQuantOp>(
      location, operand.getType(), operand,
      builder.getDenseF32ArrayAttr(quantization->scales),
      builder.getI64IntegerAttr(zeroPoint),
      builder.getI64IntegerAttr(range->min),
      builder.getI64IntegerAttr(range->max), axis);
  GraphValue quantized = fromValue(result, quantization->type);
  quantized.quantization = std::move(quantization);
  return quantized;
}

/// Reads each element's scale and zero point along an axis.
static GraphValue dequantizeConstant(Node &node, const Tensor &tensor,
                                     const Quantization &quantization) {
  std::shared_ptr<Tensor> result =
      Tensor::allocate(DataType::Float, tensor.shape());
  int64_t inner = 1, length = quantization.scales.size();
  if (quantization.axis)
    for (int64_t size : tensor.shape().drop_front(*quantization.axis + 1))
      inner *= size;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    int64_t channel = (i / inner) % length;
    result->setReal(i, (tensor.real(i) - quantization.zeroPoints[channel]) *
                           quantization.scales[channel]);
  }
  return node.fromConstant(result);
}

GraphValue Node::dequantize(const GraphValue &value,
                            std::shared_ptr<const Quantization> quantization) {
  if (isEmpty(value) || !quantization)
    return empty();
  if (value.isConstant())
    return reserve(DataType::Float, value.shape)
               ? dequantizeConstant(*this, *value.constant, *quantization)
               : empty();
  if (value.quantization) {
    GraphValue result = fromValue(value.value, DataType::Float);
    const Quantization &from = *value.quantization, &to = *quantization;
    if (from.scales == to.scales && from.zeroPoints == to.zeroPoints &&
        from.axis == to.axis)
      return result;
    if (!from.isPerTensor() || !to.isPerTensor()) {
      (void)fail("'" + value.name + "' was quantized with other scales");
      return empty();
    }
    // The same integers under another scale and zero point.
    double factor = static_cast<double>(to.scales[0]) / from.scales[0];
    double shift = static_cast<double>(from.zeroPoints[0] - to.zeroPoints[0]) *
                   to.scales[0];
    if (factor != 1)
      result = mul(result, scalar(factor));
    return shift == 0 ? result : add(result, scalar(shift));
  }
  if (isFloat(value.type) || value.type == DataType::Bool ||
      !rangeOf(value.type)) {
    (void)fail("'" + value.name + "' of type " + nameOf(value.type) +
               " cannot be dequantized");
    return empty();
  }
  if (!quantization->isPerTensor()) {
    (void)fail("an input of integers needs one scale for all of it");
    return empty();
  }
  // Integers that are an input of the model.
  GraphValue result = cast(value, DataType::Float);
  if (int64_t zeroPoint = quantization->zeroPoints[0])
    result = sub(result, scalar(zeroPoint));
  result = mul(result, scalar(quantization->scales[0]));
  if (!isNarrowInteger(value.type))
    return result;
  auto grid = std::make_shared<Quantization>(*quantization);
  grid->type = value.type;
  result = fakeQuantize(result, grid);
  result.quantization = nullptr;
  result.type = DataType::Float;
  return result;
}

//===----------------------------------------------------------------------===//
// QuantizeLinear and DequantizeLinear
//===----------------------------------------------------------------------===//

/// For constants: the index of the scale of each element, with blocks along the
/// axis where there is a block size.
static std::optional<SmallVector<int64_t>>
scaleIndices(Node &node, ArrayRef<int64_t> shape, const Tensor &scale,
             int64_t axis, int64_t block) {
  ArrayRef<int64_t> scaleShape = scale.shape();
  std::optional<int64_t> normal = node.normalizeAxis(axis, shape.size());
  if (!normal)
    return std::nullopt;
  bool fits = block >= 1 && scaleShape.size() == shape.size();
  for (size_t d = 0; fits && d < shape.size(); ++d)
    fits = scaleShape[d] ==
           (static_cast<int64_t>(d) == *normal
                ? static_cast<int64_t>(llvm::divideCeil(shape[d], block))
                : shape[d]);
  if (!fits) {
    (void)node.fail("the scale does not fit the blocks");
    return std::nullopt;
  }
  int64_t inner = 1;
  for (int64_t size : shape.drop_front(*normal + 1))
    inner *= size;
  SmallVector<int64_t> indices(*countElements(shape));
  for (auto [i, index] : llvm::enumerate(indices)) {
    int64_t rest = i % inner, position = (i / inner) % shape[*normal];
    int64_t outer = i / inner / shape[*normal];
    index = (outer * scaleShape[*normal] + position / block) * inner + rest;
  }
  return indices;
}

static LogicalResult dequantizeBlocks(Node &node, int64_t axis, int64_t block) {
  TensorPtr x = node.constantInput(0, "a tensor quantized in blocks");
  TensorPtr scale = node.constantInput(1, "the scale");
  TensorPtr zeroPoint =
      node.has(2) ? node.constantInput(2, "the zero point") : nullptr;
  if (!x || !scale || node.hasFailed())
    return failure();
  if (zeroPoint && zeroPoint->shape() != scale->shape())
    return node.fail("the zero point does not fit the scale");
  auto indices = scaleIndices(node, x->shape(), *scale, axis, block);
  if (!indices)
    return failure();
  std::shared_ptr<Tensor> result =
      Tensor::allocate(DataType::Float, x->shape());
  for (auto [i, index] : llvm::enumerate(*indices))
    result->setReal(i, (x->real(i) - (zeroPoint ? zeroPoint->real(index) : 0)) *
                           scale->real(index));
  return node.set(0, node.fromConstant(result));
}

static LogicalResult importDequantizeLinear(Node &node) {
  const GraphValue &x = node.in(0);
  if (isFloat(x.type) && !x.quantization)
    return node.fail("'" + x.name + "' is not quantized");
  int64_t axis = node.integer("axis", 1), block = node.integer("block_size", 0);
  if (block != 0)
    return dequantizeBlocks(node, axis, block);
  auto quantization = node.readQuantization(1, 2, x.type, axis, x.shape);
  return node.set(0, node.dequantize(x, quantization));
}

static LogicalResult quantizeConstant(Node &node,
                                      const Quantization &quantization) {
  const Tensor &x = *node.in(0).constant;
  std::optional<IntegerRange> range = rangeOf(quantization.type);
  if (!range)
    return node.fail("cannot quantize to " + nameOf(quantization.type));
  std::shared_ptr<Tensor> result =
      Tensor::allocate(quantization.type, x.shape());
  int64_t inner = 1, length = quantization.scales.size();
  if (quantization.axis)
    for (int64_t size : x.shape().drop_front(*quantization.axis + 1))
      inner *= size;
  for (int64_t i = 0; i < x.size(); ++i) {
    int64_t channel = (i / inner) % length;
    float ratio = static_cast<float>(x.real(i)) / quantization.scales[channel];
    double q = std::nearbyint(static_cast<double>(ratio)) +
               quantization.zeroPoints[channel];
    result->setReal(
        i, std::min<double>(std::max<double>(q, range->min), range->max));
  }
  return node.set(0, node.fromConstant(result));
}

static LogicalResult importQuantizeLinear(Node &node) {
  const GraphValue &x = node.in(0);
  auto type = DataType::UInt8;
  if (node.has(2))
    type = node.in(2).type;
  else if (int64_t stated = node.integer("output_dtype", 0))
    type = heldAs(static_cast<DataType>(stated));
  if (node.integer("block_size", 0))
    return node.fail("quantization in blocks is not supported");
  if (!isFloat(x.type))
    return node.fail("'" + x.name + "' is not float");
  auto quantization =
      node.readQuantization(1, 2, type, node.integer("axis", 1), x.shape);
  if (!quantization)
    return failure();
  if (x.isConstant())
    return quantizeConstant(node, *quantization);
  return node.set(0, node.fakeQuantize(x, quantization));
}

/// The integers of the input are as many times the scale as the zero point
/// says; here they stay unscaled, so that what follows multiplies by 1.
static LogicalResult importDynamicQuantizeLinear(Node &node) {
  const GraphValue &x = node.in(0);
  auto quantization = std::make_shared<Quantization>();
  quantization->type = DataType::UInt8;
  quantization->scales = {1};
  quantization->zeroPoints = {0};
  if (x.isConstant())
    return node.fail("is not supported on constants");
  node.remark("the run-time scale is left to calibration; the values are kept "
              "as floats");
  GraphValue result = node.fromValue(x.value, quantization->type);
  result.quantization = quantization;
  (void)node.set(0, result);
  (void)node.set(1, node.scalar(1));
  return node.set(2, node.cast(node.scalar(0), DataType::UInt8));
}

//===----------------------------------------------------------------------===//
// Cast
//===----------------------------------------------------------------------===//

static LogicalResult castTo(Node &node, DataType type) {
  const GraphValue &x = node.in(0);
  if (type == DataType::Undefined)
    return node.fail("the target type is not supported");
  if (x.quantization && x.type == type)
    return node.set(0, x);
  if (!x.isConstant() && x.type != type &&
      (isNarrowInteger(type) ||
       !(isFloat(type) || type == DataType::Bool || type == DataType::Int32 ||
         type == DataType::Int64)))
    return node.fail("to " + nameOf(type) + " is only supported on constants");
  if (!x.quantization)
    return node.set(0, node.cast(x, type));
  // The float values of the integers.
  if (!isFloat(type) || !x.quantization->isPerTensor())
    return node.fail("of quantized integers is only supported to float");
  auto integers = std::make_shared<Quantization>(*x.quantization);
  integers->scales = {1};
  integers->zeroPoints = {0};
  return node.set(0, node.dequantize(x, integers));
}

static LogicalResult importCast(Node &node) {
  return castTo(node, heldAs(static_cast<DataType>(node.integer("to", 0))));
}

static LogicalResult importCastLike(Node &node) {
  return castTo(node, node.in(1).type);
}

void onnximport::registerQuantized(OpTable &table) {
  constexpr InputTypes kAny = InputTypes::Any;
  constexpr OnQuantized kHandle = OnQuantized::Handle;
  table.add("Cast", importCast, 1, 1, kAny, kHandle);
  table.add("CastLike", importCastLike, 2, 2, kAny, kHandle);
  table.add("QuantizeLinear", importQuantizeLinear, 2, 3, kAny);
  table.add("DequantizeLinear", importDequantizeLinear, 2, 3, kAny, kHandle);
  table.add("DynamicQuantizeLinear", importDynamicQuantizeLinear, 1, 1);
  registerQONNX(table);
}
