//===- NeonInstructions.cpp -------------------------------------*- C++ -*-===//
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
/// NEON of AArch64 and of 32-bit ARM, whose instructions on pairs of elements
/// take half a register.
class NeonInstructions : public VectorInstructions {
public:
  NeonInstructions(LoopBuilder &loops, const VectorTarget &target)
      : VectorInstructions(loops, target),
        is64Bit(target.architecture == VectorTarget::Architecture::AArch64) {}

  Value dotBytes(Value sum, Value unsignedBytes, Value signedBytes,
                 int64_t largest) override;
  Value dotWords(Value sum, Value lhs, Value rhs) override;
  Value lookUp(ArrayRef<int8_t> table, Value indices) override;

private:
  Value dotSigned(Value sum, Value lhs, Value rhs);
  Value multiply(Value lhs, Value rhs);
  Value addPairs(Value first, Value second);
  Value addWordPairs(Value sum, Value words);

  bool is64Bit;
};
} // namespace

/// The products of two vectors of half a register, twice as wide. As plain ops
/// they would lose the instruction where LLVM knows that one is not negative.
Value NeonInstructions::multiply(Value lhs, Value rhs) {
  unsigned width = getElementTypeOrSelf(lhs).getIntOrFloatBitWidth();
  Value like = loops.cast(lhs, 2 * width);
  if (is64Bit)
    return call(width == 8 ? "llvm.aarch64.neon.smull.v8i16"
                           : "llvm.aarch64.neon.smull.v4i32",
                like, {lhs, rhs});
  return call(width == 8 ? "llvm.arm.neon.vmulls.v8i16"
                         : "llvm.arm.neon.vmulls.v4i32",
              like, {lhs, rhs});
}

/// The sums of neighbours in two vectors, one after the other.
Value NeonInstructions::addPairs(Value first, Value second) {
  bool isWords = getElementTypeOrSelf(first).getIntOrFloatBitWidth() == 16;
  if (is64Bit)
    return call(isWords ? "llvm.aarch64.neon.addp.v8i16"
                        : "llvm.aarch64.neon.addp.v4i32",
                first, {first, second});
  auto addHalf = [&](Value vector) {
    Value low = lowHalf(vector);
    return call(isWords ? "llvm.arm.neon.vpadd.v4i16"
                        : "llvm.arm.neon.vpadd.v2i32",
                low, {low, highHalf(vector)});
  };
  Value low = addHalf(first);
  return concatenate(low, addHalf(second));
}

/// `sum` plus the sums of neighbours.
Value NeonInstructions::addWordPairs(Value sum, Value words) {
  if (!is64Bit)
    return call("llvm.arm.neon.vpadals.v4i32.v8i16", sum, {sum, words});
  return loops.add(sum,
                   call("llvm.aarch64.neon.saddlp.v4i32.v8i16", sum, {words}));
}

/// `dotBytes` of signed bytes of which those of `lhs` are not -128.
Value NeonInstructions::dotSigned(Value sum, Value lhs, Value rhs) {
  if (target.hasByteDot)
    return call("llvm.aarch64.neon.sdot.v4i32.v16i8", sum, {sum, lhs, rhs});
  // Two products of 127 with -128..127 fit in 16 bits.
  Value low = multiply(lowHalf(lhs), lowHalf(rhs));
  Value high = multiply(highHalf(lhs), highHalf(rhs));
  return addWordPairs(sum, addPairs(low, high));
}

Value NeonInstructions::dotBytes(Value sum, Value unsignedBytes,
                                 Value signedBytes, int64_t largest) {
  Value lhs = bitcast(unsignedBytes, 8), rhs = bitcast(signedBytes, 8);
  if (target.hasMixedDot)
    return call("llvm.aarch64.neon.usdot.v4i32.v16i8", sum, {sum, lhs, rhs});
  if (largest <= 127)
    return dotSigned(sum, lhs, rhs);
  // u = 2 * (u >> 1) + (u & 1)
  Value half =
      dotSigned(loops.constant(sum, 0), loops.shiftRightUnsigned(lhs, 1), rhs);
  Value lowest = dotSigned(sum, loops.bitAnd(lhs, 1), rhs);
  return loops.add(lowest, loops.shiftLeft(half, 1));
}

Value NeonInstructions::dotWords(Value sum, Value lhs, Value rhs) {
  Value left = bitcast(lhs, 16), right = bitcast(rhs, 16);
  Value low = multiply(lowHalf(left), lowHalf(right));
  Value high = multiply(highHalf(left), highHalf(right));
  return loops.add(sum, addPairs(low, high));
}

Value NeonInstructions::lookUp(ArrayRef<int8_t> table, Value indices) {
  Value low = constantBytes(table.take_front(16));
  Value high = constantBytes(table.drop_front(16));
  Value bytes = bitcast(indices, 8);
  return bitcast(call("llvm.aarch64.neon.tbl2.v16i8", bytes,
                      {low, high, loops.bitAnd(bytes, 31)}),
                 32);
}

std::unique_ptr<VectorInstructions>
smelt::createNeonInstructions(LoopBuilder &loops, const VectorTarget &target) {
  return std::make_unique<NeonInstructions>(loops, target);
}
