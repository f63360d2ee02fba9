//===- InterleavedMatrices.cpp ----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of several rows with interleaved weights by AMX, whose registers
// take tiles as they are unpacked. A chunk of columns is unpacked into the
// first cache and multiplied with all rows of the panel before the next.
//
//===----------------------------------------------------------------------===//

#include "InterleavedProduct.h"
#include <numeric>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Registers: sums of two blocks of rows with each of two tiles, these rows,
/// and these tiles.
static constexpr int64_t kFirstRows = 4;
static constexpr int64_t kFirstCodes = 6;
/// Rows that are multiplied at once: two blocks.
static constexpr int64_t kRowsAtOnce = 2 * ByteMatrices::kRows;
/// Columns of a row of a register.
static constexpr int64_t kStepColumns = ByteVectors::kBytes;
static constexpr int64_t kStepQuads = kStepColumns / 4;
/// Columns of which two tiles leave room for rows in the first cache.
static constexpr int64_t kMostChunkColumns = 576;

bool InterleavedProduct::canUseMatrices() const {
  if (!target.hasByteMatrices)
    return false;
  return groups == 1 || (getGroupColumns() % kStepColumns == 0 &&
                         type.getColumns() % getGroupColumns() == 0);
}

/// The columns of all chunks of a group but the last: whole blocks and steps.
int64_t InterleavedProduct::getChunkColumns() const {
  return llvm::alignDown(kMostChunkColumns,
                         std::lcm(type.getBlockColumns(), kStepColumns));
}

/// The room of a chunk of an unpacked tile, in quads.
int64_t InterleavedProduct::getChunkQuads() const {
  int64_t columns = std::min(getChunkColumns(), getGroupColumns());
  return std::max(llvm::alignTo(columns, type.getBlockColumns()),
                  llvm::alignTo(columns, kStepColumns)) /
         4;
}

/// Bytes of a row of the panel that is copied whole. They are an odd number of
/// cache lines, so that rows of a register lie in different sets of a cache.
int64_t InterleavedProduct::getMatrixStride() const {
  return (getNumSteps() | 1) * kStepColumns;
}

int64_t InterleavedProduct::getNumSteps() const {
  return llvm::divideCeil(type.getColumns(), kStepColumns);
}

/// Where a step of 16 rows is in the panel: row below row without gaps, or in
/// rows that were copied whole.
Value InterleavedProduct::getPanelIndex(Value firstRow, Value step) {
  if (rows.copy)
    return loops.add(loops.mul(firstRow, getMatrixStride()),
                     loops.mul(step, kStepColumns));
  return loops.add(loops.mul(firstRow, getNumSteps() * kStepColumns),
                   loops.mul(step, ByteMatrices::kBytes));
}

void InterleavedProduct::prepareMatrices() {
  int64_t room = llvm::alignTo(panelRows, ByteMatrices::kRows);
  int64_t rowBytes =
      rows.copy ? getMatrixStride() : getNumSteps() * kStepColumns;
  panel = loops.allocate(room * rowBytes, 8);
  unpacked =
      loops.allocate(tilesAtOnce * getChunkQuads() * ByteVectors::kBytes, 8);
  int64_t sums = tilesAtOnce * room * ByteVectors::kLanes;
  parts = loops.allocate(sums, 32);
  if (scales) {
    ScaledSums scaled = makeScaledSums();
    for (Value start : scaled.begin())
      terms.push_back(loops.allocate(sums, getElementWidth(start)));
  }
  matrices.begin(vectors);
}

/// Writes rows into the panel. What follows the columns of a row meets weights
/// that are 0.
void InterleavedProduct::fillMatrixPanel(Value first, int64_t count) {
  if (rows.copy)
    return loops.forEach(count, [&](Value i) {
      rows.copy(loops.add(first, i), panel, loops.mul(i, getMatrixStride()));
    });
  int64_t columns = type.getColumns(), whole = columns / kStepColumns;
  loops.forEach(count, [&](Value i) {
    Value from = loops.mul(loops.add(first, i), columns);
    Value row = loops.remainderUnsigned(i, loops.index(ByteMatrices::kRows));
    Value to = loops.add(getPanelIndex(loops.sub(i, row), loops.index(0)),
                         loops.mul(row, kStepColumns));
    loops.forEach(whole, [&](Value step) {
      vectors.storeBytes(
          vectors.loadBytes(rows.buffer,
                            loops.add(from, loops.mul(step, kStepColumns))),
          panel, loops.add(to, loops.mul(step, ByteMatrices::kBytes)));
    });
    loops.forEach(columns % kStepColumns, [&](Value j) {
      Value at = loops.add(from, loops.add(j, whole * kStepColumns));
      loops.store(loops.load(rows.buffer, at), panel,
                  loops.add(loops.add(to, whole * ByteMatrices::kBytes), j));
    });
  });
}

/// Where the sums of a row of the panel with a tile are.
Value InterleavedProduct::getPartIndex(int64_t t, Value row) {
  int64_t room = llvm::alignTo(panelRows, ByteMatrices::kRows);
  return loops.mul(loops.add(row, t * room), ByteVectors::kLanes);
}

/// Calls `body` for the chunks of a group.
void InterleavedProduct::forEachChunk(
    Value plane, Value group, llvm::function_ref<void(const Chunk &)> body) {
  int64_t columns = getChunkColumns(), blockColumns = type.getBlockColumns();
  int64_t whole = getGroupColumns() / columns;
  auto visit = [&](Value index, int64_t size, bool isFirst) {
    Value block = loops.mul(index, columns / blockColumns);
    Value step = loops.mul(index, columns / kStepColumns);
    if (groups > 1) {
      Value start = loops.mul(group, getGroupColumns() / kStepColumns);
      step = loops.add(start, step);
      start = loops.mul(group, getGroupColumns() / blockColumns);
      block = loops.add(start, block);
    }
    body({plane, block, step, size, isFirst});
  };
  if (whole > 0)
    visit(loops.index(0), columns, /*isFirst=*/true);
  loops.forEach(loops.index(1), loops.index(std::max<int64_t>(whole, 1)),
                [&](Value i) { visit(i, columns, /*isFirst=*/false); });
  if (int64_t rest = getGroupColumns() % columns)
    visit(loops.index(whole), rest, /*isFirst=*/whole == 0);
}

/// The byte where a chunk of a tile begins.
Value InterleavedProduct::getChunkByte(const Chunk &chunk, Value tileIndex) {
  Value byte = loops.add(loops.mul(chunk.plane, type.getPlaneBytes()),
                         loops.mul(tileIndex, type.getTileBytes()));
  return loops.add(byte, loops.mul(chunk.firstBlock, type.getBlockBytes()));
}

/// Unpacks a chunk of a tile. What follows its blocks becomes 0.
void InterleavedProduct::unpackChunk(const Chunk &chunk, Value tileIndex,
                                     int64_t slot) {
  Value from = getChunkByte(chunk, tileIndex);
  Value to = loops.index(slot * getChunkQuads() * ByteVectors::kBytes);
  int64_t blocks = llvm::divideCeil(chunk.columns, type.getBlockColumns());
  loops.forEach(blocks, [&](Value block) { unpackBlock(from, to, block); });
  int64_t steps = llvm::divideCeil(chunk.columns, kStepColumns);
  Value zero = vectors.splat(32, 0);
  for (int64_t quad = blocks * tile.getBlockQuads(); quad < steps * kStepQuads;
       ++quad)
    vectors.storeBytes(zero, unpacked,
                       loops.add(to, quad * ByteVectors::kBytes));
}

/// Fetches a part of the weights that come after the tiles at `firstTile`.
void InterleavedProduct::prefetchNextTiles(const Chunk &chunk, Value firstTile,
                                           Value round, int64_t rounds) {
  int64_t lines = llvm::divideCeil(chunk.columns, type.getBlockColumns()) *
                  type.getBlockBytes() / WeightsType::kPartBytes;
  int64_t share = llvm::divideCeil(lines, rounds);
  Value first = getChunkByte(chunk, loops.add(firstTile, tilesAtOnce));
  first = loops.add(first, loops.mul(round, share * WeightsType::kPartBytes));
  loops.forEach(share, [&](Value line) {
    Value at = loops.add(first, loops.mul(line, WeightsType::kPartBytes));
    for (int64_t t = 0; t < tilesAtOnce; ++t)
      vectors.prefetch(weights.getBytes(),
                       loops.add(at, t * type.getTileBytes()),
                       ByteVectors::Cache::Second);
  });
}

/// Adds the products of `blocks` blocks of rows of the panel, from row `first`
/// on, with the columns of an unpacked chunk to their sums.
void InterleavedProduct::multiplyChunk(const Chunk &chunk, Value first,
                                       int64_t blocks) {
  auto forEachSum =
      [&](llvm::function_ref<void(int64_t number, Value at)> body) {
        for (int64_t t = 0; t < tilesAtOnce; ++t)
          for (int64_t b = 0; b < blocks; ++b)
            body(t * blocks + b,
                 getPartIndex(t, loops.add(first, b * ByteMatrices::kRows)));
      };
  forEachSum([&](int64_t number, Value at) {
    if (chunk.isFirst)
      matrices.clear(number);
    else
      matrices.load(number, parts, at, ByteVectors::kBytes);
  });
  int64_t stride = rows.copy ? getMatrixStride() : kStepColumns;
  loops.forEach(llvm::divideCeil(chunk.columns, kStepColumns), [&](Value step) {
    for (int64_t b = 0; b < blocks; ++b) {
      Value row = loops.add(first, b * ByteMatrices::kRows);
      matrices.load(kFirstRows + b, panel,
                    getPanelIndex(row, loops.add(chunk.firstStep, step)),
                    stride);
    }
    Value code = loops.mul(step, ByteMatrices::kBytes);
    for (int64_t t = 0; t < tilesAtOnce; ++t)
      matrices.load(kFirstCodes + t, unpacked,
                    loops.add(code, t * getChunkQuads() * ByteVectors::kBytes),
                    ByteVectors::kBytes);
    for (int64_t t = 0; t < tilesAtOnce; ++t)
      for (int64_t b = 0; b < blocks; ++b)
        matrices.multiply(t * blocks + b, kFirstRows + b, kFirstCodes + t);
  });
  forEachSum([&](int64_t number, Value at) {
    matrices.store(number, parts, at, ByteVectors::kBytes);
  });
}

/// Computes the sums of `count` rows of the panel with some tiles, of one plane
/// and group.
void InterleavedProduct::sumMatrices(Value firstTile, int64_t count,
                                     Value plane, Value group) {
  int64_t rounds = llvm::divideCeil(count, kRowsAtOnce);
  forEachChunk(plane, group, [&](const Chunk &chunk) {
    for (int64_t t = 0; t < tilesAtOnce; ++t)
      unpackChunk(chunk, loops.add(firstTile, t), t);
    auto multiply = [&](Value round, int64_t blocks) {
      prefetchNextTiles(chunk, firstTile, round, rounds);
      multiplyChunk(chunk, loops.mul(round, kRowsAtOnce), blocks);
    };
    loops.forEach(count / kRowsAtOnce, [&](Value round) {
      multiply(round, kRowsAtOnce / ByteMatrices::kRows);
    });
    if (int64_t rest = count % kRowsAtOnce)
      multiply(loops.index(count / kRowsAtOnce),
               llvm::divideCeil(rest, ByteMatrices::kRows));
  });
}

void InterleavedProduct::forEachRowOfTiles(int64_t count, RowBody body) {
  loops.forEach(count, [&](Value n) {
    for (int64_t t = 0; t < tilesAtOnce; ++t)
      body(t, n);
  });
}

SmallVector<Value> InterleavedProduct::loadTerms(int64_t t, Value row) {
  return llvm::map_to_vector(terms, [&](Value term) {
    return vectors.load(term, getPartIndex(t, row));
  });
}

void InterleavedProduct::storeTerms(int64_t t, Value row,
                                    ArrayRef<Value> sums) {
  for (auto [term, sum] : llvm::zip_equal(terms, sums))
    vectors.store(sum, term, getPartIndex(t, row));
}

/// Adds the sums of a plane and a group, times their scales, to the terms, or
/// to nothing if they are the first, and has the results stored.
void InterleavedProduct::addMatrixParts(Value firstTile, int64_t count,
                                        Value plane, Value group, bool isFirst,
                                        SumsBody store) {
  ScaledSums scaled = makeScaledSums();
  SmallVector<SmallVector<Value>> scale;
  for (int64_t t = 0; t < tilesAtOnce; ++t)
    scale.push_back(
        scaled.prepare(loadScales(loops.add(firstTile, t), plane, group)));
  forEachRowOfTiles(count, [&](int64_t t, Value n) {
    SmallVector<Value> sums = isFirst ? scaled.begin() : loadTerms(t, n);
    scaled.add(sums, vectors.load(parts, getPartIndex(t, n)), scale[t]);
    store(t, n, sums);
  });
}

/// The products of `count` rows of the panel with some tiles from `firstTile`
/// on; `output` is the first row of the results.
void InterleavedProduct::lowerMatrixTiles(Value firstTile, Value output,
                                          int64_t count) {
  auto finish = [&](int64_t t, Value n, Value sum) {
    storeTile(loops.add(firstTile, t), loops.add(output, n), sum);
  };
  Value zero = loops.index(0);
  if (!scales) {
    sumMatrices(firstTile, count, zero, zero);
    return forEachRowOfTiles(count, [&](int64_t t, Value n) {
      Value sum = vectors.load(parts, getPartIndex(t, n));
      finish(t, n, loops.cast(sum, width));
    });
  }
  ScaledSums scaled = makeScaledSums();
  auto finishTerms = [&](int64_t t, Value n, ArrayRef<Value> sums) {
    finish(t, n, scaled.finish(sums));
  };
  auto keepTerms = [&](int64_t t, Value n, ArrayRef<Value> sums) {
    storeTerms(t, n, sums);
  };
  int64_t planes = type.getPlanes();
  if (groups == 1) {
    for (int64_t plane = 0; plane < planes; ++plane) {
      bool isLast = plane + 1 == planes;
      sumMatrices(firstTile, count, loops.index(plane), zero);
      addMatrixParts(firstTile, count, loops.index(plane), zero,
                     /*isFirst=*/plane == 0,
                     isLast ? SumsBody(finishTerms) : SumsBody(keepTerms));
    }
    return;
  }
  forEachRowOfTiles(
      count, [&](int64_t t, Value n) { storeTerms(t, n, scaled.begin()); });
  loops.forEach(planes, [&](Value plane) {
    loops.forEach(groups, [&](Value group) {
      sumMatrices(firstTile, count, plane, group);
      addMatrixParts(firstTile, count, plane, group, /*isFirst=*/false,
                     keepTerms);
    });
  });
  forEachRowOfTiles(
      count, [&](int64_t t, Value n) { finishTerms(t, n, loadTerms(t, n)); });
}
