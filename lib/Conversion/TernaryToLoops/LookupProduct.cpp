//===- LookupProduct.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of many rows with weights of base 3 whose fields are not unpacked to
// three codes but used as they are: they look up one of the 27 sums that three
// inputs have. A table of these sums fits a register, and is used for all
// output features.
//
//===----------------------------------------------------------------------===//

#include "InterleavedTile.h"
#include "Lowerings.h"
#include "WeightRows.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <array>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Output features of a vector of words: those of two tiles in turn.
static constexpr int64_t kPairRows = 2 * WeightsType::kTileRows;
/// Rows of input that are multiplied at once.
static constexpr int64_t kRowsAtOnce = 4;
/// Blocks of columns, of which each has 32 fields in a row, whose sums fit 16
/// bits: 2 * 32 * 3 * 128 < 2^15.
static constexpr int64_t kChunkBlocks = 2;
static constexpr int64_t kBlockFields = 32;
/// Rows of input whose tables stay in the second cache, 4 KiB each.
static constexpr int64_t kMostRows = 128;

bool smelt::canUseLookups(MatmulOp op, const VectorTarget &target) {
  WeightsType type = op.getWeights().getType();
  return target.hasFastWordPermute && type.getInterleaved() &&
         type.getLayout() == Layout::Base3 && type.getPlanes() == 1 &&
         type.getRows() % kPairRows == 0 && !op.getScales() &&
         !op.getMultiplier() && op.getAccumulatorType().isInteger(32) &&
         getElementWidth(op.getInput()) == 8 &&
         getShape(op.getInput())[0] >= kRowsAtOnce;
}

namespace {
class LookupProduct {
public:
  LookupProduct(MatmulOp op, LoopBuilder &loops, const VectorTarget &target);
  void lower();

private:
  /// Blocks of which all products are added to the results together.
  struct Chunk {
    Value firstBlock;
    int64_t numBlocks;
    /// Whether the last of the blocks goes beyond the columns.
    bool isCut;
  };

  void lowerRound(Value first);
  int64_t getNumGroups() const {
    return type.getRows() / (pairsAtOnce * kPairRows);
  }
  void addChunk(const Chunk &chunk);
  void makeTables(Value row, const Chunk &chunk);
  Value getTableIndex(Value row);
  void gatherInputs(Value row, const Chunk &chunk);
  Value loadHalfBlock(Value row, const Chunk &chunk, int64_t block,
                      int64_t half);
  void prefetchNextGroup(Value group, const Chunk &chunk);
  void unpackGroup(Value group, const Chunk &chunk);
  std::array<InterleavedTile::Parts, 2>
  zipWords(const InterleavedTile::Parts &first,
           const InterleavedTile::Parts &second);
  void multiplyRows(Value group, Value row, int64_t count, const Chunk &chunk);
  void addToResults(Value group, Value row, int64_t pair, Value words);
  Value getResultIndex(Value group, Value row, int64_t tile);

  LoopBuilder &loops;
  ByteVectors vectors;
  WeightRows weights;
  WeightsType type;
  InterleavedTile tile;
  Value input, results;
  int64_t count, pairsAtOnce = 4, rowsOfRound;
  Value firstRow;
  /// The bits of results that a chunk is added to: none for the first.
  Value keptBits;
  /// The tables of the fields of a chunk, for each row.
  Value tables;
  /// The inputs of the fields of a chunk of one row, plus 128, and a block that
  /// is cut.
  Value fieldInputs, cutBlock;
  /// The fields of a chunk and of some tiles, as words.
  Value fields;
};
} // namespace

LookupProduct::LookupProduct(MatmulOp op, LoopBuilder &loops,
                             const VectorTarget &target)
    : loops(loops), vectors(loops, target), weights(op.getWeights(), loops),
      type(weights.getType()), tile(type, weights.getBytes(), loops, vectors),
      input(loops.flatten(op.getInput())), results(loops.flatten(op.getInto())),
      count(getShape(op.getInput())[0]),
      rowsOfRound(std::min(count, kMostRows)) {
  while (type.getRows() % (pairsAtOnce * kPairRows) != 0)
    pairsAtOnce /= 2;
  int64_t chunkBytes = kChunkBlocks * kBlockFields * ByteVectors::kBytes;
  tables =
      loops.allocate(llvm::alignTo(rowsOfRound, kRowsAtOnce) * chunkBytes, 8);
  fields = loops.allocate(pairsAtOnce * chunkBytes, 8);
  fieldInputs = loops.allocate(kChunkBlocks * kBlockFields * 4, 8);
  if (type.getColumns() % type.getBlockColumns() != 0)
    cutBlock = loops.allocate(type.getBlockColumns(), 8);
}

void LookupProduct::lower() {
  int64_t rest = count % rowsOfRound;
  loops.forEach(count / rowsOfRound, [&](Value round) {
    lowerRound(loops.mul(round, rowsOfRound));
  });
  if (!rest)
    return;
  rowsOfRound = rest;
  lowerRound(loops.index(count - rest));
}

/// The results of some rows of input from `first` on.
void LookupProduct::lowerRound(Value first) {
  firstRow = first;
  int64_t whole = type.getColumns() / type.getBlockColumns();
  int64_t chunks = whole / kChunkBlocks;
  loops.forEach(chunks, [&](Value i) {
    addChunk({loops.mul(i, kChunkBlocks), kChunkBlocks, /*isCut=*/false});
  });
  if (int64_t rest = type.getNumBlocks() - chunks * kChunkBlocks)
    addChunk({loops.index(chunks * kChunkBlocks), rest,
              /*isCut=*/type.getNumBlocks() != whole});
}

void LookupProduct::addChunk(const Chunk &chunk) {
  Value isNotFirst = loops.less(loops.index(0), chunk.firstBlock);
  keptBits = vectors.splat(loops.cast(isNotFirst, 32));
  loops.forEach(rowsOfRound, [&](Value row) { makeTables(row, chunk); });
  loops.forEachShared(getNumGroups(), /*granule=*/1, [&](Value group) {
    unpackGroup(group, chunk);
    prefetchNextGroup(group, chunk);
    loops.forEach(rowsOfRound / kRowsAtOnce, [&](Value i) {
      multiplyRows(group, loops.mul(i, kRowsAtOnce), kRowsAtOnce, chunk);
    });
    if (int64_t rest = rowsOfRound % kRowsAtOnce)
      multiplyRows(group, loops.index(rowsOfRound - rest), rest, chunk);
  });
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

/// The last 64 of the 96 inputs of a block, or the first.
Value LookupProduct::loadHalfBlock(Value row, const Chunk &chunk, int64_t block,
                                   int64_t half) {
  int64_t blockColumns = type.getBlockColumns();
  int64_t offset = half * (blockColumns - ByteVectors::kBytes);
  if (chunk.isCut && block == chunk.numBlocks - 1)
    return vectors.loadBytes(cutBlock, loops.index(offset));
  Value column = loops.mul(loops.add(chunk.firstBlock, block), blockColumns);
  Value start = loops.mul(loops.add(firstRow, row), type.getColumns());
  return vectors.loadBytes(input, loops.add(loops.add(start, column), offset));
}

/// Brings the three inputs of each field of a chunk together. Field
/// `4*s + j` of a block has columns `12*s + j`, `12*s + 4 + j` and
/// `12*s + 8 + j`.
void LookupProduct::gatherInputs(Value row, const Chunk &chunk) {
  int64_t blockColumns = type.getBlockColumns();
  if (chunk.isCut) {
    // What follows the columns belongs to weights of 0.
    int64_t begin = type.getColumns() / blockColumns * blockColumns;
    Value start = loops.mul(loops.add(firstRow, row), type.getColumns());
    loops.forEach(type.getColumns() - begin, [&](Value i) {
      Value position = loops.add(loops.add(start, begin), i);
      loops.store(loops.load(input, position), cutBlock, i);
    });
  }
  Value sign = vectors.splat(32, llvm::SignExtend64<32>(0x80808080));
  for (int64_t block = 0; block < chunk.numBlocks; ++block)
    for (int64_t half = 0; half < 2; ++half) {
      SmallVector<int64_t> order;
      for (int64_t field = 0; field < kBlockFields / 2; ++field) {
        int64_t first = 12 * (4 * half + field / 4) + field % 4 -
                        half * (blockColumns - ByteVectors::kBytes);
        order.append({first, first + 4, first + 8, first});
      }
      Value gathered =
          vectors.shuffleBytes(loadHalfBlock(row, chunk, block, half), order);
      vectors.storeBytes(loops.bitXor(gathered, sign), fieldInputs,
                         loops.index((2 * block + half) * ByteVectors::kBytes));
    }
}

/// Where the first table of a row is. Those of some rows lie side by side.
Value LookupProduct::getTableIndex(Value row) {
  Value rest = loops.remainderUnsigned(row, loops.index(kRowsAtOnce));
  Value first = loops.mul(loops.sub(row, rest), kChunkBlocks * kBlockFields);
  return loops.mul(loops.add(first, rest), ByteVectors::kBytes);
}

/// The sums that the three inputs of each field can have, by its number. The
/// products are those of the inputs plus 128, less 128 times the weights.
void LookupProduct::makeTables(Value row, const Chunk &chunk) {
  gatherInputs(row, chunk);
  std::array<SmallVector<int8_t>, 2> bytes;
  std::array<SmallVector<int32_t>, 2> starts;
  // `packWords` takes four lanes of each vector in turn.
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t lane = 0; lane < ByteVectors::kLanes; ++lane) {
      int64_t field = lane / 4 * 8 + half * 4 + lane % 4;
      int32_t sum = 0;
      for (int64_t digit = 0; digit < 3; ++digit, field /= 3) {
        auto weight = static_cast<int8_t>(field % 3 - 1);
        bytes[half].push_back(weight);
        sum += weight;
      }
      bytes[half].push_back(0);
      starts[half].push_back(-128 * sum);
    }
  std::array<Value, 2> products, sums;
  for (int64_t half = 0; half < 2; ++half) {
    products[half] = vectors.constantBytes(bytes[half]);
    sums[half] = vectors.constantLanes(starts[half]);
  }
  Value first = getTableIndex(row);
  loops.forEach(chunk.numBlocks * kBlockFields, [&](Value field) {
    Value inputs = vectors.loadFour(fieldInputs, loops.mul(field, 4));
    std::array<Value, 2> entries;
    for (int64_t half = 0; half < 2; ++half)
      entries[half] = vectors.dot(sums[half], inputs, products[half],
                                  /*largest=*/255);
    vectors.storeBytes(
        vectors.toLanes(vectors.packWords(entries[0], entries[1])), tables,
        loops.add(first, loops.mul(field, kRowsAtOnce * ByteVectors::kBytes)));
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Fetches the weights of a chunk that the next group reads: parts of tiles,
/// which lie far apart.
void LookupProduct::prefetchNextGroup(Value group, const Chunk &chunk) {
  int64_t tiles = 2 * pairsAtOnce;
  Value first =
      loops.add(loops.mul(loops.add(group, 1), tiles * type.getTileBytes()),
                loops.mul(chunk.firstBlock, type.getBlockBytes()));
  for (int64_t i = 0; i < tiles; ++i)
    for (int64_t byte = 0; byte < chunk.numBlocks * type.getBlockBytes();
         byte += ByteVectors::kBytes)
      vectors.prefetch(weights.getBytes(),
                       loops.add(first, i * type.getTileBytes() + byte));
}

/// Makes the fields of pairs of tiles words: those of the first in the even
/// ones. What is above the low 5 bits does not matter.
void LookupProduct::unpackGroup(Value group, const Chunk &chunk) {
  auto store = [&](int64_t index, int64_t pair, Value words) {
    vectors.storeBytes(
        words, fields,
        loops.index((index * pairsAtOnce + pair) * ByteVectors::kBytes));
  };
  for (int64_t pair = 0; pair < pairsAtOnce; ++pair)
    for (int64_t block = 0; block < chunk.numBlocks; ++block) {
      Value firstTile = loops.add(loops.mul(group, 2 * pairsAtOnce), 2 * pair);
      Value byte = loops.add(
          loops.mul(firstTile, type.getTileBytes()),
          loops.mul(loops.add(chunk.firstBlock, block), type.getBlockBytes()));
      std::array<InterleavedTile::Parts, 2> halves =
          zipWords(tile.loadParts(byte),
                   tile.loadParts(loops.add(byte, type.getTileBytes())));
      for (int64_t half = 0; half < 2; ++half)
        tile.forEachField(halves[half], [&](int64_t i, Value field) {
          int64_t index = kBlockFields * block + 4 * i + 2 * half;
          store(index, pair, field);
          store(index + 1, pair, loops.shiftRightUnsigned(field, 8));
        });
    }
}

/// The low words of the lanes of two tiles in turn, and the high ones.
std::array<InterleavedTile::Parts, 2>
LookupProduct::zipWords(const InterleavedTile::Parts &first,
                        const InterleavedTile::Parts &second) {
  Value lowWords = vectors.splat(32, 0xffff);
  Value highWords = vectors.splat(32, llvm::SignExtend64<32>(0xffff0000));
  std::array<InterleavedTile::Parts, 2> zipped;
  for (size_t i = 0; i < first.size(); ++i) {
    zipped[0][i] = loops.bitOr(loops.bitAnd(first[i], lowWords),
                               loops.shiftLeft(second[i], 16));
    zipped[1][i] = loops.bitOr(loops.shiftRightUnsigned(first[i], 16),
                               loops.bitAnd(second[i], highWords));
  }
  return zipped;
}

void LookupProduct::multiplyRows(Value group, Value row, int64_t count,
                                 const Chunk &chunk) {
  Value zero = vectors.toWords(vectors.splat(32, 0));
  SmallVector<Value> starts(pairsAtOnce * count, zero);
  Value firstTable = getTableIndex(row);
  SmallVector<Value> sums = loops.reduceAll(
      loops.index(0), loops.index(chunk.numBlocks * kBlockFields), starts,
      [&](Value field, MutableArrayRef<Value> partials) {
        SmallVector<Value> indices;
        Value from = loops.mul(field, pairsAtOnce * ByteVectors::kBytes);
        for (int64_t pair = 0; pair < pairsAtOnce; ++pair)
          indices.push_back(vectors.toWords(vectors.loadBytes(
              fields, loops.add(from, pair * ByteVectors::kBytes))));
        Value at = loops.add(
            firstTable, loops.mul(field, kRowsAtOnce * ByteVectors::kBytes));
        for (int64_t n = 0; n < count; ++n) {
          Value table = vectors.toWords(vectors.loadBytes(
              tables, loops.add(at, n * ByteVectors::kBytes)));
          for (int64_t pair = 0; pair < pairsAtOnce; ++pair) {
            Value &partial = partials[n * pairsAtOnce + pair];
            partial =
                loops.add(partial, vectors.lookUpWords(table, indices[pair]));
          }
        }
      });
  for (int64_t n = 0; n < count; ++n)
    for (int64_t pair = 0; pair < pairsAtOnce; ++pair)
      addToResults(group, loops.add(row, n), pair,
                   vectors.toLanes(sums[n * pairsAtOnce + pair]));
}

void LookupProduct::addToResults(Value group, Value row, int64_t pair,
                                 Value words) {
  for (int64_t i = 0; i < 2; ++i) {
    Value one = vectors.splat(32, i == 0 ? 1 : 1 << 16);
    Value at = getResultIndex(group, row, 2 * pair + i);
    Value sum = loops.bitAnd(vectors.load(results, at), keptBits);
    vectors.store(vectors.dotWords(sum, words, one), results, at);
  }
}

/// Where the results of a row of input and a tile of a group are.
Value LookupProduct::getResultIndex(Value group, Value row, int64_t tile) {
  Value start = loops.mul(loops.add(firstRow, row), type.getRows());
  Value feature = loops.add(loops.mul(group, pairsAtOnce * kPairRows),
                            tile * WeightsType::kTileRows);
  return loops.add(start, feature);
}

void smelt::lowerLookupMatmul(MatmulOp op, LoopBuilder &loops,
                              const VectorTarget &target) {
  LookupProduct(op, loops, target).lower();
}
