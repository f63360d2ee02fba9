//===- WeightRows.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightRows.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Support/WeightPacking.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

static int64_t getWeightsPerByte(Layout layout) {
  switch (layout) {
  case Layout::Int4:
    return 2;
  case Layout::TwoBit:
  case Layout::Columns:
    return 4;
  case Layout::Base3:
    return 5;
  case Layout::Bitplane:
    return 8;
  default:
    return 1;
  }
}

MemRefType smelt::getStorageType(WeightsType type, unsigned wordBits) {
  unsigned bits = type.getLayout() == Layout::Columns ? wordBits : 8;
  while (bits > 8 && type.getNumLanes() % (bits / 8) != 0)
    bits = bits > 32 ? bits / 2 : 8;
  bits = std::max(bits, 8u);
  return MemRefType::get({type.getNumBytes() * 8 / bits},
                         IntegerType::get(type.getContext(), bits));
}

WeightRows::WeightRows(Value weights, LoopBuilder &loops)
    : loops(loops), type(cast<WeightsType>(weights.getType())),
      perByte(getWeightsPerByte(type.getLayout())) {
  bytes = loops.getBuilder()
              .create<UnrealizedConversionCastOp>(
                  loops.getLocation(),
                  getStorageType(type, loops.getWordBits()), weights)
              .getResult(0);
}

bool WeightRows::isPacked() const {
  return perByte > 1 || type.getInterleaved();
}

void WeightRows::allocateScratch() {
  if (!isPacked())
    return;
  if (type.getInterleaved()) {
    scratchStride = type.getNumBlocks() * type.getBlockColumns();
  } else if (type.getLayout() == Layout::Columns) {
    scratchStride = type.getLaneBytes() * perByte;
  } else {
    // Whole bytes are decoded, and a row of a flat layout may start inside one.
    int64_t slack = type.isRowAligned() ? 0 : perByte - 1;
    scratchStride =
        perByte * llvm::divideCeil(type.getColumns() + slack, perByte);
  }
  scratch = loops.allocate(type.getPlanes() * scratchStride, 8);
}

Value WeightRows::getRowByte(Value plane, Value row) {
  return loops.add(loops.mul(plane, type.getPlaneBytes()),
                   loops.mul(row, type.getRowBytes()));
}

DecodedRow WeightRows::decode(Value row) {
  int64_t columns = type.getColumns();
  if (!isPacked())
    return {bytes, loops.mul(row, columns), type.getPlaneBytes()};

  if (type.getInterleaved()) {
    loops.forEach(type.getPlanes(),
                  [&](Value plane) { decodeInterleaved(plane, row); });
    return {scratch, loops.index(0), scratchStride};
  }
  if (type.getLayout() == Layout::Columns) {
    loops.forEach(type.getPlanes(), [&](Value plane) {
      decodeLane(plane, loops.add(loops.mul(row, type.getPlanes()), plane));
    });
    return {scratch, loops.index(0), scratchStride};
  }
  bool isAligned = type.isRowAligned();
  Value first = loops.mul(row, columns);
  Value base = isAligned ? loops.index(0)
                         : loops.remainderUnsigned(first, loops.index(perByte));
  loops.forEach(type.getPlanes(), [&](Value plane) {
    if (type.getLayout() == Layout::Bitplane)
      return decodeBits(plane, getRowByte(plane, row));
    if (isAligned)
      return decodeDigits(plane, getRowByte(plane, row),
                          loops.index(type.getRowBytes()));
    Value begin = loops.divideUnsigned(first, loops.index(perByte));
    Value end = loops.divideUnsigned(loops.add(first, columns + perByte - 1),
                                     loops.index(perByte));
    decodeDigits(plane,
                 loops.add(loops.mul(plane, type.getPlaneBytes()), begin),
                 loops.sub(end, begin));
  });
  return {scratch, base, scratchStride};
}

SmallVector<Value> WeightRows::getDigits(Value byte) {
  SmallVector<Value> digits;
  Value value = loops.castUnsigned(byte, 32);
  if (type.getLayout() == Layout::Int4)
    return {loops.bitAnd(value, 15), loops.shiftRightUnsigned(value, 4)};
  if (perByte == 4) {
    for (int64_t i = 0; i < 3; ++i)
      digits.push_back(loops.bitAnd(loops.shiftRightUnsigned(value, 2 * i), 3));
    digits.push_back(loops.shiftRightUnsigned(value, 6));
    return digits;
  }
  // value / 3^i as a product and a shift, exact for every byte.
  constexpr std::pair<int64_t, int64_t> kReciprocals[] = {
      {171, 9}, {57, 9}, {19, 9}, {203, 14}};
  Value rest = value;
  for (auto [factor, shift] : kReciprocals) {
    Value quotient = loops.shiftRightUnsigned(loops.mul(value, factor), shift);
    digits.push_back(loops.sub(rest, loops.mul(quotient, 3)));
    rest = quotient;
  }
  digits.push_back(rest);
  return digits;
}

Value WeightRows::loadByte(Value position) {
  unsigned width = getElementWidth(bytes);
  if (width == 8)
    return loops.load(bytes, position);
  Value lanes = loops.index(width / 8);
  Value word = loops.load(bytes, loops.divideUnsigned(position, lanes));
  Value lane = loops.getBuilder().create<arith::IndexCastOp>(
      loops.getLocation(), word.getType(),
      loops.remainderUnsigned(position, lanes));
  return loops.cast(loops.shiftRightUnsigned(word, loops.shiftLeft(lane, 3)),
                    8);
}

/// Writes the weights of byte `position`.
void WeightRows::decodeByte(Value position, Value to) {
  Value byte = loadByte(position);
  for (auto [j, digit] : llvm::enumerate(getDigits(byte)))
    loops.store(loops.cast(loops.add(digit, -type.getZeroCode()), 8), scratch,
                loops.add(to, j));
}

void WeightRows::decodeDigits(Value plane, Value firstByte, Value numBytes) {
  Value to = loops.mul(plane, scratchStride);
  loops.forEach(loops.index(0), numBytes, [&](Value i) {
    decodeByte(loops.add(firstByte, i), loops.add(to, loops.mul(i, perByte)));
  });
}

void WeightRows::decodeLane(Value plane, Value lane) {
  Value to = loops.mul(plane, scratchStride);
  loops.forEach(type.getLaneBytes(), [&](Value i) {
    decodeByte(loops.add(loops.mul(i, type.getNumLanes()), lane),
               loops.add(to, loops.mul(i, perByte)));
  });
}

/// The codes of a row at byte `position` of its first part in a block, in the
/// order of columns, 4 apart.
SmallVector<Value> WeightRows::getInterleavedCodes(Value position) {
  auto load = [&](int64_t part) {
    return loops.castUnsigned(
        loops.load(bytes, loops.add(position, part * WeightsType::kPartBytes)),
        32);
  };
  if (type.getLayout() == Layout::TwoBit)
    return getDigits(loops.load(bytes, position));
  SmallVector<Value> codes;
  if (type.getLayout() == Layout::Int8) {
    for (int64_t part = 0; part < 4; ++part)
      codes.push_back(load(part));
    return codes;
  }
  if (type.getLayout() == Layout::Int4) {
    for (int64_t part = 0; part < 2; ++part)
      llvm::append_range(codes, getDigits(load(part)));
    return codes;
  }
  SmallVector<Value> parts;
  for (int64_t part = 0; part < 5; ++part)
    parts.push_back(load(part));
  SmallVector<Value> fields(8, loops.integer(32, 0));
  for (const FieldBits &bits : kBase3FieldBits) {
    Value part =
        loops.bitAnd(loops.shiftRightUnsigned(parts[bits.part], bits.position),
                     bits.getMask());
    Value &field = fields[bits.field];
    field = loops.bitOr(field, loops.shiftLeft(part, bits.first));
  }
  for (Value field : fields) {
    // Exact for all 5 bits.
    Value third = loops.shiftRightUnsigned(loops.mul(field, 11), 5);
    Value ninth = loops.shiftRightUnsigned(loops.mul(field, 57), 9);
    codes.push_back(loops.sub(field, loops.mul(third, 3)));
    codes.push_back(loops.sub(third, loops.mul(ninth, 3)));
    codes.push_back(ninth);
  }
  return codes;
}

void WeightRows::decodeInterleaved(Value plane, Value row) {
  Value tileRows = loops.index(WeightsType::kTileRows);
  Value tile = loops.divideUnsigned(row, tileRows);
  Value lane = loops.remainderUnsigned(row, tileRows);
  Value first = loops.add(
      loops.add(loops.mul(plane, type.getPlaneBytes()),
                loops.mul(tile, type.getTileBytes())),
      loops.mul(lane, WeightsType::kPartBytes / WeightsType::kTileRows));
  Value to = loops.mul(plane, scratchStride);
  loops.forEach(type.getNumBlocks(), [&](Value block) {
    Value blockByte = loops.add(first, loops.mul(block, type.getBlockBytes()));
    Value column = loops.add(to, loops.mul(block, type.getBlockColumns()));
    loops.forEach(4, [&](Value j) {
      SmallVector<Value> codes = getInterleavedCodes(loops.add(blockByte, j));
      for (auto [i, code] : llvm::enumerate(codes)) {
        Value weight = loops.add(code, -type.getZeroCode());
        loops.store(loops.cast(weight, 8), scratch,
                    loops.add(loops.add(column, 4 * i), j));
      }
    });
  });
}

void WeightRows::decodeBits(Value plane, Value firstByte) {
  Value to = loops.mul(plane, scratchStride);
  int64_t half = type.getRowBytes() / 2;
  loops.forEach(half, [&](Value i) {
    Value position = loops.add(firstByte, i);
    Value plus = loops.load(bytes, position);
    Value minus = loops.load(bytes, loops.add(position, half));
    Value target = loops.add(to, loops.mul(i, perByte));
    for (int64_t bit = 0; bit < 8; ++bit) {
      Value weight =
          loops.sub(loops.bitAnd(loops.shiftRightUnsigned(plus, bit), 1),
                    loops.bitAnd(loops.shiftRightUnsigned(minus, bit), 1));
      loops.store(weight, scratch, loops.add(target, bit));
    }
  });
}

Value smelt::getScaleIndex(LoopBuilder &loops, WeightsType type, Value plane,
                           Value row, Value group, int64_t groups) {
  if (!type.getInterleaved()) {
    Value line = loops.add(loops.mul(plane, type.getRows()), row);
    return loops.add(loops.mul(line, groups), group);
  }
  Value tileRows = loops.index(WeightsType::kTileRows);
  Value tile = loops.add(loops.mul(plane, type.getNumTiles()),
                         loops.divideUnsigned(row, tileRows));
  Value line = loops.add(loops.mul(tile, groups), group);
  return loops.add(loops.mul(line, WeightsType::kTileRows),
                   loops.remainderUnsigned(row, tileRows));
}

Value smelt::loadVector(LoopBuilder &loops, Value vector, Value index) {
  return loops.load(vector,
                    getNumElements(vector) == 1 ? loops.index(0) : index);
}

Value Epilogue::apply(Value accumulator, Value row) {
  if (!multiplier)
    return accumulator;
  Value factor = loops.cast(loadVector(loops, multiplier, row), 64);
  Value product = loops.mul(loops.cast(accumulator, 64), factor);
  Value sum = loops.add(product, loadVector(loops, offset, row));
  return loops.rescale(sum, rescale, width);
}

Epilogue::Tile Epilogue::loadTile(Value row, ByteVectors &vectors) {
  if (!multiplier)
    return {};
  auto load = [&](Value vector) {
    if (getNumElements(vector) != 1)
      return vectors.load(vector, row);
    return vectors.splat(loops.load(vector, loops.index(0)));
  };
  return {load(multiplier), load(offset)};
}

Epilogue::Tile Epilogue::loadCutTile(int64_t row, int64_t count,
                                     ByteVectors &vectors) {
  if (!multiplier)
    return {};
  auto load = [&](Value vector) {
    if (getNumElements(vector) == 1)
      return vectors.splat(loops.load(vector, loops.index(0)));
    unsigned elementWidth = getElementWidth(vector);
    Value whole = loops.allocate(ByteVectors::kLanes, elementWidth);
    vectors.store(vectors.splat(elementWidth, 0), whole, loops.index(0));
    loops.forEach(count, [&](Value i) {
      loops.store(loops.load(vector, loops.add(i, row)), whole, i);
    });
    return vectors.load(whole, loops.index(0));
  };
  return {load(multiplier), load(offset)};
}

Value Epilogue::applyToTile(Value accumulators, const Tile &tile,
                            ByteVectors &vectors) {
  if (!multiplier)
    return accumulators;
  if (rescale.getShift() >= 32 && width <= 32 &&
      getElementWidth(accumulators) <= 32 &&
      getElementWidth(tile.multiplier) <= 32) {
    Value high =
        vectors.multiplyAddHigh(loops.cast(accumulators, 32),
                                loops.cast(tile.multiplier, 32), tile.offset);
    return loops.rescale(high, rescale, width, /*dropped=*/32);
  }
  Value product =
      loops.mul(loops.cast(accumulators, 64), loops.cast(tile.multiplier, 64));
  return loops.rescale(loops.add(product, tile.offset), rescale, width);
}
