//===- TernaryOps.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verification.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Scales print with all their digits, which an array attribute would not.
static ParseResult parseScales(OpAsmParser &parser, DenseF32ArrayAttr &scales) {
  SmallVector<float> values;
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&]() {
        double value;
        if (parser.parseFloat(value))
          return failure();
        values.push_back(static_cast<float>(value));
        return success();
      }))
    return failure();
  scales = parser.getBuilder().getDenseF32ArrayAttr(values);
  return success();
}

static void printScales(OpAsmPrinter &printer, Operation *,
                        DenseF32ArrayAttr scales) {
  printer << '[';
  llvm::interleaveComma(scales.asArrayRef(), printer, [&](float value) {
    printer.printFloat(APFloat(value));
  });
  printer << ']';
}

#include "smelt/Dialect/Ternary/IR/TernaryInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Compute ops
//===----------------------------------------------------------------------===//

LogicalResult ternary::detail::verifyComputeOp(Operation *op) {
  auto compute = cast<ComputeOpInterface>(op);
  bool hasDestination = static_cast<bool>(compute.getDestination());
  if (hasDestination == (op->getNumResults() == 1))
    return op->emitOpError("needs either a result or a destination ('into')");
  for (Value operand : op->getOperands()) {
    Type type = operand.getType();
    if (hasDestination ? isa<TensorType>(type) : isa<BaseMemRefType>(type))
      return op->emitOpError("mixes tensors and memrefs");
  }
  return success();
}

void ternary::detail::getComputeOpEffects(
    Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  auto compute = cast<ComputeOpInterface>(op);
  if (!compute.getDestination())
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    if (operand.get() == compute.getDestination() &&
        operand.getOperandNumber() + 1 == op->getNumOperands())
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

LogicalResult ternary::verifyVector(Operation *op, Value value, StringRef name,
                                    int64_t size, unsigned width) {
  ArrayRef<int64_t> shape = shapeOf(value);
  if (!elementType(value).isInteger(width))
    return op->emitOpError()
           << name << " must have elements of type i" << width;
  if (shape.size() != 1 || (shape[0] != 1 && shape[0] != size))
    return op->emitOpError()
           << name << " must have 1 or " << size << " elements";
  return success();
}

LogicalResult ternary::verifyClamp(Operation *op, int64_t min, int64_t max,
                                   Type type) {
  unsigned width = type.getIntOrFloatBitWidth();
  if (min > max || !llvm::isIntN(width, min) || !llvm::isIntN(width, max))
    return op->emitOpError()
           << "clamp [" << min << ", " << max << "] does not fit into " << type;
  return success();
}

static LogicalResult verifyRescale(Operation *op, RescaleAttr rescale,
                                   Type type) {
  return verifyClamp(op, rescale.getMin(), rescale.getMax(), type);
}

LogicalResult ternary::verifySameShape(Operation *op, Value input,
                                       ShapedType result) {
  if (shapeOf(input) != result.getShape())
    return op->emitOpError("input and result must have the same shape");
  return success();
}

//===----------------------------------------------------------------------===//
// Float ops
//===----------------------------------------------------------------------===//

LogicalResult FakeQuantOp::verify() {
  ArrayRef<float> scale = getScale();
  if (getMin() > getMax())
    return emitOpError("min is greater than max");
  for (float value : scale)
    if (!(value > 0) || !std::isfinite(value))
      return emitOpError("scales must be positive and finite");
  auto type = cast<RankedTensorType>(getResult().getType());
  if (std::optional<int64_t> axis = getAxis()) {
    if (*axis >= type.getRank() || *axis < 0)
      return emitOpError("axis is out of range");
    if (type.getDimSize(*axis) != static_cast<int64_t>(scale.size()))
      return emitOpError("needs one scale for each index of dimension ")
             << *axis;
  } else if (scale.size() != 1) {
    return emitOpError("needs an axis to have several scales");
  }
  return success();
}

LogicalResult BinarizeOp::verify() {
  APFloat scale = getScale();
  if (scale.isNegative() || scale.isZero() || !scale.isFinite())
    return emitOpError("scale must be positive and finite");
  return success();
}

LogicalResult DequantizeWeightsOp::verify() {
  WeightsType weights = getWeights().getType();
  auto scales = cast<ShapedType>(getScales().getType());
  if (!scales.getElementType().isF32() || scales.getRank() != 3 ||
      scales.getDimSize(0) != weights.getPlanes() ||
      scales.getDimSize(1) != weights.getRows())
    return emitOpError("scales must be f32 of shape [")
           << weights.getPlanes() << ", " << weights.getRows() << ", groups]";
  int64_t groups = scales.getDimSize(2);
  if (groups < 1 || groups > weights.getColumns())
    return emitOpError("has ")
           << groups << " groups for " << weights.getColumns() << " columns";
  if (cast<ShapedType>(getResult().getType()).getShape() != weights.getShape())
    return emitOpError("result must have the weights' shape");
  return success();
}

//===----------------------------------------------------------------------===//
// Linear ops
//===----------------------------------------------------------------------===//

LogicalResult WeightsOp::verify() {
  auto data = cast<ShapedType>(getData().getType());
  if (data.getRank() != 1 || !data.getElementType().isInteger(8))
    return emitOpError("data must be a one-dimensional tensor of i8");
  if (data.getNumElements() != getType().getNumBytes())
    return emitOpError("data has ")
           << data.getNumElements() << " bytes, but " << getType() << " needs "
           << getType().getNumBytes();
  return success();
}

LogicalResult ternary::verifyScales(Operation *op, Value scales,
                                    WeightsType weights) {
  if (!scales) {
    if (weights.getPlanes() != 1)
      return op->emitOpError("needs scales for weights of several planes");
    return success();
  }
  ArrayRef<int64_t> shape = shapeOf(scales);
  int64_t groups = shape.size() < 3 ? 0 : shape[2];
  if (!elementType(scales).isInteger(16) ||
      shape != ArrayRef(weights.getScalesShape(groups))) {
    auto diagnostic = op->emitOpError("scales must be i16 of shape [")
                      << weights.getPlanes() << ", ";
    if (weights.getInterleaved())
      return diagnostic << weights.getNumTiles() << ", groups, "
                        << WeightsType::kTileRows << "]";
    return diagnostic << weights.getRows() << ", groups]";
  }
  if (shape[2] < 1 || shape[2] > weights.getColumns())
    return op->emitOpError("has ")
           << shape[2] << " groups for " << weights.getColumns() << " columns";
  return success();
}

/// Checks what `matmul` and `conv2d` have in common: scales, requantization and
/// the element types.
template <typename LinearOp> static LogicalResult verifyLinear(LinearOp op) {
  WeightsType weights = op.getWeights().getType();
  Type input = elementType(op.getInput());
  if (!input.isInteger(8) && !input.isInteger(16))
    return op.emitOpError("input must be i8 or i16");
  Type accumulator = op.getAccumulatorType();
  if (!accumulator.isInteger(32) && !accumulator.isInteger(64))
    return op.emitOpError("accumulator must be i32 or i64");

  if (failed(verifyScales(op, op.getScales(), weights)))
    return failure();

  Type result = op.getResultType().getElementType();
  bool requantizes = static_cast<bool>(op.getMultiplier());
  if (requantizes != static_cast<bool>(op.getOffset()) ||
      requantizes != op.getRescale().has_value())
    return op.emitOpError(
        "requantize needs a multiplier, an offset and a rescale");
  if (!requantizes) {
    if (result != accumulator)
      return op.emitOpError("result must have the accumulator's type, ")
             << accumulator;
    return success();
  }
  if (failed(verifyVector(op, op.getMultiplier(), "multiplier",
                          weights.getRows(), 32)) ||
      failed(verifyVector(op, op.getOffset(), "offset", weights.getRows(), 64)))
    return failure();
  return verifyRescale(op, *op.getRescale(), result);
}

Type MatmulOp::getAccumulatorType() {
  return getAccumulator().value_or(IntegerType::get(getContext(), 32));
}

LogicalResult MatmulOp::verify() {
  WeightsType weights = getWeights().getType();
  ArrayRef<int64_t> input = shapeOf(getInput());
  ArrayRef<int64_t> result = getResultType().getShape();
  if (input.size() != 2 || input[1] != weights.getColumns())
    return emitOpError("input must be N x ") << weights.getColumns();
  if (result.size() != 2 || result[0] != input[0] ||
      result[1] != weights.getRows())
    return emitOpError("result must be ")
           << input[0] << " x " << weights.getRows();
  return verifyLinear(*this);
}

Type Conv2DOp::getAccumulatorType() {
  return getAccumulator().value_or(IntegerType::get(getContext(), 32));
}

/// Output positions along one dimension, or nothing when the window does not
/// fit.
static std::optional<int64_t> convolvedSize(int64_t size, int64_t padding,
                                            int64_t kernel, int64_t dilation,
                                            int64_t stride) {
  int64_t span = (kernel - 1) * dilation + 1;
  if (size + padding < span)
    return std::nullopt;
  return (size + padding - span) / stride + 1;
}

static LogicalResult verifyPositive(Operation *op, ArrayRef<int64_t> values,
                                    StringRef name, size_t count,
                                    int64_t least) {
  if (values.size() != count)
    return op->emitOpError() << name << " needs " << count << " values";
  for (int64_t value : values)
    if (value < least || value > (int64_t(1) << 31))
      return op->emitOpError() << name << " values must be at least " << least;
  return success();
}

/// In weights by columns, sums of products in 32 bits cannot overflow.
template <typename LinearOp> static bool canMultiplyByColumns(LinearOp op) {
  constexpr int64_t kMostColumns = 1 << 23;
  WeightsType weights = op.getWeights().getType();
  int64_t groups = op.getScales() ? shapeOf(op.getScales())[2] : 1;
  return elementType(op.getInput()).isInteger(8) && weights.isTernary() &&
         groups == 1 && weights.getColumns() <= kMostColumns;
}

bool MatmulOp::canMultiplyColumns() { return canMultiplyByColumns(*this); }

bool Conv2DOp::canMultiplyColumns() {
  return canMultiplyByColumns(*this) && getGroups() == 1 &&
         getDilation()[1] == 1;
}

bool Conv2DOp::isProductOfWindows() {
  constexpr int64_t kMostColumns = 1 << 13, kMostImageBytes = 1 << 18;
  ArrayRef<int64_t> image = shapeOf(getInput());
  int64_t height = image[1] + getPad()[0] + getPad()[1];
  int64_t width = image[2] + getPad()[2] + getPad()[3];
  return elementType(getInput()).isInteger(8) && getGroups() == 1 &&
         getDilation()[1] == 1 &&
         getWeights().getType().getColumns() <= kMostColumns &&
         height * width <= kMostImageBytes / image[3];
}

LogicalResult Conv2DOp::verify() {
  if (failed(verifyPositive(*this, getPad(), "pad", 4, 0)) ||
      failed(verifyPositive(*this, getStride(), "stride", 2, 1)) ||
      failed(verifyPositive(*this, getDilation(), "dilation", 2, 1)))
    return failure();
  ArrayRef<int64_t> input = shapeOf(getInput());
  ArrayRef<int64_t> weights = getWeights().getType().getShape();
  ArrayRef<int64_t> result = getResultType().getShape();
  int64_t groups = getGroups();
  if (input.size() != 4 || weights.size() != 4 || result.size() != 4)
    return emitOpError("input, weights and result must have rank 4");
  if (groups < 1 || weights[3] * groups != input[3] || weights[0] % groups != 0)
    return emitOpError("cannot split ")
           << input[3] << " input and " << weights[0]
           << " output channels into " << groups << " groups of " << weights[3]
           << " input channels";
  std::optional<int64_t> height =
      convolvedSize(input[1], getPad()[0] + getPad()[1], weights[1],
                    getDilation()[0], getStride()[0]);
  std::optional<int64_t> width =
      convolvedSize(input[2], getPad()[2] + getPad()[3], weights[2],
                    getDilation()[1], getStride()[1]);
  if (!height || !width)
    return emitOpError("window is larger than the padded input");
  if (result[0] != input[0] || result[1] != *height || result[2] != *width ||
      result[3] != weights[0])
    return emitOpError("result must be ")
           << input[0] << " x " << *height << " x " << *width << " x "
           << weights[0];
  return verifyLinear(*this);
}

//===----------------------------------------------------------------------===//
// Elementwise and pooling ops
//===----------------------------------------------------------------------===//

LogicalResult RequantizeOp::verify() {
  ShapedType result = getResultType();
  int64_t channels = result.getRank() ? result.getShape().back() : 1;
  if (failed(verifySameShape(*this, getInput(), result)) ||
      failed(
          verifyVector(*this, getMultiplier(), "multiplier", channels, 32)) ||
      failed(verifyVector(*this, getOffset(), "offset", channels, 64)))
    return failure();
  return verifyRescale(*this, getRescale(), result.getElementType());
}

LogicalResult SignOp::verify() {
  return verifySameShape(*this, getInput(), getResultType());
}

LogicalResult ReluOp::verify() {
  if (elementType(getInput()) != getResultType().getElementType())
    return emitOpError("input and result must have the same element type");
  return verifySameShape(*this, getInput(), getResultType());
}

/// Checks the two forms of an op on f32 tensors or on fixed-point i16.
static LogicalResult verifyFixedPoint(Operation *op, Value input,
                                      ShapedType result,
                                      std::optional<int64_t> fraction) {
  if (failed(verifySameShape(op, input, result)))
    return failure();
  if (elementType(input) != result.getElementType())
    return op->emitOpError("input and result must have the same element type");
  if (elementType(input).isF32()) {
    if (fraction)
      return op->emitOpError("has no fraction in float form");
    return success();
  }
  if (!elementType(input).isInteger(16))
    return op->emitOpError("input must be f32 or i16");
  if (!fraction || *fraction < 0 || *fraction > 15)
    return op->emitOpError("needs a fraction in 0..15");
  return success();
}

LogicalResult ActivationOp::verify() {
  ActivationKind kind = getKind();
  bool keepsFraction = kind == ActivationKind::SiLU ||
                       kind == ActivationKind::GELU ||
                       kind == ActivationKind::ReLU2;
  if (elementType(getInput()).isInteger(32) && keepsFraction) {
    if (!getFraction() || *getFraction() < 0 || *getFraction() > 24)
      return emitOpError("needs a fraction in 0..24");
    if (!getResultType().getElementType().isInteger(32))
      return emitOpError("input and result must have the same element type");
    return verifySameShape(*this, getInput(), getResultType());
  }
  return verifyFixedPoint(*this, getInput(), getResultType(), getFraction());
}

template <typename SoftmaxLikeOp>
static LogicalResult verifySoftmax(SoftmaxLikeOp op) {
  ShapedType result = op.getResultType();
  if (result.getRank() < 1 || result.getShape().back() > 65535)
    return op.emitOpError("last dimension must have at most 65535 elements");
  return verifyFixedPoint(op, op.getInput(), result, op.getFraction());
}

LogicalResult SoftmaxOp::verify() { return verifySoftmax(*this); }

LogicalResult LogSoftmaxOp::verify() { return verifySoftmax(*this); }

static LogicalResult verifyBroadcast(Operation *op, Value lhs, Value rhs,
                                     ShapedType result) {
  ArrayRef<int64_t> left = shapeOf(lhs), right = shapeOf(rhs);
  if (left.size() != right.size() ||
      static_cast<int64_t>(left.size()) != result.getRank())
    return op->emitOpError("operands and result must have equal ranks");
  for (auto [l, r, y] : llvm::zip_equal(left, right, result.getShape()))
    if ((l != r && l != 1 && r != 1) || y != std::max(l, r))
      return op->emitOpError("shapes do not broadcast");
  return success();
}

template <typename BinaryOp> static LogicalResult verifyBinary(BinaryOp op) {
  ShapedType result = op.getResultType();
  if (failed(verifyBroadcast(op, op.getLhs(), op.getRhs(), result)))
    return failure();
  return verifyRescale(op, op.getRescale(), result.getElementType());
}

LogicalResult AddOp::verify() { return verifyBinary(*this); }

LogicalResult MulOp::verify() { return verifyBinary(*this); }

LogicalResult LookupOp::verify() {
  if (!elementType(getInput()).isInteger(8))
    return emitOpError("input must be i8");
  if (shapeOf(getTable()) != ArrayRef<int64_t>{256})
    return emitOpError("table must have 256 elements");
  if (elementType(getTable()) != getResultType().getElementType())
    return emitOpError("table and result must have the same element type");
  return verifySameShape(*this, getInput(), getResultType());
}

LogicalResult SumPool2DOp::verify() {
  if (failed(verifyPositive(*this, getKernel(), "kernel", 2, 1)) ||
      failed(verifyPositive(*this, getPad(), "pad", 4, 0)) ||
      failed(verifyPositive(*this, getStride(), "stride", 2, 1)))
    return failure();
  ArrayRef<int64_t> input = shapeOf(getInput());
  ArrayRef<int64_t> result = getResultType().getShape();
  if (input.size() != 4 || result.size() != 4)
    return emitOpError("input and result must have rank 4");
  if (!getResultType().getElementType().isInteger(32))
    return emitOpError("result must be i32");
  std::optional<int64_t> height = convolvedSize(
      input[1], getPad()[0] + getPad()[1], getKernel()[0], 1, getStride()[0]);
  std::optional<int64_t> width = convolvedSize(
      input[2], getPad()[2] + getPad()[3], getKernel()[1], 1, getStride()[1]);
  if (!height || !width)
    return emitOpError("window is larger than the padded input");
  if (result[0] != input[0] || result[1] != *height || result[2] != *width ||
      result[3] != input[3])
    return emitOpError("result must be ")
           << input[0] << " x " << *height << " x " << *width << " x "
           << input[3];
  return success();
}
