//===- WebAssembly.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_WEBASSEMBLY_H
#define SMELT_DRIVER_WEBASSEMBLY_H

#include "smelt/Driver/Network.h"

namespace smelt {

/// Says before the model is compiled what keeps it from being a module.
mlir::LogicalResult checkWebAssembly(const CompileOptions &options,
                                     const llvm::Triple &triple);

/// Writes a WebAssembly module that imports nothing: the network's functions,
/// static buffers for their arguments, and a description of both in JSON
/// (docs/web.md).
mlir::LogicalResult writeWebAssembly(Network &network,
                                     const CompileOptions &options,
                                     llvm::TargetMachine &machine);

} // namespace smelt

#endif
