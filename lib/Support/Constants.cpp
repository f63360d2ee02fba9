//===- Constants.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Constants.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace smelt;

template <typename T>
static std::optional<std::vector<T>> readElements(ElementsAttr attribute) {
  size_t count = attribute.getShapedType().getNumElements();
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    auto values = dense.tryGetValues<T>();
    if (failed(values))
      return std::nullopt;
    return std::vector<T>(values->begin(), values->end());
  }
  auto resource = dyn_cast<DenseResourceElementsAttr>(attribute);
  AsmResourceBlob *blob =
      resource ? resource.getRawHandle().getBlob() : nullptr;
  if (!blob || blob->getData().size() != count * sizeof(T))
    return std::nullopt;
  std::vector<T> values(count);
  if (count)
    std::memcpy(values.data(), blob->getData().data(), count * sizeof(T));
  return values;
}

std::optional<std::vector<float>> smelt::readFloats(ElementsAttr attribute) {
  if (!attribute.getElementType().isF32())
    return std::nullopt;
  return readElements<float>(attribute);
}

std::optional<std::vector<int8_t>> smelt::readBytes(ElementsAttr attribute) {
  if (!attribute.getElementType().isInteger(8))
    return std::nullopt;
  return readElements<int8_t>(attribute);
}

std::optional<std::vector<float>> smelt::readFloats(Value value) {
  ElementsAttr attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  return readFloats(attribute);
}

template <typename T>
static std::optional<std::vector<int64_t>> readWidened(ElementsAttr attribute) {
  std::optional<std::vector<T>> values = readElements<T>(attribute);
  if (!values)
    return std::nullopt;
  return std::vector<int64_t>(values->begin(), values->end());
}

std::optional<std::vector<int64_t>> smelt::readIntegers(Value value) {
  ElementsAttr attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return std::nullopt;
  Type type = attribute.getElementType();
  if (type.isInteger(8))
    return readWidened<int8_t>(attribute);
  if (type.isInteger(16))
    return readWidened<int16_t>(attribute);
  if (type.isInteger(32))
    return readWidened<int32_t>(attribute);
  if (type.isInteger(64))
    return readWidened<int64_t>(attribute);
  return std::nullopt;
}

template <typename T>
static ElementsAttr makeElements(StringRef name, ShapedType type,
                                 ArrayRef<T> values) {
  constexpr size_t kDenseLimit = 64;
  if (values.size() <= kDenseLimit)
    return DenseElementsAttr::get(type, values);
  ArrayRef<char> data(reinterpret_cast<const char *>(values.data()),
                      values.size() * sizeof(T));
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyWithAlign(data, 64));
}

ElementsAttr smelt::makeBytes(StringRef name, ShapedType type,
                              ArrayRef<int8_t> bytes) {
  return makeElements(name, type, bytes);
}

ElementsAttr smelt::makeFloats(StringRef name, ShapedType type,
                               ArrayRef<float> values) {
  return makeElements(name, type, values);
}
