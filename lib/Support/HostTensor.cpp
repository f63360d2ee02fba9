//===- HostTensor.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/HostTensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace smelt;

size_t smelt::getElementSize(ElementKind kind) {
  switch (kind) {
  case ElementKind::I8:
  case ElementKind::U8:
    return 1;
  case ElementKind::I16:
    return 2;
  case ElementKind::F32:
  case ElementKind::I32:
    return 4;
  case ElementKind::F64:
  case ElementKind::I64:
    return 8;
  }
  return 0;
}

StringRef smelt::getElementName(ElementKind kind) {
  switch (kind) {
  case ElementKind::F32:
    return "float32";
  case ElementKind::F64:
    return "float64";
  case ElementKind::I8:
    return "int8";
  case ElementKind::U8:
    return "uint8";
  case ElementKind::I16:
    return "int16";
  case ElementKind::I32:
    return "int32";
  case ElementKind::I64:
    return "int64";
  }
  return "";
}

static int64_t product(ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

HostTensor::HostTensor(ElementKind kind, ArrayRef<int64_t> shape)
    : kind(kind), shape(shape), bytes(product(shape) * getElementSize(kind)) {}

int64_t HostTensor::getNumElements() const { return product(shape); }

template <typename T>
static T readElement(const std::vector<char> &bytes, int64_t index) {
  T value;
  std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
  return value;
}

double HostTensor::getElement(int64_t index) const {
  switch (kind) {
  case ElementKind::F32:
    return readElement<float>(bytes, index);
  case ElementKind::F64:
    return readElement<double>(bytes, index);
  case ElementKind::I8:
    return readElement<int8_t>(bytes, index);
  case ElementKind::U8:
    return readElement<uint8_t>(bytes, index);
  case ElementKind::I16:
    return readElement<int16_t>(bytes, index);
  case ElementKind::I32:
    return readElement<int32_t>(bytes, index);
  case ElementKind::I64:
    return static_cast<double>(readElement<int64_t>(bytes, index));
  }
  return 0;
}

template <typename T> static T convertElement(double value) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(value);
  if (std::isnan(value))
    return 0;
  // The greatest value of a 64-bit type rounds up to one that is out of range.
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

template <typename T>
static void convertAll(const HostTensor &from, HostTensor &to) {
  MutableArrayRef<T> values = to.getMutableValues<T>();
  for (auto [index, value] : llvm::enumerate(values))
    value = convertElement<T>(from.getElement(index));
}

HostTensor HostTensor::convertTo(ElementKind newKind) const {
  if (newKind == kind)
    return *this;
  HostTensor result(newKind, shape);
  switch (newKind) {
  case ElementKind::F32:
    convertAll<float>(*this, result);
    break;
  case ElementKind::F64:
    convertAll<double>(*this, result);
    break;
  case ElementKind::I8:
    convertAll<int8_t>(*this, result);
    break;
  case ElementKind::U8:
    convertAll<uint8_t>(*this, result);
    break;
  case ElementKind::I16:
    convertAll<int16_t>(*this, result);
    break;
  case ElementKind::I32:
    convertAll<int32_t>(*this, result);
    break;
  case ElementKind::I64:
    convertAll<int64_t>(*this, result);
    break;
  }
  return result;
}

HostTensor HostTensor::slice(int64_t index, int64_t count) const {
  HostTensor result;
  result.kind = kind;
  result.shape = shape;
  result.shape[0] = count;
  size_t size = product(result.shape) * getElementSize(kind);
  auto first = bytes.begin() + index * size;
  result.bytes.assign(first, first + size);
  return result;
}

std::string smelt::formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  raw_string_ostream stream(text);
  llvm::interleave(shape, stream, "x");
  return text;
}
