//===- MomentFit.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fitting ternary planes to what a layer computes, not to its weights alone.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_QUANTIZATION_MOMENTFIT_H
#define SMELT_QUANTIZATION_MOMENTFIT_H

#include "smelt/Quantization/WeightFit.h"

namespace smelt {

/// The mean and covariance of a layer's inputs, as its rows of weights see
/// them: the columns of a matrix product, or of the windows of a convolution.
struct InputMoments {
  int64_t columns = 0;
  /// columns elements.
  std::vector<float> mean;
  /// columns x columns, symmetric.
  std::vector<float> covariance;
};

/// Sums over observed inputs from which the moments follow.
class MomentAccumulator {
public:
  explicit MomentAccumulator(int64_t columns)
      : columns(columns), sum(columns), products(columns * columns) {}

  void add(llvm::ArrayRef<float> row);
  int64_t getCount() const { return count; }
  InputMoments finish() const;

private:
  int64_t columns;
  int64_t count = 0;
  std::vector<double> sum;
  /// The upper triangle.
  std::vector<double> products;
};

/// Changes the codes and scales of `fit` so that the expected squared error of
/// each output, (w - w')^T C (w - w') with the covariance C, is small: by turns
/// the best code of each weight with the others fixed, and the best scales. The
/// fit has one group. The mean of the error is left to the bias.
void refineFit(FittedWeights &fit, llvm::ArrayRef<float> weights,
               const InputMoments &moments);

/// The expected error of each row's output, (w - w')^T mean: what the bias has
/// to make up for.
std::vector<float> expectedError(const FittedWeights &fit,
                                 llvm::ArrayRef<float> weights,
                                 const InputMoments &moments);

} // namespace smelt

#endif
