//===- CheckpointTest.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Checkpoint.h"
#include "TestCheckpoint.h"
#include "gtest/gtest.h"

using namespace smelt::hf;
using namespace llvm;

static std::string oneTensor(StringRef name) {
  return SafetensorsBuilder().addF32(name, {1}, {1}).build();
}

/// Opens a checkpoint of an index and two shards of a tensor each.
static std::optional<Checkpoint> openIndexed(TemporaryFolder &folder,
                                             StringRef index, Report &report) {
  folder.write("first.safetensors", oneTensor("a"));
  folder.write("second.safetensors", oneTensor("b"));
  folder.write("model.safetensors.index.json", index);
  return Checkpoint::open(folder.getPath(), report);
}

TEST(Checkpoint, ReadsASingleFile) {
  TemporaryFolder folder;
  folder.write("model.safetensors", SafetensorsBuilder()
                                        .addF32("b", {1}, {2})
                                        .addF32("a", {2}, {1, 3})
                                        .build());
  Report report;
  auto opened = Checkpoint::open(folder.getPath(), report);
  ASSERT_TRUE(opened) << format(report);
  Checkpoint checkpoint = std::move(*opened);
  EXPECT_EQ(checkpoint.find("c"), nullptr);
  const TensorView *tensor = checkpoint.find("a");
  ASSERT_TRUE(tensor);
  EXPECT_EQ(checkpoint.getFile(*tensor), folder.getPath("model.safetensors"));
  std::vector<float> values(2);
  readFloats(*tensor, 0, values);
  EXPECT_EQ(values, (std::vector<float>{1, 3}));
  auto all = checkpoint.getTensors();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]->name, "a");
}

TEST(Checkpoint, ReadsShards) {
  TemporaryFolder folder;
  Report report;
  auto checkpoint = openIndexed(
      folder,
      R"({"metadata":{"total_size":8},"weight_map":{"a":"first.safetensors",
          "b":"./second.safetensors"}})",
      report);
  ASSERT_TRUE(checkpoint) << format(report);
  EXPECT_TRUE(report.getFindings().empty()) << format(report);
  EXPECT_TRUE(checkpoint->find("a"));
  EXPECT_TRUE(checkpoint->find("b"));
}

TEST(Checkpoint, StaysInItsFolder) {
  TemporaryFolder outside;
  outside.write("x.safetensors", oneTensor("a"));
  for (std::string path :
       {std::string("../x.safetensors"), outside.getPath("x.safetensors"),
        std::string("sub/../../x"), std::string(""), std::string("a\\\\b"),
        std::string("a\\u0000b")}) {
    TemporaryFolder folder;
    Report report;
    EXPECT_FALSE(openIndexed(
        folder, "{\"weight_map\":{\"a\":\"" + path + "\"}}", report));
    EXPECT_TRUE(hasError(report, "which is not a file in this folder"))
        << format(report);
  }
}

TEST(Checkpoint, RefusesBrokenIndexes) {
  struct Case {
    const char *index, *message;
  };
  for (Case each : std::vector<Case>{
           {"[]", "'weight_map' is missing"},
           {"{\"weight_map\":1}", "'weight_map' is missing"},
           {"{", "malformed JSON"},
           {"{\"weight_map\":{\"a\":1}}", "is not the name of a file"},
           {"{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}", "stands twice"},
           {"{\"weight_map\":{\"a\":\"x\"}}", "cannot read it"},
           {"{\"weight_map\":{\"b\":\"first.safetensors\"}}",
            "places tensors in files that do not hold them: 'b'"},
           {"{\"weight_map\":{\"a\":\"second.safetensors\","
            "\"b\":\"first.safetensors\"}}",
            "do not hold them: 'a' and 'b'"}}) {
    TemporaryFolder folder;
    Report report;
    EXPECT_FALSE(openIndexed(folder, each.index, report));
    EXPECT_TRUE(hasError(report, each.message)) << format(report);
  }
}

TEST(Checkpoint, RefusesATensorInTwoShards) {
  TemporaryFolder folder;
  folder.write("third.safetensors", oneTensor("a"));
  Report report;
  EXPECT_FALSE(openIndexed(folder,
                           R"({"weight_map":{"a":"first.safetensors",
                               "c":"third.safetensors"}})",
                           report));
  EXPECT_TRUE(hasError(report, "tensor 'a' is also in")) << format(report);
}

TEST(Checkpoint, WarnsOfTensorsBesideTheIndex) {
  TemporaryFolder folder;
  folder.write(
      "both.safetensors",
      SafetensorsBuilder().addF32("c", {1}, {1}).addF32("d", {1}, {1}).build());
  Report report;
  EXPECT_TRUE(openIndexed(folder, R"({"weight_map":{"c":"both.safetensors"}})",
                          report));
  EXPECT_TRUE(hasWarning(report, "1 tensors of its files are not in"));
}

TEST(Checkpoint, SaysWhatAFolderLacks) {
  TemporaryFolder folder;
  Report report;
  EXPECT_FALSE(Checkpoint::open(folder.getPath("missing"), report));
  EXPECT_TRUE(hasError(report, "it is not a folder"));
  EXPECT_FALSE(Checkpoint::open(folder.getPath(), report));
  EXPECT_TRUE(hasError(report, "it holds neither model.safetensors nor"));
  folder.write("pytorch_model.bin", "x");
  EXPECT_FALSE(Checkpoint::open(folder.getPath(), report));
  EXPECT_TRUE(hasError(report, "safe_serialization=True"));
}

TEST(Checkpoint, RefusesRotatedWeights) {
  TemporaryFolder folder;
  folder.write(
      "model.safetensors",
      makeSafetensors("{\"__metadata__\":{\"prism.hadamard.version\":\"1\"}}",
                      ""));
  Report report;
  EXPECT_FALSE(Checkpoint::open(folder.getPath(), report));
  EXPECT_TRUE(hasError(report, "'__metadata__.prism.hadamard.version' says"))
      << format(report);
}
