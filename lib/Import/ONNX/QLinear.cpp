//===- QLinear.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

/// The f32 values of the input at `index`, whose scale and zero point follow
/// it.
static GraphValue operand(Node &node, size_t index, int64_t axis = 0) {
  if (!node.has(index)) {
    (void)node.fail("an input is missing");
    return node.empty();
  }
  const GraphValue &x = node.in(index);
  return node.dequantize(
      x, node.readQuantization(index + 1, index + 2, x.type, axis, x.shape));
}

/// Quantizes a result with the scale and zero point at `index`.
static LogicalResult finish(Node &node, const GraphValue &result,
                            size_t index) {
  if (node.isEmpty(result))
    return failure();
  DataType type =
      node.has(index + 1) ? node.in(index + 1).type : DataType::UInt8;
  auto quantization =
      node.readQuantization(index, index + 1, type, 0, result.shape);
  if (quantization && !quantization->isPerTensor())
    return node.fail("the result must have one scale");
  return node.set(0, node.fakeQuantize(result, quantization));
}

/// An int32 bias is in units of the product of the scales.
static GraphValue scaledBias(Node &node, size_t index, size_t lhsScale,
                             size_t rhsScale) {
  TensorPtr bias = node.constantInput(index, "the bias");
  TensorPtr left = node.constantInput(lhsScale, "the scale");
  TensorPtr right = node.constantInput(rhsScale, "the scale");
  if (!bias || !left || !right)
    return node.empty();
  std::optional<Shape> shape = broadcastShapes(left->shape(), right->shape());
  if (shape)
    shape = broadcastShapes(*shape, bias->shape());
  if (!shape || ArrayRef<int64_t>(*shape) != bias->shape()) {
    (void)node.fail("the bias does not fit the scales");
    return node.empty();
  }
  auto multiply = [](double a, double b) { return a * b; };
  TensorPtr unit = zipReal(left, right, DataType::Float, multiply);
  return node.fromConstant(zipReal(bias, unit, DataType::Float, multiply));
}

static LogicalResult importQLinearConv(Node &node) {
  GraphValue bias;
  if (node.has(8))
    bias = scaledBias(node, 8, 1, 4);
  if (node.hasFailed())
    return failure();
  GraphValue x = operand(node, 0), weights = operand(node, 3);
  return finish(node, convolve(node, x, weights, bias), 6);
}

static LogicalResult importQLinearMatMul(Node &node) {
  GraphValue a = operand(node, 0), b = operand(node, 3, /*axis=*/-1);
  return finish(node, node.matmul(a, b, node.empty()), 6);
}

template <BinaryFn function>
static LogicalResult importQLinearBinary(Node &node) {
  GraphValue a = operand(node, 0), b = operand(node, 3);
  return finish(node, node.binary(function, a, b), 6);
}

/// Runs `pool` on N x C x spatial values of N x spatial x C ones if the node
/// says so.
static LogicalResult
importQLinearPool(Node &node,
                  llvm::function_ref<GraphValue(const GraphValue &)> pool) {
  GraphValue x = operand(node, 0);
  if (node.isEmpty(x) || x.rank() < 3)
    return node.hasFailed() ? failure()
                            : node.fail("needs a spatial dimension");
  bool isLast = node.integer("channels_last", 0);
  GraphValue result = pool(isLast ? node.channelsFirst(x) : x);
  if (isLast && !node.isEmpty(result))
    result = node.channelsLast(result);
  return finish(node, result, 3);
}

static LogicalResult importQLinearAveragePool(Node &node) {
  return importQLinearPool(
      node, [&](const GraphValue &x) { return averagePool(node, x); });
}

static LogicalResult importQLinearGlobalAveragePool(Node &node) {
  return importQLinearPool(node, [&](const GraphValue &x) {
    return globalPool(node, x, ReduceFn::Sum);
  });
}

static LogicalResult importQLinearSigmoid(Node &node) {
  return finish(node, node.unary(UnaryFn::Sigmoid, operand(node, 0)), 3);
}

static LogicalResult importQLinearLeakyRelu(Node &node) {
  GraphValue x = operand(node, 0);
  float alpha = node.real("alpha", 0.01);
  GraphValue isPositive =
      node.compare(CompareFn::GreaterEqual, x, node.scalar(0));
  return finish(node,
                node.select(isPositive, x, node.mul(x, node.scalar(alpha))), 3);
}

static LogicalResult importQLinearSoftmax(Node &node) {
  GraphValue x = operand(node, 0);
  if (node.isEmpty(x))
    return failure();
  bool isFlat = node.integer("opset", 13) < 13;
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", isFlat ? 1 : -1), x.rank());
  if (!axis)
    return failure();
  Shape shape = x.shape;
  if (isFlat) {
    int64_t outer = 1, inner = 1;
    for (auto [index, size] : llvm::enumerate(shape))
      (static_cast<int64_t>(index) < *axis ? outer : inner) *= size;
    x = node.reshape(x, {outer, inner});
    axis = 1;
  }
  return finish(node, node.reshape(node.softmax(x, *axis), shape), 3);
}

static LogicalResult importQLinearConcat(Node &node) {
  SmallVector<GraphValue> parts;
  for (size_t i = 2; i + 1 < node.inputCount(); i += 3) {
    parts.push_back(operand(node, i));
    if (node.isEmpty(parts.back()))
      return failure();
  }
  if (parts.empty() || (node.inputCount() - 2) % 3 == 1)
    return node.fail("needs a scale and a zero point for each input");
  const GraphValue &first = parts.front();
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", 0), first.rank());
  if (!axis)
    return failure();
  for (const GraphValue &part : parts) {
    bool fits = part.rank() == first.rank();
    for (int64_t d = 0; fits && d < first.rank(); ++d)
      fits = d == *axis || part.shape[d] == first.shape[d];
    if (!fits)
      return node.fail("the inputs' shapes differ");
  }
  return finish(node, node.concat(parts, *axis), 0);
}

static LogicalResult importQGemm(Node &node) {
  GraphValue a = operand(node, 0);
  bool isTransposed = node.integer("transB", 0);
  GraphValue b = operand(node, 3, isTransposed ? 0 : 1);
  GraphValue bias;
  if (node.has(6))
    bias = scaledBias(node, 6, 1, 4);
  if (node.hasFailed())
    return failure();
  if (a.rank() != 2 || b.rank() != 2)
    return node.fail("needs two matrices");
  float alpha = node.real("alpha", 1);
  if (alpha != 1) {
    b = node.mul(b, node.scalar(alpha));
    if (node.has(6))
      bias = node.mul(bias, node.scalar(alpha));
  }
  if (node.integer("transA", 0))
    a = node.transpose(a, {1, 0});
  if (isTransposed)
    b = node.transpose(b, {1, 0});
  if (node.hasFailed())
    return failure();
  if (node.has(6) && bias.size() != b.shape[1])
    return node.fail("the bias must have one number for each column");
  if (node.has(6))
    bias = node.reshape(bias, {b.shape[1]});
  GraphValue result = node.matmul(a, b, bias);
  return node.has(7) ? finish(node, result, 7) : node.set(0, result);
}

//===----------------------------------------------------------------------===//
// Products of integers
//===----------------------------------------------------------------------===//

/// The f32 values of integers minus their zero point, and the scale by which
/// they are too large.
static GraphValue integerOperand(Node &node, size_t index, size_t zeroPoint,
                                 int64_t axis, double &scale) {
  const GraphValue &x = node.in(index);
  auto grid = std::make_shared<Quantization>();
  grid->type = x.type;
  grid->zeroPoints = {0};
  if (node.has(zeroPoint)) {
    TensorPtr points = node.constantInput(zeroPoint, "the zero point");
    if (!points)
      return node.empty();
    if (points->size() != 1 &&
        (axis >= x.rank() || points->size() != x.shape[axis])) {
      (void)node.fail("the zero point does not fit the input");
      return node.empty();
    }
    if (points->size() != 1)
      grid->axis = axis;
    grid->zeroPoints.clear();
    for (int64_t i = 0; i < points->size(); ++i)
      grid->zeroPoints.push_back(points->integer(i));
  }
  bool isScaled = x.quantization && x.quantization->isPerTensor();
  scale = isScaled ? x.quantization->scales.front() : 1;
  grid->scales.assign(grid->zeroPoints.size(), static_cast<float>(scale));
  return node.dequantize(x, grid);
}

static LogicalResult finishInteger(Node &node, GraphValue result,
                                   double scale) {
  if (node.isEmpty(result))
    return failure();
  auto quantization = std::make_shared<Quantization>();
  quantization->type = DataType::Int32;
  quantization->scales = {static_cast<float>(scale)};
  quantization->zeroPoints = {0};
  if (result.isConstant())
    return node.fail("is not supported on constants alone");
  result.type = DataType::Int32;
  result.quantization = quantization;
  return node.set(0, result);
}

static LogicalResult importConvInteger(Node &node) {
  double left, right;
  GraphValue x = integerOperand(node, 0, 2, 0, left);
  GraphValue weights = integerOperand(node, 1, 3, 0, right);
  return finishInteger(node, convolve(node, x, weights, node.empty()),
                       left * right);
}

static LogicalResult importMatMulInteger(Node &node) {
  double left, right;
  GraphValue a = integerOperand(node, 0, 2, 0, left);
  GraphValue b = integerOperand(node, 1, 3, 1, right);
  return finishInteger(node, node.matmul(a, b, node.empty()), left * right);
}

//===----------------------------------------------------------------------===//
// MatMulNBits
//===----------------------------------------------------------------------===//

namespace {
/// The packed weights of MatMulNBits, N rows of K in blocks.
struct PackedWeights {
  int64_t rows, columns, bits, block, blocks;
  TensorPtr codes, scales, zeroPoints;

  int64_t bytesPerBlock() const { return block * bits / 8; }
};
} // namespace

/// `bits` bits from bit `position` on, lowest first.
static int64_t readBits(const Tensor &bytes, int64_t base, int64_t position,
                        int64_t bits) {
  int64_t index = base + position / 8;
  int64_t word = bytes.integer(index) & 255;
  if (position % 8 + bits > 8)
    word |= (bytes.integer(index + 1) & 255) << 8;
  return (word >> (position % 8)) & ((int64_t(1) << bits) - 1);
}

static std::optional<PackedWeights> readPackedWeights(Node &node) {
  PackedWeights packed;
  packed.columns = node.integer("K", 0);
  packed.rows = node.integer("N", 0);
  packed.bits = node.integer("bits", 4);
  packed.block = node.integer("block_size", 0);
  packed.codes = node.constantInput(1, "the packed weights");
  packed.scales = node.constantInput(2, "the scales");
  if (node.has(3))
    packed.zeroPoints = node.constantInput(3, "the zero points");
  if (node.hasFailed())
    return std::nullopt;
  bool isSane = packed.bits >= 2 && packed.bits <= 8 && packed.block >= 16 &&
                packed.block <= (1 << 20) &&
                (packed.block & (packed.block - 1)) == 0 &&
                countElements({packed.rows, packed.columns}).value_or(0) > 0;
  if (isSane) {
    packed.blocks = llvm::divideCeil(packed.columns, packed.block);
    int64_t groups = packed.rows * packed.blocks;
    int64_t zeroBytes =
        packed.rows * llvm::divideCeil(packed.blocks * packed.bits, 8);
    const Tensor *points = packed.zeroPoints.get();
    isSane = packed.codes->size() == groups * packed.bytesPerBlock() &&
             elementSize(packed.codes->type()) == 1 &&
             packed.scales->size() == groups &&
             (!points ||
              points->size() == (isFloat(points->type()) ? groups : zeroBytes));
  }
  if (isSane)
    return packed;
  (void)node.fail("the packed weights do not fit K, N, bits and block_size");
  return std::nullopt;
}

/// The zero point of a block: float, packed in whole bytes a row, or absent.
static double zeroPointOf(const PackedWeights &packed, int64_t row,
                          int64_t block) {
  if (!packed.zeroPoints)
    return static_cast<double>(int64_t(1) << (packed.bits - 1));
  if (isFloat(packed.zeroPoints->type()))
    return packed.zeroPoints->real(row * packed.blocks + block);
  int64_t rowBytes = llvm::divideCeil(packed.blocks * packed.bits, 8);
  return static_cast<double>(readBits(*packed.zeroPoints, row * rowBytes,
                                      block * packed.bits, packed.bits));
}

static LogicalResult importMatMulNBits(Node &node) {
  std::optional<PackedWeights> packed = readPackedWeights(node);
  if (!packed)
    return failure();
  if (node.has(4))
    return node.fail("g_idx is not supported");
  const GraphValue &a = node.in(0);
  if (!isFloat(a.type) || a.quantization)
    return node.fail("'" + a.name + "' is not float");
  if (!node.getImporter().reserveConstant(4 * packed->rows * packed->columns))
    return node.fail("the weights take too much memory");
  std::shared_ptr<Tensor> weights =
      Tensor::allocate(DataType::Float, {packed->columns, packed->rows});
  for (int64_t row = 0; row < packed->rows; ++row)
    for (int64_t column = 0; column < packed->columns; ++column) {
      int64_t block = column / packed->block;
      int64_t group = row * packed->blocks + block;
      int64_t code =
          readBits(*packed->codes, group * packed->bytesPerBlock(),
                   (column % packed->block) * packed->bits, packed->bits);
      weights->setReal(column * packed->rows + row,
                       (code - zeroPointOf(*packed, row, block)) *
                           packed->scales->real(group));
    }
  GraphValue bias;
  if (node.has(5)) {
    bias = node.in(5);
    if (bias.shape != Shape{packed->rows} || !isFloat(bias.type))
      return node.fail("the bias does not fit N");
  }
  return node.set(0, node.matmul(a, node.fromConstant(weights), bias));
}

void onnximport::registerQLinear(OpTable &table) {
  auto add = [&](StringRef name, Handler handler, unsigned min, unsigned max) {
    table.addIn("", name, handler, min, max);
  };
  add("QLinearConv", importQLinearConv, 8, 9);
  add("QLinearMatMul", importQLinearMatMul, 8, 8);
  add("ConvInteger", importConvInteger, 2, 4);
  add("MatMulInteger", importMatMulInteger, 2, 4);
  constexpr StringRef kMicrosoft = "com.microsoft";
  auto addMicrosoft = [&](StringRef name, Handler handler, unsigned min,
                          unsigned max) {
    table.addIn(kMicrosoft, name, handler, min, max);
  };
  addMicrosoft("QLinearConv", importQLinearConv, 8, 9);
  addMicrosoft("QLinearAdd", importQLinearBinary<BinaryFn::Add>, 7, 8);
  addMicrosoft("QLinearMul", importQLinearBinary<BinaryFn::Mul>, 7, 8);
  addMicrosoft("QLinearAveragePool", importQLinearAveragePool, 4, 5);
  addMicrosoft("QLinearGlobalAveragePool", importQLinearGlobalAveragePool, 4,
               5);
  addMicrosoft("QLinearSigmoid", importQLinearSigmoid, 4, 5);
  addMicrosoft("QLinearLeakyRelu", importQLinearLeakyRelu, 4, 5);
  addMicrosoft("QLinearSoftmax", importQLinearSoftmax, 4, 5);
  addMicrosoft("QLinearConcat", importQLinearConcat, 4, kAnyNumber);
  addMicrosoft("QGemm", importQGemm, 6, 9);
  addMicrosoft("MatMulNBits", importMatMulNBits, 3, 6);
}
