//===- X86Instructions.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorInstructions.h"

using namespace mlir;
using namespace smelt;

namespace {
class X86Instructions : public VectorInstructions {
public:
  X86Instructions(LoopBuilder &loops, const VectorTarget &target)
      : VectorInstructions(loops, target) {}

  Value dotBytes(Value sum, Value unsignedBytes, Value signedBytes,
                 int64_t largest) override;
  Value dotWords(Value sum, Value lhs, Value rhs) override;
  Value lookUp(ArrayRef<int8_t> table, Value indices) override;

private:
  Value addPairs(Value like, Value lhs, Value rhs);
  StringRef choose(StringRef for128, StringRef for256, StringRef for512) const {
    return target.registerBits == 512   ? for512
           : target.registerBits == 256 ? for256
                                        : for128;
  }
};
} // namespace

/// The products of 2 words in each lane.
Value X86Instructions::addPairs(Value like, Value lhs, Value rhs) {
  return call(choose("llvm.x86.sse2.pmadd.wd", "llvm.x86.avx2.pmadd.wd",
                     "llvm.x86.avx512.pmaddw.d.512"),
              like, {lhs, rhs});
}

Value X86Instructions::dotBytes(Value sum, Value unsignedBytes,
                                Value signedBytes, int64_t largest) {
  if (target.hasByteDot)
    return call(target.registerBits == 512 ? "llvm.x86.avx512.vpdpbusd.512"
                                           : "llvm.x86.avx512.vpdpbusd.256",
                sum, {sum, unsignedBytes, signedBytes});
  // Two products of 128 with -128..127 fit in 16 bits.
  if (target.hasBytePairs && largest <= 128) {
    Value pairs = call(choose("llvm.x86.ssse3.pmadd.ub.sw.128",
                              "llvm.x86.avx2.pmadd.ub.sw",
                              "llvm.x86.avx512.pmaddubs.w.512"),
                       bitcast(unsignedBytes, 16),
                       {bitcast(unsignedBytes, 8), bitcast(signedBytes, 8)});
    return loops.add(sum, addPairs(sum, pairs, loops.constant(pairs, 1)));
  }
  return dotBytesAsWords(
      sum, unsignedBytes, signedBytes,
      [&](Value lhs, Value rhs) { return addPairs(sum, lhs, rhs); });
}

Value X86Instructions::dotWords(Value sum, Value lhs, Value rhs) {
  if (target.hasByteDot && target.registerBits == 512)
    return call("llvm.x86.avx512.vpdpwssd.512", sum, {sum, lhs, rhs});
  return loops.add(sum, addPairs(sum, bitcast(lhs, 16), bitcast(rhs, 16)));
}

Value X86Instructions::lookUp(ArrayRef<int8_t> table, Value indices) {
  // vpermb heeds 6 bits.
  SmallVector<int8_t> twice(table);
  twice.append(table.begin(), table.end());
  Value entries = constantBytes(twice);
  return bitcast(call("llvm.x86.avx512.permvar.qi.512", entries,
                      {entries, bitcast(indices, 8)}),
                 32);
}

std::unique_ptr<VectorInstructions>
smelt::createX86Instructions(LoopBuilder &loops, const VectorTarget &target) {
  return std::make_unique<X86Instructions>(loops, target);
}
