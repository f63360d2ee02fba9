//===- Activation.cpp -------------------------------------------*- C++ -*-===//
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

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// On quantized values the integers are clamped at 0, which stands for minus
/// the zero point times the scale.
static LogicalResult importRelu(Node &node) {
  const GraphValue &x = node.in(0);
  double zero = 0;
  if (x.quantization) {
    if (!x.quantization->isPerTensor())
      return node.fail("is not supported on values quantized per axis");
    zero = -static_cast<double>(x.quantization->zeroPoints.front()) *
           x.quantization->scales.front();
  } else if (isNarrowInteger(x.type)) {
    return node.fail("computes on " + nameOf(x.type) + " '" + x.name +
                     "' without scales; export the model with "
                     "QuantizeLinear and DequantizeLinear");
  }
  return node.set(0, node.clamp(x, zero, kInfinity));
}

static LogicalResult importClip(Node &node) {
  const GraphValue &x = node.in(0);
  if (node.opset() < 11)
    return node.set(0, node.clamp(x, node.real("min", -kInfinity),
                                  node.real("max", kInfinity)));
  bool isConstant = true;
  for (size_t i = 1; i < node.inputCount(); ++i)
    isConstant &=
        !node.has(i) || (node.in(i).isConstant() && node.in(i).size() == 1);
  if (!isConstant) {
    GraphValue result = x;
    if (node.has(1))
      result = node.binary(BinaryFn::Max, result, node.in(1));
    if (node.has(2))
      result = node.binary(BinaryFn::Min, result, node.in(2));
    return node.set(0, result);
  }
  double min = node.has(1) ? node.in(1).constant->real(0) : -kInfinity;
  double max = node.has(2) ? node.in(2).constant->real(0) : kInfinity;
  if (std::isnan(min) || std::isnan(max))
    return node.fail("a bound is not a number");
  // ONNX: with min above max, everything is max.
  return node.set(0, node.clamp(x, std::min(min, max), max));
}

/// x where it is positive, else `negative`.
static GraphValue piecewise(Node &node, const GraphValue &x,
                            const GraphValue &negative) {
  GraphValue isPositive =
      node.compare(CompareFn::GreaterEqual, x, node.scalar(0));
  return node.select(isPositive, x, negative);
}

static LogicalResult importLeakyRelu(Node &node) {
  const GraphValue &x = node.in(0);
  float alpha = node.real("alpha", 0.01);
  return node.set(0, piecewise(node, x, node.mul(x, node.scalar(alpha))));
}

static LogicalResult importPRelu(Node &node) {
  const GraphValue &x = node.in(0);
  return node.set(0, piecewise(node, x, node.mul(x, node.in(1))));
}

/// alpha * (exp(x / beta) - 1)
static GraphValue exponentialUnit(Node &node, const GraphValue &x, float alpha,
                                  float beta) {
  GraphValue scaled = node.mul(x, node.scalar(1 / beta));
  GraphValue shifted =
      node.sub(node.unary(UnaryFn::Exp, scaled), node.scalar(1));
  return node.mul(shifted, node.scalar(alpha));
}

static LogicalResult importElu(Node &node) {
  const GraphValue &x = node.in(0);
  float alpha = node.real("alpha", 1);
  return node.set(0, piecewise(node, x, exponentialUnit(node, x, alpha, 1)));
}

static LogicalResult importSelu(Node &node) {
  const GraphValue &x = node.in(0);
  float alpha = node.real("alpha", 1.67326319217681884765625);
  float gamma = node.real("gamma", 1.05070102214813232421875);
  GraphValue unit = piecewise(node, x, exponentialUnit(node, x, alpha, 1));
  return node.set(0, node.mul(unit, node.scalar(gamma)));
}

static LogicalResult importCelu(Node &node) {
  const GraphValue &x = node.in(0);
  float alpha = node.real("alpha", 1);
  return node.set(0,
                  piecewise(node, x, exponentialUnit(node, x, alpha, alpha)));
}

static LogicalResult importThresholdedRelu(Node &node) {
  const GraphValue &x = node.in(0);
  float alpha = node.real("alpha", 1);
  GraphValue isAbove = node.compare(CompareFn::Greater, x, node.scalar(alpha));
  return node.set(0, node.select(isAbove, x, node.scalar(0)));
}

static GraphValue hardSigmoid(Node &node, const GraphValue &x, float alpha,
                              float beta) {
  GraphValue line =
      node.add(node.mul(x, node.scalar(alpha)), node.scalar(beta));
  return node.clamp(line, 0, 1);
}

static LogicalResult importHardSigmoid(Node &node) {
  return node.set(0, hardSigmoid(node, node.in(0), node.real("alpha", 0.2),
                                 node.real("beta", 0.5)));
}

static LogicalResult importHardSwish(Node &node) {
  const GraphValue &x = node.in(0);
  return node.set(0, node.mul(x, hardSigmoid(node, x, 1.0f / 6, 0.5f)));
}

template <UnaryFn function> static LogicalResult importFunction(Node &node) {
  return node.set(0, node.unary(function, node.in(0)));
}

static LogicalResult importSwish(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue scaled = x;
  float alpha = node.real("alpha", 1);
  if (alpha != 1)
    scaled = node.mul(x, node.scalar(alpha));
  return node.set(0, node.mul(x, node.unary(UnaryFn::Sigmoid, scaled)));
}

/// log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)), which does not overflow.
static GraphValue softplus(Node &node, const GraphValue &x) {
  GraphValue decay = node.unary(
      UnaryFn::Exp, node.unary(UnaryFn::Negate, node.unary(UnaryFn::Abs, x)));
  GraphValue tail = node.unary(UnaryFn::Log, node.add(decay, node.scalar(1)));
  return node.add(node.clamp(x, 0, kInfinity), tail);
}

static LogicalResult importSoftplus(Node &node) {
  return node.set(0, softplus(node, node.in(0)));
}

static LogicalResult importMish(Node &node) {
  GraphValue gate = node.unary(UnaryFn::Tanh, softplus(node, node.in(0)));
  return node.set(0, node.mul(node.in(0), gate));
}

static LogicalResult importSoftsign(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue sum = node.add(node.unary(UnaryFn::Abs, x), node.scalar(1));
  return node.set(0, node.div(x, sum));
}

static LogicalResult importGelu(Node &node) {
  const GraphValue &x = node.in(0);
  std::string approximation = node.string("approximate", "none");
  if (approximation == "tanh" && !x.isConstant()) {
    auto result = node.getBuilder().create<ternary::ActivationOp>(
        node.getLoc(), x.value.getType(), ternary::ActivationKind::GELU,
        x.value, Value(), IntegerAttr());
    return node.set(0, node.fromValue(result.getResult(), x.type));
  }
  if (approximation != "none" && approximation != "tanh")
    return node.fail("approximation '" + approximation + "' is unknown");
  GraphValue error =
      node.unary(UnaryFn::Erf, node.mul(x, node.scalar(std::sqrt(0.5f))));
  GraphValue gate =
      node.mul(node.add(error, node.scalar(1)), node.scalar(0.5f));
  return node.set(0, node.mul(x, gate));
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Before version 13 all dimensions from the axis on are one.
static GraphValue softmax(Node &node) {
  const GraphValue &x = node.in(0);
  bool isFlat = node.opset() < 13;
  if (x.rank() == 0)
    return node.reshape(node.softmax(node.reshape(x, {1}), 0), {});
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", isFlat ? 1 : -1), x.rank());
  if (!axis)
    return node.empty();
  if (!isFlat)
    return node.softmax(x, *axis);
  int64_t outer = 1, inner = 1;
  for (auto [index, size] : llvm::enumerate(x.shape))
    (static_cast<int64_t>(index) < *axis ? outer : inner) *= size;
  if (inner == x.shape.back())
    return node.softmax(x, x.rank() - 1);
  return node.reshape(node.softmax(node.reshape(x, {outer, inner}), 1),
                      x.shape);
}

static LogicalResult importSoftmax(Node &node) {
  return node.set(0, softmax(node));
}

/// x - max - log(sum(exp(x - max))) over one axis.
static LogicalResult importLogSoftmax(Node &node) {
  GraphValue x = node.in(0);
  Shape shape = x.shape;
  bool isFlat = node.opset() < 13;
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", isFlat ? 1 : -1), x.rank());
  if (!axis)
    return failure();
  if (isFlat) {
    int64_t outer = 1, inner = 1;
    for (auto [index, size] : llvm::enumerate(shape))
      (static_cast<int64_t>(index) < *axis ? outer : inner) *= size;
    if (inner != shape.back()) {
      x = node.reshape(x, {outer, inner});
      axis = 1;
    } else {
      axis = x.rank() - 1;
    }
  }
  GraphValue shifted =
      node.sub(x, node.reduce(ReduceFn::Max, x, {*axis}, true));
  GraphValue sum = node.reduce(ReduceFn::Sum, node.unary(UnaryFn::Exp, shifted),
                               {*axis}, true);
  GraphValue result = node.sub(shifted, node.unary(UnaryFn::Log, sum));
  return node.set(0, node.reshape(result, shape));
}

void onnximport::registerActivations(OpTable &table) {
  table.add("Relu", importRelu, 1, 1, InputTypes::Any, OnQuantized::Keep);
  table.add("Clip", importClip, 1, 3, InputTypes::Number);
  table.add("LeakyRelu", importLeakyRelu, 1, 1);
  table.add("PRelu", importPRelu, 2, 2);
  table.add("Elu", importElu, 1, 1);
  table.add("Selu", importSelu, 1, 1);
  table.add("Celu", importCelu, 1, 1);
  table.add("ThresholdedRelu", importThresholdedRelu, 1, 1);
  table.add("HardSigmoid", importHardSigmoid, 1, 1);
  table.add("HardSwish", importHardSwish, 1, 1);
  table.add("Sigmoid", importFunction<UnaryFn::Sigmoid>, 1, 1);
  table.add("Tanh", importFunction<UnaryFn::Tanh>, 1, 1);
  table.add("Swish", importSwish, 1, 1);
  table.add("Softplus", importSoftplus, 1, 1);
  table.add("Softsign", importSoftsign, 1, 1);
  table.add("Mish", importMish, 1, 1);
  table.add("Gelu", importGelu, 1, 1);
  table.add("Softmax", importSoftmax, 1, 1);
  table.add("LogSoftmax", importLogSoftmax, 1, 1);
}
