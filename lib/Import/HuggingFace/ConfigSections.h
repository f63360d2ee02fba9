//===- ConfigSections.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_CONFIGSECTIONS_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_CONFIGSECTIONS_H

#include "ConfigReader.h"
#include "smelt/Import/HuggingFace/ModelConfig.h"

namespace smelt::hf {

/// Reads `rope_theta` with `rope_scaling`, or `rope_parameters`.
/// `contextLength` is `max_position_embeddings` where that is sound.
RotaryEmbedding readRotaryEmbedding(const ConfigReader &config,
                                    Architecture architecture,
                                    std::optional<int64_t> contextLength);

/// Reads `quantization_config`, or what an architecture has in its place.
std::optional<LinearQuantization>
readLinearQuantization(const ConfigReader &config, Architecture architecture);

/// Reports keys that say that the weights are in a rotated basis, at any depth.
void refuseRotatedWeights(const llvm::json::Object &object,
                          llvm::StringRef file, Report &report);

/// Whether the name of a key or a tensor says that.
bool namesRotation(llvm::StringRef name);

/// Reports such a key or tensor.
void reportRotation(llvm::StringRef file, const llvm::Twine &subject,
                    Report &report);

} // namespace smelt::hf

#endif
