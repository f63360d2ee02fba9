//===- InterleavedProduct.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterleavedProduct.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

int64_t InterleavedProduct::getCodeBytes(WeightsType type) {
  return type.getPlanes() * type.getNumBlocks() * type.getBlockColumns() *
         WeightsType::kTileRows;
}

//===----------------------------------------------------------------------===//
// What one vector and several have in common
//===----------------------------------------------------------------------===//

std::pair<Value, Value>
InterleavedProduct::getGroupRange(Value group, int64_t size, int64_t count) {
  if (groups == 1)
    return {loops.index(0), loops.index(count)};
  Value begin = loops.mul(group, size);
  Value end = loops.add(begin, size);
  if (groups * size != count)
    end = loops.minUnsigned(end, loops.index(count));
  return {begin, end};
}

void InterleavedProduct::sumInputs(Value buffer, Value first, int64_t stride,
                                   int64_t count) {
  loops.forEach(count, [&](Value n) {
    Value row = loops.mul(loops.add(first, n), stride);
    loops.forEach(groups, [&](Value group) {
      auto [begin, end] =
          getGroupRange(group, getGroupColumns(), type.getColumns());
      Value sum = loops.reduce(
          begin, end, loops.integer(32, 0), [&](Value i, Value partial) {
            Value input = loops.load(buffer, loops.add(row, i), 32);
            return loops.add(partial, input);
          });
      loops.store(loops.mul(sum, -type.getZeroCode()), offsets,
                  loops.add(loops.mul(n, groups), group));
    });
  });
}

Value InterleavedProduct::loadOffset(Value vector, Value group) {
  Value position = loops.add(loops.mul(vector, groups), group);
  return vectors.splat(loops.load(offsets, position));
}

ScaledSums InterleavedProduct::makeScaledSums() {
  constexpr int64_t kLargestInput = 128;
  return {width, kLargestInput * type.getMaxMagnitude() * getGroupColumns(),
          type.getPlanes() * groups, loops, vectors};
}

/// The scales of the rows of a tile.
Value InterleavedProduct::loadScales(Value tileIndex, Value plane,
                                     Value group) {
  Value line = loops.add(loops.mul(plane, type.getNumTiles()), tileIndex);
  line = loops.add(loops.mul(line, groups), group);
  return vectors.load(scales, loops.mul(line, WeightsType::kTileRows));
}

/// The results of `count` vectors for each of some tiles, tiles outermost: the
/// sums of all planes and groups, each times its scale.
SmallVector<Value> InterleavedProduct::sumPlanesAndGroups(ArrayRef<Value> tiles,
                                                          int64_t count,
                                                          TileSums sums) {
  if (!scales) {
    SmallVector<Value> parts = sums(loops.index(0), loops.index(0));
    for (Value &part : parts)
      part = loops.cast(part, width);
    return parts;
  }
  ScaledSums scaled = makeScaledSums();
  int64_t numTerms = scaled.getNumTerms();
  SmallVector<Value> starts;
  for (size_t i = 0; i < tiles.size() * count; ++i)
    llvm::append_range(starts, scaled.begin());
  auto addGroup = [&](Value plane, Value group, MutableArrayRef<Value> terms) {
    SmallVector<Value> parts = sums(plane, group);
    for (auto [t, tileIndex] : llvm::enumerate(tiles)) {
      SmallVector<Value> scale =
          scaled.prepare(loadScales(tileIndex, plane, group));
      for (int64_t i = t * count; i < static_cast<int64_t>(t + 1) * count; ++i)
        scaled.add(terms.slice(i * numTerms, numTerms), parts[i], scale);
    }
  };
  SmallVector<Value> terms = loops.reduceAll(
      loops.index(0), loops.index(type.getPlanes()), starts,
      [&](Value plane, MutableArrayRef<Value> outer) {
        llvm::copy(
            loops.reduceAll(loops.index(0), loops.index(groups), outer,
                            [&](Value group, MutableArrayRef<Value> inner) {
                              addGroup(plane, group, inner);
                            }),
            outer.begin());
      });
  SmallVector<Value> totals;
  for (size_t i = 0; i < terms.size(); i += numTerms)
    totals.push_back(scaled.finish(ArrayRef(terms).slice(i, numTerms)));
  return totals;
}

void InterleavedProduct::storeTile(Value tileIndex, Value vector, Value sums) {
  constexpr int64_t kRows = WeightsType::kTileRows;
  Value row = loops.mul(tileIndex, kRows);
  Value first = loops.add(loops.mul(vector, type.getRows()), row);
  auto storeWhole = [&] {
    Value outputs =
        epilogue.applyToTile(sums, epilogue.loadTile(row, vectors), vectors);
    vectors.store(outputs, results, first);
  };
  if (type.getRows() % kRows == 0)
    return storeWhole();
  auto storeCut = [&] {
    vectors.storeFirst(epilogue.applyToTile(sums, cutTile, vectors),
                       type.getRows() % kRows, results, first);
  };
  if (type.getNumTiles() == 1)
    return storeCut();
  loops.choose(loops.less(tileIndex, loops.index(type.getNumTiles() - 1)),
               storeWhole, storeCut);
}

//===----------------------------------------------------------------------===//
// One vector
//===----------------------------------------------------------------------===//

Value InterleavedProduct::sumBlocks(Value tileByte, Value padded, Value group) {
  int64_t groupBlocks = getGroupColumns() / type.getBlockColumns();
  auto [begin, end] = getGroupRange(group, groupBlocks, type.getNumBlocks());
  SmallVector<Value> starts(tile.getNumSums(), vectors.splat(32, 0));
  starts.front() = loadOffset(loops.index(0), group);
  // The byte goes along: computed from the block, it would delay the loads.
  starts.push_back(loops.add(tileByte, loops.mul(begin, type.getBlockBytes())));
  SmallVector<Value> sums = loops.reduceAll(
      begin, end, starts, [&](Value block, MutableArrayRef<Value> state) {
        Value byte = state.back();
        state.back() = loops.add(byte, type.getBlockBytes());
        MutableArrayRef<Value> partials = state.drop_back();
        Value column = loops.mul(block, type.getBlockColumns());
        tile.forEachScaledQuad(byte, [&](int64_t quad, Value codes) {
          Value four = vectors.loadFour(padded, loops.add(column, 4 * quad));
          Value &partial = partials[quad % partials.size()];
          partial = vectors.dot(partial, codes, four, tile.getLargestCode());
        });
      });
  return tile.combine(ArrayRef(sums).drop_back());
}

void InterleavedProduct::lowerVector(Value input) {
  allocate(1);
  sumInputs(input, loops.index(0), type.getColumns(), 1);
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

/// Writes rows into the panel, blocks of them outermost, then quads, then the
/// rows of a block. The last columns of a last quad are 0.
void InterleavedProduct::packRows(Value first, int64_t count) {
  auto packBlock = [&](Value block, int64_t size) {
    Value to = loops.mul(block, 4 * getQuads());
    loops.forEach(size, [&](Value i) {
      Value row =
          loops.mul(loops.add(loops.add(first, block), i), type.getColumns());
      Value start = loops.add(to, loops.mul(i, 4));
      loops.forEach(type.getColumns() / 4, [&](Value quad) {
        vectors.copyFour(rows.buffer, loops.add(row, loops.mul(quad, 4)), panel,
                         loops.add(start, loops.mul(quad, 4 * size)));
      });
      Value last = loops.add(start, (getQuads() - 1) * 4 * size);
      for (int64_t j = 0; j < 4 && type.getColumns() % 4; ++j) {
        int64_t column = type.getColumns() / 4 * 4 + j;
        Value value = column < type.getColumns()
                          ? loops.load(rows.buffer, loops.add(row, column))
                          : loops.integer(8, 0);
        loops.store(value, panel, loops.add(last, j));
      }
    });
  };
  loops.forEach(count / rowsAtOnce, [&](Value block) {
    packBlock(loops.mul(block, rowsAtOnce), rowsAtOnce);
  });
  if (int64_t rest = count % rowsAtOnce)
    packBlock(loops.index(count - rest), rest);
}

void InterleavedProduct::fillPanel(Value first, int64_t count) {
  if (canUseMatrices())
    return fillMatrixPanel(first, count);
  if (!rows.copy) {
    sumInputs(rows.buffer, first, type.getColumns(), count);
    return packRows(first, count);
  }
  loops.forEach(count, [&](Value i) {
    rows.copy(loops.add(first, i), panel, loops.mul(i, 4 * getQuads()));
  });
  sumInputs(panel, loops.index(0), 4 * getQuads(), count);
}

void InterleavedProduct::unpackTile(Value tileIndex, int64_t slot) {
  loops.forEach(type.getPlanes(), [&](Value plane) {
    Value from = loops.add(loops.mul(plane, type.getPlaneBytes()),
                           loops.mul(tileIndex, type.getTileBytes()));
    Value to = loops.mul(loops.add(loops.mul(plane, tilesAtOnce), slot),
                         getPaddedQuads() * ByteVectors::kBytes);
    loops.forEach(type.getNumBlocks(),
                  [&](Value block) { unpackBlock(from, to, block); });
  });
}

/// Unpacks a block of weights that begin at byte `from`, to `to` and on: as
/// codes, or for matrix registers as what these stand for.
void InterleavedProduct::unpackBlock(Value from, Value to, Value block) {
  Value byte = loops.add(from, loops.mul(block, type.getBlockBytes()));
  Value target = loops.add(
      to, loops.mul(block, tile.getBlockQuads() * ByteVectors::kBytes));
  tile.forEachQuad(byte, [&](int64_t quad, Value codes) {
    if (canUseMatrices())
      codes = vectors.subtractBytes(codes, type.getZeroCode());
    vectors.storeBytes(codes, unpacked,
                       loops.add(target, quad * ByteVectors::kBytes));
  });
}

/// The products of `count` rows of the panel, from `block` on, with tiles that
/// are unpacked; `output` is the first row of the results.
void InterleavedProduct::lowerBlock(ArrayRef<Value> tiles, Value output,
                                    Value block, int64_t count) {
  // Rows of a block lie side by side, or one after the other where they were
  // copied whole.
  int64_t rowStride = rows.copy ? 4 * getQuads() : 4;
  int64_t quadStride = rows.copy ? 4 : 4 * count;
  Value inputs = loops.mul(block, 4 * getQuads());
  auto sums = [&](Value plane, Value group) {
    SmallVector<Value> starts;
    for (size_t t = 0; t < tiles.size(); ++t)
      for (int64_t n = 0; n < count; ++n)
        starts.push_back(loadOffset(loops.add(block, n), group));
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
          Value at = loops.add(inputs, loops.mul(quad, quadStride));
          for (int64_t n = 0; n < count; ++n) {
            Value four = vectors.loadFour(panel, loops.add(at, n * rowStride));
            for (size_t t = 0; t < tiles.size(); ++t) {
              Value &partial = partials[t * count + n];
              partial = vectors.dot(partial, tileCodes[t], four,
                                    tile.getLargestCode());
            }
          }
        });
  };
  SmallVector<Value> totals = sumPlanesAndGroups(tiles, count, sums);
  Value first = loops.add(output, block);
  for (auto [t, tileIndex] : llvm::enumerate(tiles))
    for (int64_t n = 0; n < count; ++n)
      storeTile(tileIndex, loops.add(first, n), totals[t * count + n]);
}

/// The products of the panel with some tiles from `firstTile` on.
void InterleavedProduct::lowerTiles(Value firstTile, Value output,
                                    int64_t count) {
  if (canUseMatrices())
    return lowerMatrixTiles(firstTile, output, count);
  SmallVector<Value> tiles;
  for (int64_t t = 0; t < tilesAtOnce; ++t) {
    tiles.push_back(loops.add(firstTile, t));
    unpackTile(tiles.back(), t);
  }
  loops.forEach(count / rowsAtOnce, [&](Value block) {
    lowerBlock(tiles, output, loops.mul(block, rowsAtOnce), rowsAtOnce);
  });
  if (int64_t rest = count % rowsAtOnce)
    lowerBlock(tiles, output, loops.index(count - rest), rest);
}

void InterleavedProduct::prepareRows(int64_t count) {
  int64_t tileRegisters = 512 / target.registerBits;
  if (target.numRegisters == 32 && type.getNumTiles() % 2 == 0 &&
      2 * getCodeBytes(type) <= kMostCodeBytes)
    tilesAtOnce = 2;
  // Sums leave registers for the codes and for an input.
  int64_t most = (target.numRegisters - 8) / (tilesAtOnce * tileRegisters);
  most = std::max<int64_t>(most, 1);
  // As many rows as divide their number, so that all rounds are whole.
  panelRows = count;
  while (panelRows > 1 && (count % panelRows != 0 ||
                           panelRows * 4 * getQuads() > rows.mostPanelBytes))
    --panelRows;
  rowsAtOnce = llvm::divideCeil(panelRows, llvm::divideCeil(panelRows, most));
  allocate(panelRows);
  if (canUseMatrices())
    return prepareMatrices();
  panel = loops.allocate(panelRows * 4 * getQuads(), 8);
  unpacked = loops.allocate(tilesAtOnce * getCodeBytes(type), 8);
}

void InterleavedProduct::releaseRows() {
  if (canUseMatrices())
    matrices.end();
}

void InterleavedProduct::lowerRows(Value output, int64_t count,
                                   Sharing sharing) {
  auto forEach = [&](int64_t rounds, bool isShared, LoopBuilder::Body body) {
    if (isShared)
      return loops.forEachShared(rounds, /*granule=*/1, body);
    loops.forEach(rounds, body);
  };
  forEach(count / panelRows, sharing == Sharing::Rows, [&](Value round) {
    Value first = loops.mul(round, panelRows);
    fillPanel(first, panelRows);
    forEach(type.getNumTiles() / tilesAtOnce, sharing == Sharing::Tiles,
            [&](Value i) {
              lowerTiles(loops.mul(i, tilesAtOnce), loops.add(output, first),
                         panelRows);
            });
  });
}

void InterleavedProduct::allocate(int64_t count) {
  offsets = loops.allocate(count * groups, 32);
  constexpr int64_t kRows = WeightsType::kTileRows;
  if (int64_t rest = type.getRows() % kRows)
    cutTile = epilogue.loadCutTile(type.getRows() - rest, rest, vectors);
}
