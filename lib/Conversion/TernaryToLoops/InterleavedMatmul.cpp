//===- InterleavedMatmul.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterleavedTile.h"
#include "Lowerings.h"
#include "WeightRows.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Bytes of inputs that stay in a cache near the processor while all tiles of
/// weights pass.
static constexpr int64_t kMostInputBytes = int64_t(1) << 20;
/// Bytes of unpacked codes: they lie on the stack, beside the inputs.
static constexpr int64_t kMostCodeBytes = int64_t(1) << 21;

/// Bytes of the codes of a tile, in all planes.
static int64_t getCodeBytes(WeightsType type) {
  return type.getPlanes() * type.getNumBlocks() * type.getBlockColumns() *
         WeightsType::kTileRows;
}

namespace {
/// Products with interleaved weights by vectors of 16 rows. Codes are never
/// negative: what each is above its weight is taken off by starting sums at
/// minus as many times the sum of the inputs.
class InterleavedMatmul {
public:
  InterleavedMatmul(MatmulOp op, LoopBuilder &loops,
                    const VectorTarget &target);
  void lower();

private:
  using TileSums =
      llvm::function_ref<SmallVector<Value>(Value plane, Value group)>;

  void sumInputs();
  Value loadOffset(Value vector, Value group);
  SmallVector<Value> sumPlanesAndGroups(ArrayRef<Value> tiles, int64_t count,
                                        TileSums sums);
  void storeTile(Value tile, Value vector, Value sums);

  void lowerVector();
  Value sumBlocks(Value tileByte, Value padded, Value group);

  void lowerMatrix();
  void lowerTokens(Value first, int64_t count);
  void packInputs(Value first, int64_t count);
  void unpackTile(Value tile, int64_t slot);
  void lowerTiles(Value firstTile, Value firstToken, int64_t count);
  void lowerTokenBlock(ArrayRef<Value> tiles, Value firstToken, Value token,
                       int64_t count);

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
  WeightRows weights;
  WeightsType type;
  InterleavedTile tile;
  Epilogue epilogue;
  int64_t batch, groups = 1;
  unsigned width;
  Value input, output, scales;
  /// Of each vector and group: minus the zero code times the sum of its inputs.
  Value offsets;
  /// The result of a tile, where the last one is not whole.
  Value tileResult;
  /// Inputs of a block of tokens, quad by quad, and codes of some tiles.
  Value panel, unpacked;
  int64_t tilesAtOnce = 1, tokensAtOnce = 1;
};
} // namespace

InterleavedMatmul::InterleavedMatmul(MatmulOp op, LoopBuilder &loops,
                                     const VectorTarget &target)
    : loops(loops), target(target), vectors(loops, target),
      weights(op.getWeights(), loops), type(weights.getType()),
      tile(type, weights.getBytes(), loops, vectors), epilogue(op, loops),
      batch(getShape(op.getInput())[0]),
      width(op.getAccumulatorType().getIntOrFloatBitWidth()),
      input(loops.flatten(op.getInput())), output(loops.flatten(op.getInto())) {
  if (op.getScales()) {
    groups = getShape(op.getScales())[2];
    scales = loops.flatten(op.getScales());
  }
}

//===----------------------------------------------------------------------===//
// What one vector and several have in common
//===----------------------------------------------------------------------===//

std::pair<Value, Value>
InterleavedMatmul::getGroupRange(Value group, int64_t size, int64_t count) {
  if (groups == 1)
    return {loops.index(0), loops.index(count)};
  Value begin = loops.mul(group, size);
  Value end = loops.add(begin, size);
  if (groups * size != count)
    end = loops.minUnsigned(end, loops.index(count));
  return {begin, end};
}

void InterleavedMatmul::sumInputs() {
  offsets = loops.allocate(batch * groups, 32);
  loops.forEach(batch, [&](Value n) {
    Value row = loops.mul(n, type.getColumns());
    loops.forEach(groups, [&](Value group) {
      auto [begin, end] =
          getGroupRange(group, getGroupColumns(), type.getColumns());
      Value sum = loops.reduce(
          begin, end, loops.integer(32, 0), [&](Value i, Value partial) {
            return loops.add(partial, loops.load(input, loops.add(row, i), 32));
          });
      loops.store(loops.mul(sum, -type.getZeroCode()), offsets,
                  loops.add(loops.mul(n, groups), group));
    });
  });
}

Value InterleavedMatmul::loadOffset(Value vector, Value group) {
  Value position = loops.add(loops.mul(vector, groups), group);
  return vectors.splat(loops.load(offsets, position));
}

/// The results of `count` vectors for each of some tiles, tiles outermost: the
/// sums of all planes and groups, each times its scale.
SmallVector<Value> InterleavedMatmul::sumPlanesAndGroups(ArrayRef<Value> tiles,
                                                         int64_t count,
                                                         TileSums sums) {
  if (!scales) {
    SmallVector<Value> parts = sums(loops.index(0), loops.index(0));
    for (Value &part : parts)
      part = loops.cast(part, width);
    return parts;
  }
  SmallVector<Value> totals(tiles.size() * count, vectors.splat(width, 0));
  return loops.reduceAll(
      loops.index(0), loops.index(type.getPlanes()), totals,
      [&](Value plane, MutableArrayRef<Value> outer) {
        SmallVector<Value> inner = loops.reduceAll(
            loops.index(0), loops.index(groups), outer,
            [&](Value group, MutableArrayRef<Value> partials) {
              SmallVector<Value> parts = sums(plane, group);
              for (auto [t, tileIndex] : llvm::enumerate(tiles)) {
                Value line =
                    loops.add(loops.mul(plane, type.getNumTiles()), tileIndex);
                line = loops.add(loops.mul(line, groups), group);
                Value scale = loops.cast(
                    vectors.load(scales,
                                 loops.mul(line, WeightsType::kTileRows)),
                    width);
                for (int64_t n = 0; n < count; ++n) {
                  Value part = loops.cast(parts[t * count + n], width);
                  Value &partial = partials[t * count + n];
                  partial = loops.add(partial, loops.mul(part, scale));
                }
              }
            });
        llvm::copy(inner, outer.begin());
      });
}

void InterleavedMatmul::storeTile(Value tileIndex, Value vector, Value sums) {
  constexpr int64_t kRows = WeightsType::kTileRows;
  Value row = loops.mul(tileIndex, kRows);
  Value first = loops.add(loops.mul(vector, type.getRows()), row);
  if (type.getRows() % kRows == 0)
    return vectors.store(epilogue.applyToTile(sums, row, vectors), output,
                         first);
  vectors.store(sums, tileResult, loops.index(0));
  Value end = loops.minUnsigned(loops.index(kRows),
                                loops.sub(loops.index(type.getRows()), row));
  loops.forEach(loops.index(0), end, [&](Value i) {
    Value sum = loops.load(tileResult, i);
    loops.store(epilogue.apply(sum, loops.add(row, i)), output,
                loops.add(first, i));
  });
}

//===----------------------------------------------------------------------===//
// One vector
//===----------------------------------------------------------------------===//

Value InterleavedMatmul::sumBlocks(Value tileByte, Value padded, Value group) {
  int64_t groupBlocks = getGroupColumns() / type.getBlockColumns();
  auto [begin, end] = getGroupRange(group, groupBlocks, type.getNumBlocks());
  SmallVector<Value> starts(tile.getNumSums(), vectors.splat(32, 0));
  starts.front() = loadOffset(loops.index(0), group);
  SmallVector<Value> sums = loops.reduceAll(
      begin, end, starts, [&](Value block, MutableArrayRef<Value> partials) {
        Value byte =
            loops.add(tileByte, loops.mul(block, type.getBlockBytes()));
        Value column = loops.mul(block, type.getBlockColumns());
        tile.prefetch(byte);
        tile.forEachScaledQuad(byte, [&](int64_t quad, Value codes) {
          Value four = vectors.loadFour(padded, loops.add(column, 4 * quad));
          Value &partial = partials[quad % partials.size()];
          partial = vectors.dot(partial, codes, four, tile.getLargestCode());
        });
      });
  return tile.combine(sums);
}

void InterleavedMatmul::lowerVector() {
  Value padded = input;
  int64_t columns = type.getNumBlocks() * type.getBlockColumns();
  if (columns != type.getColumns()) {
    padded = loops.allocate(columns, 8);
    loops.forEach(type.getColumns(), [&](Value i) {
      loops.store(loops.load(input, i), padded, i);
    });
    loops.forEach(
        loops.index(type.getColumns()), loops.index(columns),
        [&](Value i) { loops.store(loops.integer(8, 0), padded, i); });
  }
  loops.forEachShared(type.getNumTiles(), 1, [&](Value tileIndex) {
    auto sums = [&](Value plane, Value group) -> SmallVector<Value> {
      Value byte = loops.add(loops.mul(plane, type.getPlaneBytes()),
                             loops.mul(tileIndex, type.getTileBytes()));
      return {sumBlocks(byte, padded, group)};
    };
    Value total = sumPlanesAndGroups(tileIndex, 1, sums).front();
    storeTile(tileIndex, loops.index(0), total);
  });
}

//===----------------------------------------------------------------------===//
// Several vectors
//===----------------------------------------------------------------------===//

/// Writes the inputs of tokens into the panel, blocks of tokens outermost, then
/// quads, then tokens. The last columns of a last quad are 0.
void InterleavedMatmul::packInputs(Value first, int64_t count) {
  auto packBlock = [&](Value token, int64_t size) {
    Value to = loops.mul(token, 4 * getQuads());
    loops.forEach(size, [&](Value i) {
      Value row =
          loops.mul(loops.add(loops.add(first, token), i), type.getColumns());
      Value start = loops.add(to, loops.mul(i, 4));
      loops.forEach(type.getColumns() / 4, [&](Value quad) {
        vectors.copyFour(input, loops.add(row, loops.mul(quad, 4)), panel,
                         loops.add(start, loops.mul(quad, 4 * size)));
      });
      Value last = loops.add(start, (getQuads() - 1) * 4 * size);
      for (int64_t j = 0; j < 4 && type.getColumns() % 4; ++j) {
        int64_t column = type.getColumns() / 4 * 4 + j;
        Value value = column < type.getColumns()
                          ? loops.load(input, loops.add(row, column))
                          : loops.integer(8, 0);
        loops.store(value, panel, loops.add(last, j));
      }
    });
  };
  loops.forEach(count / tokensAtOnce, [&](Value block) {
    packBlock(loops.mul(block, tokensAtOnce), tokensAtOnce);
  });
  if (int64_t rest = count % tokensAtOnce)
    packBlock(loops.index(count - rest), rest);
}

void InterleavedMatmul::unpackTile(Value tileIndex, int64_t slot) {
  loops.forEach(type.getPlanes(), [&](Value plane) {
    Value from = loops.add(loops.mul(plane, type.getPlaneBytes()),
                           loops.mul(tileIndex, type.getTileBytes()));
    Value to = loops.mul(loops.add(loops.mul(plane, tilesAtOnce), slot),
                         getPaddedQuads() * ByteVectors::kBytes);
    loops.forEach(type.getNumBlocks(), [&](Value block) {
      Value byte = loops.add(from, loops.mul(block, type.getBlockBytes()));
      Value target = loops.add(
          to, loops.mul(block, tile.getBlockQuads() * ByteVectors::kBytes));
      tile.prefetch(byte);
      tile.forEachQuad(byte, [&](int64_t quad, Value codes) {
        vectors.storeBytes(codes, unpacked,
                           loops.add(target, quad * ByteVectors::kBytes));
      });
    });
  });
}

void InterleavedMatmul::lowerTokenBlock(ArrayRef<Value> tiles, Value firstToken,
                                        Value token, int64_t count) {
  Value inputs = loops.mul(token, 4 * getQuads());
  auto sums = [&](Value plane, Value group) {
    SmallVector<Value> starts;
    for (size_t t = 0; t < tiles.size(); ++t)
      for (int64_t n = 0; n < count; ++n)
        starts.push_back(
            loadOffset(loops.add(loops.add(firstToken, token), n), group));
    Value codes =
        loops.mul(plane, tilesAtOnce * getPaddedQuads() * ByteVectors::kBytes);
    auto [begin, end] = getGroupRange(group, getGroupColumns() / 4, getQuads());
    return loops.reduceAll(
        begin, end, starts, [&](Value quad, MutableArrayRef<Value> partials) {
          SmallVector<Value> tileCodes;
          Value from = loops.add(codes, loops.mul(quad, ByteVectors::kBytes));
          for (size_t t = 0; t < tiles.size(); ++t)
            tileCodes.push_back(vectors.loadBytes(
                unpacked,
                loops.add(from, t * getPaddedQuads() * ByteVectors::kBytes)));
          Value at = loops.add(inputs, loops.mul(quad, 4 * count));
          for (int64_t n = 0; n < count; ++n) {
            Value four = vectors.loadFour(panel, loops.add(at, 4 * n));
            for (size_t t = 0; t < tiles.size(); ++t) {
              Value &partial = partials[t * count + n];
              partial = vectors.dot(partial, tileCodes[t], four,
                                    tile.getLargestCode());
            }
          }
        });
  };
  SmallVector<Value> totals = sumPlanesAndGroups(tiles, count, sums);
  for (auto [t, tileIndex] : llvm::enumerate(tiles))
    for (int64_t n = 0; n < count; ++n)
      storeTile(tileIndex, loops.add(loops.add(firstToken, token), n),
                totals[t * count + n]);
}

void InterleavedMatmul::lowerTiles(Value firstTile, Value firstToken,
                                   int64_t count) {
  SmallVector<Value> tiles;
  for (int64_t t = 0; t < tilesAtOnce; ++t) {
    tiles.push_back(loops.add(firstTile, t));
    unpackTile(tiles.back(), t);
  }
  loops.forEach(count / tokensAtOnce, [&](Value block) {
    lowerTokenBlock(tiles, firstToken, loops.mul(block, tokensAtOnce),
                    tokensAtOnce);
  });
  if (int64_t rest = count % tokensAtOnce)
    lowerTokenBlock(tiles, firstToken, loops.index(count - rest), rest);
}

void InterleavedMatmul::lowerTokens(Value first, int64_t count) {
  packInputs(first, count);
  loops.forEachShared(type.getNumTiles() / tilesAtOnce, 1, [&](Value i) {
    lowerTiles(loops.mul(i, tilesAtOnce), first, count);
  });
}

void InterleavedMatmul::lowerMatrix() {
  int64_t tileRegisters = 512 / target.registerBits;
  if (target.numRegisters == 32 && type.getNumTiles() % 2 == 0 &&
      2 * getCodeBytes(type) <= kMostCodeBytes)
    tilesAtOnce = 2;
  // Sums leave registers for the codes and for an input.
  int64_t most = (target.numRegisters - 8) / (tilesAtOnce * tileRegisters);
  most = std::max<int64_t>(most, 1);
  // As many tokens as divide the batch, so that all are whole rounds.
  int64_t tokens = batch;
  while (tokens > 1 &&
         (batch % tokens != 0 || tokens * 4 * getQuads() > kMostInputBytes))
    --tokens;
  tokensAtOnce = llvm::divideCeil(tokens, llvm::divideCeil(tokens, most));
  panel = loops.allocate(tokens * 4 * getQuads(), 8);
  unpacked = loops.allocate(tilesAtOnce * getCodeBytes(type), 8);
  loops.forEach(batch / tokens, [&](Value round) {
    lowerTokens(loops.mul(round, tokens), tokens);
  });
}

void InterleavedMatmul::lower() {
  sumInputs();
  if (type.getRows() % WeightsType::kTileRows != 0)
    tileResult = loops.allocate(WeightsType::kTileRows, width);
  if (batch == 1)
    lowerVector();
  else
    lowerMatrix();
}

bool smelt::canUseVectors(MatmulOp op, const VectorTarget &target) {
  WeightsType type = op.getWeights().getType();
  if (!target || !type.getInterleaved() || getElementWidth(op.getInput()) != 8)
    return false;
  if (type.getLayout() == Layout::Base3 && !target.hasBytePermute)
    return false;
  if (getShape(op.getInput())[0] > 1 && getCodeBytes(type) > kMostCodeBytes)
    return false;
  int64_t groups = op.getScales() ? getShape(op.getScales())[2] : 1;
  return type.canInterleave(groups);
}

void smelt::lowerInterleavedMatmul(MatmulOp op, LoopBuilder &loops,
                                   const VectorTarget &target) {
  InterleavedMatmul(op, loops, target).lower();
}
