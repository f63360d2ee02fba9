//===- ModelFolderTest.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;
using Ids = std::vector<TokenId>;

namespace {
class ModelFolder : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("smelt-model", folder));
    write("vocab.json", R"({"a": 0, "<|im_start|>": 1, "<|im_end|>": 2})");
    write("merges.txt", "");
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  void write(StringRef name, StringRef contents) {
    SmallString<128> path(folder);
    sys::path::append(path, name);
    std::error_code error;
    raw_fd_ostream(path, error) << contents;
    ASSERT_FALSE(error);
  }
  void writeTokenizer() {
    write("tokenizer.json", R"({"added_tokens": [
        {"id": 1, "content": "<|im_start|>", "special": true},
        {"id": 2, "content": "<|im_end|>", "special": true}],
        "decoder": {"type": "ByteLevel"},
        "model": {"vocab": {"a": 0}, "merges": []}})");
  }
  /// The error, with FOLDER for the folder's name.
  std::string error() {
    Expected<TokenizerDefinition> definition = loadTokenizer(folder);
    if (definition)
      return "";
    std::string text = toString(definition.takeError());
    size_t begin = text.find(folder.str());
    return begin == std::string::npos
               ? text
               : text.replace(begin, folder.size(), "FOLDER");
  }

  SmallString<128> folder;
};
} // namespace

TEST_F(ModelFolder, PrefersTokenizerJson) {
  EXPECT_EQ(cantFail(loadTokenizer(folder)).tokens.size(), 3u);
  EXPECT_TRUE(cantFail(loadTokenizer(folder)).addedTokens.empty());
  writeTokenizer();
  EXPECT_EQ(cantFail(loadTokenizer(folder)).addedTokens.size(), 2u);
}

TEST_F(ModelFolder, ReadsWhatConfigsSay) {
  writeTokenizer();
  write("config.json", R"({"eos_token_id": 0, "model_type": "x"})");
  write("generation_config.json", R"({"eos_token_id": [0, 1]})");
  write("tokenizer_config.json", R"({"eos_token": {"content": "<|im_end|>"},
      "bos_token": "<|im_start|>", "add_bos_token": true,
      "chat_template": [{"name": "tools", "template": "x"},
                        {"name": "default", "template": "<|im_start|>"}]})");
  TokenizerDefinition definition = cantFail(loadTokenizer(folder));
  EXPECT_EQ(definition.stopTokens, (Ids{0, 1, 2}));
  EXPECT_EQ(definition.prefix, Ids{1});
  EXPECT_EQ(definition.chat.name, "chatml");

  write("chat_template.jinja", "{{ unknown }}");
  EXPECT_EQ(cantFail(loadTokenizer(folder)).chat.name, "");
}

TEST_F(ModelFolder, GuessesTheChatFormat) {
  writeTokenizer();
  EXPECT_EQ(cantFail(loadTokenizer(folder)).chat.name, "chatml");
}

TEST_F(ModelFolder, NamesFileAndKey) {
  write("config.json", R"({"eos_token_id": [true]})");
  EXPECT_EQ(error(), "FOLDER/config.json: eos_token_id[0] must be an integer "
                     "from 0 to 4294967295");
  write("config.json", R"({"eos_token_id": 4294967295})");
  EXPECT_EQ(error(), "FOLDER: eos_token_id 4294967295 is out of range");
  std::string many = "0";
  for (int i = 1; i <= 1000; ++i)
    many += "," + std::to_string(i);
  write("config.json", "{\"eos_token_id\": [" + many + "]}");
  EXPECT_EQ(error(),
            "FOLDER/config.json: eos_token_id has 1001 tokens; at most "
            "1000 are supported");
  write("config.json", "{}");
  write("tokenizer_config.json", "[]");
  EXPECT_EQ(error(), "FOLDER/tokenizer_config.json: the file must be an "
                     "object");
  write("tokenizer_config.json", R"({"chat_template": 1})");
  EXPECT_EQ(error(), "FOLDER/tokenizer_config.json: chat_template must be a "
                     "string");
  write("tokenizer.json", R"({"decoder": {"type": "Fuse"},
      "model": {"vocab": {}, "merges": []}})");
  write("tokenizer_config.json", "{}");
  EXPECT_EQ(error(), "FOLDER: the vocabulary is empty");
  write("tokenizer.json", "{}");
  EXPECT_EQ(error(), "FOLDER/tokenizer.json: decoder is missing; model is "
                     "missing");
}

TEST_F(ModelFolder, NamesFilesThatAreMissing) {
  sys::fs::remove(folder + "/merges.txt");
  EXPECT_EQ(error(),
            "FOLDER/merges.txt: cannot read it: No such file or directory");
  sys::fs::remove(folder + "/vocab.json");
  EXPECT_EQ(error(), "FOLDER: the folder has no tokenizer.json, "
                     "tokenizer.model, vocab.json, encoder.json or "
                     "tokenizer.bin");
  Expected<TokenizerDefinition> missing = loadTokenizer("/nowhere.json");
  EXPECT_EQ(toString(missing.takeError()),
            "/nowhere.json: cannot read it: No such file or directory");
}
