//===- HostTensor.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_HOSTTENSOR_H
#define SMELT_SUPPORT_HOSTTENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <string>
#include <vector>

namespace smelt {

enum class ElementKind { F32, F64, I8, U8, I16, I32, I64 };

/// Bytes of an element.
size_t getElementSize(ElementKind kind);

/// The type's name in NumPy, such as `float32`.
llvm::StringRef getElementName(ElementKind kind);

/// A dense tensor in row-major order.
struct HostTensor {
  ElementKind kind = ElementKind::F32;
  llvm::SmallVector<int64_t> shape;
  std::vector<char> bytes;

  HostTensor() = default;
  /// A tensor of zeros.
  HostTensor(ElementKind kind, llvm::ArrayRef<int64_t> shape);

  int64_t getNumElements() const;

  template <typename T> llvm::ArrayRef<T> getValues() const {
    return {reinterpret_cast<const T *>(bytes.data()),
            bytes.size() / sizeof(T)};
  }
  template <typename T> llvm::MutableArrayRef<T> getMutableValues() {
    return {reinterpret_cast<T *>(bytes.data()), bytes.size() / sizeof(T)};
  }

  /// The element at a flat position, as a double.
  double getElement(int64_t index) const;

  /// The same values in another type: truncated towards zero and saturated
  /// where that type is an integer, NaN becoming 0.
  HostTensor convertTo(ElementKind newKind) const;

  /// Part `index` of the first dimension cut into parts of `count`.
  HostTensor slice(int64_t index, int64_t count) const;
};

struct NamedTensor {
  std::string name;
  HostTensor tensor;
};

/// "2x3x4", or "scalar".
std::string formatShape(llvm::ArrayRef<int64_t> shape);

} // namespace smelt

#endif
