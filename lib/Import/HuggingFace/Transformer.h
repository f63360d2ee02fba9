//===- Transformer.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_TRANSFORMER_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_TRANSFORMER_H

#include "SequenceBuilder.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "smelt/Import/HuggingFace/ImportHuggingFace.h"
#include "smelt/Import/HuggingFace/Weights.h"

namespace smelt::hf {

/// A linear layer that is ready to be built.
struct Linear {
  Matrix matrix;
  /// Of the norm of its inputs, or empty.
  std::vector<float> inputNorm;
  double inputNormEpsilon = 0;
  /// Bits that its inputs are rounded to.
  unsigned inputBits = 8;
};

/// A norm's weights; empty where there is none.
using Norm = std::vector<float>;

/// A layer of the decoder.
struct Layer {
  Norm inputNorm, postAttentionNorm, attentionSubNorm, mlpSubNorm;
  Norm queryNorm, keyNorm;
  Linear query, key, value, output, gate, up, down;
};

/// A network with its weights packed.
struct Transformer {
  ModelConfig config;
  int64_t contextLength = 0;
  unsigned cacheBits = 8;
  Matrix embedding;
  std::vector<Layer> layers;
  Norm finalNorm;
  Linear head;
  /// Where the head is screened: its ternary approximation.
  std::optional<Matrix> screen;
  /// contextLength x headSize i16: cosines, then sines, in Q15.
  mlir::ElementsAttr rotations;
};

/// Reads and packs all weights. Returns nothing after reporting what is wrong.
std::optional<Transformer>
readTransformer(const ModelConfig &config, const TransformerTensors &tensors,
                const Checkpoint &checkpoint,
                const HuggingFaceImportOptions &options,
                mlir::MLIRContext *context, Report &report);

/// What the tokens of a function are: a block of one sequence, with the logits
/// of each or with none, or one token of each of several sequences.
enum class TokenKind { Block, BlockWithLogits, Sequences };

/// Builds the function `name` of `tokens` tokens.
void buildFunction(const Transformer &transformer, llvm::StringRef name,
                   int64_t tokens, TokenKind kind, mlir::OpBuilder &builder);

} // namespace smelt::hf

#endif
