//===- TransformerTensors.h -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_TRANSFORMERTENSORS_H
#define SMELT_IMPORT_HUGGINGFACE_TRANSFORMERTENSORS_H

#include "smelt/Import/HuggingFace/Checkpoint.h"
#include "smelt/Import/HuggingFace/ModelConfig.h"
#include <vector>

namespace smelt::hf {

/// A linear layer, y = W x + b, by the tensors that it has in a checkpoint.
struct LinearTensors {
  /// The path of the layer, such as `model.layers.0.mlp.up_proj`. Its tensors
  /// are `<module>.weight`, `.bias`, `.weight_scale` and `.rms_norm.weight`.
  std::string module;
  /// The outputs and inputs: W is rows x columns.
  int64_t rows = 0;
  int64_t columns = 0;
  bool hasBias = false;
  LinearForm form = LinearForm::Plain;
  /// Whether its inputs are normalized by `.rms_norm.weight`, [columns].
  bool hasInputNorm = false;
};

/// The weights of an RMS norm, [size].
struct NormTensor {
  std::string name;
  int64_t size = 0;
};

/// One layer of the decoder:
///   x += o(attentionSubNorm(attention(q, k, v of inputNorm(x))))
///   x += down(mlpSubNorm(act(gate(h)) * up(h))), h = postAttentionNorm(x)
struct LayerTensors {
  NormTensor inputNorm;
  NormTensor postAttentionNorm;
  /// Of the inputs of o and down: [numHeads * headSize], [intermediateSize].
  std::optional<NormTensor> attentionSubNorm;
  std::optional<NormTensor> mlpSubNorm;
  /// Of each head of queries and keys, before the rotation: [headSize].
  std::optional<NormTensor> queryNorm;
  std::optional<NormTensor> keyNorm;

  LinearTensors query, key, value, output;
  LinearTensors gate, up, down;
};

/// All tensors of a network.
struct TransformerTensors {
  /// vocabularySize x hiddenSize, by its module `model.embed_tokens`; a linear
  /// layer in form only.
  LinearTensors embedding;
  std::vector<LayerTensors> layers;
  NormTensor finalNorm;
  /// vocabularySize x hiddenSize. The same as `embedding` where they are tied.
  LinearTensors head;
};

/// The tensors that a configuration needs, under the names that they have in
/// transformers.
TransformerTensors listTensors(const ModelConfig &config);

/// Lists the tensors and checks that the checkpoint holds each with the shape
/// and a type that the configuration demands. All that are missing are
/// reported at once, each of a wrong shape or type with both, and all that are
/// not used in one warning. A tensor of a layer that is used which the
/// configuration does not know, such as a bias, is an error: without it,
/// another network would be computed.
std::optional<TransformerTensors> findTensors(const ModelConfig &config,
                                              const Checkpoint &checkpoint,
                                              Report &report);

} // namespace smelt::hf

#endif
