//===- ThreadPart.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_THREADPART_H
#define SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_THREADPART_H

#include "mlir/IR/Builders.h"

namespace smelt::ternary {

/// Where the part of a thread begins and ends of what lies from `begin` to
/// `end`, for one that has the work between the places `from` and `to`: at the
/// nearest multiples of `granule`.
std::pair<mlir::Value, mlir::Value>
getThreadPart(mlir::OpBuilder &builder, mlir::Location location,
              mlir::Value begin, mlir::Value end, int64_t granule,
              mlir::Value from, mlir::Value to);

} // namespace smelt::ternary

#endif
