//===- Utf8Test.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Utf8.h"
#include "smelt/Runtime/Unicode.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(findInvalidUtf8("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\xA6\x99"),
            std::string::npos);
  EXPECT_EQ(findInvalidUtf8("ab\x80"), 2u);
  EXPECT_EQ(findInvalidUtf8("\xC0\xAF"), 0u) << "overlong";
  EXPECT_EQ(findInvalidUtf8("\xE0\x9F\xBF"), 0u) << "overlong";
  EXPECT_EQ(findInvalidUtf8("\xED\xA0\x80"), 0u) << "surrogate";
  EXPECT_EQ(findInvalidUtf8("\xF4\x90\x80\x80"), 0u) << "above U+10FFFF";
  EXPECT_EQ(findInvalidUtf8("a\xE2\x82"), 1u) << "truncated";
}

TEST(Utf8, TakesWhatItAppends) {
  for (char32_t character :
       {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string text;
    appendUtf8(text, character);
    size_t offset = 0;
    EXPECT_EQ(takeCharacter(text, offset), character);
    EXPECT_EQ(offset, text.size());
    EXPECT_EQ(previousCharacter(text, text.size()), 0u);
  }
}

TEST(Utf8, KnowsWhatCanBecomeACharacter) {
  EXPECT_EQ(incompleteTailLength("ab"), 0u);
  EXPECT_EQ(incompleteTailLength("a\xF0"), 1u);
  EXPECT_EQ(incompleteTailLength("a\xF0\x9F\xA6"), 3u);
  EXPECT_EQ(incompleteTailLength("a\xF0\x9F\xA6\x99"), 0u);
  EXPECT_EQ(incompleteTailLength("a\xF0\x80"), 0u) << "nothing begins so";
  EXPECT_EQ(incompleteTailLength("a\x9F\xA6"), 0u);
}

TEST(Unicode, NormalizesAndLowers) {
  EXPECT_EQ(*normalize("e\xCC\x81", NormalForm::NFC), "\xC3\xA9");
  EXPECT_EQ(*normalize("\xC3\xA9", NormalForm::NFD), "e\xCC\x81");
  EXPECT_EQ(*normalize("\xEF\xAC\x81", NormalForm::NFKC), "fi");
  EXPECT_EQ(toLowercase("\xC3\x84"
                        "B\xC4\xB0"),
            "\xC3\xA4"
            "bi\xCC\x87");
}

TEST(Unicode, KnowsKindsOfCharacters) {
  EXPECT_TRUE(isNumeric(U'\u00BD') && isNumeric(U'7') && !isNumeric(U'a'));
  EXPECT_TRUE(isPunctuation(U'$') && isPunctuation(U'\u3002'));
  EXPECT_FALSE(isPunctuation(U'\u20AC'));
  EXPECT_TRUE(isWhitespace(U'\u0085') && isWhitespace(U'\u3000'));
  EXPECT_FALSE(isWhitespace(U'\u180E'));
  EXPECT_TRUE(isWordCharacter(U'_') && !isWordCharacter(U'-'));
}
