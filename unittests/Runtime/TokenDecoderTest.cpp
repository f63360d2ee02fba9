//===- TokenDecoderTest.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/TokenDecoder.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;
using Kind = DecoderStep::Kind;

static DecoderStep makeStep(Kind kind, std::string pattern = "",
                            std::string content = "", uint32_t start = 0,
                            uint32_t stop = 0) {
  DecoderStep step;
  step.kind = kind;
  step.pattern = std::move(pattern);
  step.content = std::move(content);
  step.start = start;
  step.stop = stop;
  return step;
}

/// As Llama-2 has it.
static TokenizerDefinition makeByteFallback() {
  TokenizerDefinition definition;
  definition.tokens = {"_a", "b", "<0xC3>", "<0xA4>", "_", "<s>", ""};
  AddedToken special;
  special.id = 5;
  special.special = true;
  definition.addedTokens = {special};
  definition.decoder = {makeStep(Kind::Replace, "_", " "),
                        makeStep(Kind::ByteFallback), makeStep(Kind::Fuse),
                        makeStep(Kind::Strip, "", " ", 1)};
  return definition;
}

TEST(TokenDecoder, ReplacesFallsBackAndStrips) {
  TokenizerDefinition definition = makeByteFallback();
  EXPECT_EQ(decode(definition, {5, 0, 1, 0, 2, 3}), "ab a\xC3\xA4");
  EXPECT_EQ(decode(definition, {4, 0}), " a");
  DecodeOptions options;
  options.atStart = false;
  EXPECT_EQ(decode(definition, {0}, options), " a");
  options.skipSpecial = false;
  EXPECT_EQ(decode(definition, {5, 1}, options), "<s>b");
}

TEST(TokenDecoder, IgnoresIdsWithoutTokens) {
  EXPECT_EQ(decode(makeByteFallback(), {6, 7, UINT32_MAX, 1}), "b");
}

TEST(TokenDecoder, KeepsCharactersWhole) {
  TokenizerDefinition definition = makeByteFallback();
  StreamDecoder decoder(definition);
  std::string text;
  decoder.push(2, text);
  EXPECT_EQ(text, "");
  decoder.push(3, text);
  EXPECT_EQ(text, "\xC3\xA4");
  // What cannot be UTF-8 is passed on.
  decoder.push(3, text);
  EXPECT_EQ(text, "\xC3\xA4\xA4");
  decoder.push(2, text);
  decoder.push(1, text);
  EXPECT_EQ(text, "\xC3\xA4\xA4\xC3"
                  "b");
  decoder.push(2, text);
  decoder.finish(text);
  EXPECT_EQ(text, "\xC3\xA4\xA4\xC3"
                  "b\xC3");
}

TEST(TokenDecoder, ReadsByteLevel) {
  TokenizerDefinition definition;
  definition.tokens = {"\xC4\xA0"
                       "a",
                       "\xC3\x83", "\xC2\xA4", "a b"};
  definition.decoder = {makeStep(Kind::ByteLevel)};
  EXPECT_EQ(decode(definition, {0, 1, 2, 3}), " a\xC3\xA4"
                                              "a b");
}

TEST(TokenDecoder, ReadsMetaspace) {
  TokenizerDefinition definition;
  definition.tokens = {"_a", "_"};
  definition.decoder = {makeStep(Kind::Metaspace, "_")};
  definition.decoder[0].prepend = PrependScheme::First;
  EXPECT_EQ(decode(definition, {0, 1, 0}), "a  a");
  definition.decoder[0].prepend = PrependScheme::Never;
  EXPECT_EQ(decode(definition, {0, 0}), " a a");
}

TEST(TokenDecoder, StripsSingleTokens) {
  TokenizerDefinition definition;
  definition.tokens = {"xxax", "x"};
  definition.decoder = {makeStep(Kind::Strip, "", "x", 1, 1)};
  EXPECT_EQ(decode(definition, {0, 1, 0}), "xaxa");
}
