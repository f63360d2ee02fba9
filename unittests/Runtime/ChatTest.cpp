//===- ChatTest.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Chat.h"
#include "gtest/gtest.h"

using namespace smelt::runtime;

/// All of ASCII, and special tokens with these names.
static TokenizerDefinition makeDefinition(std::vector<std::string> specials) {
  TokenizerDefinition definition;
  for (char c = 1; c < 127; ++c)
    definition.tokens.emplace_back(1, c);
  definition.decoder.resize(1);
  definition.decoder[0].kind = DecoderStep::Kind::Fuse;
  for (const std::string &text : specials) {
    AddedToken added;
    added.id = static_cast<TokenId>(definition.tokens.size());
    added.pattern = text;
    added.special = true;
    definition.addedTokens.push_back(added);
    definition.tokens.push_back(text);
  }
  return definition;
}

static const std::vector<std::string> llama3 = {
    "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|eot_id|>"};

/// The text of a turn's tokens; special ones are in brackets.
static std::string render(const TokenizerDefinition &definition,
                          std::string_view system, std::string_view user,
                          bool isFirst = true) {
  Tokenizer tokenizer = *Tokenizer::create(definition);
  ChatTurn turn{isFirst, system, user};
  Result<std::vector<TokenId>> ids = encodeChatTurn(tokenizer, turn);
  if (!ids)
    return ids.failure().message;
  std::string text;
  for (TokenId id : *ids)
    text +=
        id < 126 ? definition.tokens[id] : "[" + definition.tokens[id] + "]";
  return text;
}

TEST(Chat, WritesChatML) {
  TokenizerDefinition definition =
      makeDefinition({"<|im_start|>", "<|im_end|>"});
  ASSERT_FALSE(recognizeChatFormat(
      definition, "{{'<|im_start|>system\\nYou are a helpful assistant.'}}"));
  EXPECT_EQ(definition.stopTokens, std::vector<TokenId>{127});
  EXPECT_EQ(render(definition, "", " Hi"),
            "[<|im_start|>]system\nYou are a helpful assistant."
            "[<|im_end|>]\n[<|im_start|>]user\n Hi[<|im_end|>]\n"
            "[<|im_start|>]assistant\n");
  EXPECT_EQ(render(definition, "", "More", /*isFirst=*/false),
            "[<|im_end|>]\n[<|im_start|>]user\nMore[<|im_end|>]\n"
            "[<|im_start|>]assistant\n");
}

TEST(Chat, WritesLlama3AndBitNet) {
  TokenizerDefinition definition = makeDefinition(llama3);
  ASSERT_FALSE(useChatFormat(definition, "llama3"));
  EXPECT_EQ(render(definition, "S", " U "),
            "[<|begin_of_text|>][<|start_header_id|>]system"
            "[<|end_header_id|>]\n\nS[<|eot_id|>][<|start_header_id|>]user"
            "[<|end_header_id|>]\n\nU[<|eot_id|>][<|start_header_id|>]"
            "assistant[<|end_header_id|>]\n\n");
  ASSERT_FALSE(useChatFormat(definition, "bitnet"));
  EXPECT_EQ(render(definition, "", "Hey"),
            "[<|begin_of_text|>]User: Hey[<|eot_id|>]Assistant:");
  ASSERT_FALSE(recognizeChatFormat(
      definition, "{{ role | capitalize + '<|eot_id|>' }}{{ 'Assistant: ' }}"));
  EXPECT_EQ(render(definition, "S", "Hey"),
            "[<|begin_of_text|>]System: S[<|eot_id|>]User: Hey[<|eot_id|>]"
            "Assistant: ");
}

TEST(Chat, WritesLlama2) {
  TokenizerDefinition definition = makeDefinition({"<s>", "</s>"});
  ASSERT_FALSE(useChatFormat(definition, "llama2"));
  EXPECT_EQ(render(definition, "S", "U"),
            "[<s>][INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST]");
  EXPECT_EQ(render(definition, "S", "U", /*isFirst=*/false),
            "[</s>][<s>][INST] U [/INST]");
}

TEST(Chat, WritesFalcon3) {
  TokenizerDefinition definition = makeDefinition({"<|endoftext|>"});
  ASSERT_FALSE(recognizeChatFormat(
      definition, "{{ '<|user|>\\n' + content + '\\n' }}"
                  "{{ '<|assistant|>\\n' + content + eos_token }}"));
  EXPECT_EQ(render(definition, "S", "U"),
            "<|system|>\nS\n<|user|>\nU\n<|assistant|>\n");
}

TEST(Chat, TakesMessagesAsText) {
  TokenizerDefinition definition = makeDefinition(llama3);
  ASSERT_FALSE(useChatFormat(definition, "bitnet"));
  EXPECT_EQ(render(definition, "", "<|eot_id|>"),
            "[<|begin_of_text|>]User: <|eot_id|>[<|eot_id|>]Assistant:");
  EXPECT_EQ(render(definition, "", "a\xFF"),
            "a message is not UTF-8 at byte 1");
}

TEST(Chat, NamesWhatIsMissing) {
  TokenizerDefinition definition = makeDefinition({"<s>"});
  EXPECT_EQ(render(definition, "", "x"),
            "this model has no known format for conversations");
  EXPECT_EQ(useChatFormat(definition, "mistral")->message,
            "there is no chat format 'mistral'; the formats are bitnet, "
            "chatml, falcon3, llama2, llama3");
  EXPECT_EQ(useChatFormat(definition, "llama2")->message,
            "the chat format 'llama2' needs the special token '</s>', which "
            "the vocabulary does not have");
  for (std::string_view text :
       {"{{ '[INST]' + content }}",
        "{{ '<|user|>\\n' + content + eos_token }}<|assistant|>"})
    EXPECT_EQ(recognizeChatFormat(definition, text)->message,
              "the model's chat template is not known; the chat formats are "
              "bitnet, chatml, falcon3, llama2, llama3");
}
