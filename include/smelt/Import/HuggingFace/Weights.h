//===- Weights.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_WEIGHTS_H
#define SMELT_IMPORT_HUGGINGFACE_WEIGHTS_H

#include "smelt/Import/HuggingFace/TransformerTensors.h"

namespace smelt::hf {

/// How the weights of a matrix were found.
enum class WeightKind {
  /// Ternary, four to a byte, with `weight_scale`.
  Packed,
  /// Float masters that the network itself rounds to ternary by their mean
  /// magnitude.
  Online,
  /// Floats that are -s, 0 or +s exactly, with one s for the matrix, each row,
  /// or each group of 256, 128 or 64 columns.
  Grid,
  /// Floats that are not ternary.
  Float,
};

/// "packed", "online", "grid" or "float".
llvm::StringRef getName(WeightKind kind);

/// A matrix of weights, rows x columns. It refers to the checkpoint's bytes;
/// codes and floats are made row by row, so that no more than what a caller
/// asks for is ever unpacked. For all kinds but `Float`,
///   w[r, c] = code[r, c] * scales[r or 0][c / (columns / groups)].
class WeightMatrix {
public:
  WeightKind kind = WeightKind::Float;
  int64_t rows = 0;
  int64_t columns = 0;
  /// 1 or `rows`.
  int64_t scaleRows = 0;
  /// Runs of columns / groups columns that share a scale.
  int64_t groups = 0;
  /// scaleRows x groups, positive; empty for `Float`.
  std::vector<float> scales;

  bool isTernary() const { return kind != WeightKind::Float; }

  /// The codes, -1, 0 or +1, of `rowCount` rows, row-major in a buffer of
  /// rowCount * columns. Only for ternary matrices.
  void readCodes(int64_t firstRow, int64_t rowCount,
                 llvm::MutableArrayRef<int8_t> codes) const;

  /// The weights as floats, in a buffer of rowCount * columns. Those of ternary
  /// matrices are codes times scales.
  void readWeights(int64_t firstRow, int64_t rowCount,
                   llvm::MutableArrayRef<float> weights) const;

private:
  friend class WeightReader;
  float getScale(int64_t row, int64_t column) const {
    return scales[(scaleRows == 1 ? 0 : row) * groups +
                  column / (columns / groups)];
  }

  const TensorView *tensor = nullptr;
  /// Of stored floats; `weight_scale` where it stands beside them.
  float multiplier = 1;
  /// Online: one over the scale, as it is rounded when codes are made.
  float inverseScale = 0;
};

/// A linear layer: y = W x + b with the norm and the rounding of x before it.
struct LinearWeights {
  WeightMatrix matrix;
  /// [rows], or empty. What is added last, also where the checkpoint's formula
  /// adds the bias before it multiplies by `weight_scale`.
  std::vector<float> bias;
  /// [columns], or empty.
  std::vector<float> inputNorm;
  /// Whether the network rounds each token of x to 8 bits:
  /// q = clamp(round(x * 127 / max(max|x|, 1e-5)), -128, 127).
  bool roundsInputs = false;
};

/// Reads the weights of a layer of `findTensors`. Tensors that hold something
/// that is no number or no code are reported with the position; ternary ones
/// that are all zero cause a warning. `checkpoint` must outlive the result.
std::optional<LinearWeights> readLinear(const LinearTensors &linear,
                                        const Checkpoint &checkpoint,
                                        Report &report);

/// Reads the weights of a norm, and checks that they are finite.
std::optional<std::vector<float>>
readNorm(const NormTensor &norm, const Checkpoint &checkpoint, Report &report);

} // namespace smelt::hf

#endif
