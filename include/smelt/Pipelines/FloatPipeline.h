//===- FloatPipeline.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_PIPELINES_FLOATPIPELINE_H
#define SMELT_PIPELINES_FLOATPIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace smelt {

/// Adds the passes from the float graph (`tosa` and the float ops of `ternary`
/// on f32 tensors) to the LLVM dialect. The public function takes one pointer
/// for each argument and, after them, one for each result.
void buildFloatToLLVMPipeline(mlir::OpPassManager &manager);

/// Registers the pipeline `smelt-float-to-llvm`.
void registerFloatPipelines();

} // namespace smelt

#endif
