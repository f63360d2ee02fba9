//===- ByteVectors.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_BYTEVECTORS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_BYTEVECTORS_H

#include "LoopBuilder.h"
#include "VectorInstructions.h"

namespace smelt {

/// Arithmetic on vectors of 16 lanes, of which each is an i32 or 4 bytes. On
/// processors with narrower registers a vector takes several.
class ByteVectors {
public:
  using Value = mlir::Value;
  static constexpr int64_t kLanes = 16;
  static constexpr int64_t kBytes = 64;

  ByteVectors(LoopBuilder &loops, const VectorTarget &target)
      : loops(loops), target(target),
        instructions(VectorInstructions::create(loops, target)) {}

  const VectorTarget &getTarget() const { return target; }
  mlir::VectorType getType(unsigned width) const;
  /// A number of any width in each lane.
  Value splat(Value number);
  Value splat(unsigned width, int64_t number);

  /// The 64 bytes from `index` on, as 16 lanes.
  Value loadBytes(Value buffer, Value index);
  /// The elements of 4 bytes from `index` on, in each lane.
  Value loadFour(Value buffer, Value index);
  /// 16 elements of a buffer.
  Value load(Value buffer, Value index);
  void store(Value vector, Value buffer, Value index);
  /// Stores lanes of 4 bytes into a buffer of bytes.
  void storeBytes(Value vector, Value buffer, Value index);
  /// Stores the first `count` elements, fewer than 16.
  void storeFirst(Value vector, int64_t count, Value buffer, Value index);
  void copyFour(Value from, Value fromIndex, Value to, Value toIndex);
  enum class Cache { First, Second };
  void prefetch(Value buffer, Value index, Cache cache = Cache::First);

  /// `sum` plus, in each lane, the products of 4 unsigned and 4 signed bytes.
  /// No unsigned byte is larger than `largest`.
  Value dot(Value sum, Value unsignedBytes, Value signedBytes, int64_t largest);
  /// Each of the 64 bytes minus a number.
  Value subtractBytes(Value vector, int64_t number);
  Value constantBytes(llvm::ArrayRef<int8_t> bytes);
  Value constantLanes(llvm::ArrayRef<int32_t> lanes);
  /// The bytes of a vector at 64 indices.
  Value shuffleBytes(Value vector, llvm::ArrayRef<int64_t> indices);
  /// Two vectors of 16 bytes as lanes of 2 words, one of either.
  Value zipToWords(Value first, Value second);
  /// Swaps rows and lanes of 16 vectors.
  void transpose(llvm::MutableArrayRef<Value> rows);
  /// As 32 words, or as 16 lanes again.
  Value toWords(Value vector) { return bitcast(vector, 2 * kLanes, 16); }
  Value toLanes(Value vector) { return bitcast(vector, kLanes, 32); }
  /// The high 32 bits of `lhs * rhs + addend`, of i32, i32 and i64.
  Value multiplyAddHigh(Value lhs, Value rhs, Value addend);
  /// `sum` plus, in each lane, the products of 2 and 2 signed words.
  Value dotWords(Value sum, Value lhs, Value rhs);
  /// The words of a table of 32 entries at the low 5 bits of each word.
  Value lookUpWords(Value table, Value indices);
  /// The words of two vectors of i32, saturated: by fours from each in turn.
  Value packWords(Value first, Value second);

  /// The bytes of a table of 256 entries, four vectors, at each byte plus 128.
  Value lookUpSigned(llvm::ArrayRef<Value> table, Value indices);
  /// The bytes of a table of 32 entries at the low 5 bits of each byte.
  Value lookUp(llvm::ArrayRef<int8_t> table, Value indices);

private:
  Value loadWord(Value buffer, Value index);
  Value call(llvm::StringRef intrinsic, Value like, mlir::ValueRange operands);
  Value bitcast(Value vector, int64_t lanes, unsigned width);
  Value shuffle(Value first, Value second, llvm::ArrayRef<int64_t> lanes);
  Value
  mapRegisters(llvm::ArrayRef<Value> operands,
               llvm::function_ref<Value(llvm::ArrayRef<Value> parts)> part);

  LoopBuilder &loops;
  const VectorTarget &target;
  std::unique_ptr<VectorInstructions> instructions;
};

} // namespace smelt

#endif
