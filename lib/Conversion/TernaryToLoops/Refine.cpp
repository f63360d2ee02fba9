//===- Refine.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "WeightRows.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class RefineLowering {
public:
  RefineLowering(RefineOp op, LoopBuilder &loops, const VectorTarget &target)
      : op(op), loops(loops), target(target), weights(op.getWeights(), loops),
        type(weights.getType()), input(loops.flatten(op.getInput())),
        ids(loops.flatten(op.getIds())), to(loops.flatten(op.getInto())) {
    int64_t largest = (type.getColumns() * type.getMaxMagnitude())
                      << (getElementWidth(input) - 1);
    width = largest <= llvm::maxIntN(32) ? 32 : 64;
  }

  void lower();

private:
  bool usesVectors() const {
    return target && type.getLayout() == Layout::Int8 &&
           !type.getInterleaved() && getElementWidth(input) == 8 && width == 32;
  }
  Value loadId(Value position);
  Value getRowByte(Value id) { return weights.getRowByte(loops.index(0), id); }
  void fetchLaterRow(Value position, Value n);
  Value multiplyVectors(Value rowByte, Value first, int64_t count);
  Value multiplyRow(Value id, Value first);

  RefineOp op;
  LoopBuilder &loops;
  const VectorTarget &target;
  WeightRows weights;
  WeightsType type;
  Value input, ids, to;
  unsigned width;
};
} // namespace

Value RefineLowering::loadId(Value position) {
  Value id = loops.load(ids, position, 64);
  return loops.toIndex(loops.clamp(id, 0, type.getRows() - 1));
}

/// Fetches what the product some rows after that at `position` begins with.
/// Rows are far from one another, so that their addresses have to be
/// translated; the lines between the first and the last one the processor
/// fetches ahead itself, sooner than if it were told to.
void RefineLowering::fetchLaterRow(Value position, Value n) {
  constexpr int64_t kAhead = 8;
  ByteVectors vectors(loops, target);
  Value last = loops.index(getNumElements(ids) - 1);
  Value id = loadId(loops.minUnsigned(loops.add(position, kAhead), last));
  Value byte = getRowByte(id);
  for (int64_t column : {int64_t(0), type.getColumns() - 1})
    vectors.prefetch(weights.getBytes(), loops.add(byte, column),
                     ByteVectors::Cache::Second);
  vectors.prefetch(to, loops.add(loops.mul(n, type.getRows()), id),
                   ByteVectors::Cache::First);
  if (getNumElements(op.getMultiplier()) > 1)
    vectors.prefetch(op.getMultiplier(), id, ByteVectors::Cache::First);
}

/// The product of whole vectors of a row with inputs: of inputs plus 128, less
/// 128 times the weights.
Value RefineLowering::multiplyVectors(Value rowByte, Value first,
                                      int64_t count) {
  ByteVectors vectors(loops, target);
  Value sign = vectors.splat(32, llvm::SignExtend64<32>(0x80808080));
  Value ones = vectors.splat(32, 0x01010101), zero = vectors.splat(32, 0);
  SmallVector<Value> sums = loops.reduceAll(
      loops.index(0), loops.index(count), {zero, zero},
      [&](Value i, MutableArrayRef<Value> partials) {
        Value at = loops.mul(i, ByteVectors::kBytes);
        Value x = vectors.loadBytes(input, loops.add(first, at));
        Value bytes =
            vectors.loadBytes(weights.getBytes(), loops.add(rowByte, at));
        partials[0] = vectors.dot(partials[0], loops.bitXor(x, sign), bytes,
                                  /*largest=*/255);
        partials[1] = vectors.dot(partials[1], ones, bytes, /*largest=*/1);
      });
  Value product = loops.sub(sums[0], loops.mul(sums[1], 128));
  return loops.getBuilder().create<vector::ReductionOp>(
      loops.getLocation(), vector::CombiningKind::ADD, product);
}

/// The product of the row `id` with the inputs from `first` on.
Value RefineLowering::multiplyRow(Value id, Value first) {
  int64_t columns = type.getColumns();
  Value start = loops.integer(width, 0);
  int64_t whole = 0;
  if (usesVectors()) {
    whole = columns / ByteVectors::kBytes;
    start = multiplyVectors(getRowByte(id), first, whole);
    whole *= ByteVectors::kBytes;
  }
  DecodedRow row = weights.decode(id);
  return loops.reduce(loops.index(whole), loops.index(columns), start,
                      [&](Value k, Value partial) {
                        Value weight = loops.load(
                            row.buffer, loops.add(row.base, k), width);
                        Value x = loops.load(input, loops.add(first, k), width);
                        return loops.add(partial, loops.mul(x, weight));
                      });
}

void RefineLowering::lower() {
  ArrayRef<int64_t> shape = getShape(op.getIds());
  Value absmax = loops.flatten(op.getAbsmax());
  weights.allocateScratch();
  loops.forEach(shape[0], [&](Value n) {
    Dequantizer dequantizer(op, loops, loops.load(absmax, n, 64));
    Value first = loops.mul(n, type.getColumns());
    loops.forEachShared(shape[1], /*granule=*/1, [&](Value j) {
      Value position = loops.add(loops.mul(n, shape[1]), j);
      Value id = loadId(position);
      if (usesVectors())
        fetchLaterRow(position, n);
      Value product = loops.cast(multiplyRow(id, first), 64);
      loops.store(loops.cast(dequantizer.apply(product, id), 32), to,
                  loops.add(loops.mul(n, type.getRows()), id));
    });
  });
}

void smelt::lowerRefine(RefineOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  RefineLowering(op, loops, target).lower();
}
