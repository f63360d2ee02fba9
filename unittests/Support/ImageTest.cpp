//===- ImageTest.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Image.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;

static std::string messageOf(Expected<HostTensor> tensor) {
  return tensor ? "none" : toString(tensor.takeError());
}

TEST(Image, ReadsTextAndBytes) {
  for (StringRef text : {StringRef("P2 # comment\n2 1\n255\n7 255\n"),
                         StringRef("P5\n2 1\n255\n\x07\xff")}) {
    Expected<HostTensor> image = parseImage(text, 1);
    ASSERT_TRUE(static_cast<bool>(image));
    EXPECT_EQ(image->shape, (SmallVector<int64_t>{1, 2, 1}));
    EXPECT_EQ(image->getValues<uint8_t>(), (ArrayRef<uint8_t>{7, 255}));
  }
}

TEST(Image, ConvertsChannelsAndRange) {
  Expected<HostTensor> color = parseImage("P2\n1 1\n15\n15\n", 3);
  ASSERT_TRUE(static_cast<bool>(color));
  EXPECT_EQ(color->getValues<uint8_t>(), (ArrayRef<uint8_t>{255, 255, 255}));
  Expected<HostTensor> grey = parseImage("P3\n1 1\n255\n0 255 0\n", 1);
  ASSERT_TRUE(static_cast<bool>(grey));
  EXPECT_EQ(grey->getValues<uint8_t>(), (ArrayRef<uint8_t>{150}));
}

TEST(Image, RejectsWhatItCannotRead) {
  EXPECT_EQ(messageOf(parseImage("GIF89a", 1)), "not a PNG, PGM or PPM file");
  EXPECT_EQ(messageOf(parseImage("P5\n9 9\n255\nabc", 1)), "truncated image");
  EXPECT_EQ(messageOf(parseImage("P5\n99999 99999\n255\n", 1)),
            "image is too large");
  EXPECT_EQ(messageOf(parseImage("P2\n1 1\n255\n256", 1)), "malformed image");
  EXPECT_EQ(messageOf(parseImage("P5\n0 1\n255\n", 1)), "malformed image");
  EXPECT_NE(messageOf(parseImage("\x89PNG\r\n\x1a\n", 1)), "none");
}
