//===- BlockedAttention.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "ByteVectors.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// The most rows at once, and the most bytes that their dot products and codes
/// fill: of several tokens, and of one.
static constexpr int64_t kMostRows = 32;
static constexpr int64_t kMostRowBytes = 512 * 1024;
static constexpr int64_t kMostTokenBytes = 2 * 1024 * 1024;

/// Bytes of a row's dot products and codes.
static int64_t getRowBytes(int64_t capacity) {
  return llvm::alignTo(capacity, AttentionRow::kBlock) * 6;
}

namespace {
/// Computes some tokens' heads of one group together, so that keys and values
/// are unpacked for all of them. Keys are packed 16 positions at a time, four
/// elements of each in a lane; values two positions at a time, an element of
/// both in a lane.
class BlockedAttention {
public:
  BlockedAttention(AttentionOp op, LoopBuilder &loops,
                   const VectorTarget &target);
  void lower();

private:
  static constexpr int64_t kLanes = ByteVectors::kLanes;
  static constexpr int64_t kBytes = ByteVectors::kBytes;
  static constexpr int64_t kBlock = AttentionRow::kBlock;
  using RowsBody = llvm::function_ref<void(Value first, int64_t count)>;

  void chooseSizes();
  void lowerRows(Value group, Value firstToken);
  void copyQueries();
  void copyScales(Value positions);
  void fetchRow(Value cache, Value position, Value group,
                ByteVectors::Cache to);
  void packKeys(Value position);
  void multiplyKeys(Value position);
  void computeCodes(Value i, Value last);
  void packValues(Value begin, Value pairs);
  void multiplyValues(Value block, Value pairs);
  void addValues(Value block, Value pairs, Value firstRow, int64_t count,
                 Value chunk, int64_t chunks);
  void forEachRows(int64_t most, RowsBody body);
  /// Whether keys and values are read once, from memory.
  bool fetches() const { return tokensAtOnce == state.tokens; }

  Value getToken(Value i) {
    Value token = loops.divideUnsigned(i, loops.index(groupHeads));
    return loops.minUnsigned(loops.add(firstToken, token),
                             loops.index(state.tokens - 1));
  }
  /// The row of the query that is the `i`-th of those at once.
  Value getRow(Value i) {
    Value head = loops.remainderUnsigned(i, loops.index(groupHeads));
    head = loops.add(loops.mul(group, groupHeads), head);
    return loops.add(loops.mul(getToken(i), state.heads), head);
  }
  /// A position, or the last there is.
  Value limit(Value position) {
    return loops.minUnsigned(position, loops.index(state.capacity - 1));
  }

  LoopBuilder &loops;
  const VectorTarget &target;
  ByteVectors vectors;
  AttentionRow state;
  int64_t groupHeads, tokensAtOnce, rows, padded, blocks;
  /// What is computed now.
  Value group, firstToken;
  /// Of each row: its query, -128 times the query's sum, its dot products,
  /// codes and factors, and what AttentionRow returned.
  Value queries, querySums, dots, codes, factors, weightSums, droppedBits;
  /// Of each row and element: the sum over all positions.
  Value sums;
  /// Of each position.
  Value keyScales, valueScales;
  Value packedKeys, packedValues;
};
} // namespace

BlockedAttention::BlockedAttention(AttentionOp op, LoopBuilder &loops,
                                   const VectorTarget &target)
    : loops(loops), target(target), vectors(loops, target), state(op, loops) {
  chooseSizes();
  queries = loops.allocate(rows * state.size, 8);
  querySums = loops.allocate(rows, 32);
  dots = loops.allocate(rows * padded, 32);
  codes = loops.allocate(rows * padded, 16);
  factors = loops.allocate(rows * blocks, 32);
  weightSums = loops.allocate(rows, 64);
  droppedBits = loops.allocate(rows, 64);
  sums = loops.allocate(rows * state.size, 64);
  keyScales = loops.allocate(state.capacity, 32);
  valueScales = loops.allocate(state.capacity, 32);
  packedKeys = loops.allocate(kLanes * state.size, 8);
  packedValues = loops.allocate(kBlock * state.size * 2, 8);
}

void BlockedAttention::chooseSizes() {
  groupHeads = state.heads / state.groups;
  blocks = llvm::divideCeil(state.capacity, kBlock);
  padded = blocks * kBlock;
  int64_t most =
      std::min(kMostRows, kMostRowBytes / getRowBytes(state.capacity));
  // Tokens of different sequences have no keys in common.
  most = std::clamp<int64_t>(most / groupHeads, 1,
                             state.op.hasSequences() ? 1 : state.tokens);
  // Rounds of about as many tokens each.
  tokensAtOnce =
      llvm::divideCeil(state.tokens, llvm::divideCeil(state.tokens, most));
  rows = tokensAtOnce * groupHeads;
}

/// Calls `body` with parts of the rows, of at most `most`.
void BlockedAttention::forEachRows(int64_t most, RowsBody body) {
  most = llvm::divideCeil(rows, llvm::divideCeil(rows, most));
  loops.forEach(rows / most,
                [&](Value part) { body(loops.mul(part, most), most); });
  if (int64_t rest = rows % most)
    body(loops.index(rows - rest), rest);
}

//===----------------------------------------------------------------------===//
// Queries and keys
//===----------------------------------------------------------------------===//

void BlockedAttention::copyQueries() {
  loops.forEach(rows, [&](Value i) {
    Value from = loops.mul(getRow(i), state.size);
    Value to = loops.mul(i, state.size);
    Value sum = loops.reduce(
        state.size, loops.integer(32, 0), [&](Value d, Value partial) {
          Value element = loops.load(state.q, loops.add(from, d));
          loops.store(element, queries, loops.add(to, d));
          return loops.add(partial, loops.cast(element, 32));
        });
    loops.store(loops.mul(sum, -128), querySums, i);
  });
}

void BlockedAttention::copyScales(Value positions) {
  loops.forEach(loops.index(0), positions, [&](Value t) {
    Value from = state.cacheScale(t, group);
    loops.store(loops.load(state.kAbsmax, from), keyScales, t);
    loops.store(loops.load(state.vAbsmax, from), valueScales, t);
  });
}

/// Fetches the keys or values of a position.
void BlockedAttention::fetchRow(Value cache, Value position, Value group,
                                ByteVectors::Cache to) {
  Value row = state.cacheRow(limit(position), group);
  for (int64_t byte = 0; byte < state.size; byte += kBytes)
    vectors.prefetch(cache, loops.add(row, byte), to);
}

/// Packs the keys of 16 positions, as codes that are 128 above them.
void BlockedAttention::packKeys(Value position) {
  Value zeroCode = vectors.splat(32, static_cast<int32_t>(0x80808080u));
  SmallVector<Value> starts;
  for (int64_t i = 0; i < kLanes; ++i)
    starts.push_back(state.cacheRow(limit(loops.add(position, i)), group));
  if (fetches())
    for (int64_t i = 0; i < kLanes; ++i) {
      fetchRow(state.k, loops.add(position, kLanes + i), group,
               ByteVectors::Cache::First);
      fetchRow(state.v, loops.add(position, i), group,
               ByteVectors::Cache::Second);
    }
  loops.forEach(state.size / kBytes, [&](Value part) {
    Value byte = loops.mul(part, kBytes);
    SmallVector<Value> keys;
    for (Value start : starts)
      keys.push_back(loops.bitXor(
          vectors.loadBytes(state.k, loops.add(start, byte)), zeroCode));
    vectors.transpose(keys);
    Value to = loops.mul(byte, kLanes);
    for (auto [quad, key] : llvm::enumerate(keys))
      vectors.storeBytes(key, packedKeys, loops.add(to, quad * kBytes));
  });
  loops.forEach(loops.index(state.size / kBytes * kLanes),
                loops.index(state.size / 4), [&](Value quad) {
                  Value to = loops.mul(quad, kBytes);
                  for (auto [i, start] : llvm::enumerate(starts))
                    vectors.copyFour(state.k,
                                     loops.add(start, loops.mul(quad, 4)),
                                     packedKeys, loops.add(to, 4 * i));
                  vectors.storeBytes(
                      loops.bitXor(vectors.loadBytes(packedKeys, to), zeroCode),
                      packedKeys, to);
                });
}

/// Writes the dot products of all rows with the packed keys.
void BlockedAttention::multiplyKeys(Value position) {
  int64_t most = std::max<int64_t>(
      (target.numRegisters - 8) * target.registerBits / 512, 2);
  forEachRows(most, [&](Value first, int64_t count) {
    SmallVector<Value> starts;
    for (int64_t n = 0; n < count; ++n)
      starts.push_back(
          vectors.splat(loops.load(querySums, loops.add(first, n))));
    Value from = loops.mul(first, state.size);
    SmallVector<Value> results = loops.reduceAll(
        loops.index(0), loops.index(state.size / 4), starts,
        [&](Value quad, MutableArrayRef<Value> partials) {
          Value keys = vectors.loadBytes(packedKeys, loops.mul(quad, kBytes));
          Value at = loops.add(from, loops.mul(quad, 4));
          for (auto [n, partial] : llvm::enumerate(partials)) {
            Value four =
                vectors.loadFour(queries, loops.add(at, n * state.size));
            partial = vectors.dot(partial, keys, four, /*largest=*/255);
          }
        });
    Value to = loops.add(loops.mul(first, padded), position);
    for (auto [n, result] : llvm::enumerate(results))
      vectors.store(result, dots, loops.add(to, n * padded));
  });
}

//===----------------------------------------------------------------------===//
// Weights and values
//===----------------------------------------------------------------------===//

/// Makes codes of the dot products of row `i`, 0 up to the last position.
void BlockedAttention::computeCodes(Value i, Value last) {
  Value positions = state.countPositions(getToken(i));
  Value first = loops.mul(i, padded);
  Value sum = state.computeWeights(
      getRow(i), positions,
      [&](Value t) { return loops.load(dots, loops.add(first, t), 64); },
      [&](Value t) { return loops.load(keyScales, t, 64); });
  Value dropped = state.computeSteps(
      positions, [&](Value t) { return loops.load(valueScales, t, 64); });
  loops.store(sum, weightSums, i);
  loops.store(dropped, droppedBits, i);
  Value factor = loops.mul(i, blocks), count = state.countBlocks(positions);
  loops.forEach(loops.index(0), count, [&](Value block) {
    state.computeCodes(block, positions, [&](Value code, Value t) {
      loops.store(loops.cast(code, 16), codes, loops.add(first, t));
    });
    loops.store(loops.cast(state.getFactor(block, dropped), 32), factors,
                loops.add(factor, block));
  });
  Value all = state.countBlocks(last);
  loops.forEach(positions, loops.mul(all, kBlock), [&](Value t) {
    loops.store(loops.integer(16, 0), codes, loops.add(first, t));
  });
  loops.forEach(count, all, [&](Value block) {
    loops.store(loops.integer(32, 0), factors, loops.add(factor, block));
  });
}

/// Packs pairs of values from position `begin` on.
void BlockedAttention::packValues(Value begin, Value pairs) {
  auto load = [&](Value row, int64_t d) {
    return vectors.load(state.v, loops.add(row, d));
  };
  loops.forEach(loops.index(0), pairs, [&](Value pair) {
    Value position = loops.add(begin, loops.mul(pair, 2));
    Value first = state.cacheRow(limit(position), group);
    Value second = state.cacheRow(limit(loops.add(position, 1)), group);
    Value to = loops.mul(pair, 4 * state.size);
    if (fetches())
      for (int64_t i = 0; i < 2; ++i)
        fetchRow(state.k, loops.add(position, i), loops.add(group, 1),
                 ByteVectors::Cache::Second);
    for (int64_t d = 0; d < state.size; d += kLanes)
      vectors.storeBytes(vectors.zipToWords(load(first, d), load(second, d)),
                         packedValues, loops.add(to, 4 * d));
  });
}

/// Adds to the sums of some rows those over a block, of `chunks` times 16
/// elements.
void BlockedAttention::addValues(Value block, Value pairs, Value firstRow,
                                 int64_t count, Value chunk, int64_t chunks) {
  SmallVector<Value> starts(count * chunks, vectors.splat(32, 0));
  Value code = loops.add(loops.mul(firstRow, padded), loops.mul(block, kBlock));
  Value byte = loops.mul(chunk, kBytes);
  SmallVector<Value> results = loops.reduceAll(
      loops.index(0), pairs, starts,
      [&](Value pair, MutableArrayRef<Value> partials) {
        Value from = loops.add(loops.mul(pair, 4 * state.size), byte);
        SmallVector<Value> values;
        for (int64_t c = 0; c < chunks; ++c)
          values.push_back(
              vectors.loadBytes(packedValues, loops.add(from, c * kBytes)));
        Value at = loops.add(code, loops.mul(pair, 2));
        for (int64_t n = 0; n < count; ++n) {
          Value two = vectors.loadFour(codes, loops.add(at, n * padded));
          for (int64_t c = 0; c < chunks; ++c) {
            Value &partial = partials[n * chunks + c];
            partial = vectors.dotWords(partial, two, values[c]);
          }
        }
      });
  for (int64_t n = 0; n < count; ++n) {
    Value row = loops.add(firstRow, n);
    Value factor = vectors.splat(
        loops.load(factors, loops.add(loops.mul(row, blocks), block)));
    Value first =
        loops.add(loops.mul(row, state.size), loops.mul(chunk, kLanes));
    for (int64_t c = 0; c < chunks; ++c) {
      Value to = loops.add(first, c * kLanes);
      Value product = loops.mul(loops.cast(results[n * chunks + c], 64),
                                loops.cast(factor, 64));
      vectors.store(loops.add(vectors.load(sums, to), product), sums, to);
    }
  }
}

/// Adds a block's values to the sums of all rows, times their weights.
void BlockedAttention::multiplyValues(Value block, Value pairs) {
  int64_t registers = 512 / target.registerBits;
  int64_t chunks = 4 / registers, all = state.size / kLanes;
  int64_t most = target.numRegisters == 32 ? 6 : 3;
  forEachRows(most, [&](Value first, int64_t count) {
    loops.forEach(all / chunks, [&](Value part) {
      addValues(block, pairs, first, count, loops.mul(part, chunks), chunks);
    });
    if (int64_t rest = all % chunks)
      addValues(block, pairs, first, count, loops.index(all - rest), rest);
  });
}

void BlockedAttention::lowerRows(Value group, Value firstToken) {
  this->group = group;
  this->firstToken = firstToken;
  state.enterSequence(firstToken);
  Value positions = state.countPositions(getToken(loops.index(rows - 1)));
  copyQueries();
  copyScales(positions);
  Value tiles = loops.divideUnsigned(loops.add(positions, kLanes - 1),
                                     loops.index(kLanes));
  loops.forEach(loops.index(0), tiles, [&](Value tile) {
    Value position = loops.mul(tile, kLanes);
    packKeys(position);
    multiplyKeys(position);
  });
  loops.forEach(rows, [&](Value i) { computeCodes(i, positions); });
  loops.forEach(rows * state.size,
                [&](Value i) { loops.store(loops.integer(64, 0), sums, i); });
  loops.forEach(loops.index(0), state.countBlocks(positions), [&](Value block) {
    Value begin = loops.mul(block, kBlock);
    Value count =
        loops.minUnsigned(loops.sub(positions, begin), loops.index(kBlock));
    Value pairs = loops.shiftRightUnsigned(loops.add(count, 1), 1);
    packValues(begin, pairs);
    multiplyValues(block, pairs);
  });
  loops.forEach(rows, [&](Value i) {
    Value first = loops.mul(i, state.size);
    state.storeRow(
        getRow(i), loops.load(weightSums, i), loops.load(droppedBits, i),
        [&](Value d) { return loops.load(sums, loops.add(first, d)); });
  });
}

void BlockedAttention::lower() {
  // Tokens innermost: later ones heed more positions, and threads get about as
  // many of both.
  int64_t rounds = llvm::divideCeil(state.tokens, tokensAtOnce);
  loops.forEachShared(state.groups * rounds, /*granule=*/1, [&](Value unit) {
    Value group = loops.divideUnsigned(unit, loops.index(rounds));
    Value round = loops.remainderUnsigned(unit, loops.index(rounds));
    lowerRows(group, loops.mul(round, tokensAtOnce));
  });
}

bool smelt::canBlockAttention(AttentionOp op, const VectorTarget &target) {
  int64_t groupHeads = getShape(op.getQ())[1] / op.getCacheShape()[1];
  return target && getElementWidth(op.getQ()) == 8 &&
         getElementWidth(op.getK()) == 8 &&
         getShape(op.getQ()).back() % ByteVectors::kLanes == 0 &&
         groupHeads * getRowBytes(op.getCacheShape()[0]) <= kMostTokenBytes;
}

void smelt::lowerBlockedAttention(AttentionOp op, LoopBuilder &loops,
                                  const VectorTarget &target) {
  BlockedAttention(op, loops, target).lower();
}
