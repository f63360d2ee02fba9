//===- BufferizableOpInterfaceImpl.h ----------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H
#define SMELT_DIALECT_TERNARY_TRANSFORMS_BUFFERIZABLEOPINTERFACEIMPL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace smelt::ternary {

/// Lets one-shot bufferization give the compute ops their memref form.
void registerBufferizableOpInterfaceExternalModels(
    mlir::DialectRegistry &registry);

} // namespace smelt::ternary

#endif
