//===- VocabulariesTest.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Tokenizer.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;
using Ids = std::vector<TokenId>;

static std::string toLittleEndian(uint32_t value) {
  char bytes[4];
  support::endian::write32le(bytes, value);
  return std::string(bytes, 4);
}

static std::string errorOf(Expected<TokenizerDefinition> definition) {
  return definition ? "" : toString(definition.takeError());
}

static Tokenizer create(Expected<TokenizerDefinition> definition) {
  Result<Tokenizer> tokenizer =
      Tokenizer::create(cantFail(std::move(definition)));
  EXPECT_TRUE(tokenizer) << (tokenizer ? "" : tokenizer.failure().message);
  return *tokenizer;
}

namespace {
/// A field of a protobuf message.
struct Proto {
  std::string bytes;

  Proto &message(unsigned field, StringRef content) {
    bytes += static_cast<char>(field << 3 | 2);
    bytes += static_cast<char>(content.size());
    bytes += content;
    return *this;
  }
  Proto &number(unsigned field, unsigned value) {
    varint(field << 3);
    varint(value);
    return *this;
  }
  Proto &real(unsigned field, float value) {
    varint(field << 3 | 5);
    bytes += toLittleEndian(bit_cast<uint32_t>(value));
    return *this;
  }
  void varint(unsigned value) {
    for (; value >= 0x80; value >>= 7)
      bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
};
} // namespace

enum PieceType { normal = 1, unknown, control, userDefined, unused, byte };

static std::string piece(StringRef text, float score = 0,
                         PieceType type = normal) {
  return Proto()
      .message(1, text)
      .real(2, score)
      .number(3, static_cast<unsigned>(type))
      .bytes;
}

/// A model of type BPE with byte fallback.
static Proto makeModel() {
  Proto model;
  model.message(1, piece("<unk>", 0, unknown))
      .message(1, piece("<s>", 0, control))
      .message(1, piece("</s>", 0, control))
      .message(1, piece("<0xC3>", 0, byte))
      .message(1, piece("<0xA4>", 0, byte))
      .message(1, piece("\xE2\x96\x81"
                        "a",
                        -1))
      .message(1, piece("a", -2))
      .message(1, piece("\xE2\x96\x81", -3))
      .message(1, piece("[x]", 0, userDefined))
      .message(2, Proto().number(3, 2).number(35, 1).bytes);
  return model;
}

TEST(SentencePiece, ReadsBytePairEncoding) {
  Tokenizer tokenizer = create(parseSentencePiece(makeModel().bytes));
  EXPECT_EQ(*tokenizer.encode("  a\xC3\xA4  a "), (Ids{5, 3, 4, 5}));
  EXPECT_EQ(*tokenizer.encode("a[x]a"), (Ids{5, 8, 6}));
  EXPECT_EQ(*tokenizer.encode("<s>a"), (Ids{1, 6}));
  EXPECT_EQ(tokenizer.decode({1, 5, 3, 4, 5, 2}), "a\xC3\xA4 a");
  EXPECT_EQ(tokenizer.definition().prefix, Ids{1});
  EXPECT_EQ(tokenizer.definition().stopTokens, Ids{2});
}

TEST(SentencePiece, HonoursTheNormalizer) {
  Proto model = makeModel();
  model.message(3, Proto().number(3, 0).number(4, 0).bytes);
  Tokenizer tokenizer = create(parseSentencePiece(model.bytes));
  EXPECT_EQ(*tokenizer.encode("a  a"), (Ids{6, 7, 5}));
  EXPECT_EQ(tokenizer.decode({5}), " a");
}

TEST(SentencePiece, NamesAllThatIsNotSupported) {
  Proto model;
  model.message(1, piece("a"))
      .message(2, Proto().number(3, 1).number(24, 1).bytes)
      .message(
          3, Proto().message(1, "nmt_nfkc").message(2, "x").number(5, 0).bytes);
  EXPECT_EQ(errorOf(parseSentencePiece(model.bytes)),
            "trainer_spec.model_type 'unigram' is not supported; only 'bpe' "
            "is; trainer_spec.treat_whitespace_as_suffix is not supported; "
            "normalizer_spec.precompiled_charsmap ('nmt_nfkc') is not "
            "supported; normalizer_spec.escape_whitespaces must be true");
}

TEST(SentencePiece, RefusesBrokenModels) {
  EXPECT_EQ(errorOf(parseSentencePiece("")),
            "this is not a SentencePiece model");
  EXPECT_EQ(errorOf(parseSentencePiece("\xFF\xFF")),
            "this is not a SentencePiece model");
  auto errorWith = [](const std::string &added) {
    Proto model = makeModel();
    return errorOf(parseSentencePiece(model.message(1, added).bytes));
  };
  EXPECT_EQ(errorWith(piece("")), "piece 9 has no text or no finite score");
  EXPECT_EQ(errorWith(piece("z", NAN)),
            "piece 9 has no text or no finite score");
  EXPECT_EQ(errorWith(piece("z", 0, unknown)), "there are two unknown pieces");
  EXPECT_EQ(errorWith(piece("z", 0, unused)),
            "pieces[9] is of type UNUSED, which is not supported");
  EXPECT_EQ(errorWith(piece("\xFF")), "");
  Proto model = makeModel();
  std::string bytes = model.message(1, piece("\xFF")).bytes;
  EXPECT_EQ(
      Tokenizer::create(cantFail(parseSentencePiece(bytes))).failure().message,
      "the text of token 9 is not UTF-8");
}

TEST(Tiktoken, RefusesOtherFiles) {
  EXPECT_EQ(errorOf(parseTiktoken("YQ== 0\nYg== 1\n")),
            "there are 2 ranks; of files of this kind only Llama-3's, with "
            "128000, is supported");
  EXPECT_EQ(errorOf(parseTiktoken("YQ== 0\n\nYg== 0\n")),
            "line 3: the token is empty, or rank 0 has one already");
  EXPECT_EQ(errorOf(parseTiktoken("YQ== 4294967295")),
            "line 1: there is no rank from 0 to 127999");
  EXPECT_EQ(errorOf(parseTiktoken("YQ==")),
            "line 1: there is no rank from 0 to 127999");
  EXPECT_NE(errorOf(parseTiktoken("Y*== 1")), "");
}

TEST(Tiktoken, ReadsAsManyRanksAsLlama3Has) {
  std::string file;
  for (unsigned rank = 0; rank < 128000; ++rank) {
    std::string token(1, static_cast<char>(rank));
    if (rank >= 256)
      token = toLittleEndian(rank);
    file += encodeBase64(token) + " " + std::to_string(rank) + "\n";
  }
  Tokenizer tokenizer = create(parseTiktoken(file));
  EXPECT_EQ(tokenizer.size(), 128256u);
  EXPECT_EQ(tokenizer.findToken("<|eot_id|>"), 128009u);
  EXPECT_EQ(tokenizer.findToken("<|reserved_special_token_4|>"), 128008u);
  EXPECT_EQ(tokenizer.findToken("<|reserved_special_token_246|>"), 128251u);
  EXPECT_EQ(tokenizer.definition().prefix, Ids{128000});
}

TEST(GPT2Vocabulary, ReadsTokensAndMerges) {
  Tokenizer tokenizer = create(
      parseGPT2Vocabulary(R"({"a": 0, "b": 1, "ab": 2, "<|endoftext|>": 3})",
                          "#version: 0.2\r\na b\r\n\n"));
  EXPECT_EQ(*tokenizer.encode("ab<|endoftext|>b"), (Ids{2, 3, 1}));
  EXPECT_EQ(tokenizer.definition().stopTokens, Ids{3});
  EXPECT_EQ(errorOf(parseGPT2Vocabulary(R"({"a": 0})", "#version\na x\n")),
            "the merge in line 2 is not of two tokens of the vocabulary");
  EXPECT_EQ(errorOf(parseGPT2Vocabulary("{}", "ab")),
            "the merge in line 1 is not of two tokens of the vocabulary");
  EXPECT_EQ(errorOf(parseGPT2Vocabulary(R"({"a": "x"})", "")),
            "the file has a token whose id is not from 0 to 4194303");
}

static std::string llama2cPiece(StringRef text, float score) {
  return toLittleEndian(bit_cast<uint32_t>(score)) +
         toLittleEndian(static_cast<uint32_t>(text.size())) + text.str();
}

TEST(Llama2c, ReadsPieces) {
  std::string file = toLittleEndian(7) + llama2cPiece("<unk>", 0) +
                     llama2cPiece("\n<s>\n", 0) + llama2cPiece("\n</s>\n", 0) +
                     llama2cPiece("<0x62>", 0) + llama2cPiece(" a", -1) +
                     llama2cPiece(" ", -2) + llama2cPiece("a", -3);
  Tokenizer tokenizer = create(parseLlama2cTokenizer(file));
  EXPECT_EQ(*tokenizer.encode("ab  a"), (Ids{4, 3, 5, 4}));
  EXPECT_EQ(tokenizer.decode({1, 4, 3}), "ab");
  for (size_t length = 0; length < file.size(); ++length)
    (void)errorOf(parseLlama2cTokenizer(StringRef(file).take_front(length)));
  EXPECT_EQ(errorOf(parseLlama2cTokenizer(StringRef(file).drop_back())),
            "the file ends within piece 6");
  EXPECT_EQ(errorOf(parseLlama2cTokenizer("abcd")), "the file has 0 pieces");
}
