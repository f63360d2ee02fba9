//===- ModelConfigTest.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/ModelConfig.h"
#include "TestCheckpoint.h"
#include "gtest/gtest.h"

using namespace smelt::hf;
using namespace llvm;

/// Expects that a Llama configuration with `extra` has an error with `message`.
static void expectError(StringRef extra, StringRef message,
                        StringRef architecture = "LlamaForCausalLM") {
  Report report;
  EXPECT_FALSE(
      parseModelConfig(tinyConfig(architecture, extra), "config.json", report));
  EXPECT_TRUE(hasError(report, message)) << extra.str() << "\n"
                                         << format(report);
}

TEST(ModelConfig, ReadsLlama) {
  ModelConfig config = parseTiny(
      "LlamaForCausalLM",
      R"(, "rope_theta": 5e5, "bos_token_id": 1, "eos_token_id": [2, 3],
         "attention_bias": true, "mlp_bias": true, "torch_dtype": "bfloat16",
         "tie_word_embeddings": true, "rope_scaling": null)");
  EXPECT_EQ(config.architecture, Architecture::Llama);
  EXPECT_EQ(config.hiddenSize, 8);
  EXPECT_EQ(config.intermediateSize, 12);
  EXPECT_EQ(config.numLayers, 2);
  EXPECT_EQ(config.numHeads, 2);
  EXPECT_EQ(config.numKeyValueHeads, 1);
  EXPECT_EQ(config.headSize, 4);
  EXPECT_EQ(config.vocabularySize, 16);
  EXPECT_EQ(config.contextLength, 32);
  EXPECT_EQ(config.normEpsilon, 1e-5);
  EXPECT_EQ(config.activation, Activation::SiLU);
  EXPECT_EQ(config.rotary.theta, 5e5);
  EXPECT_TRUE(config.tiesHead);
  EXPECT_TRUE(config.hasAttentionBias);
  EXPECT_TRUE(config.hasMlpBias);
  EXPECT_FALSE(config.quantization);
  EXPECT_EQ(config.beginToken, 1);
  EXPECT_EQ(config.endTokens, (SmallVector<int64_t, 2>{2, 3}));
  EXPECT_EQ(config.elementType, "bfloat16");
}

TEST(ModelConfig, HasTheDefaultsOfEachArchitecture) {
  ModelConfig bitnet = parseTiny("BitNetForCausalLM");
  EXPECT_EQ(bitnet.activation, Activation::ReLU2);
  EXPECT_EQ(bitnet.rotary.theta, 5e5);
  EXPECT_EQ(
      parseTiny("BitNetForCausalLM", R"(, "hidden_act": "silu")").activation,
      Activation::SiLU);
  ModelConfig qwen = parseTiny("Qwen3ForCausalLM", R"(, "head_dim": null)");
  EXPECT_EQ(qwen.headSize, 128);
  EXPECT_EQ(parseTiny("LlamaForCausalLM", R"(, "head_dim": null)").headSize, 4);
  EXPECT_EQ(parseTiny("LlamaForCausalLM", R"(, "num_key_value_heads": null)")
                .numKeyValueHeads,
            2);
  ModelConfig one =
      parseTiny("BitnetForCausalLM", R"(, "weight_bits": 1, "input_bits": 8)");
  ASSERT_TRUE(one.quantization);
  EXPECT_EQ(one.quantization->form, LinearForm::Online);
  EXPECT_EQ(one.activation, Activation::SiLU);
}

TEST(ModelConfig, ReportsAllAtOnce) {
  Report report;
  EXPECT_FALSE(parseModelConfig(
      R"({"architectures": ["LlamaForCausalLM"], "hidden_size": "8",
          "num_hidden_layers": 0, "num_attention_heads": 3,
          "num_key_value_heads": 2, "vocab_size": 1.5, "head_dim": 5,
          "tie_word_embeddings": 1, "rms_norm_eps": 2, "bos_token_id": -1,
          "eos_token_id": ["x"], "hidden_act": "tanh", "torch_dtype": 5})",
      "config.json", report));
  for (StringRef message :
       {"'hidden_size' is \"8\", but must be an integer of 1 to 1048576",
        "'num_hidden_layers' is 0, but must be an integer of 1 to 4096",
        "'intermediate_size' is missing", "'vocab_size' is 1.5",
        "'max_position_embeddings' is missing",
        "'num_attention_heads' is 3, which is not a multiple of "
        "'num_key_value_heads', 2",
        "'head_dim' makes heads of 5 elements",
        "'tie_word_embeddings' is 1, but must be true or false",
        "'rms_norm_eps' is 2, but must be a number of 1e-30 to 1",
        "'bos_token_id' is -1", "'eos_token_id' has \"x\"",
        "'hidden_act' 'tanh' is not supported",
        "'torch_dtype' is 5, but must be a string"})
    EXPECT_TRUE(hasError(report, message)) << message.str() << "\n"
                                           << format(report);
  EXPECT_EQ(report.countErrors(), 13u) << format(report);
}

TEST(ModelConfig, RefusesOtherArchitectures) {
  Report report;
  EXPECT_FALSE(
      parseModelConfig(tinyConfig("Gemma3ForCausalLM"), "config.json", report));
  EXPECT_TRUE(hasError(report,
                       "'Gemma3ForCausalLM' is not supported; supported are "
                       "'BitNetForCausalLM', 'BitnetForCausalLM' (1bitLLM), "
                       "'LlamaForCausalLM' and 'Qwen3ForCausalLM'"));
  for (const char *text : {"{}", "[]", "", "{", "{\"architectures\": \"x\"}",
                           "{\"architectures\": []}"}) {
    Report other;
    EXPECT_FALSE(parseModelConfig(text, "config.json", other));
    EXPECT_TRUE(other.hasErrors());
  }
}

TEST(ModelConfig, RefusesContradictions) {
  expectError(R"(, "head_dim": null, "num_attention_heads": 3,
                 "num_key_value_heads": 3)",
              "'hidden_size' is 8, which is not a multiple of");
  expectError(R"(, "num_key_value_heads": 4)", "is not a multiple of");
  expectError(R"(, "bos_token_id": 16)", "must be an integer of 0 to 15");
  expectError(R"(, "mlp_bias": true)", "'mlp_bias' true has no meaning for",
              "Qwen3ForCausalLM");
  expectError(R"(, "use_sliding_window": true)", "'use_sliding_window'");
  expectError(R"(, "layer_types": ["sliding_attention"])", "'layer_types'");
  expectError(R"(, "partial_rotary_factor": 0.5)", "'partial_rotary_factor'");
  expectError(R"(, "weight_bits": 2)", "'weight_bits' is 2",
              "BitnetForCausalLM");
  expectError(R"(, "head_dim": 2)", "must be 'hidden_size'",
              "BitnetForCausalLM");
}

TEST(ModelConfig, ReadsQuantization) {
  ModelConfig config = parseTiny("LlamaForCausalLM", R"(, "quantization_config":
    {"quant_method": "bitnet", "linear_class": "autobitlinear",
     "use_rms_norm": true, "rms_norm_eps": 1e-4,
     "modules_to_not_convert": ["lm_head", "layers.0"]})");
  ASSERT_TRUE(config.quantization);
  EXPECT_EQ(config.quantization->form, LinearForm::Multiplied);
  EXPECT_TRUE(config.quantization->hasInputNorm);
  EXPECT_EQ(config.quantization->inputNormEpsilon, 1e-4);
  EXPECT_FALSE(config.quantization->converts("model.layers.0.mlp.up_proj"));
  EXPECT_TRUE(config.quantization->converts("model.layers.1.mlp.up_proj"));
  config = parseTiny("LlamaForCausalLM",
                     R"(, "quantization_config": {"quant_method": "bitnet"})");
  EXPECT_EQ(config.quantization->form, LinearForm::Divided);
  EXPECT_EQ(config.quantization->inputNormEpsilon, 1e-6);
  config = parseTiny("LlamaForCausalLM", R"(, "quantization_config":
    {"quant_method": "bitnet", "linear_class": "autobitlinear",
     "quantization_mode": "online",
     "modules_to_not_convert": ["lm_head", "q_proj"]})");
  EXPECT_EQ(config.quantization->form, LinearForm::Online);
  EXPECT_FALSE(
      config.quantization->converts("model.layers.0.self_attn.q_proj"));
}

TEST(ModelConfig, RefusesOtherQuantization) {
  expectError(R"(, "quantization_config": {"quant_method": "gptq"})",
              "'quantization_config.quant_method' 'gptq' is not supported; "
              "supported is 'bitnet'");
  expectError(R"(, "quantization_config": {})",
              "'quantization_config.quant_method' is missing");
  expectError(R"(, "quantization_config": [])", "must be an object");
  expectError(R"(, "quantization_config": {"quant_method": "bitnet",
                 "linear_class": "other"})",
              "is 'other', but must be 'bitlinear' or 'autobitlinear'");
  expectError(R"(, "quantization_config": {"quant_method": "bitnet",
                 "quantization_mode": "online"})",
              "contradicts 'linear_class'");
  for (const char *unconverted : {"", R"("q_proj")"})
    expectError(R"(, "quantization_config": {"quant_method": "bitnet",
                   "linear_class": "autobitlinear",
                   "quantization_mode": "online",
                   "modules_to_not_convert": [)" +
                    std::string(unconverted) + "]}",
                "'quantization_config.modules_to_not_convert' lacks "
                "'lm_head'");
  expectError(R"(, "compression_config": {})", "'compression_config'");
  expectError(R"(, "prism.hadamard.version": 1)",
              "'prism.hadamard.version' says that weights are in a rotated");
  expectError(R"(, "a": [{"use_Hadamard": true}])", "'a.use_Hadamard' says");
}

TEST(ModelConfig, TakesTheLastOfDuplicateKeys) {
  Report report;
  auto config = parseModelConfig(tinyConfig("LlamaForCausalLM", R"(,
        "quantization_config": {"quant_method": "gptq"},
        "quantization_config": {"quant_method": "bitnet"})"),
                                 "config.json", report);
  EXPECT_TRUE(config && config->quantization) << format(report);
  EXPECT_TRUE(hasWarning(report, "'quantization_config' stands twice; the last "
                                 "counts"));
}

TEST(ModelConfig, ReadsRotaryScaling) {
  ModelConfig config =
      parseTiny("LlamaForCausalLM", R"(, "rope_scaling": {"rope_type": "llama3",
    "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
    "original_max_position_embeddings": 16})");
  EXPECT_EQ(config.rotary.scaling, RotaryScaling::Llama3);
  EXPECT_EQ(config.rotary.factor, 8);
  EXPECT_EQ(config.rotary.originalContext, 16);
  config = parseTiny("Qwen3ForCausalLM", R"(, "rope_parameters":
    {"rope_theta": 1e6, "rope_type": "yarn",
     "original_max_position_embeddings": 8, "beta_fast": 16})");
  EXPECT_EQ(config.rotary.theta, 1e6);
  EXPECT_EQ(config.rotary.scaling, RotaryScaling::Yarn);
  EXPECT_EQ(config.rotary.factor, 4);
  EXPECT_EQ(config.rotary.betaFast, 16);
  EXPECT_EQ(config.rotary.betaSlow, 1);
  config = parseTiny("LlamaForCausalLM",
                     R"(, "rope_scaling": {"type": "linear", "factor": 2})");
  EXPECT_EQ(config.rotary.scaling, RotaryScaling::Linear);
  EXPECT_EQ(config.rotary.factor, 2);
  config = parseTiny("LlamaForCausalLM",
                     R"(, "rope_parameters": {"rope_type": "default"})");
  EXPECT_EQ(config.rotary.scaling, RotaryScaling::None);
}

TEST(ModelConfig, RefusesWrongRotaryScaling) {
  expectError(R"(, "rope_scaling": {"rope_type": "longrope"})",
              "'rope_scaling.rope_type' 'longrope' is not supported; supported "
              "are 'default', 'linear', 'llama3' and 'yarn'");
  expectError(R"(, "rope_scaling": {"type": "linear"})",
              "'rope_scaling.factor' is missing");
  expectError(R"(, "rope_scaling": {"type": "linear", "rope_type": "yarn"})",
              "but 'type' is 'linear'");
  expectError(R"(, "rope_scaling": {"type": "llama3", "factor": 8})",
              "'rope_scaling.low_freq_factor' is missing");
  expectError(R"(, "rope_scaling": {"type": "llama3", "factor": 8,
                 "low_freq_factor": 4, "high_freq_factor": 4,
                 "original_max_position_embeddings": 16})",
              "is not below 'high_freq_factor'");
  expectError(R"(, "rope_scaling": {"type": "yarn", "factor": 2,
                   "attention_factor": 0})",
              "'rope_scaling.attention_factor' makes the attention's factor 0; "
              "from 0.001 to 1000 is supported");
  expectError(R"(, "rope_scaling": {"type": "yarn", "factor": 1000000,
                   "mscale": 1000000, "mscale_all_dim": 1})",
              "'rope_scaling.mscale' makes the attention's factor");
  expectError(R"(, "rope_scaling": {"type": "yarn", "factor": 0.5})",
              "'rope_scaling.factor' is 0.5");
  expectError(R"(, "rope_theta": 1e4, "rope_parameters": {"rope_theta": 1e5})",
              "contradicts 'rope_theta'");
  expectError(R"(, "rope_scaling": {"type": "default"},
                 "rope_parameters": {"rope_type": "default"})",
              "contradicts 'rope_parameters'");
  expectError(R"(, "rope_theta": 1)", "'rope_theta' is 1");
  expectError(R"(, "rope_theta": 1e999)", "'rope_theta' is");
}

TEST(ModelConfig, ReadsAFolder) {
  TemporaryFolder folder;
  Report report;
  EXPECT_FALSE(readModelConfig(folder.getPath(), report));
  EXPECT_TRUE(hasError(report, "cannot read it"));
  folder.write("config.json", tinyConfig("LlamaForCausalLM"));
  Report second;
  EXPECT_TRUE(readModelConfig(folder.getPath(), second)) << format(second);
}
