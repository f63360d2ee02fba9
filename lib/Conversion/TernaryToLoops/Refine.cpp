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

/// How many of `count` elements from `first` on are at least `bound`.
static Value countFrom(LoopBuilder &loops, Value from, Value first,
                       int64_t count, Value bound) {
  return loops.reduce(count, loops.integer(32, 0), [&](Value i, Value partial) {
    Value x = loops.load(from, loops.add(first, i));
    Value isLess = loops.less(x, bound, /*isSigned=*/true);
    return loops.add(partial, loops.select(isLess, loops.integer(32, 0),
                                           loops.integer(32, 1)));
  });
}

/// The `best`-th greatest element, found bit by bit.
static Value findLeast(LoopBuilder &loops, Value from, Value first,
                       int64_t count, Value best) {
  constexpr int kWidth = 32;
  Value start = loops.integer(kWidth, llvm::minIntN(kWidth));
  return loops.reduce(kWidth, start, [&](Value i, Value least) {
    Value bit = loops.shiftRightUnsigned(start, castToInteger(loops, i));
    // The first sum wraps, to 0.
    Value bound = loops.add(least, bit);
    Value found = countFrom(loops, from, first, count, bound);
    return loops.select(loops.less(found, best), least, bound);
  });
}

void smelt::lowerBest(BestOp op, LoopBuilder &loops) {
  ArrayRef<int64_t> shape = getShape(op.getInput());
  int64_t count = shape[1], best = getShape(op.getInto())[1];
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  // What is not chosen goes to the end.
  Value list = loops.allocate(best + 1, 32);
  Value zero = loops.integer(32, 0), one = loops.integer(32, 1);
  loops.forEach(shape[0], [&](Value n) {
    Value first = loops.mul(n, count);
    Value wanted = loops.integer(32, best);
    Value least = findLeast(loops, from, first, count, wanted);
    Value above = loops.reduce(count, zero, [&](Value i, Value partial) {
      Value x = loops.load(from, loops.add(first, i));
      Value isGreater = loops.less(least, x, /*isSigned=*/true);
      return loops.add(partial, loops.select(isGreater, one, zero));
    });
    loops.reduceAll(
        loops.index(0), loops.index(count), {zero, loops.sub(wanted, above)},
        [&](Value i, MutableArrayRef<Value> state) {
          Value &chosen = state[0], &equals = state[1];
          Value x = loops.load(from, loops.add(first, i));
          loops.store(castToInteger(loops, i), list, loops.toIndex(chosen));
          Value isGreater = loops.less(least, x, /*isSigned=*/true);
          Value isLess = loops.less(x, least, /*isSigned=*/true);
          Value equal = loops.select(loops.bitOr(isGreater, isLess), zero,
                                     loops.minSigned(equals, one));
          equals = loops.sub(equals, equal);
          chosen = loops.add(chosen, loops.select(isGreater, one, equal));
        });
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
  void prefetchRow(Value position);
  Value multiplyVectors(Value rowByte, Value first, int64_t count);
  Value multiplyRow(Value id, Value first);

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

/// Fetches a row some time before it is used: rows are far from one another.
void RefineLowering::prefetchRow(Value position) {
  constexpr int64_t kAhead = 8;
  if (!usesVectors())
    return;
  ByteVectors vectors(loops, target);
  Value last = loops.index(getNumElements(ids) - 1);
  Value id = loadId(loops.minUnsigned(loops.add(position, kAhead), last));
  Value first = weights.getRowByte(loops.index(0), id);
  int64_t lines = llvm::divideCeil(type.getColumns(), ByteVectors::kBytes);
  loops.forEach(lines, [&](Value line) {
    vectors.prefetch(weights.getBytes(),
                     loops.add(first, loops.mul(line, ByteVectors::kBytes)));
  });
}

/// The product of whole vectors of a row with inputs: of inputs plus 128, less
/// 128 times the weights.
Value RefineLowering::multiplyVectors(Value rowByte, Value first,
                                      int64_t count) {
  ByteVectors vectors(loops, target);
  Value sign = vectors.splat(32, llvm::SignExtend64<32>(0x80808080));
  Value ones = vectors.splat(32, 0x01010101), zero = vectors.splat(32, 0);
  SmallVector<Value> sums = loops.reduceAll(
      loops.index(0), loops.index(count), {zero, zero},
      [&](Value i, MutableArrayRef<Value> partials) {
        Value at = loops.mul(i, ByteVectors::kBytes);
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

/// The product of the row `id` with the inputs from `first` on.
Value RefineLowering::multiplyRow(Value id, Value first) {
  int64_t columns = type.getColumns();
  Value start = loops.integer(width, 0);
  int64_t whole = 0;
  if (usesVectors()) {
    whole = columns / ByteVectors::kBytes;
    start =
        multiplyVectors(weights.getRowByte(loops.index(0), id), first, whole);
    whole *= ByteVectors::kBytes;
  }
  DecodedRow row = weights.decode(id);
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
      prefetchRow(position);
      Value id = loadId(position);
      Value product = loops.cast(multiplyRow(id, first), 64);
      loops.store(loops.cast(dequantizer.apply(product, id), 32), to,
                  loops.add(loops.mul(n, type.getRows()), id));
    });
  });
}

void smelt::lowerRefine(RefineOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  RefineLowering(op, loops, target).lower();
}
