//===- RotaryEmbedding.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_ROTARYEMBEDDING_H
#define SMELT_IMPORT_HUGGINGFACE_ROTARYEMBEDDING_H

#include <cstdint>
#include <optional>
#include <vector>

namespace smelt::hf {

/// How the frequencies of a rotary embedding are changed for contexts longer
/// than those of the training.
enum class RotaryScaling { None, Linear, Llama3, Yarn };

/// The parameters of a rotary position embedding, under the names and with the
/// formulas of transformers' `modeling_rope_utils.py`. At position p, elements
/// i and i + headSize / 2 of a head turn by p * inverseFrequencies[i] radians,
/// and cosine and sine are both multiplied by the attention factor.
struct RotaryEmbedding {
  /// `rope_theta`.
  double theta = 10000;
  RotaryScaling scaling = RotaryScaling::None;
  double factor = 1;
  /// `original_max_position_embeddings`; for Llama3 and Yarn.
  double originalContext = 0;

  /// `low_freq_factor` and `high_freq_factor`; for Llama3.
  double lowFrequencyFactor = 1;
  double highFrequencyFactor = 4;

  /// `beta_fast` and `beta_slow`, in turns over the original context; for Yarn.
  double betaFast = 32;
  double betaSlow = 1;
  /// `attention_factor`, `mscale` and `mscale_all_dim`; for Yarn.
  std::optional<double> givenAttentionFactor;
  double mscale = 0;
  double mscaleAllDim = 0;
  /// `truncate`: whether the ends of the ramp are rounded to whole dimensions;
  /// for Yarn.
  bool truncatesRamp = true;

  /// The frequencies of the headSize / 2 pairs, in radians a position.
  /// `headSize` must be even.
  std::vector<double> inverseFrequencies(int64_t headSize) const;

  /// The factor of cosine and sine: 1 but for Yarn.
  double attentionFactor() const;
};

} // namespace smelt::hf

#endif
