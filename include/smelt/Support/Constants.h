//===- Constants.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_CONSTANTS_H
#define SMELT_SUPPORT_CONSTANTS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Value.h"
#include <optional>
#include <vector>

namespace smelt {

/// The elements of a dense or resource-backed f32 attribute, row-major; nothing
/// for another type, or for a resource whose data is missing or too short.
std::optional<std::vector<float>> readFloats(mlir::ElementsAttr attribute);

/// The bytes of a dense or resource-backed i8 attribute; nothing as above.
std::optional<std::vector<int8_t>> readBytes(mlir::ElementsAttr attribute);

/// The value of a constant-like op's f32 tensor result, or nothing.
std::optional<std::vector<float>> readFloats(mlir::Value value);

/// The value of a constant-like op's integer tensor result, or nothing.
std::optional<std::vector<int64_t>> readIntegers(mlir::Value value);

/// An attribute of `type` (a static shape of i8) over `bytes`: dense where it
/// is small, a resource named after `name` otherwise.
mlir::ElementsAttr makeBytes(llvm::StringRef name, mlir::ShapedType type,
                             llvm::ArrayRef<int8_t> bytes);

/// As `makeBytes`, for f32.
mlir::ElementsAttr makeFloats(llvm::StringRef name, mlir::ShapedType type,
                              llvm::ArrayRef<float> values);

} // namespace smelt

#endif
