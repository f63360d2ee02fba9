//===- TokenizerTest.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Tokenizer.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;
using Ids = std::vector<TokenId>;

static Tokenizer create(TokenizerDefinition definition) {
  Result<Tokenizer> tokenizer = Tokenizer::create(std::move(definition));
  EXPECT_TRUE(tokenizer) << (tokenizer ? "" : tokenizer.failure().message);
  return *tokenizer;
}

/// a b c ab bc abc, merged "b c" first, then "a b", then "a bc".
static TokenizerDefinition makeListed() {
  TokenizerDefinition definition;
  definition.tokens = {"a", "b", "c", "ab", "bc", "abc"};
  definition.merges = {{1, 2}, {0, 1}, {0, 4}};
  return definition;
}

static void add(TokenizerDefinition &definition, const std::string &text,
                bool special = true) {
  AddedToken added;
  added.id = static_cast<TokenId>(definition.tokens.size());
  added.pattern = text;
  added.special = special;
  definition.tokens.push_back(text);
  definition.addedTokens.push_back(added);
}

TEST(Tokenizer, MergesTheLowestRankFirst) {
  Tokenizer tokenizer = create(makeListed());
  EXPECT_EQ(*tokenizer.encode("abc"), Ids{5});
  EXPECT_EQ(*tokenizer.encode("abab"), (Ids{3, 3}));
  EXPECT_EQ(*tokenizer.encode("abcbc"), (Ids{5, 4}));
  EXPECT_EQ(*tokenizer.encode(""), Ids{});
  EXPECT_EQ(tokenizer.encode("ad").failure().message,
            "the vocabulary has no token for 'd'");
}

TEST(Tokenizer, MergesTheLeftmostOfEqualRank) {
  TokenizerDefinition definition;
  definition.tokens = {"a", "aa"};
  definition.merges = {{0, 0}};
  EXPECT_EQ(*create(definition).encode("aaaaa"), (Ids{1, 1, 0}));
}

TEST(Tokenizer, MergesWhatSpellsAToken) {
  TokenizerDefinition definition;
  definition.rule = MergeRule::Spelled;
  definition.tokens = {"a", "b", "ab", "ba", "x\xC3\xA4", "<s>"};
  definition.ranks = {9, 9, 1, 0, 2, TokenizerDefinition::noRank};
  definition.unknown = 5;
  Tokenizer tokenizer = create(definition);
  EXPECT_EQ(*tokenizer.encode("aba"), (Ids{0, 3}));
  // Of characters that are no tokens, too.
  EXPECT_EQ(*tokenizer.encode("x\xC3\xA4"), Ids{4});
}

TEST(Tokenizer, TakesWholePieces) {
  TokenizerDefinition definition = makeListed();
  definition.tokens.push_back("ca");
  EXPECT_EQ(*create(definition).encode("ca"), (Ids{2, 0}));
  definition.wholePieces = true;
  EXPECT_EQ(*create(definition).encode("ca"), Ids{6});
}

TEST(Tokenizer, FallsBackToBytesAndUnknown) {
  TokenizerDefinition definition = makeListed();
  definition.tokens.insert(definition.tokens.end(),
                           {"<0xC3>", "<0xA4>", "<unk>"});
  definition.byteFallback = true;
  definition.unknown = 8;
  EXPECT_EQ(*create(definition).encode("a\xC3\xA4"), (Ids{0, 6, 7}));
  EXPECT_EQ(*create(definition).encode("xya"), (Ids{8, 8, 0}));
  definition.fuseUnknown = true;
  EXPECT_EQ(*create(definition).encode("xyax"), (Ids{8, 0, 8}));
}

TEST(Tokenizer, FindsAddedTokensFirst) {
  TokenizerDefinition definition = makeListed();
  add(definition, "<b>");
  add(definition, "<b>c", /*special=*/false);
  definition.prefix = {6};
  Tokenizer tokenizer = create(definition);
  EXPECT_EQ(*tokenizer.encode("a<b>b"), (Ids{0, 6, 1}));
  EXPECT_EQ(*tokenizer.encode("<b>c"), Ids{7}) << "the longest";
  EncodeOptions options;
  options.addPrefix = true;
  EXPECT_EQ(*tokenizer.encode("a", options), (Ids{6, 0}));
  options.parseSpecial = false;
  EXPECT_FALSE(tokenizer.encode("<b>", options)) << "mere text";
  EXPECT_EQ(*tokenizer.encode("<b>c", options), (Ids{6, 7}));
}

TEST(Tokenizer, HonoursTheFlagsOfAddedTokens) {
  TokenizerDefinition definition = makeListed();
  definition.tokens.push_back(" ");
  add(definition, "<l>");
  definition.addedTokens.back().leftStrip = true;
  add(definition, "<r>");
  definition.addedTokens.back().rightStrip = true;
  add(definition, "cab");
  definition.addedTokens.back().singleWord = true;
  Tokenizer tokenizer = create(definition);
  EXPECT_EQ(*tokenizer.encode("a  <l> a"), (Ids{0, 7, 6, 0}));
  EXPECT_EQ(*tokenizer.encode("a <r>  a"), (Ids{0, 6, 8, 0}));
  EXPECT_EQ(*tokenizer.encode("cab cabc"), (Ids{9, 6, 2, 5}));
}

TEST(Tokenizer, NormalizesBetweenAddedTokens) {
  TokenizerDefinition definition = makeListed();
  add(definition, "<b>");
  add(definition, "B");
  definition.addedTokens.back().normalized = true;
  definition.addedTokens.back().pattern = "b";
  NormalizerStep lower, prepend;
  lower.kind = NormalizerStep::Kind::Lowercase;
  prepend.kind = NormalizerStep::Kind::PrependAtStart;
  prepend.content = "c";
  definition.normalizer = {prepend, lower};
  Tokenizer tokenizer = create(definition);
  EXPECT_EQ(*tokenizer.encode("A<b>A"), (Ids{2, 0, 6, 0}));
  EXPECT_EQ(*tokenizer.encode("BC"), (Ids{2, 7, 2}));
}

TEST(Tokenizer, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(create(makeListed()).encode("ab\xFF").failure().message,
            "the text is not UTF-8 at byte 2");
}

TEST(Tokenizer, MergesLongTexts) {
  TokenizerDefinition definition;
  definition.tokens = {"a"};
  for (TokenId id = 0; id < 12; ++id) {
    definition.tokens.push_back(definition.tokens[id] + definition.tokens[id]);
    definition.merges.push_back({id, id});
  }
  Ids ids = *create(definition).encode(std::string((1 << 20) + 1, 'a'));
  EXPECT_EQ(ids.size(), 257u);
  EXPECT_EQ(ids.front(), 12u);
  EXPECT_EQ(ids.back(), 0u);
}

static std::string failureOf(const TokenizerDefinition &definition) {
  Result<Tokenizer> tokenizer = Tokenizer::create(definition);
  return tokenizer ? "" : tokenizer.failure().message;
}

TEST(Tokenizer, RefusesBrokenDefinitions) {
  EXPECT_EQ(failureOf({}), "the vocabulary is empty");
  TokenizerDefinition definition = makeListed();
  definition.tokens[5] = "ac";
  EXPECT_EQ(failureOf(definition),
            "merge 2 makes 'abc', which is not in the vocabulary");
  definition.tokens[5] = "a";
  EXPECT_EQ(failureOf(definition), "two tokens have the text 'a'");
  definition = makeListed();
  definition.merges[1].left = 6;
  EXPECT_EQ(failureOf(definition),
            "merge 1 is of tokens that the vocabulary does not have");
  definition = makeListed();
  definition.unknown = 6;
  EXPECT_EQ(failureOf(definition),
            "the unknown token is token 6, which the vocabulary does not have");
  definition = makeListed();
  definition.tokens[2] = "\xFF";
  EXPECT_EQ(failureOf(definition), "the text of token 2 is not UTF-8");
  definition = makeListed();
  definition.rule = MergeRule::Spelled;
  EXPECT_EQ(failureOf(definition), "there are 0 ranks for 6 tokens");
  definition = makeListed();
  definition.addedTokens.resize(1);
  EXPECT_EQ(failureOf(definition),
            "the text of added token 0 is empty or not UTF-8");
  definition = makeListed();
  definition.preTokenizer.resize(1);
  definition.preTokenizer[0].kind = PreTokenizerStep::Kind::Split;
  EXPECT_EQ(failureOf(definition), "a pattern to search for is empty");
  definition = makeListed();
  definition.decoder.resize(2);
  definition.decoder[0].kind = DecoderStep::Kind::Fuse;
  EXPECT_EQ(failureOf(definition),
            "after Fuse a decoder can only strip the start");
}
