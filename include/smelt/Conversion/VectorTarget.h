//===- VectorTarget.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_CONVERSION_VECTORTARGET_H
#define SMELT_CONVERSION_VECTORTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace smelt {

/// What kernels may use of a processor.
struct VectorTarget {
  /// Without vectors: bits of a register, of which kernels take each 16 as a
  /// lane; 0 where compilers are to find the lanes.
  unsigned wordBits = 0;
  /// Bits of a vector register; 0 where there are no such kernels.
  unsigned registerBits = 0;
  unsigned numRegisters = 0;
  enum class Architecture { X86, AArch64, ARM, WebAssembly };
  Architecture architecture = Architecture::X86;
  /// 4 products of bytes added to an i32: `vpdpbusd` of a u8 and an i8, `sdot`
  /// of two i8.
  bool hasByteDot = false;
  /// `usdot`: the same of a u8 and an i8, on ARM.
  bool hasMixedDot = false;
  /// `pmaddubsw`: 2 products of a u8 and an i8 added to one i16.
  bool hasBytePairs = false;
  /// Looks up bytes in a table of 32: `vpermb`, `tbl`, `i8x16.swizzle`.
  bool hasTableOf32 = false;
  /// Looks up bytes in a table of 256: `vpermi2b`.
  bool hasTableOf256 = false;
  /// `vpermw` takes no longer than `vpdpbusd`, so that sums of 3 products that
  /// are looked up beat 4 that are computed.
  bool hasFastWordPermute = false;

  /// How many bytes ahead of their use weights are fetched into the first
  /// cache, and into the second; 0 for not at all. What the first waits for
  /// keeps its few buffers busy, so that the second has to have it by then.
  int64_t prefetchDistance = 1024, farPrefetchDistance = 8192;
  /// AMX: products of matrices of 16 rows of 64 bytes.
  bool hasByteMatrices = false;
  /// The system gives those to a process only when it asks for them.
  bool mustAskForMatrices = false;

  /// The name of `hasFastWordPermute`, which no feature of LLVM's tells.
  static constexpr llvm::StringLiteral kFastWordPermute = "fast-vpermw";
  /// The name of `mustAskForMatrices`.
  static constexpr llvm::StringLiteral kAskForMatrices = "ask-for-amx";

  /// The names of the architectures that have vectors, of which LLVM's features
  /// go with one.
  static constexpr llvm::StringLiteral kAArch64 = "aarch64", kARM = "arm",
                                       kWebAssembly = "wasm32";

  /// The names of `wordBits` of 32 and 64, which stand alone.
  static constexpr llvm::StringLiteral kWord32 = "word32", kWord64 = "word64";

  /// Knows LLVM's names of features, and ignores others. They are of x86 unless
  /// the first is the name of another architecture.
  static VectorTarget fromFeatures(llvm::ArrayRef<std::string> features);
  /// Whether kernels can take codes that are shifted to the top of a byte as
  /// they are: where bytes are multiplied as unsigned ones.
  bool multipliesUnsigned() const {
    return architecture == Architecture::X86 || hasMixedDot;
  }
  /// Whether LLVM has good code for vectors of 4 bytes.
  bool hasShortVectors() const {
    return architecture == Architecture::X86 ||
           architecture == Architecture::AArch64;
  }
  /// The names of LLVM's that `fromFeatures` knows of an architecture.
  static llvm::ArrayRef<llvm::StringLiteral>
  getKnownFeatures(Architecture architecture);

  explicit operator bool() const { return registerBits != 0; }
};

} // namespace smelt

#endif
