//===- HelperFunctions.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scalar functions that ops share. Each is a private function of the module,
// made when it is first called.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_HELPERFUNCTIONS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_HELPERFUNCTIONS_H

#include "LoopBuilder.h"

namespace smelt {

/// `exp2neg` of ternary.activation: i64 to i32.
mlir::Value exp2Negative(LoopBuilder &loops, mlir::Value exponent);

/// `exp2neg30` of ternary.attention: i64 to i64.
mlir::Value exp2NegativeWide(LoopBuilder &loops, mlir::Value exponent);

/// `logistic` of ternary.activation, all i64; `factor` is log2(e) in Q16.
mlir::Value logistic(LoopBuilder &loops, mlir::Value x, int64_t factor,
                     int64_t fraction);

/// `log2(sum) - 15` in Q16, of an i64 in 2^15..2^31.
mlir::Value log2OfSum(LoopBuilder &loops, mlir::Value sum);

/// `bits` of ternary.dynamic_quantize, of an i64 that is at least 0.
mlir::Value bitLength(LoopBuilder &loops, mlir::Value value);

/// `mantissa` of ternary.dynamic_quantize, of a positive i64 of `bits` bits.
mlir::Value mantissa(LoopBuilder &loops, mlir::Value value, mlir::Value bits);

/// A number that fits in 32 bits, in 64, so that LLVM knows: it multiplies two
/// of them in one instruction.
mlir::Value fromWord(LoopBuilder &loops, mlir::Value value);

/// `rsqrt` of ternary.rms_norm: i64 to i64.
mlir::Value reciprocalSqrt(LoopBuilder &loops, mlir::Value value);

/// Asks Linux for the matrix registers of AMX, which are a process's only when
/// it has done so; once.
void askForMatrices(LoopBuilder &loops);

/// Makes codes of ternary.dynamic_quantize by one absmax, a positive i64.
class Quantizer {
public:
  Quantizer(LoopBuilder &loops, mlir::Value absmax, unsigned width);
  /// The code of `value`, both i64.
  mlir::Value apply(mlir::Value value);

private:
  LoopBuilder &loops;
  int64_t largest;
  mlir::Value reciprocal, dropped, shift, half;
};

/// Makes fixed-point numbers of ternary.dequantize of rows with one absmax, a
/// positive i64.
class Dequantizer {
public:
  template <typename DequantizeOp>
  Dequantizer(DequantizeOp op, LoopBuilder &loops, mlir::Value absmax)
      : Dequantizer(loops, absmax, op.getShift(), op.getMin(), op.getMax(),
                    op.getMultiplier(), op.getBias()) {}

  /// The number of an accumulator (i64) of column `column`, in i64.
  mlir::Value apply(mlir::Value accumulator, mlir::Value column);

private:
  Dequantizer(LoopBuilder &loops, mlir::Value absmax, int64_t shift,
              int64_t min, int64_t max, mlir::Value multiplier,
              mlir::Value bias);

  LoopBuilder &loops;
  int64_t min, max;
  mlir::Value multiplier, bias, significand, shift, half;
};

} // namespace smelt

#endif
