//===- ConstantEvaluator.h --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_ONNX_CONSTANTEVALUATOR_H
#define SMELT_LIB_IMPORT_ONNX_CONSTANTEVALUATOR_H

#include "Tensor.h"
#include "llvm/ADT/STLFunctionalExtras.h"

// Operations on constants. Their arguments must have been checked: axes in
// range, slices inside of the tensor, results within `countElements`.

namespace smelt::onnximport {

/// begin, ..., end - 1.
Shape integersBetween(int64_t begin, int64_t end);

/// Strides in elements of a row-major tensor.
Shape rowMajorStrides(llvm::ArrayRef<int64_t> shape);

/// The common shape of two shapes under ONNX's (NumPy's) broadcasting, or
/// nothing.
std::optional<Shape> broadcastShapes(llvm::ArrayRef<int64_t> lhs,
                                     llvm::ArrayRef<int64_t> rhs);

TensorPtr transposeTensor(const Tensor &tensor, llvm::ArrayRef<int64_t> order);
TensorPtr sliceTensor(const Tensor &tensor, llvm::ArrayRef<int64_t> starts,
                      llvm::ArrayRef<int64_t> sizes,
                      llvm::ArrayRef<int64_t> steps);
TensorPtr broadcastTensor(const TensorPtr &tensor,
                          llvm::ArrayRef<int64_t> shape);
TensorPtr concatTensors(llvm::ArrayRef<TensorPtr> tensors, int64_t axis);
/// `indices` are not negative and in range.
TensorPtr gatherTensor(const Tensor &tensor, llvm::ArrayRef<int64_t> indices,
                       llvm::ArrayRef<int64_t> indexShape, int64_t axis);
TensorPtr castTensor(const TensorPtr &tensor, DataType type);

/// Applies a function of reals to every element; the result is f32.
TensorPtr mapReal(const Tensor &tensor,
                  llvm::function_ref<double(double)> function);
/// Applies a function to the elements of two tensors broadcast together.
TensorPtr zipReal(const TensorPtr &lhs, const TensorPtr &rhs, DataType type,
                  llvm::function_ref<double(double, double)> function);
TensorPtr zipInteger(const TensorPtr &lhs, const TensorPtr &rhs, DataType type,
                     llvm::function_ref<int64_t(int64_t, int64_t)> function);
TensorPtr selectTensor(const TensorPtr &condition, const TensorPtr &whenTrue,
                       const TensorPtr &whenFalse);

TensorPtr makeIntegers(llvm::ArrayRef<int64_t> values);
TensorPtr makeFloats(llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<float> values);
TensorPtr makeSplat(llvm::ArrayRef<int64_t> shape, float value);

} // namespace smelt::onnximport

#endif
