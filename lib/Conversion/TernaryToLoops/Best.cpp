//===- Best.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

static Value castToInteger(LoopBuilder &loops, Value index) {
  return loops.getBuilder().create<arith::IndexCastOp>(
      loops.getLocation(), loops.getInteger(32), index);
}

/// One where `isTrue`, in 32 bits.
static Value countIf(LoopBuilder &loops, Value isTrue) {
  return loops.select(isTrue, loops.integer(32, 1), loops.integer(32, 0));
}

namespace {
/// Some elements: those of a buffer from `first` on. `ids` has what identifies
/// each; without, its place does.
struct Elements {
  Value buffer, first, count, ids;
};
} // namespace

/// The `best`-th greatest of some elements, found two bits at a time: the
/// largest bound that as many elements reach.
static Value findLeast(LoopBuilder &loops, const Elements &elements,
                       Value best) {
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
        loops.index(0), elements.count, zeros,
        [&](Value k, MutableArrayRef<Value> partials) {
          Value x = loops.load(elements.buffer, loops.add(elements.first, k));
          for (auto [bound, partial] : llvm::zip_equal(bounds, partials)) {
            Value isLess = loops.less(x, bound, /*isSigned=*/true);
            partial = loops.add(partial, countIf(loops, isLess));
          }
        });
    // `found` counts those that do not reach a bound.
    Value most = loops.sub(castToInteger(loops, elements.count), best);
    Value result = least;
    for (auto [bound, below] : llvm::zip_equal(bounds, found))
      result = loops.select(loops.less(most, below), result, bound);
    return result;
  });
}

namespace {
/// Lists the elements that are at least `least`; of those that are equal to it
/// the first ones.
class BestList {
public:
  BestList(LoopBuilder &loops, const Elements &elements, Value least,
           Value list)
      : loops(loops), elements(elements), least(least), list(list) {}

  void fill(Value best);

private:
  Value load(Value i) {
    return loops.load(elements.buffer, loops.add(elements.first, i));
  }
  Value isLess(Value lhs, Value rhs) {
    return loops.less(lhs, rhs, /*isSigned=*/true);
  }
  void choose(Value i, MutableArrayRef<Value> state);

  LoopBuilder &loops;
  const Elements &elements;
  Value least, list;
};
} // namespace

/// Adds an element to the list if it is chosen; `state` is how many are in it,
/// and how many may be added that are equal to the least.
void BestList::choose(Value i, MutableArrayRef<Value> state) {
  Value zero = loops.integer(32, 0), one = loops.integer(32, 1);
  Value &chosen = state[0], &equals = state[1];
  Value x = load(i);
  Value id =
      elements.ids ? loops.load(elements.ids, i) : castToInteger(loops, i);
  loops.store(id, list, loops.toIndex(chosen));
  Value isGreater = isLess(least, x);
  Value equal = loops.select(loops.bitOr(isGreater, isLess(x, least)), zero,
                             loops.minSigned(equals, one));
  equals = loops.sub(equals, equal);
  chosen = loops.add(chosen, loops.select(isGreater, one, equal));
}

/// Visits the elements that are at least `least`, and some others: most chunks
/// have none and are passed over.
static SmallVector<Value> forEachAbove(
    LoopBuilder &loops, const Elements &elements, Value least,
    ArrayRef<Value> starts,
    llvm::function_ref<void(Value i, MutableArrayRef<Value> state)> body) {
  constexpr int64_t kChunk = 16;
  Value numChunks = loops.divideUnsigned(loops.add(elements.count, kChunk - 1),
                                         loops.index(kChunk));
  return loops.reduceAll(
      loops.index(0), numChunks, starts,
      [&](Value chunk, MutableArrayRef<Value> state) {
        Value begin = loops.mul(chunk, kChunk);
        Value end = loops.minUnsigned(loops.add(begin, kChunk), elements.count);
        Value below = loops.reduce(
            begin, end, loops.integer(32, 0), [&](Value i, Value sum) {
              Value x =
                  loops.load(elements.buffer, loops.add(elements.first, i));
              Value isLess = loops.less(x, least, /*isSigned=*/true);
              return loops.add(sum, countIf(loops, isLess));
            });
        Value hasSome = loops.less(loops.add(begin, loops.toIndex(below)), end);
        llvm::copy(loops.reduceAll(begin, loops.select(hasSome, end, begin),
                                   state, body),
                   state.begin());
      });
}

void BestList::fill(Value best) {
  Value zero = loops.integer(32, 0);
  Value above = loops.reduce(
      loops.index(0), elements.count, zero, [&](Value i, Value sum) {
        return loops.add(sum, countIf(loops, isLess(least, load(i))));
      });
  forEachAbove(
      loops, elements, least, {zero, loops.sub(best, above)},
      [&](Value i, MutableArrayRef<Value> state) { choose(i, state); });
}

namespace {
/// Those elements of a long row among which the best ones are: what reaches the
/// `best`-th greatest of the largest elements of chunks. Few do, unless the
/// largest lie together.
class Candidates {
public:
  Candidates(LoopBuilder &loops, int64_t count)
      : loops(loops), numChunks(count / kChunk),
        values(loops.allocate(numChunks + 1, 32)),
        ids(loops.allocate(numChunks + 1, 32)) {}

  /// Whether they are fewer than the elements by far.
  static bool areFew(int64_t count, int64_t best) {
    return count / kChunk >= 2 * best;
  }

  /// Finds those of a row, and returns whether all are here.
  Value find(const Elements &row, Value best);
  Elements get() const { return {values, loops.index(0), number, ids}; }

private:
  static constexpr int64_t kChunk = 16;

  void findLargest(const Elements &row);

  LoopBuilder &loops;
  int64_t numChunks;
  /// What does not fit in goes to the end. The values are first the largest
  /// ones of the chunks.
  Value values, ids, number;
};
} // namespace

/// A chunk is what lies `numChunks` apart; elements after those are in none.
void Candidates::findLargest(const Elements &row) {
  loops.forEach(numChunks, [&](Value chunk) {
    Value place = loops.add(row.first, chunk);
    Value largest = loops.load(row.buffer, place);
    for (int64_t i = 1; i < kChunk; ++i)
      largest = loops.maxSigned(
          largest, loops.load(row.buffer, loops.add(place, i * numChunks)));
    loops.store(largest, values, chunk);
  });
}

Value Candidates::find(const Elements &row, Value best) {
  findLargest(row);
  Value bound = findLeast(
      loops, {values, loops.index(0), loops.index(numChunks), {}}, best);
  Value end = loops.integer(32, numChunks), one = loops.integer(32, 1);
  auto keep = [&](Value i, MutableArrayRef<Value> state) {
    Value x = loops.load(row.buffer, loops.add(row.first, i));
    Value place = loops.toIndex(loops.minSigned(state[0], end));
    loops.store(x, values, place);
    loops.store(castToInteger(loops, i), ids, place);
    Value isBelow = loops.less(x, bound, /*isSigned=*/true);
    Value isKept = loops.sub(one, countIf(loops, isBelow));
    state[0] = loops.add(state[0], isKept);
  };
  Value kept =
      forEachAbove(loops, row, bound, loops.integer(32, 0), keep).front();
  number = loops.toIndex(kept);
  return loops.less(kept, loops.integer(32, numChunks + 1));
}

void smelt::lowerBest(BestOp op, LoopBuilder &loops) {
  ArrayRef<int64_t> shape = getShape(op.getInput());
  int64_t count = shape[1], best = getShape(op.getInto())[1];
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  Value wanted = loops.integer(32, best);
  // What is not chosen goes to the end.
  Value list = loops.allocate(best + 1, 32);
  std::optional<Candidates> candidates;
  if (Candidates::areFew(count, best))
    candidates.emplace(loops, count);
  auto fill = [&](const Elements &elements) {
    Value least = findLeast(loops, elements, wanted);
    BestList(loops, elements, least, list).fill(wanted);
  };
  loops.forEach(shape[0], [&](Value n) {
    Elements row = {from, loops.mul(n, count), loops.index(count), {}};
    if (!candidates)
      fill(row);
    else
      loops.choose(
          candidates->find(row, wanted), [&] { fill(candidates->get()); },
          [&] { fill(row); });
    Value result = loops.mul(n, best);
    loops.forEach(best, [&](Value i) {
      loops.store(loops.load(list, i), to, loops.add(result, i));
    });
  });
}
