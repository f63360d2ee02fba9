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
/// A row as ternary.rms_norm reads it: its element `i` in 32 or 64 bits.
struct Row {
  int64_t count;
  unsigned width;
  /// Whether it is the only one, of which threads share the elements.
  bool isOnly;
  llvm::function_ref<Value(Value i)> element;
};
} // namespace

/// Rows that fill a cache line.
template <typename NormOp> static int64_t getGranule(NormOp op) {
  return llvm::divideCeil(kElementGranule, getShape(op.getInto()).back());
}

namespace {
/// Rounds the elements of a row to 24 bits, by which they and their products
/// are computed in few instructions of 32 bits.
class RowScaler {
public:
  RowScaler(LoopBuilder &loops, const Row &row, Value dropped)
      : loops(loops), row(row), dropped(loops.cast(dropped, row.width)) {
    Value one = loops.integer(row.width, 1);
    isDropping = loops.minSigned(this->dropped, one);
    before = loops.sub(this->dropped, isDropping);
  }

  /// The element `i`, in 64 bits.
  Value scale(Value i) const {
    Value x = row.element(i);
    Value half = loops.bitAnd(loops.shiftRight(x, before), isDropping);
    Value z = loops.add(loops.shiftRight(x, dropped), half);
    return fromWord(loops, z);
  }

private:
  LoopBuilder &loops;
  const Row &row;
  Value dropped, isDropping, before;
};
} // namespace

/// Writes the requantized quotients of one row, which starts at `first`.
template <typename NormOp>
static void normalizeRow(NormOp op, LoopBuilder &loops, Value first,
                         const Row &row) {
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value to = loops.flatten(op.getInto()), zero = loops.integer(64, 0);
  Value magnitude =
      loops.maxMagnitude(row.count, row.width, row.isOnly, row.element);
  Value dropped =
      loops.maxSigned(loops.add(bitLength(loops, magnitude), -23), zero);
  RowScaler scaler(loops, row, dropped);
  auto addSquare = [&](Value i, MutableArrayRef<Value> partials) {
    Value z = scaler.scale(i);
    partials[0] = loops.add(partials[0], loops.mul(z, z));
  };
  Value sum =
      loops.reduceElements(row.count, row.isOnly, zero, addSquare).front();
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
  loops.forEachShared(row.count, kElementGranule, [&](Value i) {
    Value product = loops.mul(scaler.scale(i), root);
    Value u = fromWord(
        loops, loops.shiftRight(loops.add(product, rounding), exponent));
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
  int64_t rows = getNumElements(op.getInput()) / count;
  Value from = loops.flatten(op.getInput());
  unsigned width = std::max(getElementWidth(from), 32u);
  loops.forEachRow(rows, count, getGranule(op), [&](Value row) {
    Value first = loops.mul(row, count);
    auto load = [&](Value i) {
      return loops.load(from, loops.add(first, i), width);
    };
    normalizeRow(op, loops, first, {count, width, rows == 1, load});
  });
}

void smelt::lowerLayerNorm(LayerNormOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  int64_t rows = getNumElements(op.getInput()) / count;
  Value from = loops.flatten(op.getInput());
  loops.forEachRow(rows, count, getGranule(op), [&](Value row) {
    Value first = loops.mul(row, count);
    auto load = [&](Value i) {
      return loops.load(from, loops.add(first, i), 64);
    };
    Value sum =
        loops.reduce(count, loops.integer(64, 0), [&](Value i, Value partial) {
          return loops.add(partial, load(i));
        });
    auto centered = [&](Value i) {
      return loops.sub(loops.mul(load(i), count), sum);
    };
    normalizeRow(op, loops, first, {count, 64, rows == 1, centered});
  });
}
