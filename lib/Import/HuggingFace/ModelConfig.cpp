//===- ModelConfig.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/ModelConfig.h"
#include "ConfigSections.h"
#include "Json.h"
#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace smelt;
using namespace smelt::hf;
using namespace llvm;

/// The limits are far above those of any model, and far below those of
/// arithmetic.
static constexpr int64_t maxWidth = 1 << 20;
static constexpr int64_t maxLayers = 1 << 12;
static constexpr int64_t maxVocabulary = 1 << 24;
static constexpr int64_t maxContext = 1 << 27;
static constexpr int64_t maxHeads = 1 << 14;
static constexpr uint64_t maxConfigBytes = 16 << 20;

static constexpr StringLiteral architectureNames[] = {
    "BitNetForCausalLM", "BitnetForCausalLM", "LlamaForCausalLM",
    "Qwen3ForCausalLM"};

StringRef smelt::hf::getName(Architecture architecture) {
  return architectureNames[size_t(architecture)];
}

static std::optional<Architecture>
readArchitecture(const ConfigReader &config) {
  if (!config.has("architectures")) {
    config.error("architectures", "is missing");
    return std::nullopt;
  }
  auto names = config.strings("architectures");
  if (!names)
    return std::nullopt;
  if (names->size() != 1) {
    config.error("architectures", "must name one architecture, but names " +
                                      Twine(names->size()));
    return std::nullopt;
  }
  const auto *found = find(architectureNames, StringRef(names->front()));
  if (found != std::end(architectureNames))
    return Architecture(found - std::begin(architectureNames));
  config.error("architectures",
               "'" + names->front() +
                   "' is not supported; supported are "
                   "'BitNetForCausalLM', 'BitnetForCausalLM' (1bitLLM), "
                   "'LlamaForCausalLM' and 'Qwen3ForCausalLM'");
  return std::nullopt;
}

static Activation readActivation(const ConfigReader &config,
                                 Architecture architecture) {
  std::optional<StringRef> given = config.string("hidden_act");
  if (!given)
    return architecture == Architecture::BitNet ? Activation::ReLU2
                                                : Activation::SiLU;
  auto activation =
      StringSwitch<std::optional<Activation>>(*given)
          .Cases("silu", "swish", Activation::SiLU)
          .Case("relu", Activation::ReLU)
          .Case("relu2", Activation::ReLU2)
          .Cases("gelu", "gelu_python", Activation::GELU)
          .Cases("gelu_new", "gelu_pytorch_tanh", "gelu_fast",
                 "gelu_python_tanh", "gelu_accurate", Activation::GELUTanh)
          .Case("quick_gelu", Activation::GELUSigmoid)
          .Default(std::nullopt);
  if (!activation)
    config.error("hidden_act",
                 "'" + *given +
                     "' is not supported; supported are 'silu', 'relu', "
                     "'relu2', 'gelu', 'gelu_new', 'gelu_pytorch_tanh' and "
                     "'quick_gelu'");
  return activation.value_or(Activation::SiLU);
}

/// Reads the heads and their size and checks that they fit together.
static void readHeads(const ConfigReader &config, ModelConfig &model,
                      std::optional<int64_t> hidden) {
  std::optional<int64_t> heads =
      config.requiredInteger("num_attention_heads", 1, maxHeads);
  std::optional<int64_t> keyValueHeads =
      config.integer("num_key_value_heads", 1, maxHeads);
  if (heads && keyValueHeads && *heads % *keyValueHeads != 0)
    config.error("num_attention_heads",
                 "is " + Twine(*heads) +
                     ", which is not a multiple of 'num_key_value_heads', " +
                     Twine(*keyValueHeads));
  std::optional<int64_t> size = config.integer("head_dim", 1, maxHeads);
  if (!size && !config.has("head_dim") && heads && hidden) {
    if (model.architecture == Architecture::Qwen3)
      size = 128; // The default of its class, whatever the hidden size.
    else if (*hidden % *heads == 0)
      size = *hidden / *heads;
    else
      config.error("hidden_size",
                   "is " + Twine(*hidden) +
                       ", which is not a multiple of 'num_attention_heads', " +
                       Twine(*heads) + ", and 'head_dim' is missing");
  }
  if (size && *size % 2 != 0)
    config.error(config.has("head_dim") ? "head_dim" : "hidden_size",
                 "makes heads of " + Twine(*size) +
                     " elements, but a rotary embedding needs an even number");
  if (size && heads && hidden &&
      model.architecture == Architecture::OneBitLLM &&
      *size * *heads != *hidden)
    config.error("head_dim", "times 'num_attention_heads' must be "
                             "'hidden_size' in BitnetForCausalLM");
  model.numHeads = heads.value_or(1);
  model.numKeyValueHeads = keyValueHeads.value_or(model.numHeads);
  model.headSize = size.value_or(2);
}

static void readTokens(const ConfigReader &config, ModelConfig &model,
                       std::optional<int64_t> vocabulary) {
  int64_t last = vocabulary.value_or(maxVocabulary) - 1;
  model.beginToken = config.integer("bos_token_id", 0, last);
  if (auto ends = config.integers("eos_token_id", 0, last))
    model.endTokens.assign(ends->begin(), ends->end());
}

/// Refuses what would change the attention.
static void checkAttention(const ConfigReader &config) {
  if (config.boolean("use_sliding_window").value_or(false))
    config.error("use_sliding_window", "true is not supported; all layers must "
                                       "attend to the whole context");
  auto types = config.strings("layer_types");
  if (types && any_of(*types, [](const std::string &type) {
        return type != "full_attention";
      }))
    config.error("layer_types",
                 "holds other types than 'full_attention', which alone is "
                 "supported");
}

static void readBiases(const ConfigReader &config, ModelConfig &model) {
  model.hasAttentionBias = config.boolean("attention_bias").value_or(false);
  model.hasMlpBias = config.boolean("mlp_bias").value_or(false);
  if (model.hasMlpBias && model.architecture != Architecture::Llama) {
    config.error("mlp_bias",
                 "true has no meaning for " + getName(model.architecture));
  }
}

static void readElementType(const ConfigReader &config, ModelConfig &model) {
  StringRef key = config.has("dtype") ? "dtype" : "torch_dtype";
  model.elementType = config.string(key).value_or("").str();
}

static void readSizes(const ConfigReader &config, ModelConfig &model) {
  std::optional<int64_t> hidden =
      config.requiredInteger("hidden_size", 1, maxWidth);
  std::optional<int64_t> vocabulary =
      config.requiredInteger("vocab_size", 1, maxVocabulary);
  std::optional<int64_t> context =
      config.requiredInteger("max_position_embeddings", 1, maxContext);
  model.hiddenSize = hidden.value_or(1);
  model.vocabularySize = vocabulary.value_or(1);
  model.contextLength = context.value_or(1);
  model.intermediateSize =
      config.requiredInteger("intermediate_size", 1, maxWidth).value_or(1);
  model.numLayers =
      config.requiredInteger("num_hidden_layers", 1, maxLayers).value_or(1);
  readHeads(config, model, hidden);
  readTokens(config, model, vocabulary);
  model.rotary = readRotaryEmbedding(config, model.architecture, context);
}

std::optional<ModelConfig>
smelt::hf::parseModelConfig(StringRef text, StringRef file, Report &report) {
  size_t errorsBefore = report.countErrors();
  Expected<JsonText> json = parseJson(text);
  if (!json) {
    report.error(file, toString(json.takeError()));
    return std::nullopt;
  }
  for (const std::string &key : json->duplicates)
    report.warning(file, "'" + key + "' stands twice; the last counts");
  const json::Object *object = json->value.getAsObject();
  if (!object) {
    report.error(file, "it is not a JSON object");
    return std::nullopt;
  }
  refuseRotatedWeights(*object, file, report);

  ConfigReader config(*object, file, report);
  std::optional<Architecture> architecture = readArchitecture(config);
  if (!architecture)
    return std::nullopt; // What the other keys mean depends on it.
  ModelConfig model;
  model.file = file.str();
  model.architecture = *architecture;
  readSizes(config, model);
  model.normEpsilon =
      config.requiredNumber("rms_norm_eps", 1e-30, 1).value_or(1);
  model.activation = readActivation(config, *architecture);
  model.tiesHead = config.boolean("tie_word_embeddings").value_or(false);
  readBiases(config, model);
  checkAttention(config);
  model.quantization = readLinearQuantization(config, *architecture);
  readElementType(config, model);
  if (report.countErrors() != errorsBefore)
    return std::nullopt;
  return model;
}

std::optional<ModelConfig> smelt::hf::readModelConfig(StringRef folder,
                                                      Report &report) {
  SmallString<256> path(folder);
  sys::path::append(path, "config.json");
  auto text = readRegularFile(path, maxConfigBytes);
  if (text)
    return parseModelConfig((*text)->getBuffer(), path, report);
  report.error(path, toString(text.takeError()));
  return std::nullopt;
}
