//===- ModelConfig.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_MODELCONFIG_H
#define SMELT_IMPORT_HUGGINGFACE_MODELCONFIG_H

#include "smelt/Import/HuggingFace/Report.h"
#include "smelt/Import/HuggingFace/RotaryEmbedding.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>
#include <string>
#include <vector>

namespace smelt::hf {

/// The decoder-only architectures that are known. All of them have pre-norms
/// (RMS), rotary embeddings and a gated MLP, down(act(gate(x)) * up(x)).
enum class Architecture {
  /// `BitNetForCausalLM` of transformers: norms of the inputs of o_proj and
  /// down_proj, `attn_sub_norm` and `ffn_sub_norm`.
  BitNet,
  /// `BitnetForCausalLM` of 1bitLLM, with another capital letter: the same
  /// norms as `inner_attn_ln` and `ffn_layernorm`, and weights that are made
  /// ternary when they are used.
  OneBitLLM,
  /// `LlamaForCausalLM`.
  Llama,
  /// `Qwen3ForCausalLM`: norms of each head of queries and keys.
  Qwen3,
};

/// The name in `architectures`.
llvm::StringRef getName(Architecture architecture);

/// `hidden_act`.
enum class Activation {
  SiLU,
  ReLU,
  /// max(x, 0)^2.
  ReLU2,
  /// x * Phi(x), by the error function.
  GELU,
  /// The approximation of GELU by tanh.
  GELUTanh,
  /// x * sigmoid(1.702 x).
  GELUSigmoid,
};

/// How the weights of a linear layer are stored and used.
enum class LinearForm {
  /// As floats that are used as they are.
  Plain,
  /// `linear_class` "bitlinear": packed ternary. Results are divided by
  /// `weight_scale`, and the bias is added afterwards.
  Divided,
  /// `linear_class` "autobitlinear": ternary, packed or in floats. Results,
  /// with the bias, are multiplied by `weight_scale`.
  Multiplied,
  /// `quantization_mode` "online": float masters that become ternary when they
  /// are used.
  Online,
};

/// How `quantization_config` of `quant_method` "bitnet" says that linear layers
/// are stored and computed (transformers, `integrations/bitnet.py`). A layer
/// that is converted rounds its inputs to 8 bits by their largest magnitude in
/// each token.
struct LinearQuantization {
  /// That of the layers that are converted; never `Plain`.
  LinearForm form = LinearForm::Divided;
  /// `use_rms_norm`: each layer normalizes its inputs by `rms_norm.weight`.
  bool hasInputNorm = false;
  /// `rms_norm_eps` of these norms.
  double inputNormEpsilon = 1e-6;
  /// `modules_to_not_convert`.
  std::vector<std::string> unconverted;

  /// Whether the linear layer of this path, such as
  /// `model.layers.0.mlp.up_proj`, is converted. An entry of
  /// `modules_to_not_convert` exempts each layer whose path contains it.
  bool converts(llvm::StringRef module) const;
};

/// What `config.json` says about a network. Every size is at least 1 and
/// small enough that the product of any two of them fits in 64 bits.
struct ModelConfig {
  /// The path that it was read from.
  std::string file;
  Architecture architecture = Architecture::Llama;

  /// `hidden_size`, `intermediate_size`, `num_hidden_layers`, `vocab_size`,
  /// `max_position_embeddings`.
  int64_t hiddenSize = 0;
  int64_t intermediateSize = 0;
  int64_t numLayers = 0;
  int64_t vocabularySize = 0;
  int64_t contextLength = 0;
  /// `num_attention_heads`, a multiple of `num_key_value_heads`, and
  /// `head_dim`, which is even.
  int64_t numHeads = 0;
  int64_t numKeyValueHeads = 0;
  int64_t headSize = 0;

  /// `rms_norm_eps`.
  double normEpsilon = 0;
  Activation activation = Activation::SiLU;
  RotaryEmbedding rotary;
  /// `tie_word_embeddings`: the head's weights are the embedding's.
  bool tiesHead = false;
  /// `attention_bias` and `mlp_bias`.
  bool hasAttentionBias = false;
  bool hasMlpBias = false;
  /// Nothing where the weights are stored as what they are used as.
  std::optional<LinearQuantization> quantization;

  std::optional<int64_t> beginToken;
  /// `eos_token_id`, which may be a list.
  llvm::SmallVector<int64_t, 2> endTokens;
  /// `torch_dtype` or `dtype`, such as "bfloat16", or empty.
  std::string elementType;
};

/// Reads the text of a `config.json`. All that is missing, of the wrong type,
/// out of range, contradictory or not supported is reported with its key;
/// nothing is returned if there is any. A key that stands twice counts as in
/// Python, the last time, with a warning.
std::optional<ModelConfig>
parseModelConfig(llvm::StringRef text, llvm::StringRef file, Report &report);

/// Reads `config.json` of a folder.
std::optional<ModelConfig> readModelConfig(llvm::StringRef folder,
                                           Report &report);

} // namespace smelt::hf

#endif
