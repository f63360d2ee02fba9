//===- OutputFilesTest.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/OutputFiles.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;

namespace {
class OutputFilesTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("smelt-output", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string pathOf(StringRef name) const {
    SmallString<128> path = folder;
    sys::path::append(path, name);
    return path.str().str();
  }
  unsigned countFiles() const {
    std::error_code code;
    unsigned count = 0;
    for (sys::fs::directory_iterator it(folder, code), end; it != end && !code;
         it.increment(code))
      ++count;
    return count;
  }

  SmallString<128> folder;
};
} // namespace

TEST_F(OutputFilesTest, AppearsOnCommit) {
  OutputFiles files;
  ASSERT_FALSE(static_cast<bool>(files.add(pathOf("a"), "contents")));
  EXPECT_FALSE(sys::fs::exists(pathOf("a")));
  ASSERT_FALSE(static_cast<bool>(files.commit()));
  EXPECT_EQ((*MemoryBuffer::getFile(pathOf("a")))->getBuffer(), "contents");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(OutputFilesTest, LeavesNothingWithoutCommit) {
  {
    OutputFiles files;
    ASSERT_FALSE(static_cast<bool>(files.add(pathOf("a"), "contents")));
    EXPECT_EQ(countFiles(), 1u);
  }
  EXPECT_EQ(countFiles(), 0u);
}

TEST_F(OutputFilesTest, SaysWhyItCannotWrite) {
  OutputFiles files;
  std::string message =
      toString(files.add(pathOf("no/such/folder/a"), "contents"));
  EXPECT_NE(message.find("No such file or directory"), std::string::npos);
  message = toString(files.add(folder, "contents"));
  EXPECT_NE(message.find("s a directory"), std::string::npos);
}
