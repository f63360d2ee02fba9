//===- WeightPackingTest.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/WeightPacking.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <numeric>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
struct WeightPacking : testing::Test {
  WeightPacking() { context.loadDialect<TernaryDialect>(); }

  WeightsType getType(ArrayRef<int64_t> shape, Layout layout,
                      int64_t planes = 1, bool interleaved = false) {
    return WeightsType::get(&context, shape, layout, planes, interleaved);
  }

  MLIRContext context;
};
} // namespace

using Bytes = std::vector<int8_t>;

TEST_F(WeightPacking, FillsEachByteFromItsLowestDigit) {
  Bytes values = {1, 0, -1, 1, -1, 1, 1, 0};
  EXPECT_EQ(packWeights(getType({2, 4}, Layout::TwoBit), values),
            (Bytes{static_cast<int8_t>(2 + (1 << 2) + (0 << 4) + (2 << 6)),
                   static_cast<int8_t>(0 + (2 << 2) + (2 << 4) + (1 << 6))}));
}

TEST_F(WeightPacking, PadsAnAlignedRowWithZeroWeights) {
  Bytes values(39, -1);
  WeightsType type = getType({1, 39}, Layout::Base3);
  Bytes bytes = packWeights(type, values);
  ASSERT_EQ(bytes.size(), 8u);
  EXPECT_EQ(bytes[6], 0);
  EXPECT_EQ(bytes[7], 81);
}

TEST_F(WeightPacking, StartsEachRowOfInt4OnAByte) {
  WeightsType type = getType({2, 3}, Layout::Int4);
  EXPECT_TRUE(type.isRowAligned());
  Bytes values = {7, -7, 3, -1, 0, 5};
  Bytes bytes = {0x1f, static_cast<int8_t>(0x8b), static_cast<int8_t>(0x87),
                 static_cast<int8_t>(0x8d)};
  EXPECT_EQ(packWeights(type, values), bytes);
  EXPECT_EQ(unpackWeights(type, bytes), values);
}

TEST_F(WeightPacking, KeepsPlusAndMinusBitsApart) {
  Bytes values = {1, -1, 0, 0, 0, 0, 0, 1, -1};
  EXPECT_EQ(packWeights(getType({1, 9}, Layout::Bitplane), values),
            (Bytes{static_cast<int8_t>(0x81), 0, 2, 1}));
}

TEST_F(WeightPacking, RunsRowsTogetherWherePaddingWouldCostTooMuch) {
  WeightsType type = getType({4, 3}, Layout::TwoBit, 2);
  EXPECT_FALSE(type.isRowAligned());
  Bytes values(24, 0);
  values[3] = 1;
  values[12] = -1;
  EXPECT_EQ(packWeights(type, values),
            (Bytes{static_cast<int8_t>(0x95), 0x55, 0x55, 0x54, 0x55, 0x55}));
}

TEST_F(WeightPacking, InterleavesRowsByFourColumns) {
  WeightsType type = getType({17, 20}, Layout::TwoBit, 1, true);
  // 2 tiles of 2 blocks
  ASSERT_EQ(type.getNumBytes(), 2 * 2 * 64);
  Bytes values(17 * 20, 0);
  values[3 * 20 + 9] = 1;    // block 0, code 2 of byte 1
  values[16 * 20 + 19] = -1; // tile 1, block 1, code 0 of byte 3
  Bytes expected(256, 0x55);
  expected[3 * 4 + 1] = 0x65;
  expected[128 + 64 + 3] = 0x54;
  EXPECT_EQ(packWeights(type, values), expected);
}

TEST_F(WeightPacking, PutsInterleavedInt4AboveThoseFourColumnsBefore) {
  WeightsType type = getType({1, 13}, Layout::Int4, 1, true);
  ASSERT_EQ(type.getNumBytes(), 2 * 64);
  Bytes values(13, 0);
  values[1] = 7;
  values[5] = -7;
  values[12] = 3;
  Bytes expected(128, static_cast<int8_t>(0x88));
  expected[1] = 0x1F;
  expected[64] = static_cast<int8_t>(0xB8);
  EXPECT_EQ(packWeights(type, values), expected);
}

TEST_F(WeightPacking, PutsThreeInterleavedDigitsIntoFiveBits) {
  WeightsType type = getType({2, 96}, Layout::Base3, 1, true);
  ASSERT_EQ(type.getNumBytes(), 5 * 64);
  Bytes values(2 * 96, 0);
  // Row 1: columns 37, 41 and 45 are the digits of field 3 in byte 1, columns
  // 84, 88 and 92 those of field 7 in byte 0. All others have 13.
  for (int column : {37, 41, 45})
    values[96 + column] = 1;
  values[96 + 84] = 1;
  Bytes bytes = packWeights(type, values);
  auto getByte = [&](int part, int byte) {
    return static_cast<uint8_t>(bytes[part * 64 + 4 + byte]);
  };
  // 13 is 8 + 4 + 1: bits 2 to 4 are 3, bits 0 and 1 are 1. 14 is 13 + 1.
  EXPECT_EQ(getByte(0, 1), 13 + (3 << 5));
  EXPECT_EQ(getByte(1, 1), 13 + (1 << 5) + (1 << 6));
  EXPECT_EQ(getByte(2, 1), 13 + (3 << 5));
  EXPECT_EQ(getByte(3, 1), 26 + (0 << 5) + (1 << 6));
  EXPECT_EQ(getByte(4, 1), 13 + (3 << 5));
  EXPECT_EQ(getByte(1, 0), 13 + (0 << 5) + (1 << 6));
  EXPECT_EQ(getByte(3, 0), 13 + (1 << 5) + (1 << 6));
  EXPECT_EQ(getByte(4, 0), 13 + (3 << 5));
}

TEST_F(WeightPacking, UnpacksWhatItInterleaves) {
  for (Layout layout :
       {Layout::Int8, Layout::Int4, Layout::TwoBit, Layout::Base3})
    for (int64_t columns = 1; columns < 200; columns += 7)
      for (int64_t rows : {1, 16, 33})
        for (int64_t planes = 1;
             planes <= (WeightsType::isTernary(layout) ? 3 : 1); ++planes) {
          WeightsType type = getType({rows, columns}, layout, planes, true);
          Bytes values(planes * rows * columns);
          unsigned state = 1;
          for (int8_t &value : values) {
            state = state * 1664525 + 1013904223;
            int most = static_cast<int>(type.getMaxMagnitude());
            value = static_cast<int8_t>((state >> 8) % (2 * most + 1)) - most;
          }
          Bytes bytes = packWeights(type, values);
          ASSERT_EQ(static_cast<int64_t>(bytes.size()), type.getNumBytes());
          EXPECT_EQ(unpackWeights(type, bytes), values);
        }
}

TEST_F(WeightPacking, InterleavesScales) {
  WeightsType type = getType({18, 64}, Layout::TwoBit, 1, true);
  std::vector<int16_t> scales(18 * 2);
  std::iota(scales.begin(), scales.end(), 0);
  std::vector<int16_t> interleaved = interleaveScales(type, 2, scales);
  ASSERT_EQ(interleaved.size(), 64u);
  EXPECT_EQ(interleaved[16 + 3], 3 * 2 + 1);
  EXPECT_EQ(interleaved[32 + 16 + 1], 17 * 2 + 1);
  EXPECT_EQ(interleaved[32 + 2], 0);
}

TEST_F(WeightPacking, PutsPlanesOfColumnsBesideEachOther) {
  WeightsType type = getType({3, 5}, Layout::Columns, 2);
  // 6 lanes, and a tile of 16
  ASSERT_EQ(type.getNumBytes(), 6 + 16);
  Bytes values(30, 0);
  values[15 + 2 * 5 + 1] = 1; // plane 1, row 2, column 1
  values[1 * 5 + 4] = -1;     // plane 0, row 1, column 4
  Bytes expected(22, 0x55);
  expected[5] = 0x59;
  expected[6 + 2] = 0x54;
  EXPECT_EQ(packWeights(type, values), expected);
}

TEST_F(WeightPacking, MakesEqualTilesOfWholeRows) {
  auto getTiles = [&](int64_t rows, int64_t planes) {
    WeightsType type = getType({rows, 4}, Layout::Columns, planes);
    return std::pair(type.getNumLaneTiles(), type.getTileLanes());
  };
  EXPECT_EQ(getTiles(1, 1), std::pair(int64_t(1), int64_t(16)));
  EXPECT_EQ(getTiles(10, 3), std::pair(int64_t(1), int64_t(32)));
  EXPECT_EQ(getTiles(128, 1), std::pair(int64_t(1), int64_t(128)));
  EXPECT_EQ(getTiles(150, 1), std::pair(int64_t(2), int64_t(80)));
  EXPECT_EQ(getTiles(36, 3), std::pair(int64_t(2), int64_t(96)));
  EXPECT_EQ(getTiles(512, 2), std::pair(int64_t(8), int64_t(128)));
}

TEST_F(WeightPacking, UnpacksWhatItPacks) {
  for (Layout layout : {Layout::Dense, Layout::TwoBit, Layout::Base3,
                        Layout::Bitplane, Layout::Columns})
    for (int64_t columns = 1; columns < 90; ++columns)
      for (int64_t planes = 1; planes <= 3; ++planes) {
        WeightsType type = getType({5, columns}, layout, planes);
        Bytes values(planes * 5 * columns);
        unsigned state = 1;
        for (int8_t &value : values) {
          state = state * 1664525 + 1013904223;
          value = static_cast<int8_t>(state >> 24) % 3 % 2;
        }
        Bytes bytes = packWeights(type, values);
        ASSERT_EQ(static_cast<int64_t>(bytes.size()), type.getNumBytes());
        EXPECT_EQ(unpackWeights(type, bytes), values);
      }
}

TEST_F(WeightPacking, UnpacksAllWeightsOfInt4) {
  for (int64_t columns = 1; columns < 40; ++columns) {
    WeightsType type = getType({3, columns}, Layout::Int4);
    Bytes values(3 * columns);
    for (auto [index, value] : llvm::enumerate(values))
      value = static_cast<int8_t>(index * 7 % 15) - 7;
    Bytes bytes = packWeights(type, values);
    ASSERT_EQ(int64_t(bytes.size()), 3 * ((columns + 1) / 2));
    EXPECT_EQ(unpackWeights(type, bytes), values);
  }
}

TEST_F(WeightPacking, LeavesBytesOfInt8Alone) {
  Bytes values = {127, -127, 5};
  EXPECT_EQ(packWeights(getType({1, 3}, Layout::Int8), values), values);
}
