//===- PromptLookupTest.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/PromptLookup.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

using Tokens = std::vector<int32_t>;

static Tokens draft(const Tokens &tokens, size_t size) {
  PromptLookup lookup;
  for (int32_t token : tokens)
    lookup.add(token);
  return lookup.draft(size);
}

TEST(PromptLookup, FindsWhatFollowedTheLastTokens) {
  EXPECT_EQ(draft({1, 2, 3, 4, 5, 1, 2, 3}, 2), Tokens({4, 5}));
  EXPECT_EQ(draft({9, 2, 3, 4, 5, 1, 2, 3}, 2), Tokens({4, 5})) << "two";
  EXPECT_EQ(draft({9, 9, 3, 4, 5, 1, 2, 3}, 2), Tokens()) << "one is too few";
  EXPECT_EQ(draft({7, 1, 2, 8, 1, 2, 9, 1, 2}, 1), Tokens({9})) << "the latest";
  EXPECT_EQ(draft({3, 1, 2, 8, 1, 2, 9, 3, 1, 2}, 1), Tokens({8}))
      << "three go before two";
}

TEST(PromptLookup, GoesOnPastTheEnd) {
  EXPECT_EQ(draft({1, 2, 3, 1, 2}, 7), Tokens({3, 1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(draft({5, 5, 5}, 3), Tokens({5, 5, 5}));
  EXPECT_EQ(draft({1, 2, 1, 2}, 3), Tokens({1, 2, 1}));
}

TEST(PromptLookup, KnowsNothingOfShortTexts) {
  EXPECT_EQ(draft({}, 3), Tokens());
  EXPECT_EQ(draft({1}, 3), Tokens());
  EXPECT_EQ(draft({1, 1}, 3), Tokens());
  const int32_t tokens[] = {4, 4};
  EXPECT_EQ(findDraft(tokens, 0), 0u);
  EXPECT_EQ(findDraft(tokens, 2), 2u);
}

TEST(PromptLookup, PausesAfterFailures) {
  PromptLookup lookup;
  for (int32_t token : {1, 2, 3, 1, 2})
    lookup.add(token);
  auto countPauses = [&] {
    int count = 0;
    while (lookup.draft(1).empty())
      ++count;
    return count;
  };
  EXPECT_EQ(countPauses(), 0);
  int expected[] = {1, 3, 7, 15, 31, 31};
  for (int pauses : expected) {
    lookup.note(3, 7);
    EXPECT_EQ(countPauses(), pauses);
  }
  lookup.note(4, 7);
  EXPECT_EQ(countPauses(), 0) << "success ends it";
  lookup.note(0, 7);
  EXPECT_EQ(countPauses(), 1);
  lookup.note(0, 7);
  lookup.clear();
  EXPECT_TRUE(lookup.draft(1).empty());
  for (int32_t token : {1, 2, 3, 1, 2})
    lookup.add(token);
  EXPECT_EQ(countPauses(), 0) << "a new text has no past";
}
