//===- MeasureFunctions.h ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_LLVM_MEASUREFUNCTIONS_H
#define SMELT_LIB_TARGET_LLVM_MEASUREFUNCTIONS_H

#include "smelt/Target/LLVM/CodeReport.h"
#include "llvm/Pass.h"

namespace smelt {

/// Makes a pass on machine functions that adds each to a report, which must
/// outlive it; it changes nothing, and comes last before code is printed.
llvm::FunctionPass *createMeasureFunctionsPass(CodeReport &report);

} // namespace smelt

#endif
