//===- KernelCalls.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_KERNELCALLS_H
#define SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_KERNELCALLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace smelt::ternary {

/// Whether an op is passed over where calls are listed.
using IsPassedOver = llvm::function_ref<bool(mlir::Operation &op)>;

/// The calls of a function of one block, in order; null stands for each other
/// op that has effects.
llvm::SmallVector<mlir::func::CallOp>
listCalls(mlir::func::FuncOp function, IsPassedOver isPassedOver = nullptr);

/// The calls of a function of one block; none if anything else has effects.
llvm::SmallVector<mlir::func::CallOp> listOnlyCalls(mlir::func::FuncOp function,
                                                    IsPassedOver isPassedOver);

} // namespace smelt::ternary

#endif
