//===- ImportONNX.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_ONNX_IMPORTONNX_H
#define SMELT_IMPORT_ONNX_IMPORTONNX_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

namespace smelt {

/// What the importer must be told about a model.
struct ONNXImportOptions {
  /// Sizes of symbolic dimensions. A dimension without a name is called
  /// `INPUT:INDEX`.
  llvm::StringMap<int64_t> dimensions;
};

/// Reads the ONNX model at `path` as a module with one public function `main`
/// of static shapes over `tosa` and `ternary` float ops. Quantized tensors are
/// the f32 tensors of their dequantized values; half, bfloat16 and double
/// tensors become f32.
///
/// A model is untrusted input. Everything in it that is malformed or not
/// supported is reported as a diagnostic of its own, with the node's name as
/// location, and null is returned.
mlir::OwningOpRef<mlir::ModuleOp> importONNX(llvm::StringRef path,
                                             const ONNXImportOptions &options,
                                             mlir::MLIRContext *context);

/// Adds one "NAME=SIZE" to the sizes of symbolic dimensions.
mlir::LogicalResult parseDimension(llvm::StringRef text,
                                   ONNXImportOptions &options);

/// Registers `--import-onnx` with smelt-translate.
void registerONNXTranslation();

} // namespace smelt

#endif
