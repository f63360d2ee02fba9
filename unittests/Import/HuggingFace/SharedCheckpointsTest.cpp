//===- SharedCheckpointsTest.cpp --------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestCheckpoint.h"
#include "smelt/Import/HuggingFace/Weights.h"
#include "gtest/gtest.h"

using namespace smelt::hf;
using namespace llvm;

#define SKIP_WITHOUT_SHARED_DATA()                                             \
  if (getSharedData().empty())                                                 \
  GTEST_SKIP() << "the shared data is absent; set SMELT_DATA"

namespace {
/// A checkpoint of the shared data.
struct Model {
  explicit Model(StringRef name) {
    std::string folder = getSharedData() + "/llm/" + name.str();
    config = readModelConfig(folder, report);
    checkpoint = Checkpoint::open(folder, report);
    if (config && checkpoint)
      tensors = findTensors(*config, *checkpoint, report);
  }

  Report report;
  std::optional<ModelConfig> config;
  std::optional<Checkpoint> checkpoint;
  std::optional<TransformerTensors> tensors;
};
} // namespace

TEST(SharedCheckpoints, ReadsTernaryStories) {
  SKIP_WITHOUT_SHARED_DATA();
  Model model("bitllama2c_1M-hf");
  ASSERT_TRUE(model.tensors) << format(model.report);
  EXPECT_TRUE(model.report.getFindings().empty()) << format(model.report);
  EXPECT_EQ(model.config->activation, Activation::SiLU);
  EXPECT_EQ(model.config->normEpsilon, 1e-18);
  EXPECT_EQ(model.config->quantization->form, LinearForm::Multiplied);
  EXPECT_EQ(model.tensors->layers.size(), 8u);
  for (const LayerTensors &layer : model.tensors->layers)
    for (const LinearTensors *linear :
         {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
          &layer.up, &layer.down}) {
      auto weights = readLinear(*linear, *model.checkpoint, model.report);
      ASSERT_TRUE(weights) << format(model.report);
      EXPECT_EQ(weights->matrix.kind, WeightKind::Packed);
      EXPECT_TRUE(weights->roundsInputs);
      EXPECT_GT(weights->matrix.scales.front(), 0);
    }
  auto embedding =
      readLinear(model.tensors->embedding, *model.checkpoint, model.report);
  ASSERT_TRUE(embedding);
  EXPECT_EQ(embedding->matrix.kind, WeightKind::Float);
  EXPECT_FALSE(embedding->roundsInputs);
}

TEST(SharedCheckpoints, ReadsFloatStories) {
  SKIP_WITHOUT_SHARED_DATA();
  Model model("stories260K-hf");
  ASSERT_TRUE(model.tensors) << format(model.report);
  EXPECT_TRUE(model.report.getFindings().empty()) << format(model.report);
  EXPECT_FALSE(model.config->quantization);
  auto gate = readLinear(model.tensors->layers[4].gate, *model.checkpoint,
                         model.report);
  ASSERT_TRUE(gate) << format(model.report);
  EXPECT_EQ(gate->matrix.kind, WeightKind::Float);
  EXPECT_EQ(gate->matrix.rows, 172);
}

TEST(SharedCheckpoints, ReadsOtherSafetensors) {
  SKIP_WITHOUT_SHARED_DATA();
  for (auto [name, tensors] :
       {std::pair("mnist", 16u), std::pair("silero_vad_16k", 0u)}) {
    auto file = SafetensorsFile::open(getSharedData() + "/safetensors/" + name +
                                      ".safetensors");
    ASSERT_TRUE(static_cast<bool>(file)) << toString(file.takeError());
    EXPECT_GE(file->getTensors().size(), tensors);
  }
}
