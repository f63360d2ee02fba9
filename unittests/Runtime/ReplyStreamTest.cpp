//===- ReplyStreamTest.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/ReplyStream.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

TEST(StopStrings, PassesTextOnAsEarlyAsItCan) {
  StopStrings stops({"\nUser:", ""});
  std::string text;
  EXPECT_FALSE(stops.push("Hello", text));
  EXPECT_EQ(text, "Hello");
  EXPECT_FALSE(stops.push("!\n", text));
  EXPECT_EQ(text, "Hello!") << "a stop string may begin";
  EXPECT_FALSE(stops.push("Us", text));
  EXPECT_FALSE(stops.push("\nU", text));
  EXPECT_EQ(text, "Hello!\nUs") << "it did not";
  EXPECT_TRUE(stops.push("ser: more", text));
  EXPECT_EQ(text, "Hello!\nUs");
  EXPECT_TRUE(stops.push("x", text));
  EXPECT_EQ(text, "Hello!\nUs");
}

TEST(StopStrings, GivesBackWhatItHeld) {
  StopStrings stops({"abc"});
  std::string text;
  EXPECT_FALSE(stops.push("xab", text));
  EXPECT_EQ(text, "x");
  stops.finish(text);
  EXPECT_EQ(text, "xab");
}

TEST(StopStrings, DoesNotDependOnTheParts) {
  const std::string whole = "aabab<e>cd<end>";
  for (const char *stop : {"ab<", "<end>", "aab", "bab", "nothing"}) {
    std::string once, bytewise;
    StopStrings first({stop, "d<en"}), second({stop, "d<en"});
    bool found = first.push(whole, once), foundBytewise = false;
    for (char c : whole)
      foundBytewise = second.push(std::string_view(&c, 1), bytewise);
    EXPECT_EQ(found, foundBytewise);
    EXPECT_EQ(once, bytewise);
    EXPECT_EQ(once,
              whole.substr(0, std::min(whole.find(stop), whole.find("d<en"))));
  }
}

TEST(ReplyStream, StopsAtTokensAndStrings) {
  TokenizerDefinition definition;
  definition.tokens = {"\xC3\x83", "\xC2\xA4", "a", "b", "end"};
  definition.decoder.resize(1);
  definition.stopTokens = {4};
  Tokenizer tokenizer = *Tokenizer::create(definition);

  ReplyStream reply(tokenizer, {"ab"});
  std::string text;
  EXPECT_FALSE(reply.push(0, text));
  EXPECT_FALSE(reply.push(1, text));
  EXPECT_EQ(text, "\xC3\xA4");
  EXPECT_FALSE(reply.push(2, text));
  EXPECT_EQ(text, "\xC3\xA4");
  EXPECT_TRUE(reply.push(3, text));
  EXPECT_EQ(text, "\xC3\xA4");

  ReplyStream other(tokenizer, {"ab"});
  text.clear();
  EXPECT_FALSE(other.push(2, text));
  EXPECT_TRUE(other.push(4, text));
  EXPECT_EQ(text, "a") << "what was held comes before the end";

  ReplyStream cut(tokenizer, {"ab"});
  text.clear();
  EXPECT_FALSE(cut.push(2, text));
  EXPECT_FALSE(cut.push(0, text));
  cut.finish(text);
  EXPECT_EQ(text, "a\xC3");
}
