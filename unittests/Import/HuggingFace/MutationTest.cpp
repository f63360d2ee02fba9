//===- MutationTest.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestCheckpoint.h"
#include "smelt/Import/HuggingFace/Weights.h"
#include "gtest/gtest.h"
#include <random>

using namespace smelt::hf;
using namespace llvm;

/// Reads all of a checkpoint; whether that went well. If not, something must
/// have been reported.
static bool readAll(const TemporaryFolder &folder) {
  Report report;
  auto config = readModelConfig(folder.getPath(), report);
  auto checkpoint = Checkpoint::open(folder.getPath(), report);
  bool isSound = config && checkpoint;
  auto tensors =
      isSound ? findTensors(*config, *checkpoint, report) : std::nullopt;
  isSound = tensors.has_value();
  auto readMatrix = [&](const LinearTensors &linear) {
    auto weights = readLinear(linear, *checkpoint, report);
    isSound &= weights.has_value();
    if (!weights)
      return;
    std::vector<float> floats(linear.columns);
    std::vector<int8_t> codes(linear.columns);
    for (int64_t r = 0; r < linear.rows; ++r) {
      weights->matrix.readWeights(r, 1, floats);
      if (weights->matrix.isTernary())
        weights->matrix.readCodes(r, 1, codes);
    }
  };
  if (tensors) {
    EXPECT_FALSE(config->rotary.inverseFrequencies(config->headSize).empty());
    readMatrix(tensors->embedding);
    readMatrix(tensors->head);
    isSound &= readNorm(tensors->finalNorm, *checkpoint, report).has_value();
    for (const LayerTensors &layer : tensors->layers)
      for (const LinearTensors *linear :
           {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
            &layer.up, &layer.down})
        readMatrix(*linear);
  }
  EXPECT_EQ(isSound, !report.hasErrors()) << format(report);
  return isSound;
}

namespace {
/// Changes, removes and adds bytes.
class Mutator {
public:
  explicit Mutator(unsigned seed) : generator(seed) {}

  std::string mutate(std::string text, size_t structureBytes) {
    bool keepsLength = below(2) != 0;
    for (size_t n = 1 + below(3); n != 0 && !text.empty(); --n) {
      bool isStructure = below(2) != 0;
      size_t at = below(isStructure ? std::min(structureBytes, text.size())
                                    : text.size());
      switch (below(keepsLength ? 2 : 5)) {
      case 0:
        text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 1:
        text[at] = "\0\x01\x7f\x80\xff{}[],:\"019-"[below(16)];
        break;
      case 2:
        text.erase(at, 1 + below(8));
        break;
      case 3:
        text.insert(at, 1 + below(8), static_cast<char>(below(256)));
        break;
      case 4: {
        std::string piece = text.substr(below(text.size()), 1 + below(40));
        text.insert(at, piece);
        break;
      }
      }
    }
    return text;
  }

private:
  size_t below(size_t limit) { return generator() % limit; }
  std::mt19937 generator;
};
} // namespace

static const char *variants[][2] = {
    {"BitNetForCausalLM", R"(, "tie_word_embeddings": true,
       "quantization_config": {"quant_method": "bitnet", "linear_class":
       "autobitlinear", "use_rms_norm": true}, "eos_token_id": [1, 2])"},
    {"BitnetForCausalLM", R"(, "weight_bits": 1)"},
    {"Qwen3ForCausalLM", R"(, "rope_scaling": {"rope_type": "yarn",
       "factor": 4.0, "original_max_position_embeddings": 8})"},
    {"LlamaForCausalLM", R"(, "attention_bias": true, "rope_parameters":
       {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
        "high_freq_factor": 4, "original_max_position_embeddings": 16})"}};

TEST(Mutation, BrokenCheckpointsAreReported) {
  Mutator mutator(1);
  size_t numSound = 0, numBroken = 0;
  for (auto [architecture, extra] : variants) {
    std::string config = tinyConfig(architecture, extra);
    std::string tensors = tinyTensors(parseTiny(architecture, extra)).build();
    std::string index = R"({"weight_map": {"model.norm.weight":
      "model-00001-of-00001.safetensors"}})";
    TemporaryFolder single, sharded;
    for (const TemporaryFolder *folder : {&single, &sharded})
      folder->write("config.json", config);
    single.write("model.safetensors", tensors);
    sharded.write("model-00001-of-00001.safetensors", tensors);
    sharded.write("model.safetensors.index.json", index);
    ASSERT_TRUE(readAll(single));
    ASSERT_TRUE(readAll(sharded));
    for (int i = 0; i < 100; ++i) {
      single.write("config.json", mutator.mutate(config, config.size()));
      ++(readAll(single) ? numSound : numBroken);
      single.write("config.json", config);
      single.write("model.safetensors",
                   mutator.mutate(tensors, tensors.size() / 2));
      ++(readAll(single) ? numSound : numBroken);
      single.write("model.safetensors", tensors);
      sharded.write("model.safetensors.index.json",
                    mutator.mutate(index, index.size()));
      ++(readAll(sharded) ? numSound : numBroken);
    }
  }
  // Both kinds must occur, or the mutations are too weak or too strong.
  EXPECT_GT(numBroken, 600u);
  EXPECT_GT(numSound, 50u);
}

TEST(Mutation, EveryCutIsReported) {
  auto [architecture, extra] = variants[0];
  std::string config = tinyConfig(architecture, extra);
  std::string tensors = tinyTensors(parseTiny(architecture, extra)).build();
  TemporaryFolder folder;
  folder.write("config.json", config);
  for (int i = 0; i < 64; ++i) {
    folder.write("model.safetensors",
                 tensors.substr(0, tensors.size() * i / 64));
    EXPECT_FALSE(readAll(folder));
  }
  folder.write("model.safetensors", tensors);
  for (size_t size = 0; size < config.size(); size += 7) {
    folder.write("config.json", config.substr(0, size));
    EXPECT_FALSE(readAll(folder));
  }
}
