//===- Attention.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteVectors.h"
#include "HelperFunctions.h"
#include "Lowerings.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Positions whose weights share a step.
static constexpr int64_t kBlock = 64;

namespace {
/// Computes one head of one token after the other. The weights of its positions
/// lie in scratch memory, from the scores on.
class AttentionLowering {
public:
  AttentionLowering(AttentionOp op, LoopBuilder &loops,
                    const VectorTarget &target);
  void lower();

private:
  void lowerHead(Value token, Value head, Value positions);
  bool usesVectorDots() const;
  bool usesVectorSums() const;
  void computeDots(Value first, Value group, Value positions);
  void computeTileOfDots(Value first, Value group, Value position,
                         Value inputSum);
  Value computeScores(Value row, Value group, Value positions);
  Value computeWeights(Value largest, Value positions);
  Value weighValues(Value group, Value positions);
  Value computeStep(Value group, Value begin, Value end);
  void accumulateBlock(Value group, Value begin, Value end);
  void accumulateVectors(Value group, Value begin, Value end);
  void storeHead(Value row, Value sum, Value dropped);

  Value zero() { return loops.integer(64, 0); }
  Value toInteger(Value index) {
    return loops.getBuilder().create<arith::IndexCastOp>(
        loops.getLocation(), loops.getInteger(64), index);
  }
  /// Where the row of position `t` of the cache starts.
  Value cacheRow(Value position, Value group) {
    return loops.mul(loops.add(loops.mul(position, groups), group), size);
  }

  AttentionOp op;
  LoopBuilder &loops;
  const VectorTarget &target;
  ByteVectors vectors;
  int64_t tokens, heads, size, capacity, groups;
  unsigned queryWidth, cacheWidth;
  Value q, qAbsmax, k, kAbsmax, v, vAbsmax, into;
  /// Of each position: its dot product, its score, then its weight.
  Value weights;
  /// Of each element of the head: the sum over a block, and over all.
  Value blockSums, sums;
  /// Of each block: its largest weight.
  Value steps;
};
} // namespace

AttentionLowering::AttentionLowering(AttentionOp op, LoopBuilder &loops,
                                     const VectorTarget &target)
    : op(op), loops(loops), target(target), vectors(loops, target),
      tokens(getShape(op.getQ())[0]), heads(getShape(op.getQ())[1]),
      size(getShape(op.getQ())[2]), capacity(getShape(op.getK())[0]),
      groups(getShape(op.getK())[1]), queryWidth(getElementWidth(op.getQ())),
      cacheWidth(getElementWidth(op.getK())), q(loops.flatten(op.getQ())),
      qAbsmax(loops.flatten(op.getQAbsmax())), k(loops.flatten(op.getK())),
      kAbsmax(loops.flatten(op.getKAbsmax())), v(loops.flatten(op.getV())),
      vAbsmax(loops.flatten(op.getVAbsmax())),
      into(loops.flatten(op.getInto())) {}

bool AttentionLowering::usesVectorDots() const {
  return queryWidth == 8 && cacheWidth == 8 && target.numRegisters == 32 &&
         size % ByteVectors::kBytes == 0 && size <= 4 * ByteVectors::kBytes;
}

bool AttentionLowering::usesVectorSums() const {
  return cacheWidth == 8 && target.registerBits >= 256 &&
         size % ByteVectors::kLanes == 0;
}

/// Writes the dot products of a query, which starts at `first`, with the keys
/// of as many positions as a vector has lanes. Codes of keys are 128 above the
/// keys, which is taken off by `inputSum`, -128 times the sum of the query.
void AttentionLowering::computeTileOfDots(Value first, Value group,
                                          Value position, Value inputSum) {
  SmallVector<Value> queries;
  for (int64_t d = 0; d < size; d += ByteVectors::kBytes)
    queries.push_back(vectors.loadBytes(q, loops.add(first, d)));
  Value zeroCode = vectors.splat(32, static_cast<int32_t>(0x80808080u));
  SmallVector<Value> sums;
  for (int64_t i = 0; i < ByteVectors::kLanes; ++i) {
    Value key = cacheRow(loops.add(position, i), group);
    Value sum = vectors.splat(32, 0);
    for (auto [part, query] : llvm::enumerate(queries)) {
      Value bytes =
          vectors.loadBytes(k, loops.add(key, part * ByteVectors::kBytes));
      sum = vectors.dot(sum, loops.bitXor(bytes, zeroCode), query,
                        /*largest=*/255);
    }
    sums.push_back(sum);
  }
  Value dots = loops.add(vectors.sumLanes(sums), vectors.splat(inputSum));
  vectors.store(loops.cast(dots, 64), weights, position);
}

/// Writes the dot products of the query that starts at `first` with the keys.
void AttentionLowering::computeDots(Value first, Value group, Value positions) {
  Value begin = loops.index(0);
  if (usesVectorDots()) {
    Value inputSum =
        loops.reduce(size, loops.integer(32, 0), [&](Value d, Value partial) {
          return loops.add(partial, loops.load(q, loops.add(first, d), 32));
        });
    inputSum = loops.mul(inputSum, -128);
    Value tiles =
        loops.divideUnsigned(positions, loops.index(ByteVectors::kLanes));
    loops.forEach(begin, tiles, [&](Value tile) {
      computeTileOfDots(first, group, loops.mul(tile, ByteVectors::kLanes),
                        inputSum);
    });
    begin = loops.mul(tiles, ByteVectors::kLanes);
  }
  unsigned dotWidth = queryWidth + cacheWidth > 16 ? 64 : 32;
  loops.forEach(begin, positions, [&](Value t) {
    Value key = cacheRow(t, group);
    Value dot = loops.reduce(
        size, loops.integer(dotWidth, 0), [&](Value d, Value partial) {
          Value a = loops.load(q, loops.add(first, d), dotWidth);
          Value b = loops.load(k, loops.add(key, d), dotWidth);
          return loops.add(partial, loops.mul(a, b));
        });
    loops.store(loops.cast(dot, 64), weights, t);
  });
}

/// Writes the scores of positions; returns the largest.
Value AttentionLowering::computeScores(Value row, Value group,
                                       Value positions) {
  Value scale = loops.load(qAbsmax, row, 64);
  Value bits = bitLength(loops, scale);
  Value factor =
      loops.shiftRight(loops.mul(mantissa(loops, scale, bits),
                                 loops.integer(64, op.getScoreMultiplier())),
                       46);
  Value shift = loops.clamp(
      loops.sub(loops.integer(64, op.getScoreShift()), bits), 1, 62);
  computeDots(loops.mul(row, size), group, positions);
  Value least = loops.integer(64, std::numeric_limits<int64_t>::min());
  return loops.reduce(
      loops.index(0), positions, least, [&](Value t, Value largest) {
        Value dot = loops.shiftRight(loops.load(weights, t),
                                     queryWidth + cacheWidth - 16);
        Value keyScale =
            loops.load(kAbsmax, loops.add(loops.mul(t, groups), group), 64);
        Value score = loops.shiftRight(loops.mul(dot, keyScale), 8);
        score = loops.shiftRight(loops.mul(score, factor), shift);
        loops.store(score, weights, t);
        return loops.maxSigned(largest, score);
      });
}

/// Makes weights of scores; returns their sum.
Value AttentionLowering::computeWeights(Value largest, Value positions) {
  return loops.reduce(
      loops.index(0), positions, zero(), [&](Value t, Value sum) {
        Value score = loops.load(weights, t);
        Value weight = exp2NegativeWide(loops, loops.sub(largest, score));
        loops.store(weight, weights, t);
        return loops.add(sum, weight);
      });
}

/// Multiplies the weights of a block by the steps of their values; returns the
/// largest product, at least 1.
Value AttentionLowering::computeStep(Value group, Value begin, Value end) {
  return loops.reduce(
      begin, end, loops.integer(64, 1), [&](Value t, Value largest) {
        Value scale =
            loops.load(vAbsmax, loops.add(loops.mul(t, groups), group), 64);
        Value product = loops.mul(loops.load(weights, t), scale);
        loops.store(product, weights, t);
        return loops.maxSigned(largest, product);
      });
}

/// `accumulateBlock` with the sums in registers, as many as there are.
void AttentionLowering::accumulateVectors(Value group, Value begin, Value end) {
  constexpr int64_t kLanes = ByteVectors::kLanes;
  int64_t registers = 512 / target.registerBits;
  int64_t most = kLanes * (target.numRegisters / 2 / registers);
  for (int64_t first = 0; first < size; first += most) {
    int64_t count = std::min(most, size - first) / kLanes;
    SmallVector<Value> starts(count, vectors.splat(32, 0));
    SmallVector<Value> totals = loops.reduceAll(
        begin, end, starts, [&](Value t, MutableArrayRef<Value> partials) {
          Value code = vectors.splat(loops.cast(loops.load(weights, t), 32));
          Value value = loops.add(cacheRow(t, group), first);
          for (auto [i, partial] : llvm::enumerate(partials)) {
            Value values = vectors.load(v, loops.add(value, i * kLanes));
            partial =
                loops.add(partial, loops.mul(code, loops.cast(values, 32)));
          }
        });
    for (auto [i, total] : llvm::enumerate(totals))
      vectors.store(total, blockSums, loops.index(first + i * kLanes));
  }
}

/// Sums codes of a block's weights by its values into `blockSums`. The weights
/// in the block hold codes by now.
void AttentionLowering::accumulateBlock(Value group, Value begin, Value end) {
  if (usesVectorSums())
    return accumulateVectors(group, begin, end);
  unsigned width = cacheWidth == 8 ? 32 : 64;
  loops.forEach(size, [&](Value d) {
    loops.store(loops.integer(width, 0), blockSums, d);
  });
  loops.forEach(begin, end, [&](Value t) {
    Value code = loops.cast(loops.load(weights, t), width);
    Value value = cacheRow(t, group);
    loops.forEach(size, [&](Value d) {
      Value product =
          loops.mul(code, loops.load(v, loops.add(value, d), width));
      loops.store(loops.add(loops.load(blockSums, d), product), blockSums, d);
    });
  });
}

/// Sums the weighted values of all positions; returns how many bits of their
/// steps were dropped.
Value AttentionLowering::weighValues(Value group, Value positions) {
  Value count = loops.divideUnsigned(loops.add(positions, kBlock - 1),
                                     loops.index(kBlock));
  auto forEachBlock =
      [&](llvm::function_ref<void(Value block, Value begin, Value end)> body) {
        loops.forEach(loops.index(0), count, [&](Value block) {
          Value begin = loops.mul(block, kBlock);
          body(block, begin,
               loops.minUnsigned(loops.add(begin, kBlock), positions));
        });
      };
  forEachBlock([&](Value block, Value begin, Value end) {
    loops.store(computeStep(group, begin, end), steps, block);
  });
  Value largest =
      loops.reduce(loops.index(0), count, loops.integer(64, 1),
                   [&](Value block, Value partial) {
                     return loops.maxSigned(partial, loops.load(steps, block));
                   });
  Value dropped =
      loops.maxSigned(loops.add(bitLength(loops, largest), -24), zero());
  loops.forEach(size, [&](Value d) { loops.store(zero(), sums, d); });
  forEachBlock([&](Value block, Value begin, Value end) {
    Value step = loops.load(steps, block);
    Quantizer quantizer(loops, step, /*width=*/16);
    loops.forEach(begin, end, [&](Value t) {
      loops.store(quantizer.apply(loops.load(weights, t)), weights, t);
    });
    accumulateBlock(group, begin, end);
    Value factor = loops.shiftRight(step, dropped);
    loops.forEach(size, [&](Value d) {
      Value sum = loops.cast(loops.load(blockSums, d), 64);
      if (cacheWidth == 16)
        sum = loops.shiftRight(sum, 8);
      loops.store(loops.add(loops.load(sums, d), loops.mul(sum, factor)), sums,
                  d);
    });
  });
  return dropped;
}

/// Divides the sums by `sum` and writes the result.
void AttentionLowering::storeHead(Value row, Value sum, Value dropped) {
  Value bits = bitLength(loops, sum);
  Value reciprocal = loops.divideUnsigned(loops.integer(64, int64_t(1) << 61),
                                          mantissa(loops, sum, bits));
  Value shift =
      loops.clamp(loops.sub(loops.add(bits, op.getShift()), dropped), 1, 62);
  Value half = loops.shiftLeft(loops.integer(64, 1), loops.add(shift, -1));
  Value first = loops.mul(row, size);
  loops.forEach(size, [&](Value d) {
    Value quotient = loops.shiftRight(
        loops.mul(loops.shiftRight(loops.load(sums, d), 30), reciprocal), 31);
    Value y = loops.add(loops.mul(quotient, op.getMultiplier()), half);
    y = loops.clamp(loops.shiftRight(y, shift), llvm::minIntN(32),
                    llvm::maxIntN(32));
    loops.store(loops.cast(y, 32), into, loops.add(first, d));
  });
}

void AttentionLowering::lowerHead(Value token, Value head, Value positions) {
  Value row = loops.add(loops.mul(token, heads), head);
  Value group = loops.divideUnsigned(head, loops.index(heads / groups));
  Value largest = computeScores(row, group, positions);
  Value sum = computeWeights(largest, positions);
  Value dropped = weighValues(group, positions);
  storeHead(row, sum, dropped);
}

void AttentionLowering::lower() {
  weights = loops.allocate(capacity, 64);
  blockSums = loops.allocate(size, cacheWidth == 8 ? 32 : 64);
  sums = loops.allocate(size, 64);
  steps = loops.allocate(llvm::divideCeil(capacity, kBlock), 64);
  Value start = loops.maxSigned(
      loops.load(loops.flatten(op.getPosition()), loops.index(0), 64), zero());
  loops.forEach(tokens, [&](Value token) {
    Value positions = loops.toIndex(
        loops.minSigned(loops.add(loops.add(start, toInteger(token)), 1),
                        loops.integer(64, capacity)));
    loops.forEachShared(heads, /*granule=*/1,
                        [&](Value head) { lowerHead(token, head, positions); });
  });
}

void smelt::lowerAttention(AttentionOp op, LoopBuilder &loops,
                           const VectorTarget &target) {
  AttentionLowering(op, loops, target).lower();
}
