//===- Normalization.cpp ----------------------------------------*- C++ -*-===//
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

/// `values` (one for each channel) shaped to broadcast over N x C x spatial.
static TensorPtr perChannel(ArrayRef<float> values, int64_t rank) {
  Shape shape(rank, 1);
  shape[rank > 1 ? 1 : 0] = values.size();
  return makeFloats(shape, values);
}

/// x * scale / sqrt(var + epsilon) + (bias - mean * scale / sqrt(var +
/// epsilon))
static LogicalResult importBatchNormalization(Node &node) {
  const GraphValue &x = node.in(0);
  if (node.integer("training_mode", 0) || node.wantsOutput(1))
    return node.fail("training mode is not supported");
  if (node.opset() < 7 && !node.integer("is_test", 0))
    return node.fail("training mode is not supported; convert the model to "
                     "opset 7 or later");
  if (x.rank() < 2)
    return node.fail("needs a dimension of channels");
  int64_t channels = x.shape[1];
  TensorPtr constants[4];
  constexpr StringRef kNames[] = {"the scale", "the bias", "the mean",
                                  "the variance"};
  for (size_t i = 0; i < 4; ++i) {
    constants[i] = node.constantInput(i + 1, kNames[i]);
    if (!constants[i])
      return failure();
    if (constants[i]->size() != channels)
      return node.fail(Twine(kNames[i]) + " must have one number for each of " +
                       Twine(channels) + " channels");
  }
  double epsilon = node.real("epsilon", 1e-5f);
  SmallVector<float> factors, offsets;
  for (int64_t c = 0; c < channels; ++c) {
    double factor =
        constants[0]->real(c) / std::sqrt(constants[3]->real(c) + epsilon);
    factors.push_back(factor);
    offsets.push_back(constants[1]->real(c) - constants[2]->real(c) * factor);
  }
  GraphValue scaled =
      node.mul(x, node.fromConstant(perChannel(factors, x.rank())));
  return node.set(
      0, node.add(scaled, node.fromConstant(perChannel(offsets, x.rank()))));
}

/// Makes rows of the dimensions from `axis` on and divides each by its root
/// mean square, or by its deviation from its mean, which is subtracted first.
template <typename NormOp>
static GraphValue normalize(Node &node, const GraphValue &x, int64_t axis) {
  int64_t outer = 1, inner = 1;
  for (auto [index, size] : llvm::enumerate(x.shape))
    (static_cast<int64_t>(index) < axis ? outer : inner) *= size;
  if (inner > 65536) {
    (void)node.fail("normalizing more than 65536 elements is not supported");
    return node.empty();
  }
  if (outer * inner == 0)
    return x;
  Value rows = node.emit(node.reshape(x, {outer, inner}));
  auto result = node.getBuilder().create<NormOp>(
      node.getLoc(), rows.getType(), rows, Value(), Value(), Value(),
      node.getBuilder().getF32FloatAttr(node.real("epsilon", 1e-5f)),
      ternary::RescaleAttr());
  return node.reshape(node.fromValue(result.getResult(), x.type), x.shape);
}

static LogicalResult importLayerNormalization(Node &node) {
  const GraphValue &x = node.in(0);
  if (node.wantsOutput(1) || node.wantsOutput(2))
    return node.fail("the outputs of statistics are not supported");
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", -1), x.rank());
  if (!axis)
    return failure();
  GraphValue result =
      node.mul(normalize<ternary::LayerNormOp>(node, x, *axis), node.in(1));
  if (node.has(2))
    result = node.add(result, node.in(2));
  return node.set(0, result);
}

static LogicalResult importRMSNormalization(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", -1), x.rank());
  if (!axis)
    return failure();
  return node.set(
      0, node.mul(normalize<ternary::RMSNormOp>(node, x, *axis), node.in(1)));
}

static LogicalResult importInstanceNormalization(Node &node) {
  const GraphValue &x = node.in(0);
  if (x.rank() < 3 || node.in(1).shape != Shape{x.shape[1]} ||
      node.in(2).shape != Shape{x.shape[1]})
    return node.fail("scale and bias must have one number for each channel");
  Shape shape(x.rank(), 1);
  shape[1] = x.shape[1];
  GraphValue result = node.mul(normalize<ternary::LayerNormOp>(node, x, 2),
                               node.reshape(node.in(1), shape));
  return node.set(0, node.add(result, node.reshape(node.in(2), shape)));
}

void onnximport::registerNormalizations(OpTable &table) {
  table.add("BatchNormalization", importBatchNormalization, 5, 5);
  table.add("LayerNormalization", importLayerNormalization, 2, 3);
  table.add("RMSNormalization", importRMSNormalization, 2, 2);
  table.add("InstanceNormalization", importInstanceNormalization, 3, 3);
}
