//===- Norm.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "WeightRows.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// A row as ternary.rms_norm reads it: its element `i` in 64 bits.
using ElementFn = llvm::function_ref<Value(Value i)>;
} // namespace

/// Rows that fill a cache line.
template <typename NormOp> static int64_t getGranule(NormOp op) {
  return llvm::divideCeil(kElementGranule, getShape(op.getInto()).back());
}

/// The largest magnitude of a row, at least 1.
static Value findMagnitude(LoopBuilder &loops, int64_t count,
                           ElementFn element) {
  return loops.reduce(count, loops.integer(64, 1), [&](Value i, Value partial) {
    Value x = element(i);
    Value negated = loops.sub(loops.integer(64, 0), x);
    return loops.maxSigned(partial, loops.maxSigned(x, negated));
  });
}

/// Writes the requantized quotients of one row, which starts at `first`.
template <typename NormOp>
static void normalizeRow(NormOp op, LoopBuilder &loops, Value first,
                         ElementFn element) {
  int64_t count = getShape(op.getInto()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value to = loops.flatten(op.getInto()), zero = loops.integer(64, 0);
  Value magnitude = findMagnitude(loops, count, element);
  Value dropped =
      loops.maxSigned(loops.add(bitLength(loops, magnitude), -23), zero);
  // 2^(dropped-1), or 0 where nothing is dropped.
  Value half =
      loops.shiftRight(loops.shiftLeft(loops.integer(64, 1), dropped), 1);
  auto scaled = [&](Value i) {
    return loops.shiftRight(loops.add(element(i), half), dropped);
  };
  Value sum = loops.reduce(count, zero, [&](Value i, Value partial) {
    Value z = scaled(i);
    return loops.add(partial, loops.mul(z, z));
  });
  int64_t epsilon = cast<IntegerAttr>(op.getEpsilon()).getInt();
  Value twice = loops.minSigned(loops.mul(dropped, 2), loops.integer(64, 63));
  sum = loops.add(sum, loops.shiftRight(loops.integer(64, epsilon), twice));
  sum = loops.maxSigned(sum, loops.integer(64, 1));

  // sum / 4^exponent is in [1/4, 1): 30 bits of it.
  Value exponent = loops.shiftRight(loops.add(bitLength(loops, sum), 1), 1);
  Value missing = loops.sub(loops.integer(64, 30), loops.mul(exponent, 2));
  Value left = loops.maxSigned(missing, zero);
  Value right = loops.maxSigned(loops.sub(zero, missing), zero);
  Value root = reciprocalSqrt(
      loops, loops.shiftRight(loops.shiftLeft(sum, left), right));
  Value rounding =
      loops.shiftLeft(loops.integer(64, 1), loops.add(exponent, -1));
  loops.forEachShared(count, kElementGranule, [&](Value i) {
    Value u = loops.shiftRight(loops.add(loops.mul(scaled(i), root), rounding),
                               exponent);
    if (op.getMultiplier()) {
      Value factor = loops.cast(loadVector(loops, op.getMultiplier(), i), 64);
      Value offset = loadVector(loops, op.getOffset(), i);
      u = loops.rescale(loops.add(loops.mul(u, factor), offset),
                        *op.getRescale(), width);
    }
    loops.store(loops.cast(u, width), to, loops.add(first, i));
  });
}

void smelt::lowerRMSNorm(RMSNormOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  Value from = loops.flatten(op.getInput());
  loops.forEachRow(getNumElements(op.getInput()) / count, getGranule(op),
                   [&](Value row) {
                     Value first = loops.mul(row, count);
                     normalizeRow(op, loops, first, [&](Value i) {
                       return loops.load(from, loops.add(first, i), 64);
                     });
                   });
}

void smelt::lowerLayerNorm(LayerNormOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  Value from = loops.flatten(op.getInput());
  loops.forEachRow(
      getNumElements(op.getInput()) / count, getGranule(op), [&](Value row) {
        Value first = loops.mul(row, count);
        auto load = [&](Value i) {
          return loops.load(from, loops.add(first, i), 64);
        };
        Value sum = loops.reduce(count, loops.integer(64, 0),
                                 [&](Value i, Value partial) {
                                   return loops.add(partial, load(i));
                                 });
        normalizeRow(op, loops, first, [&](Value i) {
          return loops.sub(loops.mul(load(i), count), sum);
        });
      });
}
