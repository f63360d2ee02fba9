//===- CEmitter.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_C_CEMITTER_H
#define SMELT_TARGET_C_CEMITTER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Support/LLVM.h"
#include "smelt/Support/DataPlacement.h"

namespace smelt {

struct COptions {
  /// The model's name, in comments, macros and the include guard. If empty,
  /// the module's `smelt.model`, or else the name of its first public function.
  std::string name;
  /// How the source includes its header; by default the name with ".h".
  std::string headerName;
  /// Weights of at least this many bytes go into the blob.
  std::optional<int64_t> blobThreshold;
  /// What the macros that place the data are unless the user defines them.
  DataPlacement placement;
};

/// Prints `module`, which `lower-to-emitc` made, as C99: its functions and data
/// to `source`, its interface to `header`, and the weights that are kept out of
/// the source to `blob`, which may be null if `options` ask for none. Emits an
/// error and fails at what has no C form; what was printed by then is of no
/// use.
mlir::LogicalResult emitC(mlir::ModuleOp module, const COptions &options,
                          llvm::raw_ostream &source, llvm::raw_ostream &header,
                          llvm::raw_ostream *blob = nullptr);

/// An array that the C source defines.
struct CArray {
  std::string name;
  /// As `sizeof` says.
  int64_t bytes = 0;
  int64_t numElements = 0;
  bool isConst = false;
  /// The layer that uses it, or the first of them; "" if that is not known.
  std::string layer;
};

/// The arrays in the source that `emitC` prints of a module.
mlir::FailureOr<std::vector<CArray>> listArrays(mlir::ModuleOp module,
                                                const COptions &options);

/// Whether C, C++ or their libraries give a name a meaning of its own.
bool isReservedInC(llvm::StringRef name);

/// Registers `--emit-c` and `--emit-c-header`.
void registerEmitCTranslations();

} // namespace smelt

#endif
