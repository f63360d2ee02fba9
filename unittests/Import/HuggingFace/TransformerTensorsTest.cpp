//===- TransformerTensorsTest.cpp -------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/TransformerTensors.h"
#include "TestCheckpoint.h"
#include "gtest/gtest.h"

using namespace smelt::hf;
using namespace llvm;

static const char *offline =
    R"(, "quantization_config": {"quant_method": "bitnet",
        "linear_class": "autobitlinear", "quantization_mode": "offline"})";

static std::optional<Checkpoint> open(const TemporaryFolder &folder,
                                      const SafetensorsBuilder &tensors) {
  folder.write("model.safetensors", tensors.build());
  Report report;
  auto checkpoint = Checkpoint::open(folder.getPath(), report);
  EXPECT_TRUE(checkpoint) << format(report);
  return checkpoint;
}

/// What is found when tensors meet a configuration.
static Report check(const ModelConfig &config,
                    const SafetensorsBuilder &tensors) {
  TemporaryFolder folder;
  Report report;
  if (auto checkpoint = open(folder, tensors)) {
    auto found = findTensors(config, *checkpoint, report);
    EXPECT_EQ(found.has_value(), !report.hasErrors());
  }
  return report;
}

TEST(TransformerTensors, AcceptsEveryArchitecture) {
  for (const char *name : {"BitNetForCausalLM", "BitnetForCausalLM",
                           "LlamaForCausalLM", "Qwen3ForCausalLM"})
    for (const char *extra :
         {"", offline, R"(, "tie_word_embeddings": true)",
          R"(, "attention_bias": true, "quantization_config":
             {"quant_method": "bitnet", "use_rms_norm": true,
              "modules_to_not_convert": ["v_proj"]})"}) {
      ModelConfig config = parseTiny(name, extra);
      Report report = check(config, tinyTensors(config));
      EXPECT_TRUE(report.getFindings().empty()) << name << extra << "\n"
                                                << format(report);
    }
}

TEST(TransformerTensors, NamesWhatEachArchitectureHas) {
  TransformerTensors bitnet =
      listTensors(parseTiny("BitNetForCausalLM", offline));
  ASSERT_EQ(bitnet.layers.size(), 2u);
  const LayerTensors &layer = bitnet.layers[1];
  EXPECT_EQ(layer.attentionSubNorm->name,
            "model.layers.1.self_attn.attn_sub_norm.weight");
  EXPECT_EQ(layer.mlpSubNorm->size, 12);
  EXPECT_FALSE(layer.queryNorm);
  EXPECT_EQ(layer.key.module, "model.layers.1.self_attn.k_proj");
  EXPECT_EQ(layer.key.rows, 4);
  EXPECT_EQ(layer.down.rows, 8);
  EXPECT_EQ(layer.down.columns, 12);
  EXPECT_EQ(layer.down.form, LinearForm::Multiplied);
  EXPECT_EQ(bitnet.head.form, LinearForm::Plain);
  EXPECT_EQ(bitnet.head.module, "lm_head");

  TransformerTensors one = listTensors(parseTiny("BitnetForCausalLM"));
  EXPECT_EQ(one.layers[0].attentionSubNorm->name,
            "model.layers.0.self_attn.inner_attn_ln.weight");
  EXPECT_EQ(one.layers[0].mlpSubNorm->name,
            "model.layers.0.mlp.ffn_layernorm.weight");

  TransformerTensors qwen = listTensors(
      parseTiny("Qwen3ForCausalLM", R"(, "tie_word_embeddings": true)"));
  EXPECT_EQ(qwen.layers[0].queryNorm->name,
            "model.layers.0.self_attn.q_norm.weight");
  EXPECT_EQ(qwen.layers[0].queryNorm->size, 4);
  EXPECT_EQ(qwen.head.module, "model.embed_tokens");
}

TEST(TransformerTensors, ReportsAllThatIsMissing) {
  Report report = check(parseTiny("LlamaForCausalLM"),
                        SafetensorsBuilder().addF32("x", {1}, {1}));
  EXPECT_EQ(report.countErrors(), 1u);
  EXPECT_TRUE(hasError(report, "tensors that LlamaForCausalLM needs are "
                               "missing: 'model.embed_tokens.weight', "
                               "'lm_head.weight'"))
      << format(report);
  EXPECT_TRUE(hasError(report, "and 1 more")) << format(report);
  EXPECT_TRUE(hasError(report, "set 'tie_word_embeddings' to true"));
  EXPECT_TRUE(hasWarning(report, "1 tensors are not used: 'x'"));
}

TEST(TransformerTensors, ReportsEachWrongShape) {
  ModelConfig small = parseTiny("BitNetForCausalLM", offline);
  ModelConfig large = small;
  large.intermediateSize = 16;
  Report report = check(large, tinyTensors(small));
  EXPECT_EQ(report.countErrors(), 8u) << format(report);
  EXPECT_TRUE(hasError(report, "'model.layers.1.mlp.up_proj.weight' is U8 3x8, "
                               "but config.json demands U8 4x8, the packed "
                               "form of 16x8"))
      << format(report);
  EXPECT_TRUE(hasError(report, "'model.layers.0.mlp.ffn_sub_norm.weight' is "
                               "BF16 12, but config.json demands 16"));
}

TEST(TransformerTensors, ReportsWrongTypes) {
  ModelConfig offlined = parseTiny("LlamaForCausalLM", offline);
  ModelConfig plain = parseTiny("LlamaForCausalLM");
  Report report = check(plain, tinyTensors(offlined));
  EXPECT_TRUE(hasError(report, "is U8 2x8, but config.json demands floats, "
                               "since no 'quantization_config' applies to it"))
      << format(report);
  EXPECT_TRUE(hasError(report, "q_proj.weight_scale' is not used"));
  ModelConfig online = offlined;
  online.quantization->form = LinearForm::Online;
  report = check(online, tinyTensors(offlined));
  EXPECT_TRUE(hasError(report, "float masters by 'quantization_mode'"));
  ModelConfig dividing = offlined;
  dividing.quantization->form = LinearForm::Divided;
  report = check(dividing, tinyTensors(plain));
  EXPECT_TRUE(hasError(report, "packed U8 by 'linear_class' 'bitlinear'"));
  EXPECT_TRUE(hasError(report, "weight_scale'")) << format(report);
  report =
      check(plain, tinyTensors(plain).add("model.layers.0.x", "I8", {1}, "a"));
  EXPECT_FALSE(report.hasErrors()) << format(report);
}

TEST(TransformerTensors, RefusesParametersThatItWouldIgnore) {
  ModelConfig config = parseTiny("LlamaForCausalLM");
  for (const char *name :
       {"model.layers.0.self_attn.q_proj.bias", "lm_head.bias",
        "model.layers.1.mlp.up_proj.norm.weight"}) {
    Report report = check(config, tinyTensors(config).addF32(name, {1}, {1}));
    EXPECT_EQ(report.countErrors(), 1u) << format(report);
    EXPECT_TRUE(hasError(report, "says that its layer has it"));
  }
}

TEST(TransformerTensors, IgnoresRotaryBuffers) {
  ModelConfig config = parseTiny("LlamaForCausalLM");
  Report report = check(
      config, tinyTensors(config).addF32(
                  "model.layers.0.self_attn.rotary_emb.inv_freq", {2}, {1, 1}));
  EXPECT_TRUE(report.getFindings().empty()) << format(report);
}

TEST(TransformerTensors, RefusesRotatedWeights) {
  ModelConfig config = parseTiny("LlamaForCausalLM");
  Report report =
      check(config,
            tinyTensors(config).addF32("prism.hadamard.sign_values", {1}, {1}));
  EXPECT_TRUE(hasError(report, "in a rotated basis")) << format(report);
}
