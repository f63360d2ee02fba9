//===- MatrixProduct.cpp ----------------------------------------*- C++ -*-===//
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

/// x (M x K) times constant weights (N x K), plus a bias.
static GraphValue fullyConnected(Node &node, const GraphValue &x,
                                 const GraphValue &weights,
                                 const GraphValue &bias) {
  if (node.isEmpty(x) || node.isEmpty(weights))
    return node.empty();
  int64_t outputs = weights.shape[0];
  GraphValue offset =
      node.isEmpty(bias) ? node.fromConstant(makeSplat({outputs}, 0)) : bias;
  Shape shape = {x.shape[0], outputs};
  if (!node.checkShape(shape))
    return node.empty();
  Value result = node.getBuilder().create<tosa::FullyConnectedOp>(
      node.getLoc(), node.typeOf(DataType::Float, shape), node.emit(x),
      node.emit(weights), node.emit(offset));
  return node.fromValue(result, DataType::Float);
}

/// Two values with batch dimensions that are broadcast together.
static GraphValue batchedProduct(Node &node, GraphValue lhs, GraphValue rhs) {
  ArrayRef<int64_t> left = lhs.shape, right = rhs.shape;
  std::optional<Shape> batch =
      broadcastShapes(left.drop_back(2), right.drop_back(2));
  if (!batch) {
    (void)node.fail("the batch dimensions do not broadcast together");
    return node.empty();
  }
  Shape leftShape(*batch), rightShape(*batch), resultShape(*batch);
  leftShape.append(left.end() - 2, left.end());
  rightShape.append(right.end() - 2, right.end());
  int64_t rows = left[left.size() - 2], depth = left.back(),
          columns = right.back();
  resultShape.append({rows, columns});
  if (!node.checkShape(resultShape) || !node.checkShape(*batch))
    return node.empty();
  int64_t count = *countElements(*batch);
  GraphValue a =
      node.reshape(node.broadcast(lhs, leftShape), {count, rows, depth});
  GraphValue b =
      node.reshape(node.broadcast(rhs, rightShape), {count, depth, columns});
  if (node.isEmpty(a) || node.isEmpty(b))
    return node.empty();
  Value product = node.getBuilder().create<tosa::MatMulOp>(
      node.getLoc(), node.typeOf(DataType::Float, {count, rows, columns}),
      node.emit(a), node.emit(b));
  return node.reshape(node.fromValue(product, DataType::Float), resultShape);
}

GraphValue Node::matmul(const GraphValue &lhs, const GraphValue &rhs,
                        const GraphValue &bias) {
  if (isEmpty(lhs) || isEmpty(rhs))
    return empty();
  if (lhs.rank() == 0 || rhs.rank() == 0) {
    (void)fail("a scalar has no matrix product");
    return empty();
  }
  // A vector is a row on the left and a column on the right.
  GraphValue a = lhs.rank() == 1 ? reshape(lhs, {1, lhs.shape[0]}) : lhs;
  GraphValue b = rhs.rank() == 1 ? reshape(rhs, {rhs.shape[0], 1}) : rhs;
  int64_t depth = a.shape.back();
  if (b.shape[b.shape.size() - 2] != depth || depth == 0) {
    (void)fail("the inner dimensions differ: " + Twine(depth) + " and " +
               Twine(b.shape[b.shape.size() - 2]));
    return empty();
  }
  GraphValue result;
  if (b.rank() == 2 && b.isConstant()) {
    int64_t rows = a.size() / depth;
    Shape shape(a.shape);
    shape.back() = b.shape[1];
    result = reshape(fullyConnected(*this, reshape(a, {rows, depth}),
                                    transpose(b, {1, 0}), bias),
                     shape);
  } else {
    result = batchedProduct(*this, a, b);
    if (!isEmpty(bias))
      result = add(result, bias);
  }
  if (isEmpty(result))
    return result;
  Shape shape(result.shape);
  if (rhs.rank() == 1)
    shape.pop_back();
  if (lhs.rank() == 1)
    shape.erase(shape.end() - (rhs.rank() == 1 ? 1 : 2));
  return reshape(result, shape);
}

static LogicalResult importMatMul(Node &node) {
  return node.set(0, node.matmul(node.in(0), node.in(1), node.empty()));
}

static LogicalResult importGemm(Node &node) {
  GraphValue a = node.in(0), b = node.in(1);
  if (a.rank() != 2 || b.rank() != 2)
    return node.fail("needs two matrices");
  if (node.integer("transA", 0))
    a = node.transpose(a, {1, 0});
  if (node.integer("transB", 0))
    b = node.transpose(b, {1, 0});
  float alpha = node.real("alpha", 1), beta = node.real("beta", 1);
  if (alpha != 1 && b.isConstant())
    b = node.mul(b, node.scalar(alpha));
  GraphValue c;
  if (node.has(2) && beta != 0) {
    c = node.in(2);
    if (beta != 1)
      c = node.mul(c, node.scalar(beta));
  }
  if (node.hasFailed())
    return failure();
  // A bias of one number for each column is part of the product.
  int64_t columns = b.shape[1];
  bool isBias =
      !node.isEmpty(c) && c.isConstant() && b.isConstant() &&
      (c.size() == 1 || (c.size() == columns && c.shape.back() == columns));
  GraphValue bias;
  if (isBias)
    bias = node.broadcast(node.reshape(c, {c.size()}), {columns});
  GraphValue result = node.matmul(a, b, bias);
  if (alpha != 1 && !b.isConstant())
    result = node.mul(result, node.scalar(alpha));
  if (!isBias && !node.isEmpty(c)) {
    if (node.isEmpty(result))
      return failure();
    Shape shape = result.shape;
    std::optional<Shape> sum = broadcastShapes(shape, c.shape);
    if (!sum || *sum != shape)
      return node.fail("C does not broadcast to the product's shape");
    result = node.add(result, c);
  }
  return node.set(0, result);
}

void onnximport::registerMatrixProducts(OpTable &table) {
  table.add("MatMul", importMatMul, 2, 2);
  table.add("Gemm", importGemm, 2, 3);
}
