//===- Tensor.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tensor.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

StringRef onnximport::nameOf(DataType type) {
  switch (type) {
  case DataType::Undefined:
    return "undefined";
  case DataType::Float:
    return "float";
  case DataType::UInt8:
    return "uint8";
  case DataType::Int8:
    return "int8";
  case DataType::UInt16:
    return "uint16";
  case DataType::Int16:
    return "int16";
  case DataType::Int32:
    return "int32";
  case DataType::Int64:
    return "int64";
  case DataType::String:
    return "string";
  case DataType::Bool:
    return "bool";
  case DataType::Float16:
    return "float16";
  case DataType::Double:
    return "double";
  case DataType::UInt32:
    return "uint32";
  case DataType::UInt64:
    return "uint64";
  case DataType::BFloat16:
    return "bfloat16";
  case DataType::UInt4:
    return "uint4";
  case DataType::Int4:
    return "int4";
  case DataType::UInt2:
    return "uint2";
  case DataType::Int2:
    return "int2";
  }
  return "an unknown type";
}

DataType onnximport::heldAs(DataType type) {
  switch (type) {
  case DataType::Float16:
  case DataType::BFloat16:
  case DataType::Double:
    return DataType::Float;
  case DataType::String:
    return DataType::Undefined;
  default:
    return nameOf(type) == "an unknown type" ? DataType::Undefined : type;
  }
}

unsigned onnximport::elementSize(DataType type) {
  switch (type) {
  case DataType::Float:
  case DataType::Int32:
  case DataType::UInt32:
    return 4;
  case DataType::Int64:
  case DataType::UInt64:
    return 8;
  case DataType::Int16:
  case DataType::UInt16:
    return 2;
  default:
    return 1;
  }
}

std::optional<IntegerRange> onnximport::rangeOf(DataType type) {
  switch (type) {
  case DataType::UInt2:
    return IntegerRange{0, 3};
  case DataType::Int2:
    return IntegerRange{-2, 1};
  case DataType::UInt4:
    return IntegerRange{0, 15};
  case DataType::Int4:
    return IntegerRange{-8, 7};
  case DataType::UInt8:
    return IntegerRange{0, 255};
  case DataType::Int8:
    return IntegerRange{-128, 127};
  case DataType::UInt16:
    return IntegerRange{0, 65535};
  case DataType::Int16:
    return IntegerRange{-32768, 32767};
  case DataType::Int32:
    return IntegerRange{INT32_MIN, INT32_MAX};
  case DataType::UInt32:
    return IntegerRange{0, UINT32_MAX};
  default:
    return std::nullopt;
  }
}

bool onnximport::isNarrowInteger(DataType type) {
  std::optional<IntegerRange> range = rangeOf(type);
  return range && range->max <= 65535;
}

std::optional<int64_t> onnximport::countElements(ArrayRef<int64_t> shape) {
  if (shape.size() > kMaxRank)
    return std::nullopt;
  // A zero dimension does not excuse an absurd one.
  int64_t product = 1;
  bool isEmpty = false;
  for (int64_t size : shape) {
    if (size < 0 || size > kMaxElements)
      return std::nullopt;
    if (size == 0) {
      isEmpty = true;
      continue;
    }
    product *= size;
    if (product > kMaxElements)
      return std::nullopt;
  }
  return isEmpty ? 0 : product;
}

Tensor::Tensor(DataType type, ArrayRef<int64_t> shape, ArrayRef<char> bytes,
               std::shared_ptr<const void> owner)
    : elementType(type), dimensions(shape.begin(), shape.end()),
      count(bytes.size() / elementSize(type)), data(bytes),
      owner(std::move(owner)) {}

std::shared_ptr<Tensor> Tensor::allocate(DataType type,
                                         ArrayRef<int64_t> shape) {
  size_t size = *countElements(shape) * elementSize(type);
  // One more byte so that an empty tensor has an address too.
  std::shared_ptr<char> storage(new char[size + 1](),
                                std::default_delete<char[]>());
  auto tensor = std::make_shared<Tensor>(
      type, shape, ArrayRef<char>(storage.get(), size), storage);
  tensor->storage = storage;
  return tensor;
}

template <typename T> static T load(ArrayRef<char> data, int64_t index) {
  T value;
  std::memcpy(&value, data.data() + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T> static void store(char *data, int64_t index, T value) {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

int64_t Tensor::integer(int64_t index) const {
  switch (elementType) {
  case DataType::Float: {
    double value = load<float>(data, index);
    if (std::isnan(value))
      return 0;
    if (value >= 9223372036854775807.0)
      return INT64_MAX;
    if (value <= -9223372036854775808.0)
      return INT64_MIN;
    return static_cast<int64_t>(value);
  }
  case DataType::Int64:
  case DataType::UInt64:
    return load<int64_t>(data, index);
  case DataType::Int32:
    return load<int32_t>(data, index);
  case DataType::UInt32:
    return load<uint32_t>(data, index);
  case DataType::Int16:
    return load<int16_t>(data, index);
  case DataType::UInt16:
    return load<uint16_t>(data, index);
  case DataType::Int8:
  case DataType::Int4:
  case DataType::Int2:
    return load<int8_t>(data, index);
  default:
    return load<uint8_t>(data, index);
  }
}

double Tensor::real(int64_t index) const {
  if (elementType == DataType::Float)
    return load<float>(data, index);
  if (elementType == DataType::UInt64)
    return static_cast<double>(load<uint64_t>(data, index));
  return static_cast<double>(integer(index));
}

void Tensor::setInteger(int64_t index, int64_t value) {
  switch (elementType) {
  case DataType::Float:
    return store<float>(storage.get(), index, static_cast<float>(value));
  case DataType::Int64:
  case DataType::UInt64:
    return store<int64_t>(storage.get(), index, value);
  case DataType::Int32:
  case DataType::UInt32:
    return store<int32_t>(storage.get(), index, static_cast<int32_t>(value));
  case DataType::Int16:
  case DataType::UInt16:
    return store<int16_t>(storage.get(), index, static_cast<int16_t>(value));
  case DataType::Bool:
    return store<uint8_t>(storage.get(), index, value != 0);
  default:
    return store<int8_t>(storage.get(), index, static_cast<int8_t>(value));
  }
}

void Tensor::setReal(int64_t index, double value) {
  if (elementType == DataType::Float)
    return store<float>(storage.get(), index, static_cast<float>(value));
  if (elementType == DataType::Bool)
    return setInteger(index, value != 0);
  if (std::isnan(value))
    return setInteger(index, 0);
  if (value >= 9223372036854775807.0)
    return setInteger(index, INT64_MAX);
  if (value <= -9223372036854775808.0)
    return setInteger(index, INT64_MIN);
  setInteger(index, static_cast<int64_t>(value));
}

TensorPtr Tensor::reshaped(ArrayRef<int64_t> shape) const {
  return std::make_shared<Tensor>(elementType, shape, data, owner);
}

Type onnximport::elementTypeOf(DataType type, MLIRContext *context) {
  switch (type) {
  case DataType::Float:
    return Float32Type::get(context);
  case DataType::Bool:
    return IntegerType::get(context, 1);
  case DataType::Int64:
  case DataType::UInt64:
    return IntegerType::get(context, 64);
  default:
    return IntegerType::get(context, 32);
  }
}

ElementsAttr Tensor::toAttribute(MLIRContext *context, StringRef name) const {
  // Attributes are compared and uniqued by content: not for large ones.
  constexpr int64_t kDenseLimit = 256;
  auto resultType =
      RankedTensorType::get(dimensions, elementTypeOf(elementType, context));
  if (elementType == DataType::Float) {
    if (count <= kDenseLimit) {
      SmallVector<float> values;
      for (int64_t i = 0; i < count; ++i)
        values.push_back(load<float>(data, i));
      return DenseElementsAttr::get(resultType, ArrayRef<float>(values));
    }
    auto keepAlive = [owner = owner](void *, size_t, size_t) {};
    return DenseResourceElementsAttr::get(
        resultType, name.empty() ? "constant" : name,
        UnmanagedAsmResourceBlob::allocateWithAlign(data, alignof(float),
                                                    keepAlive));
  }
  if (elementType == DataType::Bool) {
    SmallVector<bool> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(integer(i) != 0);
    return DenseElementsAttr::get(resultType, ArrayRef<bool>(values));
  }
  if (resultType.getElementType().isInteger(64)) {
    SmallVector<int64_t> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(integer(i));
    return DenseElementsAttr::get(resultType, ArrayRef<int64_t>(values));
  }
  SmallVector<int32_t> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<int32_t>(integer(i)));
  return DenseElementsAttr::get(resultType, ArrayRef<int32_t>(values));
}
