//===- ScaledSums.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_SCALEDSUMS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_SCALEDSUMS_H

#include "ByteVectors.h"

namespace smelt {

/// Sums of 32 or 64 bits of parts of 32 bits, each times its scale of 16 bits,
/// in 16 lanes. A sum is kept in several vectors, its terms.
class ScaledSums {
public:
  using Value = mlir::Value;

  /// No part is larger than `largestPart`, and no more than `count` of them are
  /// summed.
  ScaledSums(unsigned width, int64_t largestPart, int64_t count,
             LoopBuilder &loops, ByteVectors &vectors);

  int64_t getNumTerms() const { return form == Form::Bytes ? 2 : 1; }
  /// The terms of a sum of nothing.
  llvm::SmallVector<Value> begin();
  /// What `add` takes of 16 scales: as much for each part of one scale.
  llvm::SmallVector<Value> prepare(Value scales);
  void add(llvm::MutableArrayRef<Value> terms, Value part,
           llvm::ArrayRef<Value> scale);
  Value finish(llvm::ArrayRef<Value> terms);

private:
  /// Products of words, if parts are words and sums have 32 bits; such products
  /// with the low and the high bytes of scales, if those are sums of 32 bits;
  /// products as wide as the sums.
  enum class Form { Words, Bytes, Wide };

  static Form chooseForm(unsigned width, int64_t largestPart, int64_t count);

  unsigned width;
  Form form;
  LoopBuilder &loops;
  ByteVectors &vectors;
};

} // namespace smelt

#endif
