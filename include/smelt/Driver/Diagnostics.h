//===- Diagnostics.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_DIAGNOSTICS_H
#define SMELT_DRIVER_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// Prints diagnostics as `file: node 'name': error: message`.
class DiagnosticPrinter : public mlir::ScopedDiagnosticHandler {
public:
  explicit DiagnosticPrinter(mlir::MLIRContext *context);
};

/// Prints `error: message` about a file, or about no file.
mlir::LogicalResult reportError(llvm::StringRef path,
                                const llvm::Twine &message);
mlir::LogicalResult reportError(llvm::StringRef path, llvm::Error error);

} // namespace smelt

#endif
