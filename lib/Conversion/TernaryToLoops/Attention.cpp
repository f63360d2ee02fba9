//===- Attention.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "HelperFunctions.h"
#include "Lowerings.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

AttentionRow::AttentionRow(AttentionOp op, LoopBuilder &loops)
    : op(op), loops(loops), tokens(getShape(op.getQ())[0]),
      heads(getShape(op.getQ())[1]), size(getShape(op.getQ())[2]),
      capacity(op.getCacheShape()[0]), groups(op.getCacheShape()[1]),
      queryWidth(getElementWidth(op.getQ())),
      cacheWidth(getElementWidth(op.getK())), q(loops.flatten(op.getQ())),
      qAbsmax(loops.flatten(op.getQAbsmax())),
      into(loops.flatten(op.getInto())), weights(loops.allocate(capacity, 64)),
      steps(loops.allocate(llvm::divideCeil(capacity, kBlock), 64)) {
  firstCode = firstScale = loops.index(0);
  positions = loops.flatten(op.getPosition());
  if (op.hasSequences()) {
    std::tie(k, codeStride) = loops.flattenParts(op.getK());
    std::tie(kAbsmax, scaleStride) = loops.flattenParts(op.getKAbsmax());
    v = loops.flattenParts(op.getV()).first;
    vAbsmax = loops.flattenParts(op.getVAbsmax()).first;
    return;
  }
  k = loops.flatten(op.getK()), kAbsmax = loops.flatten(op.getKAbsmax());
  v = loops.flatten(op.getV()), vAbsmax = loops.flatten(op.getVAbsmax());
  start = loops.maxSigned(loops.load(positions, loops.index(0), 64),
                          loops.integer(64, 0));
}

void AttentionRow::enterSequence(Value token) {
  if (!op.hasSequences())
    return;
  firstCode = loops.mul(token, codeStride);
  firstScale = loops.mul(token, scaleStride);
  start =
      loops.maxSigned(loops.load(positions, token, 64), loops.integer(64, 0));
}

Value AttentionRow::countPositions(Value token) {
  if (op.hasSequences())
    return loops.toIndex(
        loops.minSigned(loops.add(start, 1), loops.integer(64, capacity)));
  Value number = loops.getBuilder().create<arith::IndexCastOp>(
      loops.getLocation(), loops.getInteger(64), token);
  return loops.toIndex(loops.minSigned(loops.add(loops.add(start, number), 1),
                                       loops.integer(64, capacity)));
}

Value AttentionRow::computeWeights(Value row, Value positions, LoadFn dot,
                                   LoadFn keyScale) {
  Value scale = loops.load(qAbsmax, row, 64);
  Value bits = bitLength(loops, scale);
  Value factor =
      loops.shiftRight(loops.mul(mantissa(loops, scale, bits),
                                 loops.integer(64, op.getScoreMultiplier())),
                       46);
  Value shift = loops.clamp(
      loops.sub(loops.integer(64, op.getScoreShift()), bits), 1, 62);
  Value least = loops.integer(64, std::numeric_limits<int64_t>::min());
  Value largest = loops.reduce(
      loops.index(0), positions, least, [&](Value t, Value largest) {
        Value product = loops.shiftRight(dot(t), queryWidth + cacheWidth - 16);
        Value score = loops.shiftRight(loops.mul(product, keyScale(t)), 8);
        score = loops.shiftRight(loops.mul(score, factor), shift);
        loops.store(score, weights, t);
        return loops.maxSigned(largest, score);
      });
  return loops.reduce(
      loops.index(0), positions, loops.integer(64, 0), [&](Value t, Value sum) {
        Value score = loops.load(weights, t);
        Value weight = exp2NegativeWide(loops, loops.sub(largest, score));
        loops.store(weight, weights, t);
        return loops.add(sum, weight);
      });
}

Value AttentionRow::computeSteps(Value positions, LoadFn valueScale) {
  Value one = loops.integer(64, 1);
  Value largest = loops.reduce(
      loops.index(0), countBlocks(positions), one,
      [&](Value block, Value partial) {
        Value begin = loops.mul(block, kBlock);
        Value end = loops.minUnsigned(loops.add(begin, kBlock), positions);
        // The largest product of the block, at least 1.
        Value step = loops.reduce(begin, end, one, [&](Value t, Value most) {
          Value product = loops.mul(loops.load(weights, t), valueScale(t));
          loops.store(product, weights, t);
          return loops.maxSigned(most, product);
        });
        loops.store(step, steps, block);
        return loops.maxSigned(partial, step);
      });
  return loops.maxSigned(loops.add(bitLength(loops, largest), -24),
                         loops.integer(64, 0));
}

void AttentionRow::computeCodes(Value block, Value positions, StoreFn store) {
  Quantizer quantizer(loops, loops.load(steps, block), /*width=*/16);
  Value begin = loops.mul(block, kBlock);
  Value end = loops.minUnsigned(loops.add(begin, kBlock), positions);
  loops.forEach(begin, end, [&](Value t) {
    store(quantizer.apply(loops.load(weights, t)), t);
  });
}

void AttentionRow::storeRow(Value row, Value sum, Value dropped, LoadFn total) {
  Value bits = bitLength(loops, sum);
  Value reciprocal = loops.divideUnsigned(loops.integer(64, int64_t(1) << 61),
                                          mantissa(loops, sum, bits));
  Value shift =
      loops.clamp(loops.sub(loops.add(bits, op.getShift()), dropped), 1, 62);
  Value half = loops.shiftLeft(loops.integer(64, 1), loops.add(shift, -1));
  Value first = loops.mul(row, size);
  loops.forEach(size, [&](Value d) {
    Value quotient = loops.shiftRight(
        loops.mul(loops.shiftRight(total(d), 30), reciprocal), 31);
    Value y = loops.add(loops.mul(quotient, op.getMultiplier()), half);
    y = loops.clamp(loops.shiftRight(y, shift), llvm::minIntN(32),
                    llvm::maxIntN(32));
    loops.store(loops.cast(y, 32), into, loops.add(first, d));
  });
}

//===----------------------------------------------------------------------===//
// One row after the other
//===----------------------------------------------------------------------===//

namespace {
class AttentionLowering {
public:
  AttentionLowering(AttentionOp op, LoopBuilder &loops)
      : loops(loops), state(op, loops),
        sumWidth(state.cacheWidth == 8 ? 32 : 64),
        blockSums(loops.allocate(state.size, sumWidth)),
        sums(loops.allocate(state.size, 64)) {}
  void lower();

private:
  void lowerHead(Value token, Value head, Value positions);
  void computeDots(Value first, Value group, Value positions);
  void accumulateBlock(Value block, Value group, Value positions,
                       Value dropped);

  LoopBuilder &loops;
  AttentionRow state;
  unsigned sumWidth;
  /// Of each element of the head: the sum over a block, and over all.
  Value blockSums, sums;
};
} // namespace

/// Writes the dot products of the query that starts at `first` with the keys.
void AttentionLowering::computeDots(Value first, Value group, Value positions) {
  unsigned width = state.queryWidth + state.cacheWidth > 16 ? 64 : 32;
  loops.forEach(loops.index(0), positions, [&](Value t) {
    Value key = state.cacheRow(t, group);
    Value dot = loops.reduce(
        state.size, loops.integer(width, 0), [&](Value d, Value partial) {
          Value a = loops.load(state.q, loops.add(first, d), width);
          Value b = loops.load(state.k, loops.add(key, d), width);
          return loops.add(partial, loops.mul(a, b));
        });
    loops.store(loops.cast(dot, 64), state.weights, t);
  });
}

/// Adds a block's values, times the codes of their weights.
void AttentionLowering::accumulateBlock(Value block, Value group,
                                        Value positions, Value dropped) {
  state.computeCodes(block, positions, [&](Value code, Value t) {
    loops.store(code, state.weights, t);
  });
  loops.forEach(state.size, [&](Value d) {
    loops.store(loops.integer(sumWidth, 0), blockSums, d);
  });
  Value begin = loops.mul(block, AttentionRow::kBlock);
  Value end =
      loops.minUnsigned(loops.add(begin, AttentionRow::kBlock), positions);
  loops.forEach(begin, end, [&](Value t) {
    Value code = loops.load(state.weights, t, sumWidth);
    Value value = state.cacheRow(t, group);
    loops.forEach(state.size, [&](Value d) {
      Value product =
          loops.mul(code, loops.load(state.v, loops.add(value, d), sumWidth));
      loops.store(loops.add(loops.load(blockSums, d), product), blockSums, d);
    });
  });
  Value factor = state.getFactor(block, dropped);
  loops.forEach(state.size, [&](Value d) {
    Value sum = loops.load(blockSums, d, 64);
    if (state.cacheWidth == 16)
      sum = loops.shiftRight(sum, 8);
    loops.store(loops.add(loops.load(sums, d), loops.mul(sum, factor)), sums,
                d);
  });
}

void AttentionLowering::lowerHead(Value token, Value head, Value positions) {
  Value row = loops.add(loops.mul(token, state.heads), head);
  Value group =
      loops.divideUnsigned(head, loops.index(state.heads / state.groups));
  auto loadScale = [&](Value scales) {
    return [this, scales, group](Value t) {
      return loops.load(scales, state.cacheScale(t, group), 64);
    };
  };
  computeDots(loops.mul(row, state.size), group, positions);
  Value sum = state.computeWeights(
      row, positions, [&](Value t) { return loops.load(state.weights, t); },
      loadScale(state.kAbsmax));
  Value dropped = state.computeSteps(positions, loadScale(state.vAbsmax));
  loops.forEach(state.size,
                [&](Value d) { loops.store(loops.integer(64, 0), sums, d); });
  loops.forEach(loops.index(0), state.countBlocks(positions), [&](Value block) {
    accumulateBlock(block, group, positions, dropped);
  });
  state.storeRow(row, sum, dropped,
                 [&](Value d) { return loops.load(sums, d); });
}

void AttentionLowering::lower() {
  loops.forEach(state.tokens, [&](Value token) {
    state.enterSequence(token);
    Value positions = state.countPositions(token);
    loops.forEachShared(state.heads, /*granule=*/1,
                        [&](Value head) { lowerHead(token, head, positions); });
  });
}

void smelt::lowerAttention(AttentionOp op, LoopBuilder &loops,
                           const VectorTarget &target) {
  if (canBlockAttention(op, target))
    return lowerBlockedAttention(op, loops, target);
  AttentionLowering(op, loops).lower();
}
