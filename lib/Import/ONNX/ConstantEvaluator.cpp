//===- ConstantEvaluator.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantEvaluator.h"
#include <cstring>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

Shape onnximport::integersBetween(int64_t begin, int64_t end) {
  Shape result;
  for (int64_t i = begin; i < end; ++i)
    result.push_back(i);
  return result;
}

Shape onnximport::rowMajorStrides(ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  return strides;
}

std::optional<Shape> onnximport::broadcastShapes(ArrayRef<int64_t> lhs,
                                                 ArrayRef<int64_t> rhs) {
  Shape result(std::max(lhs.size(), rhs.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    int64_t left = i < lhs.size() ? lhs[lhs.size() - 1 - i] : 1;
    int64_t right = i < rhs.size() ? rhs[rhs.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1)
      return std::nullopt;
    result[result.size() - 1 - i] = left == 1 ? right : left;
  }
  return result;
}

/// Reads the element at `offset` plus the strides times each index of `shape`.
static TensorPtr gatherStrided(const Tensor &source, ArrayRef<int64_t> shape,
                               ArrayRef<int64_t> strides, int64_t offset) {
  std::shared_ptr<Tensor> result = Tensor::allocate(source.type(), shape);
  if (result->size() == 0)
    return result;
  size_t width = elementSize(source.type());
  const char *from = source.bytes().data();
  char *to = result->mutableBytes();
  size_t rank = shape.size();
  int64_t inner = rank ? shape.back() : 1;
  int64_t innerStride = rank ? strides.back() : 1;
  Shape index(rank, 0);
  for (int64_t done = 0; done < result->size(); done += inner) {
    if (innerStride == 1) {
      std::memcpy(to, from + offset * width, inner * width);
      to += inner * width;
    } else {
      for (int64_t i = 0; i < inner; ++i, to += width)
        std::memcpy(to, from + (offset + i * innerStride) * width, width);
    }
    for (size_t axis = rank ? rank - 1 : 0; axis-- > 0;) {
      offset += strides[axis];
      if (++index[axis] < shape[axis])
        break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

TensorPtr onnximport::transposeTensor(const Tensor &tensor,
                                      ArrayRef<int64_t> order) {
  Shape strides = rowMajorStrides(tensor.shape()), shape, permuted;
  for (int64_t axis : order) {
    shape.push_back(tensor.shape()[axis]);
    permuted.push_back(strides[axis]);
  }
  return gatherStrided(tensor, shape, permuted, 0);
}

TensorPtr onnximport::sliceTensor(const Tensor &tensor,
                                  ArrayRef<int64_t> starts,
                                  ArrayRef<int64_t> sizes,
                                  ArrayRef<int64_t> steps) {
  Shape strides = rowMajorStrides(tensor.shape());
  int64_t offset = 0;
  for (size_t i = 0; i < starts.size(); ++i) {
    offset += starts[i] * strides[i];
    strides[i] *= steps[i];
  }
  return gatherStrided(tensor, sizes, strides, offset);
}

TensorPtr onnximport::broadcastTensor(const TensorPtr &tensor,
                                      ArrayRef<int64_t> shape) {
  if (tensor->shape() == shape)
    return tensor;
  Shape strides = rowMajorStrides(tensor->shape());
  Shape expanded(shape.size(), 0);
  size_t missing = shape.size() - strides.size();
  for (size_t i = 0; i < strides.size(); ++i)
    expanded[missing + i] = tensor->shape()[i] == 1 ? 0 : strides[i];
  return gatherStrided(*tensor, shape, expanded, 0);
}

TensorPtr onnximport::concatTensors(ArrayRef<TensorPtr> tensors, int64_t axis) {
  Shape shape(tensors.front()->shape());
  shape[axis] = 0;
  for (const TensorPtr &tensor : tensors)
    shape[axis] += tensor->shape()[axis];
  std::shared_ptr<Tensor> result =
      Tensor::allocate(tensors.front()->type(), shape);
  int64_t outer = 1;
  for (int64_t size : ArrayRef<int64_t>(shape).take_front(axis))
    outer *= size;
  char *to = result->mutableBytes();
  for (int64_t i = 0; i < outer; ++i)
    for (const TensorPtr &tensor : tensors) {
      size_t part = tensor->bytes().size() / outer;
      if (part)
        std::memcpy(to, tensor->bytes().data() + i * part, part);
      to += part;
    }
  return result;
}

TensorPtr onnximport::gatherTensor(const Tensor &tensor,
                                   ArrayRef<int64_t> indices,
                                   ArrayRef<int64_t> indexShape, int64_t axis) {
  ArrayRef<int64_t> shape = tensor.shape();
  Shape resultShape(shape.take_front(axis));
  resultShape.append(indexShape.begin(), indexShape.end());
  resultShape.append(shape.begin() + axis + 1, shape.end());
  std::shared_ptr<Tensor> result = Tensor::allocate(tensor.type(), resultShape);
  if (result->size() == 0)
    return result;
  int64_t outer = 1, inner = elementSize(tensor.type());
  for (int64_t size : shape.take_front(axis))
    outer *= size;
  for (int64_t size : shape.drop_front(axis + 1))
    inner *= size;
  char *to = result->mutableBytes();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t index : indices) {
      std::memcpy(to, tensor.bytes().data() + (i * shape[axis] + index) * inner,
                  inner);
      to += inner;
    }
  return result;
}

TensorPtr onnximport::castTensor(const TensorPtr &tensor, DataType type) {
  if (tensor->type() == type)
    return tensor;
  std::shared_ptr<Tensor> result = Tensor::allocate(type, tensor->shape());
  bool isReal = isFloat(type) || isFloat(tensor->type());
  for (int64_t i = 0; i < result->size(); ++i)
    if (isReal)
      result->setReal(i, tensor->real(i));
    else
      result->setInteger(i, tensor->integer(i));
  return result;
}

TensorPtr onnximport::mapReal(const Tensor &tensor,
                              llvm::function_ref<double(double)> function) {
  std::shared_ptr<Tensor> result =
      Tensor::allocate(DataType::Float, tensor.shape());
  for (int64_t i = 0; i < result->size(); ++i)
    result->setReal(i, function(tensor.real(i)));
  return result;
}

TensorPtr
onnximport::zipReal(const TensorPtr &lhs, const TensorPtr &rhs, DataType type,
                    llvm::function_ref<double(double, double)> function) {
  Shape shape = *broadcastShapes(lhs->shape(), rhs->shape());
  TensorPtr left = broadcastTensor(lhs, shape);
  TensorPtr right = broadcastTensor(rhs, shape);
  std::shared_ptr<Tensor> result = Tensor::allocate(type, shape);
  for (int64_t i = 0; i < result->size(); ++i)
    result->setReal(i, function(left->real(i), right->real(i)));
  return result;
}

TensorPtr
onnximport::zipInteger(const TensorPtr &lhs, const TensorPtr &rhs,
                       DataType type,
                       llvm::function_ref<int64_t(int64_t, int64_t)> function) {
  Shape shape = *broadcastShapes(lhs->shape(), rhs->shape());
  TensorPtr left = broadcastTensor(lhs, shape);
  TensorPtr right = broadcastTensor(rhs, shape);
  std::shared_ptr<Tensor> result = Tensor::allocate(type, shape);
  for (int64_t i = 0; i < result->size(); ++i)
    result->setInteger(i, function(left->integer(i), right->integer(i)));
  return result;
}

TensorPtr onnximport::selectTensor(const TensorPtr &condition,
                                   const TensorPtr &whenTrue,
                                   const TensorPtr &whenFalse) {
  Shape shape = *broadcastShapes(whenTrue->shape(), whenFalse->shape());
  shape = *broadcastShapes(shape, condition->shape());
  TensorPtr flags = broadcastTensor(condition, shape);
  TensorPtr left = broadcastTensor(whenTrue, shape);
  TensorPtr right = broadcastTensor(whenFalse, shape);
  std::shared_ptr<Tensor> result = Tensor::allocate(left->type(), shape);
  size_t width = elementSize(left->type());
  for (int64_t i = 0; i < result->size(); ++i) {
    const Tensor &chosen = flags->integer(i) ? *left : *right;
    std::memcpy(result->mutableBytes() + i * width,
                chosen.bytes().data() + i * width, width);
  }
  return result;
}

TensorPtr onnximport::makeIntegers(ArrayRef<int64_t> values) {
  std::shared_ptr<Tensor> result =
      Tensor::allocate(DataType::Int64, {static_cast<int64_t>(values.size())});
  for (auto [i, value] : llvm::enumerate(values))
    result->setInteger(i, value);
  return result;
}

TensorPtr onnximport::makeFloats(ArrayRef<int64_t> shape,
                                 ArrayRef<float> values) {
  std::shared_ptr<Tensor> result = Tensor::allocate(DataType::Float, shape);
  for (auto [i, value] : llvm::enumerate(values))
    result->setReal(i, value);
  return result;
}

TensorPtr onnximport::makeSplat(ArrayRef<int64_t> shape, float value) {
  std::shared_ptr<Tensor> result = Tensor::allocate(DataType::Float, shape);
  for (int64_t i = 0; i < result->size(); ++i)
    result->setReal(i, value);
  return result;
}
