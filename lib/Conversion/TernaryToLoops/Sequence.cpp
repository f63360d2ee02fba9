//===- Sequence.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "WeightRows.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// One of some positions, as i64.
static Value loadPosition(LoopBuilder &loops, Value positions, Value index) {
  return loops.load(loops.flatten(positions), index, 64);
}

//===----------------------------------------------------------------------===//
// ternary.embed
//===----------------------------------------------------------------------===//

namespace {
class EmbedLowering {
public:
  EmbedLowering(EmbedOp op, LoopBuilder &loops)
      : op(op), loops(loops), weights(op.getWeights(), loops),
        type(weights.getType()),
        width(op.getResultType().getElementTypeBitWidth()) {}

  void lower();

private:
  Value sumPlanes(const DecodedRow &row, Value id, Value group, Value column);

  EmbedOp op;
  LoopBuilder &loops;
  WeightRows weights;
  WeightsType type;
  unsigned width;
  int64_t groups = 1;
  Value scales;
};
} // namespace

/// The sum over planes of scale and weight, in 64 bits.
Value EmbedLowering::sumPlanes(const DecodedRow &row, Value id, Value group,
                               Value column) {
  Value position = loops.add(row.base, column);
  if (!scales)
    return loops.load(row.buffer, position, 64);
  Value sum = loops.integer(64, 0);
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane) {
    Value scale = loops.load(
        scales,
        getScaleIndex(loops, type, loops.index(plane), id, group, groups), 64);
    Value weight = loops.load(row.buffer,
                              loops.add(position, plane * row.planeStride), 64);
    sum = loops.add(sum, loops.mul(scale, weight));
  }
  return sum;
}

void EmbedLowering::lower() {
  int64_t columns = type.getColumns();
  if (op.getScales()) {
    groups = getShape(op.getScales())[2];
    scales = loops.flatten(op.getScales());
  }
  int64_t groupSize = llvm::divideCeil(columns, groups);
  Value ids = loops.flatten(op.getIds()), to = loops.flatten(op.getInto());
  weights.allocateScratch();
  loops.forEach(getNumElements(ids), [&](Value n) {
    Value id = loops.toIndex(
        loops.clamp(loops.load(ids, n, 64), 0, type.getRows() - 1));
    DecodedRow row = weights.decode(id);
    Value multiplier =
        loops.cast(loadVector(loops, op.getMultiplier(), id), 64);
    Value offset = loadVector(loops, op.getOffset(), id);
    Value first = loops.mul(n, columns);
    loops.forEach(llvm::divideCeil(columns, groupSize), [&](Value group) {
      Value begin = loops.mul(group, groupSize);
      Value end = columns % groupSize == 0
                      ? loops.add(begin, groupSize)
                      : loops.minUnsigned(loops.add(begin, groupSize),
                                          loops.index(columns));
      loops.forEach(begin, end, [&](Value column) {
        Value sum = sumPlanes(row, id, group, column);
        Value y = loops.add(loops.mul(sum, multiplier), offset);
        loops.store(loops.rescale(y, op.getRescale(), width), to,
                    loops.add(first, column));
      });
    });
  });
}

void smelt::lowerEmbed(EmbedOp op, LoopBuilder &loops) {
  EmbedLowering(op, loops).lower();
}

//===----------------------------------------------------------------------===//
// ternary.rope
//===----------------------------------------------------------------------===//

void smelt::lowerRope(RopeOp op, LoopBuilder &loops) {
  ArrayRef<int64_t> shape = getShape(op.getInput());
  ArrayRef<int64_t> tableShape = getShape(op.getTable());
  int64_t size = shape[2], rotated = tableShape[1], half = rotated / 2;
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  Value table = loops.flatten(op.getTable());
  bool isPerRow = op.hasPositionPerRow();
  Value start = isPerRow
                    ? Value()
                    : loadPosition(loops, op.getPosition(), loops.index(0));
  auto getPosition = [&](Value n) {
    if (isPerRow)
      return loadPosition(loops, op.getPosition(), n);
    Value offset = loops.getBuilder().create<arith::IndexCastOp>(
        loops.getLocation(), loops.getInteger(64), n);
    return loops.add(start, offset);
  };
  auto round = [&](Value sum) {
    Value y = loops.shiftRight(loops.add(sum, 1 << 14), 15);
    return loops.cast(loops.clamp(y, llvm::minIntN(32), llvm::maxIntN(32)), 32);
  };
  loops.forEach(shape[0], [&](Value n) {
    Value position = loops.clamp(getPosition(n), 0, tableShape[0] - 1);
    Value angles = loops.mul(loops.toIndex(position), rotated);
    loops.forEachShared(shape[1], /*granule=*/1, [&](Value head) {
      Value first = loops.mul(loops.add(loops.mul(n, shape[1]), head), size);
      loops.forEach(half, [&](Value i) {
        Value low = loops.add(first, i), high = loops.add(low, half);
        Value cosine = loops.load(table, loops.add(angles, i), 64);
        Value sine =
            loops.load(table, loops.add(loops.add(angles, i), half), 64);
        Value a = loops.load(from, low, 64), b = loops.load(from, high, 64);
        loops.store(round(loops.sub(loops.mul(a, cosine), loops.mul(b, sine))),
                    to, low);
        loops.store(round(loops.add(loops.mul(b, cosine), loops.mul(a, sine))),
                    to, high);
      });
      if (rotated < size)
        loops.forEach(loops.index(rotated), loops.index(size), [&](Value i) {
          Value position = loops.add(first, i);
          loops.store(loops.load(from, position), to, position);
        });
    });
  });
}

//===----------------------------------------------------------------------===//
// ternary.cache_write
//===----------------------------------------------------------------------===//

/// Copies a row of one position, whose heads threads share.
static void copyRow(CacheWriteOp op, LoopBuilder &loops, Value from,
                    Value source, Value to, Value target) {
  ArrayRef<int64_t> row = getShape(op.getRows()).drop_front();
  int64_t heads = row.front();
  int64_t size = computeProduct(row.drop_front());
  loops.forEachShared(heads, /*granule=*/1, [&](Value head) {
    Value first = loops.mul(head, size);
    loops.forEach(size, [&](Value i) {
      Value element = loops.add(first, i);
      loops.store(loops.load(from, loops.add(source, element)), to,
                  loops.add(target, element));
    });
  });
}

/// Writes rows, of `size` elements, of the sequences whose positions lie within
/// the cache.
static void writeRowOfEach(CacheWriteOp op, LoopBuilder &loops) {
  ArrayRef<int64_t> shape = getShape(op.getInto());
  int64_t capacity = shape[1];
  int64_t size = getNumElements(op.getRows()) / shape[0];
  Value from = loops.flatten(op.getRows());
  auto [to, stride] = loops.flattenParts(op.getInto());
  loops.forEach(shape[0], [&, to = to, stride = stride](Value n) {
    Value position = loadPosition(loops, op.getPosition(), n);
    Value begin = loops.clamp(position, 0, capacity);
    Value end = loops.clamp(loops.add(position, 1), 0, capacity);
    Value part = loops.mul(n, stride), source = loops.mul(n, size);
    // Once, or not at all.
    loops.forEach(loops.toIndex(begin), loops.toIndex(end), [&](Value row) {
      Value target = loops.add(part, loops.mul(row, size));
      copyRow(op, loops, from, source, to, target);
    });
  });
}

void smelt::lowerCacheWrite(CacheWriteOp op, LoopBuilder &loops) {
  if (op.hasSequences())
    return writeRowOfEach(op, loops);
  int64_t capacity = getShape(op.getInto())[0];
  int64_t size = getNumElements(op.getInto()) / capacity;
  Value from = loops.flatten(op.getRows()), to = loops.flatten(op.getInto());
  Value start = loadPosition(loops, op.getPosition(), loops.index(0));
  // Rows `first` to `last` lie within the cache.
  int64_t rows = getShape(op.getRows())[0];
  Value negated = loops.sub(loops.integer(64, 0), start);
  Value first = loops.clamp(negated, 0, rows);
  Value last = loops.clamp(loops.add(negated, capacity), 0, rows);
  loops.forEach(loops.toIndex(first), loops.toIndex(last), [&](Value n) {
    Value offset = loops.getBuilder().create<arith::IndexCastOp>(
        loops.getLocation(), loops.getInteger(64), n);
    Value target = loops.mul(loops.toIndex(loops.add(start, offset)), size);
    Value source = rows == 1 ? loops.index(0) : loops.mul(n, size);
    copyRow(op, loops, from, source, to, target);
  });
}
