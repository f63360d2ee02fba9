//===- Passes.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_H
#define SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace smelt::ternary {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"

/// The bytes of the one buffer that `ternary-pack-state` makes of a function's
/// arguments with `smelt.state`, which have static shapes.
int64_t getStateSize(mlir::func::FuncOp function);

} // namespace smelt::ternary

#endif
