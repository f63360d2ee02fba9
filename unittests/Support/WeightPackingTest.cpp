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

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
struct WeightPacking : testing::Test {
  WeightPacking() { context.loadDialect<TernaryDialect>(); }

  WeightsType getType(ArrayRef<int64_t> shape, Layout layout,
                      int64_t planes = 1) {
    return WeightsType::get(&context, shape, layout, planes);
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

TEST_F(WeightPacking, UnpacksWhatItPacks) {
  for (Layout layout :
       {Layout::Dense, Layout::TwoBit, Layout::Base3, Layout::Bitplane})
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

TEST_F(WeightPacking, LeavesBytesOfInt8Alone) {
  Bytes values = {127, -127, 5};
  EXPECT_EQ(packWeights(getType({1, 3}, Layout::Int8), values), values);
}
