//===- Passes.td -------------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_CONVERSION_PASSES_TD
#define SMELT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

#endif
