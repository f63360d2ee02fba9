//===- Movement.cpp ---------------------------------------------*- C++ -*-===//
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

/// A result that is `from` moved: same type, and same quantization if it does
/// not depend on the position.
static GraphValue moved(GraphValue result, const GraphValue &from) {
  result.type = from.type;
  if (from.quantization && from.quantization->isPerTensor())
    result.quantization = from.quantization;
  return result;
}

static Value constantIndices(OpBuilder &builder, Location location,
                             ArrayRef<int64_t> values) {
  SmallVector<int32_t> narrowed(values.begin(), values.end());
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    builder.getI32Type());
  return builder.create<tosa::ConstOp>(
      location, type, DenseElementsAttr::get(type, ArrayRef(narrowed)));
}

GraphValue Node::reshape(const GraphValue &value, ArrayRef<int64_t> shape) {
  if (isEmpty(value) || !checkShape(shape))
    return empty();
  if (ArrayRef<int64_t>(value.shape) == shape)
    return value;
  if (*countElements(shape) != value.size()) {
    (void)fail("cannot reshape " + Twine(value.size()) + " elements to " +
               Twine(*countElements(shape)));
    return empty();
  }
  if (value.isConstant())
    return fromConstant(value.constant->reshaped(shape));
  Value result = getBuilder().create<tosa::ReshapeOp>(
      location, typeLike(value, shape), value.value, shape);
  return moved(fromValue(result, value.type), value);
}

GraphValue Node::transpose(const GraphValue &value, ArrayRef<int64_t> order) {
  if (isEmpty(value))
    return empty();
  if (llvm::equal(order, llvm::seq<int64_t>(0, value.rank())))
    return value;
  if (value.isConstant()) {
    if (!reserve(value.type, value.shape))
      return empty();
    return fromConstant(transposeTensor(*value.constant, order));
  }
  Shape shape;
  for (int64_t axis : order)
    shape.push_back(value.shape[axis]);
  Value result = getBuilder().create<tosa::TransposeOp>(
      location, typeLike(value, shape), value.value,
      constantIndices(getBuilder(), location, order));
  return moved(fromValue(result, value.type), value);
}

GraphValue Node::slice(const GraphValue &value, ArrayRef<int64_t> starts,
                       ArrayRef<int64_t> sizes, ArrayRef<int64_t> steps) {
  if (isEmpty(value) || !checkShape(sizes))
    return empty();
  Shape unit(value.shape.size(), 1);
  if (steps.empty())
    steps = unit;
  if (ArrayRef<int64_t>(value.shape) == sizes && steps == ArrayRef(unit))
    return value;
  if (value.isConstant()) {
    if (!reserve(value.type, sizes))
      return empty();
    return fromConstant(sliceTensor(*value.constant, starts, sizes, steps));
  }
  if (steps == ArrayRef(unit)) {
    Value result = getBuilder().create<tosa::SliceOp>(
        location, typeLike(value, sizes), value.value, starts, sizes);
    return moved(fromValue(result, value.type), value);
  }
  // One axis at a time, by gathering where there are steps.
  GraphValue result = value;
  for (int64_t axis = 0; axis < value.rank(); ++axis) {
    SmallVector<int64_t> indices;
    for (int64_t i = 0; i < sizes[axis]; ++i)
      indices.push_back(starts[axis] + i * steps[axis]);
    if (steps[axis] != 1) {
      result = gather(result, indices, {sizes[axis]}, axis);
      if (isEmpty(result))
        return result;
      continue;
    }
    Shape partStarts(value.shape.size(), 0), partSizes(result.shape);
    partStarts[axis] = starts[axis];
    partSizes[axis] = sizes[axis];
    result = slice(result, partStarts, partSizes);
  }
  return result;
}

GraphValue Node::concat(ArrayRef<GraphValue> values, int64_t axis) {
  if (values.size() == 1)
    return values.front();
  SmallVector<TensorPtr> constants;
  SmallVector<Value> operands;
  Shape shape;
  for (const GraphValue &value : values) {
    if (isEmpty(value))
      return empty();
    if (value.isConstant())
      constants.push_back(value.constant);
    if (shape.empty())
      shape = value.shape;
    else
      shape[axis] += value.shape[axis];
  }
  if (constants.size() == values.size()) {
    if (!reserve(values.front().type, shape))
      return empty();
    return fromConstant(concatTensors(constants, axis));
  }
  if (!checkShape(shape))
    return empty();
  for (const GraphValue &value : values)
    if (value.size() != 0)
      operands.push_back(emit(value));
  Value result = getBuilder().create<tosa::ConcatOp>(
      location, typeLike(values.front(), shape), operands,
      static_cast<int32_t>(axis));
  return moved(fromValue(result, values.front().type), values.front());
}

GraphValue Node::tile(const GraphValue &value, ArrayRef<int64_t> repeats) {
  if (isEmpty(value))
    return empty();
  Shape shape(value.shape);
  for (auto [size, repeat] : llvm::zip_equal(shape, repeats)) {
    if (repeat < 0 || repeat > kMaxElements) {
      (void)fail("a repeat count is negative or too large");
      return empty();
    }
    size *= repeat;
  }
  if (!checkShape(shape))
    return empty();
  if (llvm::all_of(repeats, [](int64_t repeat) { return repeat == 1; }))
    return value;
  if (value.isConstant()) {
    if (!reserve(value.type, shape))
      return empty();
    // In the shape [1, size] repeated to [repeat, size] for every axis.
    Shape split, expanded;
    for (auto [size, repeat] : llvm::zip_equal(value.shape, repeats)) {
      split.append({1, size});
      expanded.append({repeat, size});
    }
    TensorPtr result =
        broadcastTensor(value.constant->reshaped(split), expanded);
    return fromConstant(result->reshaped(shape));
  }
  Value result = getBuilder().create<tosa::TileOp>(
      location, typeLike(value, shape), value.value, repeats);
  return moved(fromValue(result, value.type), value);
}

GraphValue Node::broadcast(const GraphValue &value, ArrayRef<int64_t> shape) {
  if (isEmpty(value) || !checkShape(shape))
    return empty();
  if (value.isConstant()) {
    if (!reserve(value.type, shape))
      return empty();
    return fromConstant(broadcastTensor(value.constant, shape));
  }
  GraphValue aligned = alignRank(value, shape.size());
  if (isEmpty(aligned))
    return empty();
  Shape repeats;
  for (auto [size, target] : llvm::zip_equal(aligned.shape, shape))
    repeats.push_back(size == target ? 1 : target);
  return tile(aligned, repeats);
}

GraphValue Node::alignRank(const GraphValue &value, size_t rank) {
  if (isEmpty(value) || value.shape.size() >= rank)
    return value;
  Shape shape(rank - value.shape.size(), 1);
  shape.append(value.shape.begin(), value.shape.end());
  return reshape(value, shape);
}

GraphValue Node::gather(const GraphValue &value, ArrayRef<int64_t> indices,
                        ArrayRef<int64_t> indexShape, int64_t axis) {
  if (isEmpty(value))
    return empty();
  Shape shape(ArrayRef<int64_t>(value.shape).take_front(axis));
  shape.append(indexShape.begin(), indexShape.end());
  shape.append(value.shape.begin() + axis + 1, value.shape.end());
  if (!checkShape(shape))
    return empty();
  if (value.isConstant()) {
    if (!reserve(value.type, shape))
      return empty();
    return fromConstant(
        gatherTensor(*value.constant, indices, indexShape, axis));
  }
  // A run of indices is a slice.
  bool isRun = !indices.empty();
  for (size_t i = 1; i < indices.size(); ++i)
    isRun &= indices[i] == indices[i - 1] + 1;
  if (isRun) {
    Shape starts(value.shape.size(), 0), sizes(value.shape);
    starts[axis] = indices.front();
    sizes[axis] = indices.size();
    return reshape(slice(value, starts, sizes), shape);
  }
  if (*countElements(shape) == 0) {
    (void)fail("the result has no elements");
    return empty();
  }
  // tosa.gather wants N x K x C values: the axis first, everything else in C.
  int64_t outer = 1, inner = 1;
  for (int64_t size : ArrayRef<int64_t>(value.shape).take_front(axis))
    outer *= size;
  for (int64_t size : ArrayRef<int64_t>(value.shape).drop_front(axis + 1))
    inner *= size;
  int64_t count = indices.size();
  GraphValue flat = reshape(value, {outer, value.shape[axis], inner});
  if (outer != 1)
    flat = reshape(transpose(flat, {1, 0, 2}),
                   {1, value.shape[axis], outer * inner});
  if (isEmpty(flat))
    return flat;
  auto indexType = RankedTensorType::get({1, count}, getBuilder().getI32Type());
  SmallVector<int32_t> narrowed(indices.begin(), indices.end());
  Value indexValue = getBuilder().create<tosa::ConstOp>(
      location, indexType,
      DenseElementsAttr::get(indexType, ArrayRef(narrowed)));
  Value gathered = getBuilder().create<tosa::GatherOp>(
      location, typeLike(value, {1, count, outer * inner}), flat.value,
      indexValue);
  GraphValue result = moved(fromValue(gathered, value.type), value);
  if (outer != 1)
    result = transpose(reshape(result, {count, outer, inner}), {1, 0, 2});
  return reshape(result, shape);
}

GraphValue Node::pad(const GraphValue &value, ArrayRef<int64_t> before,
                     ArrayRef<int64_t> after, float padding) {
  if (isEmpty(value))
    return empty();
  Shape shape;
  SmallVector<int64_t> amounts;
  for (auto [size, low, high] : llvm::zip_equal(value.shape, before, after)) {
    if (low < 0 || high < 0 || low > kMaxElements || high > kMaxElements) {
      (void)fail("an amount of padding is negative or too large");
      return empty();
    }
    shape.push_back(size + low + high);
    amounts.append({low, high});
  }
  if (!checkShape(shape))
    return empty();
  if (llvm::all_of(amounts, [](int64_t amount) { return amount == 0; }))
    return value;
  OpBuilder &builder = getBuilder();
  auto amountType = RankedTensorType::get(
      {static_cast<int64_t>(value.shape.size()), 2}, builder.getI64Type());
  Value amount = builder.create<tosa::ConstOp>(
      location, amountType,
      DenseElementsAttr::get(amountType, ArrayRef(amounts)));
  GraphValue fill =
      fromConstant(castTensor(makeSplat({}, padding), value.type));
  Value result = builder.create<tosa::PadOp>(location, typeLike(value, shape),
                                             emit(value), amount, emit(fill));
  return moved(fromValue(result, value.type), value);
}

GraphValue Node::channelsLast(const GraphValue &value) {
  SmallVector<int64_t> order = {0};
  for (int64_t axis = 2; axis < value.rank(); ++axis)
    order.push_back(axis);
  order.push_back(1);
  return transpose(value, order);
}

GraphValue Node::channelsFirst(const GraphValue &value) {
  SmallVector<int64_t> order = {0, value.rank() - 1};
  for (int64_t axis = 1; axis + 1 < value.rank(); ++axis)
    order.push_back(axis);
  return transpose(value, order);
}
