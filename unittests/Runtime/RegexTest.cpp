//===- RegexTest.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Regex.h"
#include "smelt/Runtime/PreTokenizer.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

static std::vector<std::string> matchAll(std::string_view pattern,
                                         std::string_view text) {
  Result<Regex> regex = Regex::compile(pattern);
  if (!regex)
    return {regex.failure().message};
  std::vector<Span> spans;
  if (MaybeFailure failure = regex->findAll(text, spans))
    return {failure->message};
  std::vector<std::string> matches;
  for (Span span : spans)
    matches.emplace_back(span.of(text));
  return matches;
}

using Texts = std::vector<std::string>;

TEST(Regex, FindsAllMatches) {
  EXPECT_EQ(matchAll(R"( ?\p{L}+|\s+(?!\S)|\s+)", "ab  \xC3\xA4 c\n"),
            (Texts{"ab", " ", " \xC3\xA4", " c", "\n"}));
  EXPECT_EQ(matchAll("(?i:'s)", "'S's"), (Texts{"'S", "'s"}));
  EXPECT_EQ(matchAll("a*", "baa"), (Texts{"aa"}));
}

TEST(Regex, MeansWhatTokenizersMean) {
  // PCRE2's own \s has U+180E.
  EXPECT_EQ(matchAll(R"([^\s]+)", "a\xC2\x85\xE1\xA0\x8E"),
            (Texts{"a", "\xE1\xA0\x8E"}));
  EXPECT_EQ(matchAll(R"(\d+)", "1\xD9\xA1\xC2\xB2"), (Texts{"1\xD9\xA1"}));
  EXPECT_EQ(matchAll(R"([\u0061-\x{62}]+)", "cabc"), (Texts{"ab"}));
  EXPECT_EQ(matchAll("^b$", "a\nb\nc"), (Texts{"b"}));
}

TEST(Regex, RefusesWhatDiffers) {
  for (std::string_view pattern :
       {"(*UCP)a", "(?m)a", "[a[b]]", "[[:alpha:]]", "[a&&b]", R"(\p{Han})",
        R"(\bx)", R"((a)\1)", "a{1,3}+", "a{,3}", R"([\S])", R"(\x{110000000})",
        "[]a]", "\\"})
    EXPECT_FALSE(Regex::compile(pattern)) << pattern;
  EXPECT_EQ(Regex::compile(R"(a\bc)").failure().message,
            R"('\bc' in a regular expression is not supported)");
  EXPECT_FALSE(Regex::compile("(a"));
  EXPECT_FALSE(Regex::compile("\xFF"));
  EXPECT_FALSE(Regex::compile(std::string(1 << 17, 'a')));
}

TEST(Regex, GivesUpOnEndlessMatches) {
  EXPECT_NE(matchAll("(?:a+)+[bc]", std::string(64, 'a'))
                .at(0)
                .find("reasonable time"),
            std::string::npos);
}

static std::vector<std::string>
split(std::string_view text, SplitBehavior behavior, bool invert = false) {
  Result<Searcher> searcher = Searcher::create({"-", /*isRegex=*/false});
  std::vector<Span> matches, spans;
  EXPECT_FALSE(searcher->findAll(text, matches));
  splitAtMatches({0, text.size()}, matches, behavior, invert, spans);
  std::vector<std::string> pieces;
  for (Span span : spans)
    pieces.emplace_back(span.of(text));
  return pieces;
}

// The cases of Hugging Face's documentation of SplitDelimiterBehavior.
TEST(Split, HasFiveBehaviors) {
  constexpr std::string_view text = "the-final--countdown";
  EXPECT_EQ(split(text, SplitBehavior::Removed),
            (Texts{"the", "final", "countdown"}));
  EXPECT_EQ(split(text, SplitBehavior::Isolated),
            (Texts{"the", "-", "final", "-", "-", "countdown"}));
  EXPECT_EQ(split(text, SplitBehavior::MergedWithPrevious),
            (Texts{"the-", "final-", "-", "countdown"}));
  EXPECT_EQ(split(text, SplitBehavior::MergedWithNext),
            (Texts{"the", "-final", "-", "-countdown"}));
  EXPECT_EQ(split(text, SplitBehavior::Contiguous),
            (Texts{"the", "-", "final", "--", "countdown"}));
  EXPECT_EQ(split(text, SplitBehavior::Removed, /*invert=*/true),
            (Texts{"-", "-", "-"}));
}

static std::vector<std::string>
preTokenize(const std::vector<PreTokenizerStep> &steps, std::string text) {
  Result<PreTokenizer> preTokenizer = PreTokenizer::create(steps);
  Result<Pieces> pieces = preTokenizer->apply(text, /*atStart=*/true);
  std::vector<std::string> texts;
  for (Span span : pieces->spans)
    texts.emplace_back(span.of(pieces->text));
  return texts;
}

TEST(PreTokenizer, WritesBytesAsCharacters) {
  PreTokenizerStep step;
  step.kind = PreTokenizerStep::Kind::ByteLevel;
  step.useRegex = true;
  EXPECT_EQ(preTokenize({step}, "it's \xC3\xA4  12"),
            (Texts{"it", "'s", "\xC4\xA0\xC3\x83\xC2\xA4", "\xC4\xA0",
                   "\xC4\xA0"
                   "12"}));
  step.useRegex = false;
  step.addPrefixSpace = true;
  EXPECT_EQ(preTokenize({step}, "a"), (Texts{"\xC4\xA0"
                                             "a"}));
}

TEST(PreTokenizer, WritesSpacesAsReplacement) {
  PreTokenizerStep step;
  step.kind = PreTokenizerStep::Kind::Metaspace;
  step.replacement = "_";
  step.prepend = PrependScheme::First;
  step.split = true;
  EXPECT_EQ(preTokenize({step}, "a b"), (Texts{"_a", "_b"}));
  EXPECT_EQ(preTokenize({step}, " a"), (Texts{"_a"}));
  step.split = false;
  EXPECT_EQ(preTokenize({step}, "a b"), (Texts{"_a_b"}));
}

TEST(PreTokenizer, SplitsDigitsAndPunctuation) {
  PreTokenizerStep digits, punctuation;
  digits.kind = PreTokenizerStep::Kind::Digits;
  punctuation.kind = PreTokenizerStep::Kind::Punctuation;
  punctuation.behavior = SplitBehavior::Contiguous;
  EXPECT_EQ(preTokenize({punctuation, digits}, "a12!?b"),
            (Texts{"a", "12", "!?", "b"}));
  digits.individual = true;
  EXPECT_EQ(preTokenize({digits}, "a12"), (Texts{"a", "1", "2"}));
}
