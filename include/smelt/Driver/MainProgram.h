//===- MainProgram.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_MAINPROGRAM_H
#define SMELT_DRIVER_MAINPROGRAM_H

#include "smelt/Driver/Signature.h"

namespace smelt {

/// The C source of a program around a compiled network. It reads one .npy file
/// for each input, with any number of samples, and prints the outputs.
std::string makeMainProgram(const Signature &signature,
                            llvm::StringRef functionName);

} // namespace smelt

#endif
