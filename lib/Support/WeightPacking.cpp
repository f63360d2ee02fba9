//===- WeightPacking.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/WeightPacking.h"
#include "llvm/Support/Endian.h"
#include <functional>
#include <numeric>

using namespace llvm;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// A run of weights in one plane that starts on a byte: a row, or the plane.
struct Run {
  int64_t firstWeight;
  int64_t numWeights;
  int64_t firstByte;
};

/// Weights as equal digits of a byte.
struct Digits {
  unsigned base;
  unsigned perByte;
  /// The digit of weight 0.
  unsigned zero;
};
} // namespace

static std::vector<Run> getRuns(WeightsType type) {
  std::vector<Run> runs;
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane) {
    int64_t weight = plane * type.getNumWeights();
    int64_t byte = plane * type.getPlaneBytes();
    if (!type.isRowAligned()) {
      runs.push_back({weight, type.getNumWeights(), byte});
      continue;
    }
    for (int64_t row = 0; row < type.getRows(); ++row)
      runs.push_back({weight + row * type.getColumns(), type.getColumns(),
                      byte + row * type.getRowBytes()});
  }
  return runs;
}

static constexpr Digits kInt4 = {16, 2, 8};
static constexpr Digits kTwoBit = {4, 4, 1};
static constexpr Digits kBase3 = {3, 5, 1};

static Digits getDigits(Layout layout) {
  switch (layout) {
  case Layout::Int4:
    return kInt4;
  case Layout::TwoBit:
    return kTwoBit;
  default:
    return kBase3;
  }
}

/// A byte of digits; those that are missing are a zero weight's.
template <const Digits &digits>
static int8_t packByte(const int8_t *values, size_t count) {
  unsigned byte = 0;
  for (size_t i = digits.perByte; i-- > 0;)
    byte = byte * digits.base + (i < count ? values[i] : 0) + digits.zero;
  return static_cast<int8_t>(byte);
}

template <const Digits &digits>
static void packDigits(ArrayRef<int8_t> values, int8_t *bytes) {
  constexpr unsigned perByte = digits.perByte;
  for (; values.size() >= perByte; values = values.drop_front(perByte))
    *bytes++ = packByte<digits>(values.data(), perByte);
  if (!values.empty())
    *bytes = packByte<digits>(values.data(), values.size());
}

static void unpackDigits(Digits digits, const int8_t *bytes,
                         MutableArrayRef<int8_t> values) {
  for (size_t first = 0; first < values.size(); first += digits.perByte) {
    unsigned byte = static_cast<uint8_t>(*bytes++);
    size_t end = std::min<size_t>(first + digits.perByte, values.size());
    for (size_t i = first; i < end; ++i, byte /= digits.base)
      values[i] = static_cast<int8_t>(byte % digits.base - digits.zero);
  }
}

/// Puts the lowest bit of each of 8 bytes into one byte.
static int8_t gatherBits(uint64_t bytes) {
  return static_cast<int8_t>((bytes * 0x0102040810204080) >> 56);
}

static void packBits(ArrayRef<int8_t> values, int8_t *plus) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  int8_t *minus = plus + (values.size() + 7) / 8;
  for (; !values.empty(); ++plus, ++minus) {
    int8_t eight[8] = {};
    copy(values.take_front(8), eight);
    values = values.drop_front(std::min<size_t>(values.size(), 8));
    // -1 has all bits, +1 the lowest.
    uint64_t bits = support::endian::read64le(eight);
    uint64_t negative = (bits >> 7) & kOnes;
    *minus = gatherBits(negative);
    *plus = gatherBits((bits & kOnes) ^ negative);
  }
}

static void unpackBits(const int8_t *bytes, MutableArrayRef<int8_t> values) {
  const int8_t *minus = bytes + (values.size() + 7) / 8;
  for (auto [i, value] : enumerate(values))
    value = ((bytes[i / 8] >> (i % 8)) & 1) - ((minus[i / 8] >> (i % 8)) & 1);
}

//===----------------------------------------------------------------------===//
// Interleaved weights
//===----------------------------------------------------------------------===//

/// The bytes of one row in a part, which kernels read as one number.
using Lane = uint32_t;

static constexpr Lane kInEachByte = 0x01010101;

/// The lanes of a row in the parts of a block, from the lanes of codes of its
/// columns.
static void packLanes(Layout layout, ArrayRef<Lane> codes, Lane *lanes) {
  if (layout == Layout::Int8) {
    copy(codes, lanes);
    return;
  }
  if (layout == Layout::Int4) {
    lanes[0] = codes[0] | codes[1] << 4;
    lanes[1] = codes[2] | codes[3] << 4;
    return;
  }
  if (layout == Layout::TwoBit) {
    lanes[0] = codes[0] | codes[1] << 2 | codes[2] << 4 | codes[3] << 6;
    return;
  }
  std::fill_n(lanes, 5, 0);
  for (const FieldBits &bits : kBase3FieldBits) {
    const Lane *digits = &codes[3 * bits.field];
    Lane field = digits[0] + 3 * digits[1] + 9 * digits[2];
    lanes[bits.part] |= (field >> bits.first & bits.getMask() * kInEachByte)
                        << bits.position;
  }
}

/// The inverse of `packLanes`.
static void unpackLanes(Layout layout, const Lane *lanes,
                        MutableArrayRef<Lane> codes) {
  if (layout == Layout::Int8) {
    std::copy_n(lanes, codes.size(), codes.begin());
    return;
  }
  if (layout == Layout::Int4) {
    for (unsigned i = 0; i < 4; ++i)
      codes[i] = lanes[i / 2] >> (i % 2 * 4) & (15 * kInEachByte);
    return;
  }
  if (layout == Layout::TwoBit) {
    for (unsigned i = 0; i < 4; ++i)
      codes[i] = lanes[0] >> (2 * i) & (3 * kInEachByte);
    return;
  }
  Lane fields[8] = {};
  for (const FieldBits &bits : kBase3FieldBits)
    fields[bits.field] |=
        (lanes[bits.part] >> bits.position & bits.getMask() * kInEachByte)
        << bits.first;
  for (auto [i, field] : enumerate(fields)) {
    for (unsigned byte = 0; byte < 4; ++byte) {
      Lane digits = field >> (8 * byte) & 255;
      for (unsigned trit = 0; trit < 3; ++trit, digits /= 3)
        codes[3 * i + trit] |= digits % 3 << (8 * byte);
    }
  }
}

namespace {
/// One row of a plane of interleaved weights.
class InterleavedRow {
public:
  InterleavedRow(WeightsType type, int64_t plane, int64_t row)
      : type(type), numParts(type.getBlockBytes() / WeightsType::kPartBytes),
        firstByte(plane * type.getPlaneBytes() +
                  row / WeightsType::kTileRows * type.getTileBytes() +
                  row % WeightsType::kTileRows *
                      static_cast<int64_t>(sizeof(Lane))),
        zeroCode(static_cast<int8_t>(type.getZeroCode())),
        codes(type.getBlockColumns() / sizeof(Lane)) {}

  void pack(ArrayRef<int8_t> weights, int8_t *bytes);
  void unpack(const int8_t *bytes, MutableArrayRef<int8_t> weights);

private:
  int64_t getByte(int64_t block, int64_t part) const {
    return firstByte + block * type.getBlockBytes() +
           part * WeightsType::kPartBytes;
  }

  WeightsType type;
  int64_t numParts, firstByte;
  int8_t zeroCode;
  std::vector<Lane> codes;
  Lane lanes[5];
};
} // namespace

void InterleavedRow::pack(ArrayRef<int8_t> weights, int8_t *bytes) {
  int64_t columns = type.getBlockColumns();
  for (int64_t block = 0; block < type.getNumBlocks(); ++block) {
    SmallVector<int8_t, 96> padded(columns, zeroCode);
    for (auto [code, weight] : zip(padded, weights.take_front(columns)))
      code = static_cast<int8_t>(weight + zeroCode);
    weights = weights.drop_front(std::min<size_t>(columns, weights.size()));
    for (auto [i, code] : enumerate(codes))
      code = support::endian::read32le(padded.data() + i * sizeof(Lane));
    packLanes(type.getLayout(), codes, lanes);
    for (int64_t part = 0; part < numParts; ++part)
      support::endian::write32le(bytes + getByte(block, part), lanes[part]);
  }
}

void InterleavedRow::unpack(const int8_t *bytes,
                            MutableArrayRef<int8_t> weights) {
  int64_t columns = type.getBlockColumns();
  for (int64_t block = 0; block < type.getNumBlocks(); ++block) {
    for (int64_t part = 0; part < numParts; ++part)
      lanes[part] = support::endian::read32le(bytes + getByte(block, part));
    codes.assign(codes.size(), 0);
    unpackLanes(type.getLayout(), lanes, codes);
    auto to = weights.drop_front(block * columns).take_front(columns);
    for (auto [i, weight] : enumerate(to)) {
      Lane code = codes[i / sizeof(Lane)] >> (i % sizeof(Lane) * 8);
      weight = static_cast<int8_t>(static_cast<int8_t>(code) - zeroCode);
    }
  }
}

static std::vector<int8_t> packInterleaved(WeightsType type,
                                           ArrayRef<int8_t> values) {
  std::vector<int8_t> bytes(type.getNumBytes());
  int64_t rows = type.getNumTiles() * WeightsType::kTileRows;
  int64_t columns = type.getColumns();
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < rows; ++row) {
      ArrayRef<int8_t> weights;
      if (row < type.getRows())
        weights =
            values.slice((plane * type.getRows() + row) * columns, columns);
      InterleavedRow(type, plane, row).pack(weights, bytes.data());
    }
  return bytes;
}

static std::vector<int8_t> unpackInterleaved(WeightsType type,
                                             ArrayRef<int8_t> bytes) {
  int64_t columns = type.getColumns();
  std::vector<int8_t> values(type.getPlanes() * type.getNumWeights());
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < type.getRows(); ++row)
      InterleavedRow(type, plane, row)
          .unpack(bytes.data(),
                  MutableArrayRef(values).slice(
                      (plane * type.getRows() + row) * columns, columns));
  return values;
}

//===----------------------------------------------------------------------===//
// Weights by columns
//===----------------------------------------------------------------------===//

/// Calls `body` with the first weight of each plane of each row, and its lane.
static void
forEachLane(WeightsType type,
            function_ref<void(int64_t firstWeight, int64_t lane)> body) {
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < type.getRows(); ++row)
      body((plane * type.getRows() + row) * type.getColumns(),
           row * type.getPlanes() + plane);
}

static std::vector<int8_t> packColumns(WeightsType type,
                                       ArrayRef<int8_t> values) {
  std::vector<int8_t> bytes(type.getNumBytes(),
                            packByte<kTwoBit>(nullptr, /*count=*/0));
  std::vector<int8_t> packed(type.getLaneBytes());
  forEachLane(type, [&](int64_t firstWeight, int64_t lane) {
    packDigits<kTwoBit>(values.slice(firstWeight, type.getColumns()),
                        packed.data());
    for (auto [i, byte] : enumerate(packed))
      bytes[i * type.getNumLanes() + lane] = byte;
  });
  return bytes;
}

static std::vector<int8_t> unpackColumns(WeightsType type,
                                         ArrayRef<int8_t> bytes) {
  std::vector<int8_t> values(type.getPlanes() * type.getNumWeights());
  std::vector<int8_t> packed(type.getLaneBytes());
  forEachLane(type, [&](int64_t firstWeight, int64_t lane) {
    for (auto [i, byte] : enumerate(packed))
      byte = bytes[i * type.getNumLanes() + lane];
    unpackDigits(kTwoBit, packed.data(),
                 MutableArrayRef(values).slice(firstWeight, type.getColumns()));
  });
  return values;
}

std::vector<int16_t> smelt::interleaveScales(WeightsType type, int64_t groups,
                                             ArrayRef<int16_t> scales) {
  SmallVector<int64_t> shape = type.getScalesShape(groups);
  std::vector<int16_t> result(std::accumulate(shape.begin(), shape.end(),
                                              int64_t(1), std::multiplies<>()));
  const int16_t *next = scales.begin();
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < type.getRows(); ++row)
      for (int64_t group = 0; group < groups; ++group)
        result[type.getScaleIndex(plane, row, group, groups)] = *next++;
  return result;
}

//===----------------------------------------------------------------------===//
// All layouts
//===----------------------------------------------------------------------===//

std::vector<int8_t> smelt::packWeights(WeightsType type,
                                       ArrayRef<int8_t> values) {
  if (type.getInterleaved())
    return packInterleaved(type, values);
  if (type.getLayout() == Layout::Columns)
    return packColumns(type, values);
  std::vector<int8_t> bytes(type.getNumBytes());
  Layout layout = type.getLayout();
  for (Run run : getRuns(type)) {
    ArrayRef<int8_t> from = values.slice(run.firstWeight, run.numWeights);
    int8_t *to = bytes.data() + run.firstByte;
    if (layout == Layout::Dense || layout == Layout::Int8)
      copy(from, to);
    else if (layout == Layout::Bitplane)
      packBits(from, to);
    else if (layout == Layout::TwoBit)
      packDigits<kTwoBit>(from, to);
    else if (layout == Layout::Int4)
      packDigits<kInt4>(from, to);
    else
      packDigits<kBase3>(from, to);
  }
  return bytes;
}

std::vector<int8_t> smelt::unpackWeights(WeightsType type,
                                         ArrayRef<int8_t> bytes) {
  if (type.getInterleaved())
    return unpackInterleaved(type, bytes);
  if (type.getLayout() == Layout::Columns)
    return unpackColumns(type, bytes);
  std::vector<int8_t> values(type.getPlanes() * type.getNumWeights());
  Layout layout = type.getLayout();
  for (Run run : getRuns(type)) {
    auto to =
        MutableArrayRef<int8_t>(values).slice(run.firstWeight, run.numWeights);
    const int8_t *from = bytes.data() + run.firstByte;
    if (layout == Layout::Dense || layout == Layout::Int8)
      std::copy_n(from, to.size(), to.begin());
    else if (layout == Layout::Bitplane)
      unpackBits(from, to);
    else
      unpackDigits(getDigits(layout), from, to);
  }
  return values;
}
