//===- Converter.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The symbolic values and helpers that `ternary-convert-to-integer` is made of.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_FLOATTOINTEGER_CONVERTER_H
#define SMELT_LIB_CONVERSION_FLOATTOINTEGER_CONVERTER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Builders.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "llvm/ADT/DenseMap.h"
#include <limits>

namespace smelt {

/// The integers that a real value is rounded to: real = scale * (q -
/// zeroPoint), min <= q <= max, stored in `elementType`.
struct Grid {
  mlir::Type elementType;
  double scale = 1;
  int64_t zeroPoint = 0;
  int64_t min = 0;
  int64_t max = 0;

  double toReal(double q) const { return scale * (q - zeroPoint); }
};

/// An integer tensor and what it stands for:
/// real = clamp(scale[c] * q + offset[c], clampMin, clampMax), where c is the
/// index of the last dimension, or 0 where there is one scale (or offset).
///
/// Multiplications by and additions of constants, batch norms and clamps only
/// change these numbers; one requantization carries them all out.
struct IntegerValue {
  mlir::Value tensor;
  llvm::SmallVector<double> scale = {1};
  llvm::SmallVector<double> offset = {0};
  double clampMin = -std::numeric_limits<double>::infinity();
  double clampMax = std::numeric_limits<double>::infinity();
  /// Bounds of the tensor's elements.
  int64_t min = 0;
  int64_t max = 0;

  IntegerValue() = default;
  IntegerValue(mlir::Value tensor, const Grid &grid)
      : tensor(tensor), scale({grid.scale}),
        offset({-grid.scale * grid.zeroPoint}), min(grid.min), max(grid.max) {}

  mlir::RankedTensorType getType() const {
    return llvm::cast<mlir::RankedTensorType>(tensor.getType());
  }
  size_t channels() const { return std::max(scale.size(), offset.size()); }
  double scaleOf(size_t c) const { return scale[scale.size() == 1 ? 0 : c]; }
  double offsetOf(size_t c) const { return offset[offset.size() == 1 ? 0 : c]; }
  /// Whether its scales and offsets are finite.
  bool isFinite() const;
  bool isClamped() const;
  /// One positive scale, an integer zero point, and no clamp to carry out.
  bool isSettled() const;
  /// The zero point of a settled value.
  int64_t zeroPoint() const;
  /// The largest magnitude of the tensor's elements.
  int64_t magnitude() const { return std::max(std::abs(min), std::abs(max)); }
  /// Bounds of the real value.
  std::pair<double, double> realRange() const;
  /// The largest magnitude of the real value.
  double realMagnitude() const;
};

/// Converts the ops of one float function, in order, into integer ops.
class Converter {
public:
  Converter(mlir::OpBuilder &builder) : builder(builder) {}

  /// Converts one op. On failure a diagnostic has been emitted, and the op's
  /// results are marked as unknown so that others are still checked.
  mlir::LogicalResult convert(mlir::Operation *op);

  /// The integer value of a float value; null tensor if its producer failed.
  const IntegerValue &get(mlir::Value value) { return values[value]; }
  void set(mlir::Value value, IntegerValue integer) {
    values[value] = std::move(integer);
  }

  /// The grid that `value` is about to be rounded to by its only use, looking
  /// through clamps, which narrow it; nothing if there is none.
  std::optional<Grid> findTarget(mlir::Value value);

  /// The grid of a fake_quant. uint8 and uint16 grids move to signed types.
  std::optional<Grid> getGrid(ternary::FakeQuantOp op);

  /// Rounds `value` to `grid`. Returns its tensor as it is if it is on the
  /// grid.
  IntegerValue requantize(const IntegerValue &value, const Grid &grid,
                          mlir::Location location);

  /// Carries out per-channel scales, fractional zero points and clamps that are
  /// pending, into i32 without visible loss.
  IntegerValue settle(const IntegerValue &value, mlir::Location location);

  /// A settled value of at most `width` bits.
  IntegerValue settleTo(unsigned width, const IntegerValue &value,
                        mlir::Location location);

private:
  // Linear.cpp
  mlir::LogicalResult convertLinear(mlir::Operation *op);
  mlir::LogicalResult convertMatmul(mlir::tosa::MatMulOp op);
  mlir::LogicalResult convertAvgPool(mlir::tosa::AvgPool2dOp op);
  mlir::LogicalResult convertReduceSum(mlir::tosa::ReduceSumOp op);

  // Elementwise.cpp
  mlir::LogicalResult convertFakeQuant(ternary::FakeQuantOp op);
  mlir::LogicalResult convertBinarize(ternary::BinarizeOp op);
  mlir::LogicalResult convertClamp(mlir::tosa::ClampOp op);
  mlir::LogicalResult convertNegate(mlir::tosa::NegateOp op);
  mlir::LogicalResult convertAddition(mlir::Operation *op, double rhsSign);
  mlir::LogicalResult convertMultiplication(mlir::tosa::MulOp op);
  mlir::LogicalResult convertActivation(mlir::Operation *op,
                                        ternary::ActivationKind kind);
  mlir::LogicalResult convertSoftmax(mlir::Operation *op);
  template <typename NormOp> mlir::LogicalResult convertNorm(NormOp op);
  bool foldConstantOperand(mlir::Operation *op, double rhsSign);
  IntegerValue operandOf(mlir::Operation *op, unsigned index);
  IntegerValue toFixedPoint(const IntegerValue &value, double saturation,
                            int64_t &fraction, mlir::Location location);

  mlir::LogicalResult convertExtremum(mlir::Operation *op);

  // Lookup.cpp
  mlir::LogicalResult convertLookup(mlir::Operation *op);

  // Movement.cpp
  mlir::LogicalResult convertReshape(mlir::tosa::ReshapeOp op);
  mlir::LogicalResult convertTranspose(mlir::tosa::TransposeOp op);
  mlir::LogicalResult convertConcat(mlir::tosa::ConcatOp op);
  mlir::LogicalResult convertPad(mlir::tosa::PadOp op);
  mlir::LogicalResult convertMovement(mlir::Operation *op);

  mlir::OpBuilder &builder;
  llvm::DenseMap<mlir::Value, IntegerValue> values;
};

/// The integers of y = (sum of x * multipliers + offset) >> shift.
struct FixedPointScale {
  int64_t shift = 0;
  llvm::SmallVector<int32_t> multipliers;
  llvm::SmallVector<int64_t> offsets;
};

/// Chooses the largest shift for which `ratios * 2^shift` fit in 31 bits and
/// x * multiplier + offset stays within 62 bits for |x| <= `magnitude`. Offsets
/// get half a unit for rounding half up.
FixedPointScale makeFixedPointScale(llvm::ArrayRef<double> ratios,
                                    llvm::ArrayRef<double> offsets,
                                    double magnitude);

/// The packed weights behind a layer's weight operand, also through the reshape
/// and transpose of depthwise weights; null if there are none.
ternary::DequantizeWeightsOp getQuantizedWeights(mlir::Value weights);

/// Whether the op applies a function of one value that becomes a table.
bool isLookupFunction(mlir::Operation *op);

/// The grid of `width` bits whose zero is 0 and whose ends are +-`magnitude`.
/// One of 32 bits keeps the top bit free.
Grid makeSymmetricGrid(mlir::OpBuilder &builder, unsigned width,
                       double magnitude);

/// Whether the op only makes constants: its results are read where they are
/// used.
bool isConstantOnly(mlir::Operation *op);

/// A constant i32/i64/i8/i16 tensor.
template <typename T>
mlir::Value createConstant(mlir::OpBuilder &builder, mlir::Location location,
                           llvm::ArrayRef<int64_t> shape,
                           llvm::ArrayRef<T> values) {
  auto type =
      mlir::RankedTensorType::get(shape, builder.getIntegerType(8 * sizeof(T)));
  auto attribute = mlir::DenseElementsAttr::get(type, values);
  return builder.create<mlir::tosa::ConstOp>(location, type, attribute);
}

} // namespace smelt

#endif
