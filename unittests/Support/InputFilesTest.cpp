//===- InputFilesTest.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/InputFiles.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <sys/stat.h>

using namespace llvm;
using namespace smelt;

namespace {
class InputFiles : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("smelt-input", folder));
  }
  void TearDown() override { sys::fs::remove_directories(folder); }

  std::string pathOf(StringRef name) const {
    SmallString<128> path = folder;
    sys::path::append(path, name);
    return path.str().str();
  }
  /// The contents of a file of the folder, or the error.
  std::string read(StringRef name, uint64_t maxBytes = 100) const {
    auto buffer = readRegularFile(pathOf(name), maxBytes);
    return buffer ? (*buffer)->getBuffer().str() : toString(buffer.takeError());
  }

  SmallString<128> folder;
};
} // namespace

TEST_F(InputFiles, ReadsFilesAndLinksToThem) {
  std::error_code error;
  raw_fd_ostream(pathOf("file"), error) << "four";
  ASSERT_FALSE(error);
  ASSERT_FALSE(sys::fs::create_link("file", pathOf("link")));
  EXPECT_EQ(read("file", 4), "four");
  EXPECT_EQ(read("link"), "four");
  EXPECT_EQ(read("file", 3), "it has 4 bytes; at most 3 are read");
  EXPECT_TRUE(hasEntry(pathOf("file")));
}

TEST_F(InputFiles, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo(pathOf("pipe").c_str(), 0600), 0);
  ASSERT_FALSE(sys::fs::create_link("loop", pathOf("loop")));
  ASSERT_FALSE(sys::fs::create_directory(pathOf("folder")));
  EXPECT_EQ(read("pipe"), "it is not a regular file");
  EXPECT_EQ(read("folder"), "it is not a regular file");
  EXPECT_EQ(read("loop"), "cannot read it: Too many levels of symbolic links");
  EXPECT_EQ(read("none"), "cannot read it: No such file or directory");
  EXPECT_TRUE(hasEntry(pathOf("loop")));
  EXPECT_FALSE(hasEntry(pathOf("none")));
  EXPECT_TRUE(hasEntry(pathOf(std::string(1000, 'x'))));
}
