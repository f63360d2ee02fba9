//===- InterleavedTile.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_INTERLEAVEDTILE_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_INTERLEAVEDTILE_H

#include "ByteVectors.h"
#include <array>

namespace smelt {

/// Reads the blocks of interleaved weights. A quad is 4 columns, whose codes
/// fill one vector.
class InterleavedTile {
public:
  using Value = mlir::Value;
  /// Takes the codes of a quad of the block.
  using QuadFn = llvm::function_ref<void(int64_t quad, Value codes)>;

  InterleavedTile(ternary::WeightsType type, Value bytes, LoopBuilder &loops,
                  ByteVectors &vectors)
      : type(type), bytes(bytes), loops(loops), vectors(vectors) {}

  int64_t getBlockQuads() const { return type.getBlockColumns() / 4; }
  /// The largest code that `forEachQuad` or `forEachScaledQuad` gives.
  int64_t getLargestCode() const;

  /// The vectors that a block of `base3` is made of. Neither they nor what
  /// `forEachField` does with them depend on the order of their bytes.
  using Parts = std::array<Value, 5>;
  Parts loadParts(Value blockByte);

  /// Takes field `index` of `base3`: the number of three codes in the low 5
  /// bits of each byte, below others that do not matter.
  using FieldFn = llvm::function_ref<void(int64_t index, Value field)>;
  static constexpr int64_t kFields = 8;
  void forEachField(const Parts &parts, FieldFn body);

  /// Between the parts of the block, fetches those of a later one: the first
  /// cache can wait for a few at a time.
  void forEachQuad(Value blockByte, QuadFn body) {
    forEachCodes(blockByte, /*isExact=*/true, body);
  }

  /// As `forEachQuad`, but with codes times `1 << getScale(quad)`, which take
  /// less work.
  void forEachScaledQuad(Value blockByte, QuadFn body) {
    forEachCodes(blockByte, /*isExact=*/false, body);
  }
  int64_t getScale(int64_t quad) const;

  /// The sums that `forEachScaledQuad` is best used with: quad `q` belongs to
  /// sum `q % getNumSums()`.
  int64_t getNumSums() const;
  /// The sum of products with codes, from those sums.
  Value combine(llvm::ArrayRef<Value> sums);

private:
  /// Whether `forEachScaledQuad` leaves codes where they are in their bytes.
  bool isInPlace(int64_t quad) const;
  Value loadPart(Value blockByte, int64_t part);
  void prefetchPart(Value blockByte, int64_t part);
  void forEachCodes(Value blockByte, bool isExact, QuadFn body);
  void forEachBase3Quad(Value blockByte, QuadFn body);
  void forEachFieldQuad(Value blockByte, bool isExact, QuadFn body);

  ternary::WeightsType type;
  Value bytes;
  LoopBuilder &loops;
  ByteVectors &vectors;
};

} // namespace smelt

#endif
