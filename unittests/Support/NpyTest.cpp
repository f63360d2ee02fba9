//===- NpyTest.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Npy.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;

static std::string npy(StringRef header, StringRef data) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size());
  text += '\0';
  return text + header.str() + data.str();
}

static std::string messageOf(Expected<HostTensor> tensor) {
  return tensor ? "none" : toString(tensor.takeError());
}

TEST(Npy, RoundTrips) {
  for (ElementKind kind :
       {ElementKind::F32, ElementKind::F64, ElementKind::I8, ElementKind::U8,
        ElementKind::I16, ElementKind::I32, ElementKind::I64}) {
    HostTensor tensor(kind, {2, 3});
    for (auto [index, byte] : enumerate(tensor.bytes))
      byte = static_cast<char>(index);
    std::string text;
    raw_string_ostream stream(text);
    writeNpy(tensor, stream);
    EXPECT_EQ((text.size() - tensor.bytes.size()) % 64, 0u);
    Expected<HostTensor> read = parseNpy(text);
    ASSERT_TRUE(static_cast<bool>(read));
    EXPECT_EQ(read->kind, kind);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(read->bytes, tensor.bytes);
  }
}

TEST(Npy, ReadsScalarsAndBooleans) {
  Expected<HostTensor> tensor = parseNpy(
      npy("{'descr': '|b1', 'fortran_order': False, 'shape': ()}\n", "\x01"));
  ASSERT_TRUE(static_cast<bool>(tensor));
  EXPECT_EQ(tensor->kind, ElementKind::U8);
  EXPECT_EQ(tensor->getNumElements(), 1);
}

TEST(Npy, RejectsWhatItCannotRead) {
  EXPECT_EQ(messageOf(parseNpy("PK")), "not a .npy file");
  EXPECT_EQ(messageOf(parseNpy(StringRef("\x93NUMPY\x01\x00\xff", 9))),
            "truncated .npy file");
  EXPECT_EQ(messageOf(parseNpy(npy("{'descr': '<f4'}", ""))),
            "malformed .npy header");
  EXPECT_EQ(
      messageOf(parseNpy(npy(
          "{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "1234"))),
      "elements of type '>f4' are not supported; use f4, f8, i1, u1, i2, "
      "i4 or i8");
  EXPECT_EQ(
      messageOf(parseNpy(npy(
          "{'descr': '<f4', 'fortran_order': True, 'shape': (1,)}", "1234"))),
      "arrays in Fortran order are not supported; save "
      "numpy.ascontiguousarray(x)");
  EXPECT_EQ(messageOf(parseNpy(
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)}",
                    "1234"))),
            "a .npy array of shape 2x2 has 16 bytes, but the file has 4");
  EXPECT_EQ(messageOf(parseNpy(
                npy("{'descr': '<f4', 'fortran_order': False, 'shape': "
                    "(2147483647, 2147483647, 2147483647)}",
                    ""))),
            "malformed .npy header");
  EXPECT_EQ(
      messageOf(parseNpy(
          npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", ""))),
      "malformed .npy header");
}

TEST(Npy, SurvivesEveryCutAndMutation) {
  std::string text;
  raw_string_ostream stream(text);
  writeNpy(HostTensor(ElementKind::F32, {2, 3}), stream);
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_NE(messageOf(parseNpy(StringRef(text).take_front(size))), "none");
  for (size_t i = 0; i < text.size(); ++i)
    for (char value : {'\0', '\xff', '(', '\'', '9'}) {
      std::string mutated = text;
      mutated[i] = value;
      consumeError(parseNpy(mutated).takeError());
    }
}

TEST(Npz, RoundTrips) {
  HostTensor first(ElementKind::F32, {2}), second(ElementKind::I64, {1, 3});
  first.getMutableValues<float>()[1] = 2.5f;
  std::string text;
  raw_string_ostream stream(text);
  ASSERT_FALSE(static_cast<bool>(
      writeNpz({{"first", first}, {"the second", second}}, stream)));
  Expected<std::vector<NamedTensor>> read = parseNpz(text);
  ASSERT_TRUE(static_cast<bool>(read));
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].name, "first");
  EXPECT_EQ((*read)[0].tensor.bytes, first.bytes);
  EXPECT_EQ((*read)[1].name, "the second");
  EXPECT_EQ((*read)[1].tensor.shape, second.shape);
}

TEST(Npz, SurvivesEveryCut) {
  std::string text;
  raw_string_ostream stream(text);
  ASSERT_FALSE(static_cast<bool>(
      writeNpz({{"x", HostTensor(ElementKind::F32, {2})}}, stream)));
  for (size_t size = 0; size < text.size(); ++size) {
    Expected<std::vector<NamedTensor>> read =
        parseNpz(StringRef(text).take_front(size));
    EXPECT_FALSE(static_cast<bool>(read));
    if (!read)
      consumeError(read.takeError());
  }
}

TEST(HostTensor, Converts) {
  HostTensor tensor(ElementKind::F32, {4});
  auto values = tensor.getMutableValues<float>();
  values[0] = 300;
  values[1] = -300;
  values[2] = -1.9f;
  values[3] = std::numeric_limits<float>::quiet_NaN();
  HostTensor bytes = tensor.convertTo(ElementKind::I8);
  EXPECT_EQ(bytes.getValues<int8_t>(), (ArrayRef<int8_t>{127, -128, -1, 0}));
  EXPECT_EQ(tensor.slice(1, 2).shape, (SmallVector<int64_t>{2}));
  EXPECT_EQ(tensor.slice(1, 1).getElement(0), -300);
}
