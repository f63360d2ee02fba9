//===- QONNX.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

namespace {
/// What a QONNX Quant node says.
struct Grid {
  TensorPtr scale, zeroPoint;
  double min, max;
  std::string rounding;
};
} // namespace

static double roundAs(StringRef mode, double value) {
  if (mode == "FLOOR")
    return std::floor(value);
  if (mode == "CEIL")
    return std::ceil(value);
  if (mode == "ROUND_TO_ZERO" || mode == "DOWN")
    return std::trunc(value);
  return std::nearbyint(value);
}

static std::optional<Grid> readGrid(Node &node) {
  Grid grid;
  grid.scale = node.constantInput(1, "the scale");
  grid.zeroPoint = node.constantInput(2, "the zero point");
  std::optional<double> bits = node.constantScalar(3, "the bit width");
  if (!grid.scale || !grid.zeroPoint || !bits)
    return std::nullopt;
  if (!(*bits >= 1 && *bits <= 32) || *bits != std::floor(*bits)) {
    (void)node.fail("the bit width must be a whole number in 1..32");
    return std::nullopt;
  }
  bool isSigned = node.integer("signed", 1),
       isNarrow = node.integer("narrow", 0);
  double levels = std::ldexp(1.0, static_cast<int>(*bits) - (isSigned ? 1 : 0));
  grid.min = isSigned ? -levels + (isNarrow ? 1 : 0) : 0;
  grid.max = levels - 1 - (!isSigned && isNarrow ? 1 : 0);
  grid.rounding = StringRef(node.string("rounding_mode", "ROUND")).upper();
  if (!llvm::is_contained(
          {"ROUND", "HALF_EVEN", "FLOOR", "CEIL", "ROUND_TO_ZERO", "DOWN"},
          StringRef(grid.rounding))) {
    (void)node.fail("rounding_mode '" + grid.rounding + "' is not supported");
    return std::nullopt;
  }
  for (int64_t i = 0; i < grid.scale->size(); ++i) {
    double scale = grid.scale->real(i);
    if (scale > 0 && std::isfinite(scale))
      continue;
    (void)node.fail("a scale is not positive and finite");
    return std::nullopt;
  }
  return grid;
}

static GraphValue quantizeConstant(Node &node, const GraphValue &x,
                                   const Grid &grid) {
  std::optional<Shape> shape = broadcastShapes(x.shape, grid.scale->shape());
  if (shape)
    shape = broadcastShapes(*shape, grid.zeroPoint->shape());
  if (!shape || *shape != x.shape) {
    (void)node.fail("the scale does not broadcast to the input's shape");
    return node.empty();
  }
  TensorPtr scale = broadcastTensor(grid.scale, x.shape);
  TensorPtr zeroPoint = broadcastTensor(grid.zeroPoint, x.shape);
  std::shared_ptr<Tensor> result = Tensor::allocate(DataType::Float, x.shape);
  for (int64_t i = 0; i < result->size(); ++i) {
    float ratio = static_cast<float>(x.constant->real(i)) /
                  static_cast<float>(scale->real(i));
    double q =
        std::min(std::max(ratio + zeroPoint->real(i), grid.min), grid.max);
    result->setReal(i, (roundAs(grid.rounding, q) - zeroPoint->real(i)) *
                           scale->real(i));
  }
  return node.fromConstant(result);
}

/// The only dimension of `shape`, aligned with the last ones of rank `rank`,
/// that is not 1.
static std::optional<int64_t> onlyAxis(ArrayRef<int64_t> shape, int64_t rank) {
  std::optional<int64_t> result;
  for (auto [index, size] : llvm::enumerate(shape)) {
    if (size == 1)
      continue;
    if (result)
      return std::nullopt;
    result = rank - static_cast<int64_t>(shape.size()) + index;
  }
  return result;
}

static LogicalResult importQuant(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Grid> grid = readGrid(node);
  if (!grid)
    return failure();
  if (!isFloat(x.type) || x.quantization)
    return node.fail("'" + x.name + "' is not float");
  if (x.isConstant())
    return node.set(0, quantizeConstant(node, x, *grid));
  if (grid->rounding != "ROUND" && grid->rounding != "HALF_EVEN")
    return node.fail("rounding_mode '" + grid->rounding +
                     "' is only supported on constants");
  double zeroPoint = grid->zeroPoint->size() ? grid->zeroPoint->real(0) : 0;
  for (int64_t i = 0; i < grid->zeroPoint->size(); ++i)
    if (grid->zeroPoint->real(i) != zeroPoint)
      return node.fail("different zero points are only supported on constants");
  if (zeroPoint != std::floor(zeroPoint) || std::fabs(zeroPoint) > 2147483647.0)
    return node.fail("the zero point is not a whole number");
  OpBuilder &builder = node.getBuilder();
  IntegerAttr axis;
  SmallVector<float> scales;
  for (int64_t i = 0; i < grid->scale->size(); ++i)
    scales.push_back(static_cast<float>(grid->scale->real(i)));
  if (scales.size() != 1) {
    std::optional<int64_t> found = onlyAxis(grid->scale->shape(), x.rank());
    if (!found || *found < 0 ||
        x.shape[*found] != static_cast<int64_t>(scales.size()))
      return node.fail("needs one scale, or one for each index of one "
                       "dimension");
    axis = builder.getI64IntegerAttr(*found);
  }
  Value result = builder.create<ternary::FakeQuantOp>(
      node.getLoc(), x.value.getType(), x.value,
      builder.getDenseF32ArrayAttr(scales),
      builder.getI64IntegerAttr(static_cast<int64_t>(zeroPoint)),
      builder.getI64IntegerAttr(static_cast<int64_t>(grid->min)),
      builder.getI64IntegerAttr(static_cast<int64_t>(grid->max)), axis);
  return node.set(0, node.fromValue(result, DataType::Float));
}

static LogicalResult importBipolarQuant(Node &node) {
  const GraphValue &x = node.in(0);
  TensorPtr scale = node.constantInput(1, "the scale");
  if (!scale)
    return failure();
  if (!isFloat(x.type) || x.quantization || !isFloat(scale->type()))
    return node.fail("'" + x.name + "' is not float");
  for (int64_t i = 0; i < scale->size(); ++i)
    if (!(scale->real(i) > 0) || !std::isfinite(scale->real(i)))
      return node.fail("a scale is not positive and finite");
  std::optional<Shape> shape = broadcastShapes(x.shape, scale->shape());
  if (!shape || *shape != x.shape)
    return node.fail("the scale does not broadcast to the input's shape");
  if (x.isConstant())
    return node.set(
        0, node.fromConstant(
               zipReal(x.constant, scale, DataType::Float,
                       [](double a, double b) { return a >= 0 ? b : -b; })));
  bool isOne = scale->size() == 1;
  float magnitude = isOne ? static_cast<float>(scale->real(0)) : 1.0f;
  OpBuilder &builder = node.getBuilder();
  Value signs = builder.create<ternary::BinarizeOp>(
      node.getLoc(), x.value.getType(), x.value,
      builder.getF32FloatAttr(magnitude));
  GraphValue result = node.fromValue(signs, DataType::Float);
  if (!isOne)
    result = node.mul(result, node.fromConstant(scale));
  return node.set(0, result);
}

void onnximport::registerQONNX(OpTable &table) {
  for (StringRef domain :
       {"qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas"}) {
    table.addIn(domain, "Quant", importQuant, 4, 4);
    table.addIn(domain, "IntQuant", importQuant, 4, 4);
    table.addIn(domain, "BipolarQuant", importBipolarQuant, 2, 2);
  }
}
