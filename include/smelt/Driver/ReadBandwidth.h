//===- ReadBandwidth.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_READBANDWIDTH_H
#define SMELT_DRIVER_READBANDWIDTH_H

#include <cstdint>

namespace smelt {

/// Measures how many bytes a second so many threads together read from memory:
/// the best of several passes over a buffer several times as large as the
/// caches. 0 if there is no memory for it.
double measureReadBandwidth(int64_t threads);

} // namespace smelt

#endif
