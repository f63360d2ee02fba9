//===- Tensor.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_ONNX_TENSOR_H
#define SMELT_LIB_IMPORT_ONNX_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <memory>
#include <optional>

namespace smelt::onnximport {

using Shape = llvm::SmallVector<int64_t, 6>;

/// ONNX's numbers of element types.
enum class DataType : int32_t {
  Undefined = 0,
  Float = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  UInt32 = 12,
  UInt64 = 13,
  BFloat16 = 16,
  UInt4 = 21,
  Int4 = 22,
  UInt2 = 25,
  Int2 = 26,
};

/// ONNX's name of an element type.
llvm::StringRef nameOf(DataType type);

/// The type that values of `type` have here: half, bfloat16 and double are held
/// as float. Undefined where the type is not supported at all.
DataType heldAs(DataType type);

/// Bytes of an element of a type that `heldAs` returns.
unsigned elementSize(DataType type);

/// Range of an integer type of at most 32 bits.
struct IntegerRange {
  int64_t min, max;
};
std::optional<IntegerRange> rangeOf(DataType type);

inline bool isFloat(DataType type) { return type == DataType::Float; }
/// Integers that only occur as quantized values: at most 16 bits.
bool isNarrowInteger(DataType type);

constexpr int64_t kMaxElements = int64_t(1) << 31;
constexpr size_t kMaxRank = 16;

/// The product of the dimensions, or nothing where one is negative, there are
/// too many or the product exceeds `kMaxElements`.
std::optional<int64_t> countElements(llvm::ArrayRef<int64_t> shape);

/// A constant: contiguous row-major elements, one or more bytes each.
class Tensor {
public:
  /// A view of `bytes`, which `owner` keeps alive.
  Tensor(DataType type, llvm::ArrayRef<int64_t> shape,
         llvm::ArrayRef<char> bytes, std::shared_ptr<const void> owner);
  /// A zeroed tensor. The shape must have been checked by `countElements`.
  static std::shared_ptr<Tensor> allocate(DataType type,
                                          llvm::ArrayRef<int64_t> shape);

  DataType type() const { return elementType; }
  llvm::ArrayRef<int64_t> shape() const { return dimensions; }
  int64_t size() const { return count; }
  llvm::ArrayRef<char> bytes() const { return data; }

  double real(int64_t index) const;
  int64_t integer(int64_t index) const;
  void setReal(int64_t index, double value);
  void setInteger(int64_t index, int64_t value);
  char *mutableBytes() { return storage.get(); }

  /// The same elements in another shape of equal size.
  std::shared_ptr<const Tensor> reshaped(llvm::ArrayRef<int64_t> shape) const;
  /// An attribute of f32, i1, i32 or i64 elements; a resource if large.
  mlir::ElementsAttr toAttribute(mlir::MLIRContext *context,
                                 llvm::StringRef name) const;

private:
  DataType elementType;
  Shape dimensions;
  int64_t count;
  llvm::ArrayRef<char> data;
  std::shared_ptr<const void> owner;
  /// Set while a new tensor is being filled.
  std::shared_ptr<char> storage;
};

using TensorPtr = std::shared_ptr<const Tensor>;

/// The type of the elements of a tensor in MLIR.
mlir::Type elementTypeOf(DataType type, mlir::MLIRContext *context);

} // namespace smelt::onnximport

#endif
