//===- VectorTarget.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Conversion/VectorTarget.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace llvm;
using namespace smelt;

ArrayRef<StringLiteral>
VectorTarget::getKnownFeatures(Architecture architecture) {
  static constexpr StringLiteral kX86[] = {
      "sse2",     "ssse3",      "avx2",       "avxvnni",
      "avx512bw", "avx512vnni", "avx512vbmi", "amx-int8",
  };
  static constexpr StringLiteral kNeon[] = {"neon", "dotprod", "i8mm"};
  static constexpr StringLiteral kWebAssembly[] = {"simd128"};
  switch (architecture) {
  case Architecture::X86:
    return kX86;
  case Architecture::AArch64:
  case Architecture::ARM:
    return kNeon;
  case Architecture::WebAssembly:
    return kWebAssembly;
  }
  llvm_unreachable("unknown architecture");
}

static bool has(ArrayRef<std::string> features, StringRef name) {
  return is_contained(features, name);
}

static VectorTarget describeX86(ArrayRef<std::string> features) {
  VectorTarget target;
  if (has(features, "avx512bw"))
    target.registerBits = 512;
  else if (has(features, "avx2"))
    target.registerBits = 256;
  else if (has(features, "sse2"))
    target.registerBits = 128;
  else
    return target;
  bool is512 = target.registerBits == 512;
  target.numRegisters = is512 ? 32 : 16;
  target.hasByteDot =
      is512 ? has(features, "avx512vnni")
            : target.registerBits == 256 && has(features, "avxvnni");
  target.hasBytePairs = has(features, "ssse3") || target.registerBits > 128;
  target.hasTableOf32 = is512 && has(features, "avx512vbmi");
  target.hasTableOf256 = target.hasTableOf32;
  target.hasFastWordPermute = target.hasTableOf32 && target.hasByteDot &&
                              has(features, VectorTarget::kFastWordPermute);
  // Measured on Zen 4 and 5, and of others on an Intel Xeon with AMX.
  if (has(features, VectorTarget::kFastWordPermute)) {
    target.prefetchDistance = 4096;
    target.farPrefetchDistance = 0;
  }
  target.hasByteMatrices = is512 && has(features, "amx-int8");
  target.mustAskForMatrices =
      target.hasByteMatrices && has(features, VectorTarget::kAskForMatrices);
  return target;
}

static VectorTarget describeNeon(ArrayRef<std::string> features,
                                 VectorTarget::Architecture architecture) {
  VectorTarget target;
  target.architecture = architecture;
  if (!has(features, "neon"))
    return target;
  bool is64Bit = architecture == VectorTarget::Architecture::AArch64;
  target.registerBits = 128;
  target.numRegisters = is64Bit ? 32 : 16;
  target.hasByteDot = is64Bit && has(features, "dotprod");
  target.hasMixedDot = is64Bit && has(features, "i8mm");
  target.hasTableOf32 = is64Bit;
  return target;
}

static VectorTarget describeWebAssembly(ArrayRef<std::string> features) {
  VectorTarget target;
  target.architecture = VectorTarget::Architecture::WebAssembly;
  if (!has(features, "simd128"))
    return target;
  target.registerBits = 128;
  target.numRegisters = 16;
  target.hasTableOf32 = true;
  target.prefetchDistance = target.farPrefetchDistance = 0;
  return target;
}

VectorTarget VectorTarget::fromFeatures(ArrayRef<std::string> features) {
  if (has(features, kWord32) || has(features, kWord64)) {
    VectorTarget target;
    target.wordBits = has(features, kWord64) ? 64 : 32;
    return target;
  }
  if (has(features, kAArch64))
    return describeNeon(features, Architecture::AArch64);
  if (has(features, kARM))
    return describeNeon(features, Architecture::ARM);
  if (has(features, kWebAssembly))
    return describeWebAssembly(features);
  return describeX86(features);
}
