//===- Random.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_RANDOM_H
#define SMELT_RUNTIME_RANDOM_H

#include <cstdint>

namespace smelt::runtime {

/// xoshiro256** of Blackman and Vigna (2018), seeded with SplitMix64: the same
/// numbers on every machine.
class Random {
public:
  explicit Random(uint64_t seed) {
    for (uint64_t &word : state) {
      seed += 0x9E3779B97F4A7C15;
      uint64_t mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9;
      mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
      word = mixed ^ mixed >> 31;
    }
  }

  uint64_t next() {
    uint64_t result = rotate(state[1] * 5, 7) * 9;
    uint64_t shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
  }

  /// A multiple of 2^-53 in [0, 1).
  double nextUnit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
  static uint64_t rotate(uint64_t word, int count) {
    return word << count | word >> (64 - count);
  }

  uint64_t state[4];
};

} // namespace smelt::runtime

#endif
