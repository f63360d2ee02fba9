//===- DataPlacement.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_DATAPLACEMENT_H
#define SMELT_SUPPORT_DATAPLACEMENT_H

#include <cstdint>
#include <string>

namespace smelt {

/// Where a program keeps the data of a network.
struct DataPlacement {
  /// The sections of the constant arrays and of the arena; the compiler's own
  /// if empty.
  std::string weightsSection, arenaSection;
  /// What the addresses of constant arrays are at least multiples of, or 0.
  int64_t weightsAlignment = 0;

  bool isDefault() const {
    return weightsSection.empty() && arenaSection.empty() &&
           weightsAlignment == 0;
  }
};

} // namespace smelt

#endif
