//===- SequenceBuilder.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_SEQUENCEBUILDER_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_SEQUENCEBUILDER_H

#include "mlir/IR/Builders.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Quantization/GroupFit.h"
#include "smelt/Quantization/WeightFit.h"

namespace smelt::hf {

/// Fractional bits of the residual stream and of all else that is not said to
/// have other ones.
constexpr int64_t kFraction = 16;

/// An integer tensor that stands for its elements times 2^-fraction.
struct FixedPoint {
  mlir::Value tensor;
  int64_t fraction = kFraction;

  mlir::RankedTensorType getType() const {
    return llvm::cast<mlir::RankedTensorType>(tensor.getType());
  }
};

/// Rows of codes, each with its absmax in units of 2^-fraction.
struct Codes {
  mlir::Value codes;
  mlir::Value absmax;
  int64_t fraction = kFraction;

  unsigned getBits() const {
    return mlir::getElementTypeOrSelf(codes.getType()).getIntOrFloatBitWidth();
  }
  /// The code of absmax.
  double getLargest() const { return double((1 << (getBits() - 1)) - 1); }
};

/// A matrix as the constants of a function's ops: w[r, k] is the sum over
/// planes of code times the integer scale of its group, times scale[r].
struct Matrix {
  std::string name;
  ternary::WeightsType type;
  mlir::ElementsAttr data;
  /// planes x rows x groups i16; null where `scale` is all.
  mlir::ElementsAttr groupScales;
  /// The largest magnitude of `groupScales`.
  int64_t largestGroupScale = 1;
  /// rows.
  std::vector<double> scale;
  /// rows, or empty.
  std::vector<float> bias;

  /// The largest magnitude that a sum of products with inputs of up to
  /// `largest` can have.
  double boundProducts(double largest) const;
};

/// Packs fitted weights; ternary ones in `layout`, interleaved if
/// `interleaves` and they can be.
Matrix makeMatrix(mlir::MLIRContext *context, llvm::StringRef name,
                  const FittedWeights &weights, ternary::Layout layout,
                  bool interleaves, std::vector<float> bias);

Matrix makeMatrix(mlir::MLIRContext *context, llvm::StringRef name,
                  const Int4Weights &weights, bool interleaves,
                  std::vector<float> bias);

/// Builds integer ops on sequences of tokens. Reals are chosen when the ops are
/// made, and end up in multipliers and shifts.
class SequenceBuilder {
public:
  explicit SequenceBuilder(mlir::OpBuilder &builder) : builder(builder) {}

  void setLocation(mlir::Location value) { location = value; }
  mlir::OpBuilder &getBuilder() { return builder; }

  FixedPoint embed(mlir::Value ids, const Matrix &matrix);

  /// x / sqrt(mean(x^2) + epsilon) * weight in each row, of as many fractional
  /// bits as i32 can always hold.
  FixedPoint normalize(const FixedPoint &x, llvm::ArrayRef<float> weight,
                       double epsilon);

  Codes quantize(const FixedPoint &x, unsigned bits);

  /// The product of rows with a matrix, plus its bias.
  FixedPoint multiply(const Codes &x, const Matrix &matrix);

  /// An estimate of the product of rows with a matrix of one plane without
  /// group scales, in which the `count` greatest elements of each row are as
  /// `multiply` gives them.
  FixedPoint refine(const FixedPoint &estimate, int64_t count, const Codes &x,
                    const Matrix &matrix);

  FixedPoint reshape(const FixedPoint &x, llvm::ArrayRef<int64_t> shape);
  FixedPoint rotate(const FixedPoint &x, mlir::ElementsAttr table,
                    mlir::Value position);
  FixedPoint activate(const FixedPoint &x, ternary::ActivationKind kind);
  FixedPoint relu(const FixedPoint &x);
  /// The product, element by element, in 64 bits.
  FixedPoint multiplyElements(const FixedPoint &x, const FixedPoint &y);
  FixedPoint add(const FixedPoint &x, const FixedPoint &y);

  mlir::Value writeCache(mlir::Value cache, mlir::Value rows,
                         mlir::Value position);
  /// Attention whose scores are `scoreScale` times the products of queries and
  /// keys.
  FixedPoint attend(const Codes &query, const Codes &keys, const Codes &values,
                    double scoreScale, mlir::Value position);

private:
  /// What makes fixed-point numbers of the products of codes with a matrix.
  struct Dequantization {
    mlir::Value multiplier;
    /// Or null.
    mlir::Value bias;
    int64_t shift = 0;
  };
  Dequantization chooseDequantization(const Codes &x, const Matrix &matrix);

  mlir::Value constant(mlir::ElementsAttr values);
  mlir::Value weights(const Matrix &matrix);
  mlir::RankedTensorType tensorOf(llvm::ArrayRef<int64_t> shape,
                                  unsigned bits) {
    return mlir::RankedTensorType::get(shape, builder.getIntegerType(bits));
  }

  mlir::OpBuilder &builder;
  mlir::Location location = builder.getUnknownLoc();
};

} // namespace smelt::hf

#endif
