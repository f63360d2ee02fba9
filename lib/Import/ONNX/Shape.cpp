//===- Shape.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

static LogicalResult importConstant(Node &node) {
  if (TensorPtr value = node.tensor("value"))
    return node.set(0, node.fromConstant(value));
  if (node.hasAttribute("value_float"))
    return node.set(0, node.scalar(node.real("value_float", 0)));
  if (node.hasAttribute("value_int"))
    return node.set(
        0, node.fromConstant(
               makeIntegers({node.integer("value_int", 0)})->reshaped({})));
  if (std::optional<Shape> values = node.integers("value_ints"))
    return node.set(0, node.fromConstant(makeIntegers(*values)));
  if (std::optional<SmallVector<float>> values = node.reals("value_floats"))
    return node.set(0, node.fromConstant(makeFloats(
                           {static_cast<int64_t>(values->size())}, *values)));
  if (node.hasFailed())
    return failure();
  return node.fail("only dense tensors and numbers are supported as value");
}

static LogicalResult importIdentity(Node &node) {
  GraphValue result = node.in(0);
  if (node.wantsOutput(1))
    return node.fail("the mask output is not supported");
  return node.set(0, result);
}

static LogicalResult importDropout(Node &node) {
  if (node.has(2) && !(node.in(2).isConstant() && node.in(2).size() == 1 &&
                       node.in(2).constant->integer(0) == 0))
    return node.fail("training mode is not supported");
  return importIdentity(node);
}

static LogicalResult importShape(Node &node) {
  int64_t rank = node.in(0).rank();
  int64_t start = node.integer("start", 0), end = node.integer("end", rank);
  start = std::clamp(start < 0 ? start + rank : start, int64_t(0), rank);
  end = std::clamp(end < 0 ? end + rank : end, start, rank);
  ArrayRef<int64_t> shape = node.in(0).shape;
  return node.set(
      0, node.fromConstant(makeIntegers(shape.slice(start, end - start))));
}

static LogicalResult importSize(Node &node) {
  return node.set(
      0, node.fromConstant(makeIntegers({node.in(0).size()})->reshaped({})));
}

static LogicalResult importReshape(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> shape = node.opset() < 5
                                   ? node.integers("shape")
                                   : node.constantIntegers(1, "the new shape");
  if (!shape)
    return node.hasFailed() ? failure() : node.fail("needs a shape");
  if (shape->size() > kMaxRank)
    return node.fail("the new shape has too many dimensions");
  bool keepsZero = node.integer("allowzero", 0);
  std::optional<size_t> unknown;
  int64_t known = 1;
  for (auto [index, size] : llvm::enumerate(*shape)) {
    if (size == 0 && !keepsZero) {
      if (index >= x.shape.size())
        return node.fail("copies a dimension that the input lacks");
      size = x.shape[index];
    }
    if (size == -1) {
      if (unknown)
        return node.fail("has more than one dimension of unknown size");
      unknown = index;
      continue;
    }
    if (size < 0 || size > kMaxElements)
      return node.fail("the new shape has an invalid dimension " + Twine(size));
    known *= size;
    if (known > kMaxElements)
      return node.fail("the new shape is too large");
  }
  if (unknown) {
    if (known == 0 || x.size() % known)
      return node.fail("cannot reshape " + Twine(x.size()) +
                       " elements to the new shape");
    (*shape)[*unknown] = x.size() / known;
  }
  return node.set(0, node.reshape(x, *shape));
}

static LogicalResult importFlatten(Node &node) {
  const GraphValue &x = node.in(0);
  int64_t axis = node.integer("axis", 1);
  if (axis < -x.rank() || axis > x.rank())
    return node.fail("axis " + Twine(axis) + " is out of range");
  if (axis < 0)
    axis += x.rank();
  int64_t outer = 1, inner = 1;
  for (auto [index, size] : llvm::enumerate(x.shape))
    (static_cast<int64_t>(index) < axis ? outer : inner) *= size;
  return node.set(0, node.reshape(x, {outer, inner}));
}

/// The axes of Squeeze and Unsqueeze: an attribute before version 13.
static std::optional<Shape> readAxes(Node &node, int64_t rank, bool &isAbsent) {
  std::optional<Shape> axes;
  isAbsent = node.opset() < 13 ? !node.hasAttribute("axes") : !node.has(1);
  if (isAbsent)
    return std::nullopt;
  axes = node.opset() < 13 ? node.integers("axes")
                           : node.constantIntegers(1, "the axes");
  if (!axes)
    return std::nullopt;
  llvm::SmallDenseSet<int64_t> seen;
  for (int64_t &axis : *axes) {
    std::optional<int64_t> normal = node.normalizeAxis(axis, rank);
    if (!normal)
      return std::nullopt;
    axis = *normal;
    if (!seen.insert(axis).second) {
      (void)node.fail("axis " + Twine(axis) + " is given twice");
      return std::nullopt;
    }
  }
  return axes;
}

static LogicalResult importSqueeze(Node &node) {
  const GraphValue &x = node.in(0);
  bool isAbsent = false;
  std::optional<Shape> axes = readAxes(node, x.rank(), isAbsent);
  if (!axes && !isAbsent)
    return failure();
  Shape shape;
  for (auto [index, size] : llvm::enumerate(x.shape)) {
    bool isNamed = axes && llvm::is_contained(*axes, int64_t(index));
    if (isNamed && size != 1)
      return node.fail("dimension " + Twine(index) + " has size " +
                       Twine(size) + ", not 1");
    if (!isNamed && (axes || size != 1))
      shape.push_back(size);
  }
  return node.set(0, node.reshape(x, shape));
}

static LogicalResult importUnsqueeze(Node &node) {
  const GraphValue &x = node.in(0);
  bool isAbsent = false;
  size_t added = 0;
  if (node.opset() < 13) {
    if (std::optional<Shape> axes = node.integers("axes"))
      added = axes->size();
  } else if (node.has(1)) {
    added = node.in(1).size();
  }
  size_t rank = x.shape.size() + added;
  if (rank > kMaxRank)
    return node.fail("the result has too many dimensions");
  std::optional<Shape> axes =
      readAxes(node, static_cast<int64_t>(rank), isAbsent);
  if (!axes)
    return node.hasFailed() ? failure() : node.fail("needs axes");
  Shape shape;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i)
    shape.push_back(llvm::is_contained(*axes, int64_t(i)) ? 1
                                                          : x.shape[next++]);
  return node.set(0, node.reshape(x, shape));
}

static LogicalResult importTranspose(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> order = node.integers("perm");
  if (!order) {
    order.emplace();
    for (int64_t axis = x.rank(); axis-- > 0;)
      order->push_back(axis);
  }
  Shape sorted(*order);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, x.rank())))
    return node.fail("perm is no permutation of the dimensions");
  return node.set(0, node.transpose(x, *order));
}

static LogicalResult importExpand(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> target = node.constantIntegers(1, "the shape");
  if (!target)
    return failure();
  std::optional<Shape> shape = broadcastShapes(x.shape, *target);
  if (!shape)
    return node.fail("the shapes do not broadcast together");
  return node.set(0, node.broadcast(x, *shape));
}

static LogicalResult importTile(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> repeats = node.constantIntegers(1, "the repeat counts");
  if (!repeats)
    return failure();
  if (repeats->size() != x.shape.size())
    return node.fail("needs one repeat count for each dimension");
  return node.set(0, node.tile(x, *repeats));
}

static LogicalResult importConstantOfShape(Node &node) {
  std::optional<Shape> shape = node.constantIntegers(0, "the shape");
  if (!shape)
    return failure();
  TensorPtr value = node.tensor("value");
  if (node.hasFailed())
    return failure();
  if (!value)
    value = makeSplat({1}, 0);
  if (value->size() != 1)
    return node.fail("the value must be one number");
  return node.set(
      0, node.broadcast(node.fromConstant(value->reshaped({})), *shape));
}

static LogicalResult importRange(Node &node) {
  TensorPtr start = node.constantInput(0, "start");
  TensorPtr limit = node.constantInput(1, "limit");
  TensorPtr delta = node.constantInput(2, "delta");
  if (!start || !limit || !delta)
    return failure();
  if (start->size() != 1 || limit->size() != 1 || delta->size() != 1 ||
      start->type() != limit->type() || start->type() != delta->type())
    return node.fail("start, limit and delta must be one number each, of the "
                     "same type");
  double step = delta->real(0);
  double count = std::ceil((limit->real(0) - start->real(0)) / step);
  if (!(step != 0) || !(count < static_cast<double>(1 << 26)))
    return node.fail("the range is infinite or too long");
  int64_t size = count > 0 ? static_cast<int64_t>(count) : 0;
  std::shared_ptr<Tensor> result = Tensor::allocate(start->type(), {size});
  for (int64_t i = 0; i < size; ++i)
    if (isFloat(start->type()))
      result->setReal(i, start->real(0) + i * step);
    else
      result->setInteger(i, start->integer(0) + i * delta->integer(0));
  return node.set(0, node.fromConstant(result));
}

void onnximport::registerShapes(OpTable &table) {
  constexpr InputTypes kAny = InputTypes::Any;
  constexpr OnQuantized kKeep = OnQuantized::Keep;
  table.add("Constant", importConstant, 0, 0);
  table.add("Identity", importIdentity, 1, 1, kAny, kKeep);
  table.add("Dropout", importDropout, 1, 3, kAny, kKeep);
  table.add("Shape", importShape, 1, 1, kAny, OnQuantized::Handle);
  table.add("Size", importSize, 1, 1, kAny, OnQuantized::Handle);
  table.add("Reshape", importReshape, 1, 2, kAny, kKeep);
  table.add("Flatten", importFlatten, 1, 1, kAny, kKeep);
  table.add("Squeeze", importSqueeze, 1, 2, kAny, kKeep);
  table.add("Unsqueeze", importUnsqueeze, 1, 2, kAny, kKeep);
  table.add("Transpose", importTranspose, 1, 1, kAny, kKeep);
  table.add("Expand", importExpand, 2, 2, kAny, kKeep);
  table.add("Tile", importTile, 2, 2, kAny, kKeep);
  table.add("ConstantOfShape", importConstantOfShape, 1, 1, kAny);
  table.add("Range", importRange, 3, 3, kAny);
}
