//===- WeightRows.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_WEIGHTROWS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_WEIGHTROWS_H

#include "ByteVectors.h"

namespace smelt {

/// Where the weights of one row lie as one i8 each: at `base + plane * stride`.
struct DecodedRow {
  mlir::Value buffer;
  mlir::Value base;
  int64_t planeStride;
};

/// What weights are in memory: bytes, or for a target with words of `wordBits`
/// those that are by columns words of as many lanes, if all of them are full.
mlir::MemRefType getStorageType(ternary::WeightsType type, unsigned wordBits);

/// Reads packed weights row by row.
class WeightRows {
public:
  WeightRows(mlir::Value weights, LoopBuilder &loops);

  ternary::WeightsType getType() const { return type; }
  /// The memory of all weights, of the type that `getStorageType` says.
  mlir::Value getBytes() const { return bytes; }

  /// Allocates what `decode` needs; call it outside of all loops.
  void allocateScratch();
  /// Unpacks all planes of a row, where they are packed.
  DecodedRow decode(mlir::Value row);

  /// The first byte of a row whose layout is row-aligned.
  mlir::Value getRowByte(mlir::Value plane, mlir::Value row);
  /// The digits of a byte of `int4` (`w + 8`), `twobit` or `base3` (`w + 1`),
  /// as i32.
  llvm::SmallVector<mlir::Value> getDigits(mlir::Value byte);

private:
  bool isPacked() const;
  mlir::Value loadByte(mlir::Value position);
  void decodeByte(mlir::Value position, mlir::Value to);
  void decodeLane(mlir::Value plane, mlir::Value lane);
  void decodeDigits(mlir::Value plane, mlir::Value firstByte,
                    mlir::Value numBytes);
  void decodeBits(mlir::Value plane, mlir::Value firstByte);
  llvm::SmallVector<mlir::Value> getInterleavedCodes(mlir::Value position);
  void decodeInterleaved(mlir::Value plane, mlir::Value row);

  LoopBuilder &loops;
  ternary::WeightsType type;
  mlir::Value bytes;
  mlir::Value scratch;
  int64_t perByte;
  int64_t scratchStride = 0;
};

/// The end of each output of a linear op: nothing, or a requantization.
class Epilogue {
public:
  template <typename LinearOp>
  Epilogue(LinearOp op, LoopBuilder &loops)
      : loops(loops), rescale(op.getRescale().value_or(nullptr)),
        width(op.getResultType().getElementTypeBitWidth()) {
    multiplier = op.getMultiplier();
    offset = op.getOffset();
  }

  /// The output that belongs to an accumulator of `row`.
  mlir::Value apply(mlir::Value accumulator, mlir::Value row);

  /// What 16 rows multiply and add, as vectors; nothing if outputs are
  /// accumulators.
  struct Tile {
    mlir::Value multiplier, offset;
  };
  Tile loadTile(mlir::Value row, ByteVectors &vectors);
  /// That of the last `count` rows, fewer than 16, from `row` on.
  Tile loadCutTile(int64_t row, int64_t count, ByteVectors &vectors);
  /// The outputs that belong to a vector of accumulators.
  mlir::Value applyToTile(mlir::Value accumulators, const Tile &tile,
                          ByteVectors &vectors);

private:
  LoopBuilder &loops;
  ternary::RescaleAttr rescale;
  unsigned width;
  mlir::Value multiplier;
  mlir::Value offset;
};

/// `WeightsType::getScaleIndex` of a row that is not known.
mlir::Value getScaleIndex(LoopBuilder &loops, ternary::WeightsType type,
                          mlir::Value plane, mlir::Value row, mlir::Value group,
                          int64_t groups);

/// Element `index` of a vector, or its only element.
mlir::Value loadVector(LoopBuilder &loops, mlir::Value vector,
                       mlir::Value index);

} // namespace smelt

#endif
