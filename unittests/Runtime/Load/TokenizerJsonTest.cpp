//===- TokenizerJsonTest.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Tokenizer.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;
using Ids = std::vector<TokenId>;

/// A file with these parts; the vocabulary is a, b, ab.
static std::string makeFile(std::string model = "", std::string parts = "",
                            std::string decoder = R"({"type": "Fuse"})") {
  return R"({"version": "1.0", "truncation": null, "padding": null,)" + parts +
         R"("decoder": )" + decoder + R"(, "model": {"type": "BPE", )" + model +
         R"("vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}})";
}

static std::string errorOf(StringRef contents) {
  Expected<TokenizerDefinition> definition = parseTokenizerJson(contents);
  return definition ? "" : toString(definition.takeError());
}

static Tokenizer load(StringRef contents) {
  Result<Tokenizer> tokenizer =
      Tokenizer::create(cantFail(parseTokenizerJson(contents)));
  EXPECT_TRUE(tokenizer) << (tokenizer ? "" : tokenizer.failure().message);
  return *tokenizer;
}

TEST(TokenizerJson, ReadsMergesInBothForms) {
  EXPECT_EQ(*load(makeFile()).encode("abb"), (Ids{2, 1}));
  std::string file = makeFile();
  file.replace(file.find(R"(["a b"])"), 7, R"([["a", "b"]])");
  EXPECT_EQ(*load(file).encode("abb"), (Ids{2, 1}));
}

TEST(TokenizerJson, ReadsTheModelsOptions) {
  TokenizerDefinition definition = cantFail(parseTokenizerJson(
      makeFile(R"("dropout": null, "unk_token": "b", "fuse_unk": true,
                  "continuing_subword_prefix": "", "byte_fallback": true,
                  "ignore_merges": true,)")));
  EXPECT_EQ(definition.unknown, 1u);
  EXPECT_TRUE(definition.fuseUnknown && definition.byteFallback &&
              definition.wholePieces);
}

TEST(TokenizerJson, ReadsAddedTokens) {
  Tokenizer tokenizer = load(makeFile("", R"("added_tokens": [
      {"id": 2, "content": "ab", "single_word": true, "lstrip": true,
       "rstrip": true, "normalized": false, "special": true},
      {"id": 5, "content": "B", "normalized": true, "special": false}],
      "normalizer": {"type": "Lowercase"},)"));
  ASSERT_EQ(tokenizer.size(), 6u);
  const std::vector<AddedToken> &added = tokenizer.definition().addedTokens;
  EXPECT_TRUE(added[0].singleWord && added[0].leftStrip &&
              added[0].rightStrip && added[0].special && added[0].inModel);
  EXPECT_EQ(added[1].pattern, "b");
  EXPECT_FALSE(added[1].inModel);
  EXPECT_EQ(*tokenizer.encode("aB"), (Ids{0, 5}));
}

TEST(TokenizerJson, ReadsEveryComponent) {
  TokenizerDefinition definition =
      cantFail(parseTokenizerJson(makeFile("", R"(
      "normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "_"}, {"type": "NFC"}, {"type": "NFKC"},
        {"type": "NFD"}, {"type": "NFKD"}, {"type": "Lowercase"},
        {"type": "Strip", "strip_left": true, "strip_right": false},
        {"type": "Replace", "pattern": {"String": " "}, "content": "_"},
        {"type": "Replace", "pattern": {"Regex": "x+"}, "content": ""}]},
      "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Removed",
         "invert": true},
        {"type": "Digits", "individual_digits": true},
        {"type": "Punctuation", "behavior": "Contiguous"},
        {"type": "Metaspace", "replacement": "_", "prepend_scheme": "first",
         "split": false},
        {"type": "Metaspace", "replacement": "_", "add_prefix_space": false},
        {"type": "Whitespace"}, {"type": "WhitespaceSplit"},
        {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true,
         "use_regex": false}]},
      "post_processor": {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "trim_offsets": false},
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "b", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "a", "type_id": 0}}],
         "pair": [], "special_tokens": {"a": {"id": "a", "ids": [0]},
                                        "b": {"id": "b", "ids": [1]}}}]},)",
                                           R"({"type": "Sequence", "decoders": [
        {"type": "ByteLevel"}, {"type": "ByteFallback"},
        {"type": "Replace", "pattern": {"String": "_"}, "content": " "},
        {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never"},
        {"type": "Fuse"},
        {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})")));
  EXPECT_EQ(definition.normalizer.size(), 9u);
  EXPECT_TRUE(definition.normalizer[8].pattern.isRegex);
  ASSERT_EQ(definition.preTokenizer.size(), 8u);
  EXPECT_EQ(definition.preTokenizer[3].prepend, PrependScheme::First);
  EXPECT_EQ(definition.preTokenizer[4].prepend, PrependScheme::Never);
  EXPECT_TRUE(definition.preTokenizer[4].split);
  EXPECT_EQ(definition.decoder.size(), 6u);
  EXPECT_EQ(definition.prefix, Ids{1});
}

TEST(TokenizerJson, NamesAllThatIsNotSupported) {
  EXPECT_EQ(
      errorOf(makeFile(R"("dropout": 0.1, "end_of_word_suffix": "</w>",)",
                       R"("normalizer": {"type": "Nmt"}, "extra": 1,
                          "pre_tokenizer": {"type": "Sequence",
                            "pretokenizers": [{"type": "Digits"},
                                              {"type": "UnicodeScripts"}]},
                          "post_processor": {"type": "BertProcessing"},)",
                       R"({"type": "CTC"})")),
      "extra is not known; normalizer.type 'Nmt' is not supported; "
      "pre_tokenizer.pretokenizers[1].type 'UnicodeScripts' is not supported; "
      "post_processor.type 'BertProcessing' is not supported; "
      "decoder.type 'CTC' is not supported; model.dropout is not supported; "
      "model.end_of_word_suffix is not supported");
  EXPECT_EQ(errorOf(R"({"model": {"type": "Unigram"}})"),
            "decoder is missing; model.type 'Unigram' is not supported");
}

TEST(TokenizerJson, NamesWhatIsMalformed) {
  EXPECT_EQ(errorOf("[]"),
            "the file must be an object; decoder is missing; model is missing");
  EXPECT_EQ(errorOf(makeFile(R"("fuse_unk": 1, "unk_token": ["x"],)")),
            "model.fuse_unk must be true or false; "
            "model.unk_token must be a string");
  EXPECT_EQ(errorOf(makeFile(R"("unk_token": "x",)")),
            "model.unk_token is not in the vocabulary");
  EXPECT_EQ(errorOf(makeFile("", "", R"({"type": "Strip", "content": "ab"})")),
            "decoder.content must be one character");
  EXPECT_EQ(errorOf(makeFile("", R"("pre_tokenizer": {"type": "Split",
                "pattern": {}, "behavior": "Sometimes"},)")),
            "pre_tokenizer.pattern must have a String or a Regex that is not "
            "empty; pre_tokenizer.behavior 'Sometimes' is not supported");
  EXPECT_EQ(errorOf(makeFile("", R"("post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "s"}}]},)")),
            "post_processor.single[0] 's' is not in special_tokens; "
            "post_processor.single must have the text once");
}

static std::string errorOfModel(StringRef vocabulary, StringRef merges) {
  return errorOf((R"({"decoder": {"type": "Fuse"}, "model": {"vocab": )" +
                  vocabulary + R"(, "merges": )" + merges + "}}")
                     .str());
}

TEST(TokenizerJson, RefusesBrokenVocabularies) {
  EXPECT_EQ(errorOfModel(R"({"a": 1, "b": 1})", "[]"),
            "model.vocab gives the id 1 to 'a' and 'b'");
  for (StringRef id : {"-1", "4194304", "1e30", "0.5", "\"0\"", "null"})
    EXPECT_EQ(errorOfModel((R"({"a": )" + id + "}").str(), "[]"),
              "model.vocab has a token whose id is not from 0 to 4194303");
  EXPECT_EQ(errorOfModel(R"(["a"])", "{}"),
            "model.vocab must be an object; model.merges must be an array");
  for (StringRef merge :
       {R"("a")", R"("a b c")", R"(" a")", R"(["a"])", "1", R"(["a", 1])"})
    EXPECT_EQ(errorOfModel(R"({"a": 0})", ("[" + merge + "]").str()),
              "model.merges has no two tokens at 0");
  EXPECT_EQ(errorOfModel(R"({"a": 0})", R"(["a a", "a x"])"),
            "model.merges has a token at 1 that is not in the vocabulary: 'x'");
}

TEST(TokenizerJson, RefusesBrokenAddedTokens) {
  auto errorOfAdded = [](StringRef tokens) {
    return errorOf(
        makeFile("", (R"("added_tokens": [)" + tokens + "],").str()));
  };
  EXPECT_EQ(errorOfAdded(R"({"id": 1, "content": "a"})"),
            "added_tokens[0] gives 'a' the id 1, but the vocabulary does not");
  EXPECT_EQ(errorOfAdded(R"({"id": 0, "content": "x"})"),
            "added_tokens[0] gives 'x' the id 0, but the vocabulary does not");
  EXPECT_EQ(errorOfAdded(R"({"id": 4294967295, "content": "x"}, 1)"),
            "added_tokens[0] has no content or no id from 0 to 4194303; "
            "added_tokens[1] must be an object; "
            "added_tokens[1] has no content or no id from 0 to 4194303");
}

TEST(TokenizerJson, RefusesWhatIsNoJson) {
  EXPECT_EQ(errorOf(std::string(100000, '[')),
            "values are nested more than 64 deep");
  EXPECT_NE(errorOf("{\"a\": \"\xFF\"}"), "");
  EXPECT_NE(errorOf("{"), "");
  EXPECT_NE(errorOf(""), "");
}
