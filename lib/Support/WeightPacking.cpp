//===- WeightPacking.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/WeightPacking.h"
#include "llvm/Support/Endian.h"

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

static Digits getDigits(Layout layout) {
  return layout == Layout::TwoBit ? Digits{4, 4} : Digits{3, 5};
}

/// A byte of digits; those that are missing are a zero weight's.
template <unsigned base, unsigned perByte>
static int8_t packByte(const int8_t *values, size_t count) {
  unsigned byte = 0;
  for (size_t i = perByte; i-- > 0;)
    byte = byte * base + (i < count ? values[i] + 1 : 1);
  return static_cast<int8_t>(byte);
}

template <unsigned base, unsigned perByte>
static void packDigits(ArrayRef<int8_t> values, int8_t *bytes) {
  for (; values.size() >= perByte; values = values.drop_front(perByte))
    *bytes++ = packByte<base, perByte>(values.data(), perByte);
  if (!values.empty())
    *bytes = packByte<base, perByte>(values.data(), values.size());
}

static void unpackDigits(Digits digits, const int8_t *bytes,
                         MutableArrayRef<int8_t> values) {
  for (size_t first = 0; first < values.size(); first += digits.perByte) {
    unsigned byte = static_cast<uint8_t>(*bytes++);
    size_t end = std::min<size_t>(first + digits.perByte, values.size());
    for (size_t i = first; i < end; ++i, byte /= digits.base)
      values[i] = static_cast<int8_t>(byte % digits.base) - 1;
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

std::vector<int8_t> smelt::packWeights(WeightsType type,
                                       ArrayRef<int8_t> values) {
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
      packDigits<4, 4>(from, to);
    else
      packDigits<3, 5>(from, to);
  }
  return bytes;
}

std::vector<int8_t> smelt::unpackWeights(WeightsType type,
                                         ArrayRef<int8_t> bytes) {
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
