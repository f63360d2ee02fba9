//===- ColumnSums.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_COLUMNSUMS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_COLUMNSUMS_H

#include "WeightRows.h"

namespace smelt {

/// A buffer of i8, and where to begin in it.
struct ColumnInputs {
  mlir::Value buffer;
  mlir::Value first;
};

/// Sums of inputs times weights of the layout `columns`, for one tile of lanes
/// at a time. Four columns are added to all lanes in a loop of a constant
/// number of rounds, which C compilers turn into vectors of 16 bits.
///
/// Those wrap, so that a stretch of columns has to end before the sum of its
/// products can exceed 16 bits: `kMostColumns` of i8.
///
/// Weights in words are for processors without vectors, of which one
/// multiplication takes all lanes of 16 bits in a word: the digits of every
/// second byte. Each lane borrows from the next what it lacks, which is given
/// back when the stretch ends.
class ColumnSums {
public:
  static constexpr int64_t kMostColumns = 255;

  /// Allocates the sums; call it outside of all loops. Without `hasStretches`,
  /// one stretch has all columns.
  ColumnSums(mlir::Value weights, LoopBuilder &loops, bool hasStretches);

  int64_t getNumTiles() const { return type.getNumLaneTiles(); }

  void beginTile(mlir::Value tile);
  /// Adds what `addInputs` adds; it is given 0, and returns the sum of inputs.
  void addStretch(llvm::function_ref<mlir::Value(mlir::Value zero)> addInputs);
  /// How many times four columns it is best to add in a round of a loop, where
  /// their number is a multiple of `quads`.
  int64_t getRoundQuads(int64_t quads) const;
  /// Adds `4 * quads` columns in each of some rounds, from column `4 * quad`
  /// on, and their inputs to `inputSum`.
  mlir::Value addColumns(ColumnInputs inputs, mlir::Value quad,
                         mlir::Value rounds, int64_t quads,
                         mlir::Value inputSum);
  /// Adds the columns, fewer than four, that follow all others.
  mlir::Value addLastColumns(ColumnInputs inputs, mlir::Value inputSum);

  /// Calls `body` with each row of the tile and the sum of each of its planes,
  /// in 32 bits.
  void forEachRow(llvm::function_ref<void(mlir::Value row,
                                          llvm::ArrayRef<mlir::Value> dots)>
                      body);

private:
  /// Lanes of 16 bits in a word.
  int64_t getWordLanes() const { return getElementWidth(bytes) / 16; }
  bool hasWords() const { return getElementWidth(bytes) > 8; }
  void clear(mlir::Value sums);
  llvm::SmallVector<mlir::Value> loadInputs(ColumnInputs inputs,
                                            mlir::Value quad, int64_t count);
  void addQuads(llvm::ArrayRef<mlir::Value> inputs, mlir::Value quad);
  void addWordQuads(llvm::ArrayRef<mlir::Value> inputs, mlir::Value quad);
  void addWordStretch();
  mlir::Value getStretchSum(mlir::Value lane, mlir::Value inputSum);

  LoopBuilder &loops;
  ternary::WeightsType type;
  mlir::Value bytes;
  /// Of a stretch in 16 bits, or in words of several lanes, and of all of them
  /// in 32.
  mlir::Value narrow, wide;
  mlir::Value tile;
  /// Of the last stretch.
  mlir::Value inputSum;
};

} // namespace smelt

#endif
