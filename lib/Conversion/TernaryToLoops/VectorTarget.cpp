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

ArrayRef<StringLiteral> VectorTarget::getKnownFeatures() {
  static constexpr StringLiteral kFeatures[] = {
      "sse2",     "ssse3",      "avx2",       "avxvnni",
      "avx512bw", "avx512vnni", "avx512vbmi", "amx-int8",
  };
  return kFeatures;
}

VectorTarget VectorTarget::fromFeatures(ArrayRef<std::string> features) {
  auto has = [&](StringRef feature) { return is_contained(features, feature); };
  VectorTarget target;
  if (has("avx512bw"))
    target.registerBits = 512;
  else if (has("avx2"))
    target.registerBits = 256;
  else if (has("sse2"))
    target.registerBits = 128;
  else
    return target;
  target.numRegisters = has("avx512bw") ? 32 : 16;
  target.hasByteDot = target.registerBits == 512   ? has("avx512vnni")
                      : target.registerBits == 256 ? has("avxvnni")
                                                   : false;
  target.hasBytePairs = has("ssse3") || target.registerBits > 128;
  target.hasBytePermute = has("avx512vbmi") && target.registerBits == 512;
  target.hasFastWordPermute =
      target.hasBytePermute && target.hasByteDot && has(kFastWordPermute);
  // Measured on Zen 4 and 5, and of others on an Intel Xeon with AMX.
  if (has(kFastWordPermute)) {
    target.prefetchDistance = 4096;
    target.farPrefetchDistance = 0;
  }
  target.hasByteMatrices = target.registerBits == 512 && has("amx-int8");
  target.mustAskForMatrices = target.hasByteMatrices && has(kAskForMatrices);
  return target;
}
