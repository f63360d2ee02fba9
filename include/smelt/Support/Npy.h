//===- Npy.h ----------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_NPY_H
#define SMELT_SUPPORT_NPY_H

#include "smelt/Support/HostTensor.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace smelt {

/// Reads the contents of a `.npy` file.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef contents);

/// Writes the contents of a `.npy` file.
void writeNpy(const HostTensor &tensor, llvm::raw_ostream &stream);

/// Reads the contents of a `.npz` file: a zip archive of `.npy` files. The
/// tensors are in the archive's order, named without the `.npy`.
llvm::Expected<std::vector<NamedTensor>> parseNpz(llvm::StringRef contents);

/// Writes the contents of a `.npz` file.
llvm::Error writeNpz(llvm::ArrayRef<NamedTensor> tensors,
                     llvm::raw_ostream &stream);

} // namespace smelt

#endif
