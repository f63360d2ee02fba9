//===- Rounding.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_QUANTIZATION_ROUNDING_H
#define SMELT_LIB_QUANTIZATION_ROUNDING_H

namespace smelt {

/// The nearest integer, ties to even, of a magnitude below 2^22: what is added
/// leaves no bits for a fraction.
inline float roundSmall(float value) {
  constexpr float kShift = 0x1.8p23f;
  return (value + kShift) - kShift;
}

} // namespace smelt

#endif
