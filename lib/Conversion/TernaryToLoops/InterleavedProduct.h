//===- InterleavedProduct.h -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_INTERLEAVEDPRODUCT_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_INTERLEAVEDPRODUCT_H

#include "ByteMatrices.h"
#include "InterleavedTile.h"
#include "ScaledSums.h"
#include "WeightRows.h"
#include <functional>

namespace smelt {

/// Rows of i8 that are multiplied with interleaved weights.
struct ProductRows {
  /// The rows, one after the other.
  mlir::Value buffer;
  /// Or, where this is given: writes row `row` to `panel` from `at` on, with
  /// zeros up to a multiple of 4 columns.
  std::function<void(mlir::Value row, mlir::Value panel, mlir::Value at)> copy;
  /// Bytes of rows that stay in a cache near the processor while all tiles of
  /// weights pass.
  int64_t mostPanelBytes = int64_t(1) << 20;
};

/// Products with interleaved weights by vectors of 16 output features. Codes
/// are never negative: what each is above its weight is taken off by starting
/// sums at minus as many times the sum of the inputs; but for matrix registers
/// when it is unpacked.
class InterleavedProduct {
public:
  using Value = mlir::Value;
  /// What threads share.
  enum class Sharing { None, Tiles, Rows };

  template <typename LinearOp>
  InterleavedProduct(LinearOp op, ProductRows rows, LoopBuilder &loops,
                     const VectorTarget &target)
      : loops(loops), target(target), vectors(loops, target),
        matrices(loops, target), weights(op.getWeights(), loops),
        type(weights.getType()), tile(type, weights.getBytes(), loops, vectors),
        epilogue(op, loops),
        width(op.getAccumulatorType().getIntOrFloatBitWidth()),
        rows(std::move(rows)), results(loops.flatten(op.getInto())) {
    if (op.getScales()) {
      groups = getShape(op.getScales())[2];
      scales = loops.flatten(op.getScales());
    }
  }

  /// Bytes of the codes of a tile, in all planes, and how many of them may lie
  /// on the stack, beside rows.
  static int64_t getCodeBytes(ternary::WeightsType type);
  static constexpr int64_t kMostCodeBytes = int64_t(1) << 21;

  /// One vector, which threads share by tiles.
  void lowerVector(Value input);

  /// Allocates memory for `lowerRows` of `count` rows.
  void prepareRows(int64_t count);
  /// `count` rows, whose results begin at row `output`.
  void lowerRows(Value output, int64_t count, Sharing sharing);
  /// Frees what `prepareRows` took.
  void releaseRows();

private:
  using TileSums =
      llvm::function_ref<llvm::SmallVector<Value>(Value plane, Value group)>;

  void allocate(int64_t count);
  void sumInputs(Value buffer, Value first, int64_t stride, int64_t count);
  Value loadOffset(Value vector, Value group);
  ScaledSums makeScaledSums();
  Value loadScales(Value tileIndex, Value plane, Value group);
  llvm::SmallVector<Value> sumPlanesAndGroups(llvm::ArrayRef<Value> tiles,
                                              int64_t count, TileSums sums);
  void storeTile(Value tile, Value row, Value sums);
  Value sumBlocks(Value tileByte, Value padded, Value group);

  void packRows(Value first, int64_t count);
  void fillPanel(Value first, int64_t count);
  void unpackTile(Value tile, int64_t slot);
  void unpackBlock(Value from, Value to, Value block);
  void lowerTiles(Value firstTile, Value output, int64_t count);
  void lowerBlock(llvm::ArrayRef<Value> tiles, Value output, Value block,
                  int64_t count);

  // With matrix registers.
  /// Columns of a plane that are multiplied together: `isFirst` of a group.
  struct Chunk {
    Value plane, firstBlock, firstStep;
    int64_t columns;
    bool isFirst;
  };

  bool canUseMatrices() const;
  int64_t getChunkColumns() const;
  int64_t getChunkQuads() const;
  int64_t getMatrixStride() const;
  int64_t getNumSteps() const;
  Value getPanelIndex(Value firstRow, Value step);
  void prepareMatrices();
  void fillMatrixPanel(Value first, int64_t count);
  Value getPartIndex(int64_t tile, Value row);
  void forEachChunk(Value plane, Value group,
                    llvm::function_ref<void(const Chunk &)> body);
  Value getChunkByte(const Chunk &chunk, Value tileIndex);
  void unpackChunk(const Chunk &chunk, Value tileIndex, int64_t slot);
  void prefetchNextTiles(const Chunk &chunk, Value firstTile, Value round,
                         int64_t rounds);
  void multiplyChunk(const Chunk &chunk, Value first, int64_t blocks);
  void sumMatrices(Value firstTile, int64_t count, Value plane, Value group);
  using RowBody = llvm::function_ref<void(int64_t tile, Value row)>;
  using SumsBody = llvm::function_ref<void(int64_t tile, Value row,
                                           llvm::MutableArrayRef<Value> sums)>;
  void forEachRowOfTiles(int64_t count, RowBody body);
  llvm::SmallVector<Value> loadTerms(int64_t tile, Value row);
  void storeTerms(int64_t tile, Value row, llvm::ArrayRef<Value> sums);
  void addMatrixParts(Value firstTile, int64_t count, Value plane, Value group,
                      bool isFirst, SumsBody store);
  void lowerMatrixTiles(Value firstTile, Value output, int64_t count);

  int64_t getGroupColumns() const {
    return llvm::divideCeil(type.getColumns(), groups);
  }
  /// Columns in whole quads.
  int64_t getQuads() const { return llvm::divideCeil(type.getColumns(), 4); }
  int64_t getPaddedQuads() const {
    return type.getNumBlocks() * tile.getBlockQuads();
  }
  /// The part of `count` units of a row that belongs to a group, where a group
  /// has `size` of them.
  std::pair<Value, Value> getGroupRange(Value group, int64_t size,
                                        int64_t count);

  LoopBuilder &loops;
  const VectorTarget &target;
  ByteVectors vectors;
  ByteMatrices matrices;
  WeightRows weights;
  ternary::WeightsType type;
  InterleavedTile tile;
  Epilogue epilogue;
  unsigned width;
  ProductRows rows;
  int64_t groups = 1;
  Value results, scales;
  /// Of each row and group: minus the zero code times the sum of its inputs.
  Value offsets;
  /// What the outputs of the last tile multiply and add, where it is not whole.
  Epilogue::Tile cutTile;
  /// Some rows, and the codes of some tiles.
  Value panel, unpacked;
  /// The sums of the rows of the panel, and those that they are added to times
  /// their scales.
  Value parts;
  llvm::SmallVector<Value> terms;
  int64_t panelRows = 1, rowsAtOnce = 1, tilesAtOnce = 1;
};

} // namespace smelt

#endif
