//===- TernaryDialect.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYDIALECT_H
#define SMELT_DIALECT_TERNARY_IR_TERNARYDIALECT_H

#include "mlir/IR/Dialect.h"

#include "smelt/Dialect/Ternary/IR/TernaryDialect.h.inc"

#endif
