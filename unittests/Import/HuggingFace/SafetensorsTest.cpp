//===- SafetensorsTest.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Safetensors.h"
#include "TestCheckpoint.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace smelt::hf;
using namespace llvm;

static Expected<SafetensorsFile> parse(const std::string &contents) {
  return SafetensorsFile::parse(MemoryBuffer::getMemBufferCopy(contents));
}

static std::string messageOf(const std::string &contents) {
  Expected<SafetensorsFile> file = parse(contents);
  return file ? "none" : toString(file.takeError());
}

/// A file of one tensor `x` whose entry is given.
static std::string withEntry(StringRef entry, StringRef data) {
  return makeSafetensors(("{\"x\":" + entry + "}").str(), data);
}

static std::vector<float> floatsOf(StringRef type, int64_t count,
                                   StringRef bytes) {
  auto file =
      parse(SafetensorsBuilder().add("x", type, {count}, bytes).build());
  EXPECT_TRUE(static_cast<bool>(file));
  std::vector<float> values(count);
  readFloats(file->getTensors()[0], 0, values);
  return values;
}

TEST(Safetensors, ReadsTensors) {
  auto file =
      parse(SafetensorsBuilder()
                .add("odd", "U8", {3}, "abc")
                .addF32("a", {2, 2}, {1, 2, 3, -4})
                .add("scalar", "I64", {}, StringRef("\x05\0\0\0\0\0\0\0", 8))
                .add("empty", "F32", {2, 0}, "")
                .add("also empty", "F32", {0}, "")
                .build());
  ASSERT_TRUE(static_cast<bool>(file));
  EXPECT_EQ(file->getMetadata().lookup("format"), "pt");
  ASSERT_EQ(file->getTensors().size(), 5u);
  const TensorView &a = file->getTensors()[1];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.describe(), "F32 2x2");
  EXPECT_EQ(a.getNumElements(), 4);
  // It is not aligned.
  std::vector<float> last(2);
  readFloats(a, 2, last);
  EXPECT_EQ(last, (std::vector<float>{3, -4}));
}

TEST(Safetensors, ReadsFloatsExactly) {
  // 1, -2, the smallest and largest subnormal, the largest half, -inf.
  EXPECT_EQ(
      floatsOf(
          "F16", 6,
          StringRef("\x00\x3c\x00\xc0\x01\x00\xff\x03\xff\x7b\x00\xfc", 12)),
      (std::vector<float>{1, -2, 0x1p-24f, 1023 * 0x1p-24f, 65504, -INFINITY}));
  EXPECT_TRUE(std::isnan(floatsOf("F16", 1, StringRef("\x01\x7e", 2))[0]));
  EXPECT_TRUE(std::signbit(floatsOf("F16", 1, StringRef("\x00\x80", 2))[0]));
  EXPECT_EQ(floatsOf("BF16", 2, StringRef("\x80\x3f\x00\xc0", 4)),
            (std::vector<float>{1, -2}));
  EXPECT_EQ(floatsOf("F64", 1, StringRef("\0\0\0\0\0\0\xf8\x3f", 8)),
            std::vector<float>{1.5f});
}

TEST(Safetensors, AcceptsPaddedHeaders) {
  EXPECT_EQ(messageOf(makeSafetensors("{}   ", "")), "none");
  EXPECT_EQ(
      messageOf(makeSafetensors(
          R"({"x":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", "a")),
      "none");
}

TEST(Safetensors, RefusesBrokenHeaders) {
  EXPECT_EQ(messageOf("short"), "it has 5 bytes and is not a safetensors file");
  EXPECT_EQ(messageOf(std::string(8, '\xff')),
            "its header of 18446744073709551615 bytes is longer than "
            "100000000; it is not a safetensors file");
  EXPECT_EQ(messageOf(std::string("\x05\0\0\0\0\0\0\0{}", 10)),
            "its header has 5 bytes, but the file has only 2 more; it is "
            "truncated");
  EXPECT_EQ(messageOf(makeSafetensors(" {}", "")),
            "its header does not begin with '{'; it is not a safetensors file");
  EXPECT_EQ(messageOf(makeSafetensors("", "")),
            "its header does not begin with '{'; it is not a safetensors file");
  EXPECT_EQ(messageOf(makeSafetensors("{\"\xff\":{}}", "")).substr(0, 36),
            "its header is wrong: malformed JSON:");
  EXPECT_EQ(messageOf(makeSafetensors("{\"__metadata__\":{\"a\":1}}", "")),
            "'__metadata__.a' is not a string");
  EXPECT_EQ(messageOf(makeSafetensors("{\"__metadata__\":[]}", "")),
            "'__metadata__' is not an object");
  std::string deep(1 << 20, '[');
  EXPECT_EQ(messageOf(makeSafetensors("{\"x\":" + deep, "")),
            "its header is wrong: JSON nested deeper than 64 levels");
  std::string many(5 << 20, ',');
  EXPECT_EQ(messageOf(makeSafetensors("{" + many, "")),
            "its header is wrong: JSON of more than 4194304 values");
}

TEST(Safetensors, RefusesDuplicateKeys) {
  const char *entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  std::string twice = std::string("{\"x\":") + entry + ",\"\\u0078\":" + entry;
  EXPECT_EQ(messageOf(makeSafetensors(twice + "}", "a")),
            "its header has the key 'x' twice");
  EXPECT_EQ(messageOf(withEntry(R"({"dtype":"U8","dtype":"U8","shape":[1],)"
                                R"("data_offsets":[0,1]})",
                                "a")),
            "its header has the key 'x.dtype' twice");
}

TEST(Safetensors, RefusesBrokenEntries) {
  EXPECT_EQ(messageOf(withEntry("1", "")), "tensor 'x': it is not an object");
  EXPECT_EQ(messageOf(withEntry("{}", "")),
            "tensor 'x': 'dtype' is missing or not a string");
  EXPECT_EQ(messageOf(withEntry(R"({"dtype":"F31"})", "")),
            "tensor 'x': its dtype 'F31' is unknown");
  EXPECT_EQ(messageOf(withEntry(R"({"dtype":"F32"})", "")),
            "tensor 'x': 'shape' is missing or not a list");
  for (const char *size : {"-1", "1.5", "\"1\"", "9223372036854775808"})
    EXPECT_EQ(
        messageOf(withEntry(
            std::string(R"({"dtype":"F32","shape":[)") + size + "]}", "")),
        "tensor 'x': 'shape' holds something that is not a size");
  auto shaped = [](const char *shape, const char *offsets) {
    return messageOf(withEntry(std::string(R"({"dtype":"F32","shape":)") +
                                   shape + ",\"data_offsets\":" + offsets + "}",
                               "1234"));
  };
  EXPECT_EQ(shaped("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", "[0,4]"),
            "tensor 'x': 'shape' has 17 dimensions; at most 16 are supported");
  EXPECT_EQ(shaped("[1]", "[0]"),
            "tensor 'x': 'data_offsets' is missing or not two numbers");
  EXPECT_EQ(shaped("[1]", "[4,0]"),
            "tensor 'x': 'data_offsets' is not a range");
  EXPECT_EQ(shaped("[1]", "[-4,0]"),
            "tensor 'x': 'data_offsets' is not a range");
  EXPECT_EQ(shaped("[2]", "[0,4]"),
            "tensor 'x': F32 2 needs 8 bytes, but 'data_offsets' has 4");
  EXPECT_EQ(shaped("[4294967296,4294967296]", "[0,4]"),
            "tensor 'x': its shape 4294967296x4294967296 is too large");
  EXPECT_EQ(shaped("[4294967296,4294967296,0]", "[0,0]"),
            "tensor 'x': its shape 4294967296x4294967296x0 is too large");
  EXPECT_EQ(messageOf(withEntry(
                R"({"dtype":"F4","shape":[1],"data_offsets":[0,1]})", "a")),
            "tensor 'x': its elements do not fill whole bytes");
}

TEST(Safetensors, RefusesHolesAndOverlaps) {
  auto two = [](const char *first, const char *second, const char *data) {
    return messageOf(makeSafetensors(
        std::string(R"({"x":{"dtype":"U8","shape":[2],"data_offsets":)") +
            first + R"(},"y":{"dtype":"U8","shape":[2],"data_offsets":)" +
            second + "}}",
        data));
  };
  EXPECT_EQ(two("[2,4]", "[0,2]", "abcd"), "none");
  EXPECT_EQ(two("[0,2]", "[3,5]", "abcde"),
            "tensor 'y' begins at byte 3 of the data, and the one before it "
            "ends at 2");
  EXPECT_EQ(two("[0,2]", "[1,3]", "abcd"),
            "tensor 'y' begins at byte 1 of the data, and the one before it "
            "ends at 2");
  EXPECT_EQ(two("[1,3]", "[3,5]", "abcde"),
            "tensor 'x' begins at byte 1 of the data, and the one before it "
            "ends at 0");
  EXPECT_EQ(two("[0,2]", "[2,4]", "abc"),
            "its tensors have 4 bytes, but the file has 3 bytes of data; it is "
            "truncated or has been extended");
  EXPECT_EQ(two("[0,2]", "[2,4]", "abcde"),
            "its tensors have 4 bytes, but the file has 5 bytes of data; it is "
            "truncated or has been extended");
}

TEST(Safetensors, RefusesWhatIsNoFile) {
  TemporaryFolder folder;
  for (const std::string &path : {folder.getPath(), folder.getPath("missing"),
                                  std::string("/dev/zero")}) {
    Expected<SafetensorsFile> file = SafetensorsFile::open(path);
    EXPECT_FALSE(static_cast<bool>(file));
    if (!file)
      consumeError(file.takeError());
  }
}
