//===- Elementwise.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteVectors.h"
#include "Lowerings.h"
#include "WeightRows.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// Dimensions that two operands and a result can be walked along together.
struct Extent {
  int64_t size;
  bool lhsMoves, rhsMoves;
};
} // namespace

/// Calls `body` once for each element, to get the output's.
static void
mapElements(LoopBuilder &loops, Value input, Value into,
            llvm::function_ref<Value(Value element, Value index)> body) {
  int64_t count = getNumElements(into);
  Value from = loops.flatten(input), to = loops.flatten(into);
  loops.forEachShared(count, kElementGranule, [&](Value i) {
    loops.store(body(loops.load(from, i), i), to, i);
  });
}

/// Entries of a table for all bytes.
static constexpr int64_t kTableEntries = 256;

/// Whether bytes are worth looking up in registers, when their table has to be
/// loaded or, with `isComputed`, to be made.
static bool canLookUpBytes(Value input, Value into, const VectorTarget &target,
                           bool isComputed) {
  int64_t fewest = isComputed ? 4 * kTableEntries : kTableEntries;
  return target.hasTableOf256 && getElementWidth(input) == 8 &&
         getElementWidth(into) == 8 && getNumElements(into) >= fewest;
}

/// Looks each byte `x` of `input` up at `x + 128`.
static void lookUpBytes(LoopBuilder &loops, const VectorTarget &target,
                        Value input, Value table, Value into) {
  ByteVectors vectors(loops, target);
  int64_t count = getNumElements(into), whole = count / ByteVectors::kBytes;
  Value from = loops.flatten(input), to = loops.flatten(into);
  SmallVector<Value> entries;
  for (int64_t i = 0; i < kTableEntries; i += ByteVectors::kBytes)
    entries.push_back(vectors.loadBytes(table, loops.index(i)));
  loops.forEachShared(whole, /*granule=*/1, [&](Value i) {
    Value at = loops.mul(i, ByteVectors::kBytes);
    vectors.storeBytes(
        vectors.lookUpSigned(entries, vectors.loadBytes(from, at)), to, at);
  });
  int64_t done = whole * ByteVectors::kBytes;
  if (done == count)
    return;
  loops.forEachShared(count - done, kElementGranule, [&](Value i) {
    Value at = loops.add(i, done);
    Value position =
        loops.toIndex(loops.add(loops.cast(loops.load(from, at), 32), 128));
    loops.store(loops.load(table, position), to, at);
  });
}

void smelt::lowerRequantize(RequantizeOp op, LoopBuilder &loops,
                            const VectorTarget &target) {
  Value multiplier = op.getMultiplier(), offset = op.getOffset();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  auto apply = [&](Value element, Value channel) {
    Value factor = loops.cast(loadVector(loops, multiplier, channel), 64);
    Value product = loops.mul(loops.cast(element, 64), factor);
    Value sum = loops.add(product, loadVector(loops, offset, channel));
    return loops.rescale(sum, op.getRescale(), width);
  };
  if (getNumElements(multiplier) == 1 && getNumElements(offset) == 1) {
    if (!canLookUpBytes(op.getInput(), op.getInto(), target,
                        /*isComputed=*/true))
      return mapElements(loops, op.getInput(), op.getInto(), apply);
    Value table = loops.allocate(kTableEntries, 8);
    loops.forEach(kTableEntries, [&](Value i) {
      Value element =
          loops.sub(loops.getBuilder().createOrFold<arith::IndexCastOp>(
                        loops.getLocation(), loops.getInteger(64), i),
                    loops.integer(64, 128));
      loops.store(apply(element, loops.index(0)), table, i);
    });
    return lookUpBytes(loops, target, op.getInput(), table, op.getInto());
  }

  int64_t channels = op.getResultType().getShape().back();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  loops.forEach(getNumElements(op.getInto()) / channels, [&](Value i) {
    Value first = loops.mul(i, channels);
    loops.forEach(channels, [&](Value channel) {
      Value position = loops.add(first, channel);
      loops.store(apply(loops.load(from, position), channel), to, position);
    });
  });
}

void smelt::lowerSign(SignOp op, LoopBuilder &loops) {
  unsigned width = op.getResultType().getElementTypeBitWidth();
  mapElements(loops, op.getInput(), op.getInto(), [&](Value x, Value) {
    Value mask = loops.shiftRight(x, x.getType().getIntOrFloatBitWidth() - 1);
    return loops.cast(loops.bitOr(mask, loops.constant(mask, 1)), width);
  });
}

void smelt::lowerRelu(ReluOp op, LoopBuilder &loops) {
  mapElements(loops, op.getInput(), op.getInto(), [&](Value x, Value) {
    Value mask = loops.shiftRight(x, x.getType().getIntOrFloatBitWidth() - 1);
    Value all = loops.constant(mask, -1);
    Value inverted = loops.getBuilder().create<arith::XOrIOp>(
        loops.getLocation(), mask, all);
    return loops.bitAnd(x, inverted);
  });
}

void smelt::lowerLookup(LookupOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  if (canLookUpBytes(op.getInput(), op.getInto(), target,
                     /*isComputed=*/false))
    return lookUpBytes(loops, target, op.getInput(), op.getTable(),
                       op.getInto());
  mapElements(loops, op.getInput(), op.getInto(), [&](Value x, Value) {
    Value position = loops.toIndex(loops.add(loops.cast(x, 32), 128));
    return loops.load(op.getTable(), position);
  });
}

/// The fewest extents that walk both operands of a broadcasting op.
static SmallVector<Extent> getExtents(Value lhs, Value rhs) {
  SmallVector<Extent> extents;
  for (auto [l, r] : llvm::zip_equal(getShape(lhs), getShape(rhs))) {
    Extent extent{std::max(l, r), l != 1 || r == 1, r != 1 || l == 1};
    if (extent.size == 1)
      continue;
    if (!extents.empty() && extents.back().lhsMoves == extent.lhsMoves &&
        extents.back().rhsMoves == extent.rhsMoves)
      extents.back().size *= extent.size;
    else
      extents.push_back(extent);
  }
  if (extents.empty())
    extents.push_back({1, true, true});
  return extents;
}

static void mapPairs(LoopBuilder &loops, ArrayRef<Extent> extents, Value lhs,
                     Value rhs, Value to, std::array<Value, 3> indices,
                     llvm::function_ref<Value(Value lhs, Value rhs)> body) {
  if (extents.empty())
    return loops.store(
        body(loops.load(lhs, indices[0]), loops.load(rhs, indices[1])), to,
        indices[2]);
  Extent extent = extents.front();
  loops.forEachShared(extent.size, kElementGranule, [&](Value i) {
    auto advance = [&](Value index, bool moves) {
      return moves ? loops.add(loops.mul(index, extent.size), i) : index;
    };
    mapPairs(loops, extents.drop_front(), lhs, rhs, to,
             {advance(indices[0], extent.lhsMoves),
              advance(indices[1], extent.rhsMoves), advance(indices[2], true)},
             body);
  });
}

/// Maps pairs of elements, as i64, to an output each.
template <typename BinaryOp>
static void mapBroadcast(BinaryOp op, LoopBuilder &loops,
                         llvm::function_ref<Value(Value, Value)> body) {
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value zero = loops.index(0);
  SmallVector<Extent> extents = getExtents(op.getLhs(), op.getRhs());
  mapPairs(loops, extents, loops.flatten(op.getLhs()),
           loops.flatten(op.getRhs()), loops.flatten(op.getInto()),
           {zero, zero, zero}, [&](Value lhs, Value rhs) {
             Value sum = body(loops.cast(lhs, 64), loops.cast(rhs, 64));
             return loops.rescale(sum, op.getRescale(), width);
           });
}

void smelt::lowerAdd(AddOp op, LoopBuilder &loops) {
  mapBroadcast(op, loops, [&](Value lhs, Value rhs) {
    Value sum = loops.add(loops.mul(lhs, op.getLhsMultiplier()),
                          loops.mul(rhs, op.getRhsMultiplier()));
    return loops.add(sum, op.getOffset());
  });
}

void smelt::lowerMul(MulOp op, LoopBuilder &loops) {
  mapBroadcast(op, loops, [&](Value lhs, Value rhs) {
    Value product = loops.mul(loops.add(lhs, op.getLhsOffset()),
                              loops.add(rhs, op.getRhsOffset()));
    return loops.add(loops.mul(product, op.getMultiplier()), op.getOffset());
  });
}
