//===- Commands.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_COMMANDS_H
#define SMELT_DRIVER_COMMANDS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "smelt/Driver/Options.h"

namespace smelt {

mlir::LogicalResult runCompile(const CompileOptions &options,
                               mlir::MLIRContext *context);
mlir::LogicalResult runEval(const EvalOptions &options,
                            mlir::MLIRContext *context);

/// Measures how well a language model predicts a text.
mlir::LogicalResult runTextEval(const EvalOptions &options,
                                mlir::MLIRContext *context);

/// Measures a model's speed, and the time of each kernel.
mlir::LogicalResult runBench(const BenchOptions &options,
                             mlir::MLIRContext *context);
mlir::LogicalResult runInspect(const InspectOptions &options,
                               mlir::MLIRContext *context);
mlir::LogicalResult runQuantize(const QuantizeOptions &options,
                                mlir::MLIRContext *context);
/// Lets a language model continue a text.
mlir::LogicalResult runGeneration(const RunOptions &options,
                                  mlir::MLIRContext *context);
mlir::LogicalResult runRun(const RunOptions &options,
                           mlir::MLIRContext *context);
/// Lists the targets that have names.
mlir::LogicalResult runTargets(const TargetsOptions &options,
                               mlir::MLIRContext *context);

/// Writes a module as text, to standard output without a path.
mlir::LogicalResult writeMLIR(mlir::ModuleOp module, llvm::StringRef path);

/// The whole of the program `smelt`; returns its exit status.
int runDriver(int argc, char **argv);

} // namespace smelt

#endif
