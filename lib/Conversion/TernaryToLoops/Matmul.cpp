//===- Matmul.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "WeightRows.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class MatmulLowering {
public:
  MatmulLowering(MatmulOp op, LoopBuilder &loops)
      : loops(loops), weights(op.getWeights(), loops), epilogue(op, loops),
        type(weights.getType()), batch(getShape(op.getInput())[0]),
        columns(type.getColumns()),
        accumulatorWidth(op.getAccumulatorType().getIntOrFloatBitWidth()) {
    input = loops.flatten(op.getInput());
    output = loops.flatten(op.getInto());
    if (op.getScales()) {
      groups = getShape(op.getScales())[2];
      scales = loops.flatten(op.getScales());
    }
  }

  void lower();

private:
  Value zero() { return loops.integer(accumulatorWidth, 0); }
  Value getScale(Value plane, Value row, Value group);
  Value scaled(Value dot, Value plane, Value row, Value group, Value sum);
  Value multiplyAdd(Value weight, Value position, Value sum);

  bool readsPackedRows() const;
  void lowerPacked();
  Value dotDigits(Value firstByte);
  Value dotBits(Value firstByte);
  Value accumulateByte(Value byteIndex, int64_t count, Value firstByte,
                       Value sum);

  void lowerDecoded();
  Value dotDecoded(const DecodedRow &weightRow, Value row, Value first);

  LoopBuilder &loops;
  WeightRows weights;
  Epilogue epilogue;
  WeightsType type;
  int64_t batch, columns, groups = 1;
  unsigned accumulatorWidth;
  Value input, output, scales;
};
} // namespace

Value MatmulLowering::getScale(Value plane, Value row, Value group) {
  Value position = getScaleIndex(loops, type, plane, row, group, groups);
  return loops.load(scales, position, accumulatorWidth);
}

Value MatmulLowering::scaled(Value dot, Value plane, Value row, Value group,
                             Value sum) {
  if (!scales)
    return dot;
  return loops.add(sum, loops.mul(dot, getScale(plane, row, group)));
}

/// `sum + weight * input[position]` with an i32 weight.
Value MatmulLowering::multiplyAdd(Value weight, Value position, Value sum) {
  Value product = loops.mul(loops.load(input, position, 32), weight);
  return loops.add(sum, loops.cast(product, accumulatorWidth));
}

/// Whether the weights are used straight from their packed bytes: for one
/// vector, decoding them first would not pay.
bool MatmulLowering::readsPackedRows() const {
  return batch == 1 && groups == 1 && type.isRowAligned() && type.isTernary() &&
         type.getLayout() != Layout::Dense;
}

void MatmulLowering::lower() {
  if (readsPackedRows())
    lowerPacked();
  else
    lowerDecoded();
}

//===----------------------------------------------------------------------===//
// One vector, packed rows
//===----------------------------------------------------------------------===//

void MatmulLowering::lowerPacked() {
  bool isBitplane = type.getLayout() == Layout::Bitplane;
  Value inputSum;
  if (!isBitplane)
    inputSum = loops.reduce(columns, zero(), [&](Value i, Value sum) {
      return loops.add(sum, loops.load(input, i, accumulatorWidth));
    });
  loops.forEachShared(type.getRows(), kRowGranule, [&](Value row) {
    Value accumulator =
        loops.reduce(type.getPlanes(), zero(), [&](Value plane, Value sum) {
          Value firstByte = weights.getRowByte(plane, row);
          Value dot = isBitplane ? dotBits(firstByte)
                                 : loops.sub(dotDigits(firstByte), inputSum);
          return scaled(dot, plane, row, loops.index(0), sum);
        });
    loops.store(epilogue.apply(accumulator, row), output, row);
  });
}

/// The sum of input times digit over a row.
Value MatmulLowering::dotDigits(Value firstByte) {
  int64_t perByte = type.getLayout() == Layout::TwoBit ? 4 : 5;
  auto accumulate = [&](Value i, int64_t count, Value sum) {
    Value byte = loops.load(weights.getBytes(), loops.add(firstByte, i));
    Value position = loops.mul(i, perByte);
    SmallVector<Value> digits = weights.getDigits(byte);
    for (int64_t j = 0; j < count; ++j)
      sum = multiplyAdd(digits[j], loops.add(position, j), sum);
    return sum;
  };
  Value sum = zero();
  if (int64_t whole = columns / perByte)
    sum = loops.reduce(whole, sum, [&](Value i, Value partial) {
      return accumulate(i, perByte, partial);
    });
  if (int64_t rest = columns % perByte)
    sum = accumulate(loops.index(columns / perByte), rest, sum);
  return sum;
}

/// Adds the inputs under the plus bits of one byte and subtracts those under
/// the minus bits.
Value MatmulLowering::accumulateByte(Value byteIndex, int64_t count,
                                     Value firstByte, Value sum) {
  Value at = loops.add(firstByte, byteIndex);
  Value plus = loops.castUnsigned(loops.load(weights.getBytes(), at), 32);
  Value minusAt = loops.add(at, type.getRowBytes() / 2);
  Value minus = loops.castUnsigned(loops.load(weights.getBytes(), minusAt), 32);
  auto masked = [&](Value value, Value bits, int64_t bit) {
    Value set = loops.bitAnd(loops.shiftRightUnsigned(bits, bit), 1);
    Value mask = loops.sub(loops.integer(32, 0), set);
    return loops.cast(loops.bitAnd(value, mask), accumulatorWidth);
  };
  Value position = loops.mul(byteIndex, 8);
  for (int64_t bit = 0; bit < count; ++bit) {
    Value value = loops.load(input, loops.add(position, bit), 32);
    sum = loops.add(sum, masked(value, plus, bit));
    sum = loops.sub(sum, masked(value, minus, bit));
  }
  return sum;
}

Value MatmulLowering::dotBits(Value firstByte) {
  Value sum = zero();
  if (int64_t whole = columns / 8)
    sum = loops.reduce(whole, sum, [&](Value i, Value partial) {
      return accumulateByte(i, 8, firstByte, partial);
    });
  if (int64_t rest = columns % 8)
    sum = accumulateByte(loops.index(columns / 8), rest, firstByte, sum);
  return sum;
}

//===----------------------------------------------------------------------===//
// Decoded rows
//===----------------------------------------------------------------------===//

Value MatmulLowering::dotDecoded(const DecodedRow &weightRow, Value row,
                                 Value first) {
  int64_t groupSize = llvm::divideCeil(columns, groups);
  return loops.reduce(type.getPlanes(), zero(), [&](Value plane, Value sum) {
    Value base =
        loops.add(weightRow.base, loops.mul(plane, weightRow.planeStride));
    return loops.reduce(groups, sum, [&](Value group, Value groupSum) {
      Value begin = loops.mul(group, groupSize);
      Value end =
          loops.minUnsigned(loops.add(begin, groupSize), loops.index(columns));
      Value dot = loops.reduce(begin, end, zero(), [&](Value i, Value partial) {
        Value weight = loops.load(weightRow.buffer, loops.add(base, i), 32);
        return multiplyAdd(weight, loops.add(first, i), partial);
      });
      return scaled(dot, plane, row, group, groupSum);
    });
  });
}

void MatmulLowering::lowerDecoded() {
  weights.allocateScratch();
  loops.forEachShared(type.getRows(), kRowGranule, [&](Value row) {
    DecodedRow weightRow = weights.decode(row);
    loops.forEach(batch, [&](Value n) {
      Value accumulator = dotDecoded(weightRow, row, loops.mul(n, columns));
      Value position = loops.add(loops.mul(n, type.getRows()), row);
      loops.store(epilogue.apply(accumulator, row), output, position);
    });
  });
}

void smelt::lowerMatmul(MatmulOp op, LoopBuilder &loops) {
  MatmulLowering(op, loops).lower();
}
