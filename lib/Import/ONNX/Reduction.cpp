//===- Reduction.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

/// The axes to reduce: from version 18 an input (from 13 for ReduceSum), before
/// an attribute. Without axes, all of them.
static std::optional<Shape> readAxes(Node &node, int64_t since) {
  int64_t rank = node.in(0).rank();
  std::optional<Shape> axes;
  if (node.opset() >= since && node.has(1))
    axes = node.constantIntegers(1, "the axes");
  else if (node.opset() < since)
    axes = node.integers("axes");
  if (node.hasFailed())
    return std::nullopt;
  if (!axes || axes->empty()) {
    if (node.integer("noop_with_empty_axes", 0))
      return Shape();
    return integersBetween(0, rank);
  }
  llvm::SmallSetVector<int64_t, 8> unique;
  for (int64_t axis : *axes) {
    std::optional<int64_t> normal = node.normalizeAxis(axis, rank);
    if (!normal)
      return std::nullopt;
    unique.insert(*normal);
  }
  return Shape(unique.begin(), unique.end());
}

static GraphValue reduce(Node &node, ReduceFn function, const GraphValue &x,
                         int64_t since = 18) {
  std::optional<Shape> axes = readAxes(node, since);
  if (!axes)
    return node.empty();
  return node.reduce(function, x, *axes, node.integer("keepdims", 1));
}

template <ReduceFn function, int64_t since>
static LogicalResult importReduce(Node &node) {
  return node.set(0, reduce(node, function, node.in(0), since));
}

static LogicalResult importReduceMean(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue sum = reduce(node, ReduceFn::Sum, x);
  if (node.isEmpty(sum))
    return failure();
  double count =
      static_cast<double>(x.size()) / std::max<int64_t>(sum.size(), 1);
  return node.set(0, node.mul(sum, node.scalar(1 / count)));
}

static LogicalResult importReduceSumSquare(Node &node) {
  const GraphValue &x = node.in(0);
  return node.set(0, reduce(node, ReduceFn::Sum, node.mul(x, x)));
}

static LogicalResult importReduceL1(Node &node) {
  return node.set(
      0, reduce(node, ReduceFn::Sum, node.unary(UnaryFn::Abs, node.in(0))));
}

static LogicalResult importReduceL2(Node &node) {
  const GraphValue &x = node.in(0);
  GraphValue sum = reduce(node, ReduceFn::Sum, node.mul(x, x));
  return node.set(
      0, node.unary(UnaryFn::Reciprocal, node.unary(UnaryFn::Rsqrt, sum)));
}

static LogicalResult importReduceLogSum(Node &node) {
  return node.set(
      0, node.unary(UnaryFn::Log, reduce(node, ReduceFn::Sum, node.in(0))));
}

static LogicalResult importGlobalAveragePool(Node &node) {
  return node.set(0, globalPool(node, node.in(0), ReduceFn::Sum));
}

static LogicalResult importGlobalMaxPool(Node &node) {
  return node.set(0, globalPool(node, node.in(0), ReduceFn::Max));
}

/// Over all spatial dimensions; a sum becomes the mean.
GraphValue onnximport::globalPool(Node &node, const GraphValue &input,
                                  ReduceFn function) {
  if (input.rank() < 3) {
    (void)node.fail("needs a tensor of at least three dimensions");
    return node.empty();
  }
  Shape axes = integersBetween(1, input.rank() - 1);
  GraphValue pooled = node.channelsFirst(
      node.reduce(function, node.channelsLast(input), axes, true));
  if (function != ReduceFn::Sum || node.isEmpty(pooled))
    return pooled;
  double count = static_cast<double>(input.size()) / pooled.size();
  return node.mul(pooled, node.scalar(1 / count));
}

void onnximport::registerReductions(OpTable &table) {
  constexpr InputTypes kNumber = InputTypes::Number;
  table.add("ReduceSum", importReduce<ReduceFn::Sum, 13>, 1, 2, kNumber);
  table.add("ReduceMax", importReduce<ReduceFn::Max, 18>, 1, 2, kNumber);
  table.add("ReduceMin", importReduce<ReduceFn::Min, 18>, 1, 2, kNumber);
  table.add("ReduceProd", importReduce<ReduceFn::Prod, 18>, 1, 2);
  table.add("ReduceMean", importReduceMean, 1, 2, kNumber);
  table.add("ReduceSumSquare", importReduceSumSquare, 1, 2, kNumber);
  table.add("ReduceL1", importReduceL1, 1, 2, kNumber);
  table.add("ReduceL2", importReduceL2, 1, 2, kNumber);
  table.add("ReduceLogSum", importReduceLogSum, 1, 2, kNumber);
  table.add("GlobalAveragePool", importGlobalAveragePool, 1, 1);
  table.add("GlobalMaxPool", importGlobalMaxPool, 1, 1, InputTypes::Float,
            OnQuantized::Keep);
}
