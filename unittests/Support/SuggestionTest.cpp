//===- SuggestionTest.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Suggestion.h"
#include "gtest/gtest.h"

using namespace smelt;

TEST(Suggestion, NamesTheNearest) {
  EXPECT_EQ(suggest("masekd", {"masked", "dot", "base3"}),
            "; did you mean 'masked'?");
  EXPECT_EQ(suggest("avx513f", {"avx2", "avx512f"}),
            "; did you mean 'avx512f'?");
  EXPECT_EQ(suggest("xyzzy", {"masked", "dot", "base3"}), "");
}
