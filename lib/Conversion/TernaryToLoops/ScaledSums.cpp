//===- ScaledSums.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaledSums.h"

using namespace mlir;
using namespace smelt;

ScaledSums::ScaledSums(unsigned width, int64_t largestPart, int64_t count,
                       LoopBuilder &loops, ByteVectors &vectors)
    : width(width), form(chooseForm(width, largestPart, count)), loops(loops),
      vectors(vectors) {}

ScaledSums::Form ScaledSums::chooseForm(unsigned width, int64_t largestPart,
                                        int64_t count) {
  constexpr int64_t kLargestByte = 255;
  if (largestPart > std::numeric_limits<int16_t>::max())
    return Form::Wide;
  if (width == 32)
    return Form::Words;
  int64_t mostParts =
      std::numeric_limits<int32_t>::max() / (largestPart * kLargestByte);
  return count <= mostParts ? Form::Bytes : Form::Wide;
}

SmallVector<Value> ScaledSums::begin() {
  unsigned termWidth = form == Form::Wide ? width : 32;
  return SmallVector<Value>(getNumTerms(), vectors.splat(termWidth, 0));
}

SmallVector<Value> ScaledSums::prepare(Value scales) {
  switch (form) {
  case Form::Words:
    return {loops.castUnsigned(scales, 32)};
  case Form::Bytes:
    return {loops.bitAnd(loops.castUnsigned(scales, 32), 0xff),
            loops.castUnsigned(loops.shiftRight(scales, 8), 32)};
  case Form::Wide:
    return {loops.cast(scales, width)};
  }
  llvm_unreachable("unknown form");
}

void ScaledSums::add(MutableArrayRef<Value> terms, Value part,
                     ArrayRef<Value> scale) {
  if (form == Form::Wide) {
    terms[0] =
        loops.add(terms[0], loops.mul(loops.cast(part, width), scale[0]));
    return;
  }
  // The high words of scales are 0.
  for (auto [term, factor] : llvm::zip_equal(terms, scale))
    term = vectors.dotWords(term, part, factor);
}

Value ScaledSums::finish(ArrayRef<Value> terms) {
  if (form != Form::Bytes)
    return terms[0];
  Value high = loops.shiftLeft(loops.cast(terms[1], width), 8);
  return loops.add(high, loops.cast(terms[0], width));
}
