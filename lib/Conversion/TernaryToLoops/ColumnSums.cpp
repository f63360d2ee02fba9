//===- ColumnSums.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ColumnSums.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Lanes of a loop that compilers may unroll before they vectorize.
static constexpr int64_t kShortLoop = 16;

ColumnSums::ColumnSums(Value weights, LoopBuilder &loops, bool hasStretches)
    : loops(loops), type(cast<WeightsType>(weights.getType())),
      bytes(WeightRows(weights, loops).getBytes()) {
  narrow = hasWords() ? loops.allocate(type.getTileLanes() / getWordLanes(),
                                       getElementWidth(bytes))
                      : loops.allocate(type.getTileLanes(), 16);
  if (hasStretches || hasWords())
    wide = loops.allocate(type.getTileLanes(), 32);
}

void ColumnSums::clear(Value sums) {
  unsigned width = getElementWidth(sums);
  loops.forEach(getNumElements(sums), [&](Value i) {
    loops.store(loops.integer(width, 0), sums, i);
  });
}

void ColumnSums::beginTile(Value newTile) {
  tile = newTile;
  if (wide)
    clear(wide);
}

/// Adds quads of inputs `x` times codes `d`, in 16 bits that wrap: with the
/// byte `b = d[0] + 4*d[1] + 16*d[2] + 64*d[3]`, `d[i]` is
/// `(b >> 2*i) - 4 * (b >> 2*i + 2)`, so that the sum is that of
/// `(x[i] - 4*x[i-1]) * (b >> 2*i)`, which needs no masks.
void ColumnSums::addQuads(ArrayRef<Value> inputs, Value quad) {
  if (hasWords())
    return addWordQuads(inputs, quad);
  SmallVector<Value> factors;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    bool isFirst = i % WeightsType::kLaneColumns == 0;
    factors.push_back(isFirst ? input
                              : loops.sub(input, loops.mul(inputs[i - 1], 4)));
  }
  Value first = loops.add(loops.mul(quad, type.getNumLanes()),
                          loops.mul(tile, type.getTileLanes()));
  loops.forEach(type.getTileLanes(), [&](Value lane) {
    Value position = loops.add(first, lane);
    Value sum = loops.load(narrow, lane, 32);
    Value byte;
    for (auto [i, factor] : llvm::enumerate(factors)) {
      int64_t digit = i % WeightsType::kLaneColumns;
      if (digit == 0) {
        int64_t quads = i / WeightsType::kLaneColumns;
        Value at = loops.add(position, quads * type.getNumLanes());
        byte = loops.castUnsigned(loops.load(bytes, at), 32);
      }
      Value codes = digit ? loops.shiftRightUnsigned(byte, 2 * digit) : byte;
      sum = loops.add(sum, loops.mul(factor, codes));
    }
    loops.store(loops.cast(sum, 16), narrow, lane);
  });
}

/// The bits that are set in each lane of a word: `lane` repeated.
static int64_t repeatLane(unsigned wordBits, int64_t lane) {
  return llvm::SignExtend64(0x0001000100010001ull * lane, wordBits);
}

/// `addQuads` with words: sums of the even and of the odd bytes in turn.
void ColumnSums::addWordQuads(ArrayRef<Value> inputs, Value quad) {
  unsigned bits = getElementWidth(bytes);
  int64_t perWord = bits / 8;
  Value first = loops.add(loops.mul(quad, type.getNumLanes() / perWord),
                          loops.mul(tile, type.getTileLanes() / perWord));
  SmallVector<Value> factors;
  for (Value input : inputs)
    factors.push_back(loops.cast(input, bits));
  loops.forEach(type.getTileLanes() / perWord, [&](Value i) {
    Value position = loops.add(first, i), word;
    Value evenAt = loops.mul(i, 2), oddAt = loops.add(evenAt, 1);
    Value even = loops.load(narrow, evenAt), odd = loops.load(narrow, oddAt);
    for (auto [j, factor] : llvm::enumerate(factors)) {
      int64_t digit = j % WeightsType::kLaneColumns;
      int64_t quads = j / WeightsType::kLaneColumns;
      if (digit == 0)
        word = loops.load(
            bytes, loops.add(position, quads * (type.getNumLanes() / perWord)));
      auto addDigits = [&, factor = factor](Value sum, int64_t shift) {
        Value digits = loops.bitAnd(loops.shiftRightUnsigned(word, shift),
                                    repeatLane(bits, 3));
        return loops.add(sum, loops.mul(digits, factor));
      };
      even = addDigits(even, 2 * digit);
      odd = addDigits(odd, 8 + 2 * digit);
    }
    loops.store(even, narrow, evenAt);
    loops.store(odd, narrow, oddAt);
  });
}

/// Adds the lanes of each word to the sums in 32 bits, of which the lowest ones
/// are those of the first byte.
void ColumnSums::addWordStretch() {
  unsigned bits = getElementWidth(bytes);
  Value all = loops.mul(loops.cast(inputSum, bits), repeatLane(bits, 1));
  loops.forEach(getNumElements(narrow) / 2, [&](Value i) {
    Value first = loops.mul(i, 2 * getWordLanes());
    for (int64_t isOdd : {0, 1}) {
      Value word = loops.load(narrow, loops.add(loops.mul(i, 2), isOdd));
      word = loops.sub(word, all);
      for (int64_t lane = 0; lane < getWordLanes(); ++lane) {
        Value at = loops.add(first, 2 * lane + isOdd);
        Value sum = loops.cast(loops.cast(word, 16), 32);
        loops.store(loops.add(loops.load(wide, at), sum), wide, at);
        word = loops.shiftRight(loops.sub(word, loops.cast(sum, bits)), 16);
      }
    }
  });
}

/// `count` inputs from quad `quad` on.
SmallVector<Value> ColumnSums::loadInputs(ColumnInputs inputs, Value quad,
                                          int64_t count) {
  Value position =
      loops.add(inputs.first, loops.mul(quad, WeightsType::kLaneColumns));
  SmallVector<Value> values;
  for (int64_t j = 0; j < count; ++j)
    values.push_back(loops.load(inputs.buffer, loops.add(position, j), 32));
  return values;
}

/// GCC's -O3 would unroll a loop over so few lanes for one quad, and not make
/// vectors of it. Of words, two quads take half as many loads of sums.
int64_t ColumnSums::getRoundQuads(int64_t quads) const {
  if (hasWords())
    return quads % 2 == 0 ? 2 : 1;
  return type.getTileLanes() == kShortLoop && quads % 2 == 0 ? 2 : 1;
}

/// The inputs are summed in a loop of their own: LLVM narrows the products to
/// 16 bits only if nothing else uses the inputs in 32.
Value ColumnSums::addColumns(ColumnInputs inputs, Value quad, Value rounds,
                             int64_t quads, Value inputSum) {
  int64_t columns = quads * WeightsType::kLaneColumns;
  inputSum =
      loops.reduce(loops.index(0), rounds, inputSum, [&](Value i, Value sum) {
        for (Value input : loadInputs(inputs, loops.mul(i, quads), columns))
          sum = loops.add(sum, input);
        return sum;
      });
  loops.forEach(loops.index(0), rounds, [&](Value i) {
    Value first = loops.mul(i, quads);
    addQuads(loadInputs(inputs, first, columns), loops.add(quad, first));
  });
  return inputSum;
}

Value ColumnSums::addLastColumns(ColumnInputs inputs, Value inputSum) {
  int64_t columns = type.getColumns();
  SmallVector<Value> values =
      loadInputs(inputs, loops.index(0), columns % WeightsType::kLaneColumns);
  for (Value input : values)
    inputSum = loops.add(inputSum, input);
  values.resize(WeightsType::kLaneColumns, loops.integer(32, 0));
  addQuads(values, loops.index(columns / WeightsType::kLaneColumns));
  return inputSum;
}

/// The sum of products in a stretch whose inputs have the sum `inputSum`, which
/// codes of `w + 1` have counted once too often.
Value ColumnSums::getStretchSum(Value lane, Value inputSum) {
  Value sum = loops.sub(loops.load(narrow, lane, 32), inputSum);
  return loops.cast(loops.cast(sum, 16), 32);
}

void ColumnSums::addStretch(llvm::function_ref<Value(Value zero)> addInputs) {
  clear(narrow);
  inputSum = addInputs(loops.integer(32, 0));
  if (hasWords())
    return addWordStretch();
  if (!wide)
    return;
  loops.forEach(type.getTileLanes(), [&](Value lane) {
    Value sum =
        loops.add(loops.load(wide, lane), getStretchSum(lane, inputSum));
    loops.store(sum, wide, lane);
  });
}

void ColumnSums::forEachRow(
    llvm::function_ref<void(Value row, ArrayRef<Value> dots)> body) {
  int64_t planes = type.getPlanes(), rows = type.getRows();
  int64_t tileRows = llvm::divideCeil(type.getTileLanes(), planes);
  Value firstRow = loops.mul(tile, tileRows);
  Value count = loops.index(std::min(rows, tileRows));
  if (getNumTiles() > 1 && rows % tileRows != 0)
    count = loops.minUnsigned(count, loops.sub(loops.index(rows), firstRow));
  loops.forEach(loops.index(0), count, [&](Value row) {
    SmallVector<Value> dots;
    for (int64_t plane = 0; plane < planes; ++plane) {
      Value lane = loops.add(loops.mul(row, planes), plane);
      dots.push_back(wide ? loops.load(wide, lane)
                          : getStretchSum(lane, inputSum));
    }
    body(loops.add(firstRow, row), dots);
  });
}
