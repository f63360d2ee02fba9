//===- Refine.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "WeightRows.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

//===----------------------------------------------------------------------===//
// ternary.best
//===----------------------------------------------------------------------===//

static Value castToInteger(LoopBuilder &loops, Value index) {
  return loops.getBuilder().create<arith::IndexCastOp>(
      loops.getLocation(), loops.getInteger(32), index);
}

/// One where `isTrue`, in 32 bits.
static Value countIf(LoopBuilder &loops, Value isTrue) {
  return loops.select(isTrue, loops.integer(32, 1), loops.integer(32, 0));
}

/// The `best`-th greatest element, found two bits at a time: the largest bound
/// that as many elements reach.
static Value findLeast(LoopBuilder &loops, Value from, Value first,
                       int64_t count, Value best) {
  constexpr int kWidth = 32, kBits = 2, kBounds = (1 << kBits) - 1;
  Value start = loops.integer(kWidth, llvm::minIntN(kWidth));
  return loops.reduce(kWidth / kBits, start, [&](Value i, Value least) {
    Value shift = loops.mul(castToInteger(loops, i), -kBits);
    Value step = loops.shiftLeft(loops.integer(kWidth, 1),
                                 loops.add(shift, kWidth - kBits));
    // Sums wrap, from the least number to 0 and above.
    SmallVector<Value> bounds = {loops.add(least, step)};
    while (bounds.size() < kBounds)
      bounds.push_back(loops.add(bounds.back(), step));
    SmallVector<Value> zeros(kBounds, loops.integer(kWidth, 0));
    SmallVector<Value> found = loops.reduceAll(
        loops.index(0), loops.index(count), zeros,
        [&](Value k, MutableArrayRef<Value> partials) {
          Value x = loops.load(from, loops.add(first, k));
          for (auto [bound, partial] : llvm::zip_equal(bounds, partials)) {
            Value isLess = loops.less(x, bound, /*isSigned=*/true);
            partial = loops.add(partial, countIf(loops, isLess));
          }
        });
    // `found` counts those that do not reach a bound.
    Value most = loops.sub(loops.integer(kWidth, count), best);
    Value result = least;
    for (auto [bound, below] : llvm::zip_equal(bounds, found))
      result = loops.select(loops.less(most, below), result, bound);
    return result;
  });
}

namespace {
/// Lists the elements of a row that are at least `least`; of those that are
/// equal to it the first ones.
class BestList {
public:
  BestList(LoopBuilder &loops, Value from, Value first, Value least, Value list)
      : loops(loops), from(from), first(first), least(least), list(list) {}

  void fill(int64_t count, Value best);

private:
  Value load(Value i) { return loops.load(from, loops.add(first, i)); }
  Value isLess(Value lhs, Value rhs) {
    return loops.less(lhs, rhs, /*isSigned=*/true);
  }
  void choose(Value i, MutableArrayRef<Value> state);

  LoopBuilder &loops;
  Value from, first, least, list;
};
} // namespace

/// Adds an element to the list if it is chosen; `state` is how many are in it,
/// and how many may be added that are equal to the least.
void BestList::choose(Value i, MutableArrayRef<Value> state) {
  Value zero = loops.integer(32, 0), one = loops.integer(32, 1);
  Value &chosen = state[0], &equals = state[1];
  Value x = load(i);
  loops.store(castToInteger(loops, i), list, loops.toIndex(chosen));
  Value isGreater = isLess(least, x);
  Value equal = loops.select(loops.bitOr(isGreater, isLess(x, least)), zero,
                             loops.minSigned(equals, one));
  equals = loops.sub(equals, equal);
  chosen = loops.add(chosen, loops.select(isGreater, one, equal));
}

void BestList::fill(int64_t count, Value best) {
  // Most chunks have nothing to choose.
  constexpr int64_t kChunk = 16;
  Value zero = loops.integer(32, 0);
  Value above = loops.reduce(count, zero, [&](Value i, Value sum) {
    return loops.add(sum, countIf(loops, isLess(least, load(i))));
  });
  loops.reduceAll(
      loops.index(0), loops.index(llvm::divideCeil(count, kChunk)),
      {zero, loops.sub(best, above)},
      [&](Value chunk, MutableArrayRef<Value> state) {
        Value begin = loops.mul(chunk, kChunk);
        Value end = loops.add(begin, kChunk);
        if (count % kChunk != 0)
          end = loops.minUnsigned(end, loops.index(count));
        Value below = loops.reduce(begin, end, zero, [&](Value i, Value sum) {
          return loops.add(sum, countIf(loops, isLess(load(i), least)));
        });
        Value hasSome = loops.less(loops.add(begin, loops.toIndex(below)), end);
        SmallVector<Value> inner = loops.reduceAll(
            begin, loops.select(hasSome, end, begin), state,
            [&](Value i, MutableArrayRef<Value> inner) { choose(i, inner); });
        llvm::copy(inner, state.begin());
      });
}

void smelt::lowerBest(BestOp op, LoopBuilder &loops) {
  ArrayRef<int64_t> shape = getShape(op.getInput());
  int64_t count = shape[1], best = getShape(op.getInto())[1];
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  // What is not chosen goes to the end.
  Value list = loops.allocate(best + 1, 32);
  loops.forEach(shape[0], [&](Value n) {
    Value first = loops.mul(n, count);
    Value wanted = loops.integer(32, best);
    Value least = findLeast(loops, from, first, count, wanted);
    BestList(loops, from, first, least, list).fill(count, wanted);
    Value result = loops.mul(n, best);
    loops.forEach(best, [&](Value i) {
      loops.store(loops.load(list, i), to, loops.add(result, i));
    });
  });
}

//===----------------------------------------------------------------------===//
// ternary.refine
//===----------------------------------------------------------------------===//

namespace {
class RefineLowering {
public:
  RefineLowering(RefineOp op, LoopBuilder &loops, const VectorTarget &target)
      : op(op), loops(loops), target(target), weights(op.getWeights(), loops),
        type(weights.getType()), input(loops.flatten(op.getInput())),
        ids(loops.flatten(op.getIds())) {
    int64_t largest = (type.getColumns() * type.getMaxMagnitude())
                      << (getElementWidth(input) - 1);
    width = largest <= llvm::maxIntN(32) ? 32 : 64;
  }

  void lower();

private:
  bool usesVectors() const {
    return target && type.getLayout() == Layout::Int8 &&
           !type.getInterleaved() && getElementWidth(input) == 8 && width == 32;
  }
  Value loadId(Value position);
  Value getRowByte(Value id) { return weights.getRowByte(loops.index(0), id); }
  Value getLaterRowByte(Value position);
  Value multiplyVectors(Value position, Value first, int64_t count);
  Value multiplyRow(Value position, Value first);

  RefineOp op;
  LoopBuilder &loops;
  const VectorTarget &target;
  WeightRows weights;
  WeightsType type;
  Value input, ids;
  unsigned width;
};
} // namespace

Value RefineLowering::loadId(Value position) {
  Value id = loops.load(ids, position, 64);
  return loops.toIndex(loops.clamp(id, 0, type.getRows() - 1));
}

/// Where the row is that is multiplied some rows after that at `position`.
Value RefineLowering::getLaterRowByte(Value position) {
  constexpr int64_t kAhead = 8;
  Value last = loops.index(getNumElements(ids) - 1);
  return getRowByte(
      loadId(loops.minUnsigned(loops.add(position, kAhead), last)));
}

/// The product of whole vectors of a row with inputs: of inputs plus 128, less
/// 128 times the weights. Rows are far from one another, so that a later one is
/// fetched meanwhile.
Value RefineLowering::multiplyVectors(Value position, Value first,
                                      int64_t count) {
  ByteVectors vectors(loops, target);
  Value rowByte = getRowByte(loadId(position));
  Value laterByte = getLaterRowByte(position);
  Value sign = vectors.splat(32, llvm::SignExtend64<32>(0x80808080));
  Value ones = vectors.splat(32, 0x01010101), zero = vectors.splat(32, 0);
  SmallVector<Value> sums = loops.reduceAll(
      loops.index(0), loops.index(count), {zero, zero},
      [&](Value i, MutableArrayRef<Value> partials) {
        Value at = loops.mul(i, ByteVectors::kBytes);
        vectors.prefetch(weights.getBytes(), loops.add(laterByte, at),
                         ByteVectors::Cache::Second);
        Value x = vectors.loadBytes(input, loops.add(first, at));
        Value bytes =
            vectors.loadBytes(weights.getBytes(), loops.add(rowByte, at));
        partials[0] = vectors.dot(partials[0], loops.bitXor(x, sign), bytes,
                                  /*largest=*/255);
        partials[1] = vectors.dot(partials[1], ones, bytes, /*largest=*/1);
      });
  Value product = loops.sub(sums[0], loops.mul(sums[1], 128));
  return loops.getBuilder().create<vector::ReductionOp>(
      loops.getLocation(), vector::CombiningKind::ADD, product);
}

/// The product of the row at `position` with the inputs from `first` on.
Value RefineLowering::multiplyRow(Value position, Value first) {
  int64_t columns = type.getColumns();
  Value start = loops.integer(width, 0);
  int64_t whole = 0;
  if (usesVectors()) {
    whole = columns / ByteVectors::kBytes;
    start = multiplyVectors(position, first, whole);
    whole *= ByteVectors::kBytes;
  }
  DecodedRow row = weights.decode(loadId(position));
  return loops.reduce(loops.index(whole), loops.index(columns), start,
                      [&](Value k, Value partial) {
                        Value weight = loops.load(
                            row.buffer, loops.add(row.base, k), width);
                        Value x = loops.load(input, loops.add(first, k), width);
                        return loops.add(partial, loops.mul(x, weight));
                      });
}

void RefineLowering::lower() {
  ArrayRef<int64_t> shape = getShape(op.getIds());
  Value absmax = loops.flatten(op.getAbsmax());
  Value to = loops.flatten(op.getInto());
  weights.allocateScratch();
  loops.forEach(shape[0], [&](Value n) {
    Dequantizer dequantizer(op, loops, loops.load(absmax, n, 64));
    Value first = loops.mul(n, type.getColumns());
    loops.forEachShared(shape[1], /*granule=*/1, [&](Value j) {
      Value position = loops.add(loops.mul(n, shape[1]), j);
      Value product = loops.cast(multiplyRow(position, first), 64);
      Value id = loadId(position);
      loops.store(loops.cast(dequantizer.apply(product, id), 32), to,
                  loops.add(loops.mul(n, type.getRows()), id));
    });
  });
}

void smelt::lowerRefine(RefineOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  RefineLowering(op, loops, target).lower();
}
