//===- WeightPacking.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/WeightPacking.h"

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

static void packDigits(Digits digits, ArrayRef<int8_t> values, int8_t *bytes) {
  for (size_t first = 0; first < values.size(); first += digits.perByte) {
    unsigned byte = 0;
    for (size_t i = first + digits.perByte; i-- > first;)
      byte = byte * digits.base + (i < values.size() ? values[i] + 1 : 1);
    *bytes++ = static_cast<int8_t>(byte);
  }
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

static void packBits(ArrayRef<int8_t> values, int8_t *bytes) {
  int8_t *minus = bytes + (values.size() + 7) / 8;
  for (auto [i, value] : enumerate(values)) {
    int8_t bit = static_cast<int8_t>(1u << (i % 8));
    if (value > 0)
      bytes[i / 8] |= bit;
    else if (value < 0)
      minus[i / 8] |= bit;
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
    else
      packDigits(getDigits(layout), from, to);
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
