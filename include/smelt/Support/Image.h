//===- Image.h --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_IMAGE_H
#define SMELT_SUPPORT_IMAGE_H

#include "smelt/Support/HostTensor.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// Whether a file of this name is read as an image.
bool isImagePath(llvm::StringRef path);

/// Reads a PNG, PGM or PPM file as bytes of shape height x width x channels.
/// There are 1 (grey) or 3 (red, green, blue) channels, as asked for.
llvm::Expected<HostTensor> parseImage(llvm::StringRef contents,
                                      int64_t channels);

} // namespace smelt

#endif
