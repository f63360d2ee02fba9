//===- SerializationTest.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/Tokenizer.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

/// Something in every member.
static TokenizerDefinition makeDefinition() {
  TokenizerDefinition definition;
  definition.tokens = {"a", "b", "ab", "", "<unk>", std::string(300, 'z')};
  definition.merges = {{0, 1}};
  definition.wholePieces = true;
  definition.byteFallback = true;
  definition.unknown = 4;
  definition.fuseUnknown = true;
  AddedToken added;
  added.id = 4;
  added.pattern = "<unk>";
  added.special = added.normalized = added.leftStrip = true;
  definition.addedTokens = {added};
  definition.normalizer.resize(1);
  definition.normalizer[0].kind = NormalizerStep::Kind::Replace;
  definition.normalizer[0].pattern = {"x+", true};
  definition.preTokenizer.resize(1);
  definition.preTokenizer[0].kind = PreTokenizerStep::Kind::Split;
  definition.preTokenizer[0].pattern = {"b", false};
  definition.preTokenizer[0].behavior = SplitBehavior::Contiguous;
  definition.decoder.resize(1);
  definition.decoder[0].kind = DecoderStep::Kind::Strip;
  definition.decoder[0].content = "b";
  definition.decoder[0].start = UINT32_MAX;
  definition.prefix = {0, 4};
  definition.stopTokens = {2};
  definition.chat.name = "chat";
  definition.chat.trim = true;
  return definition;
}

TEST(Serialization, ComesBack) {
  std::string bytes = serialize(makeDefinition());
  Result<TokenizerDefinition> read = deserialize(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(serialize(*read), bytes);
  EXPECT_EQ(read->tokens, makeDefinition().tokens);
  EXPECT_EQ(read->merges[0].right, 1u);
  EXPECT_EQ(read->unknown, 4u);
  EXPECT_TRUE(read->addedTokens[0].leftStrip);
  EXPECT_TRUE(read->normalizer[0].pattern.isRegex);
  EXPECT_EQ(read->preTokenizer[0].behavior, SplitBehavior::Contiguous);
  EXPECT_EQ(read->decoder[0].start, UINT32_MAX);
  EXPECT_EQ(read->chat.name, "chat");
}

TEST(Serialization, RefusesDamage) {
  std::string bytes = serialize(makeDefinition());
  EXPECT_EQ(deserialize("SMLTTOK").failure().message,
            "this is not a tokenizer of this version of Smelt");
  EXPECT_FALSE(deserialize(bytes + '\0'));
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_FALSE(deserialize(std::string_view(bytes).substr(0, length)));
}

TEST(Serialization, SurvivesAnyByte) {
  std::string bytes = serialize(makeDefinition());
  for (size_t place = 0; place < bytes.size(); ++place)
    for (int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
      std::string broken = bytes;
      broken[place] = static_cast<char>(value);
      Result<TokenizerDefinition> read = deserialize(broken);
      if (!read)
        continue;
      Result<Tokenizer> tokenizer = Tokenizer::create(std::move(*read));
      if (tokenizer)
        (void)tokenizer->encode("abxxab");
    }
}
