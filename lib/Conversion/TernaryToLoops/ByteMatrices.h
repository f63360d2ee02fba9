//===- ByteMatrices.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_BYTEMATRICES_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_BYTEMATRICES_H

#include "ByteVectors.h"

namespace smelt {

/// The matrix registers of AMX, whose instructions name them by number. Each
/// has 16 rows of 64 bytes.
class ByteMatrices {
public:
  using Value = mlir::Value;
  static constexpr int64_t kRows = 16;
  static constexpr int64_t kBytes = kRows * ByteVectors::kBytes;
  static constexpr int64_t kRegisters = 8;

  ByteMatrices(LoopBuilder &loops, const VectorTarget &target)
      : loops(loops), target(target) {}

  /// Gives the registers their shape, before anything else; asks the system for
  /// them first where that must be.
  void begin(ByteVectors &vectors);
  /// Says that the registers are free, after everything else.
  void end();

  void clear(int64_t number);
  /// Loads rows that are `stride` bytes apart, from element `index` on.
  void load(int64_t number, Value buffer, Value index, int64_t stride);
  void store(int64_t number, Value buffer, Value index, int64_t stride);
  /// Adds the products of 16 rows of 64 signed bytes with 16 columns of 64 to
  /// 16 x 16 numbers of 32 bits. Register `columns` has 4 bytes of each column
  /// side by side, as vectors of `ByteVectors` have.
  void multiply(int64_t sums, int64_t rows, int64_t columns);

private:
  void call(llvm::StringRef intrinsic, mlir::ValueRange operands);
  void ask();
  Value getAddress(Value buffer, Value index);
  Value number(int64_t value) { return loops.integer(8, value); }

  LoopBuilder &loops;
  const VectorTarget &target;
};

} // namespace smelt

#endif
