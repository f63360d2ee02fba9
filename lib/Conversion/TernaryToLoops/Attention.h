//===- Attention.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_ATTENTION_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_ATTENTION_H

#include "LoopBuilder.h"
#include "smelt/Conversion/VectorTarget.h"

namespace smelt {

/// The arithmetic of one row of ternary.attention, a head of a token, from its
/// dot products on. The weights of its positions lie in scratch memory.
class AttentionRow {
public:
  using Value = mlir::Value;
  /// What there is of a position or a block, in i64.
  using LoadFn = llvm::function_ref<Value(Value index)>;
  using StoreFn = llvm::function_ref<void(Value number, Value index)>;
  /// Positions whose weights share a step.
  static constexpr int64_t kBlock = 64;

  AttentionRow(ternary::AttentionOp op, LoopBuilder &loops);

  /// Reads the part of the cache that a token's sequence has, if each has one.
  void enterSequence(Value token);
  /// Positions that a token heeds.
  Value countPositions(Value token);
  /// Where the row of a position of the cache starts.
  Value cacheRow(Value position, Value group) {
    return loops.add(loops.mul(getCacheIndex(position, group), size),
                     firstCode);
  }
  /// Where the absmax of a position of the cache is.
  Value cacheScale(Value position, Value group) {
    return loops.add(getCacheIndex(position, group), firstScale);
  }
  /// Blocks that some positions fill.
  Value countBlocks(Value positions) {
    return loops.divideUnsigned(loops.add(positions, kBlock - 1),
                                loops.index(kBlock));
  }

  /// Makes weights of dot products; returns their sum. They may lie where the
  /// weights do.
  Value computeWeights(Value row, Value positions, LoadFn dot, LoadFn keyScale);
  /// Multiplies weights by the steps of their values, and finds the steps of
  /// their blocks; returns how many bits of those are dropped.
  Value computeSteps(Value positions, LoadFn valueScale);
  /// Makes codes of the weights in a block.
  void computeCodes(Value block, Value positions, StoreFn store);
  /// The step of a block as a factor of its sum, below 2^24.
  Value getFactor(Value block, Value dropped) {
    return loops.shiftRight(loops.load(steps, block), dropped);
  }
  /// Divides the sums of all blocks by that of the weights and writes the
  /// results.
  void storeRow(Value row, Value sum, Value dropped, LoadFn total);

  ternary::AttentionOp op;
  LoopBuilder &loops;
  int64_t tokens, heads, size, capacity, groups;
  unsigned queryWidth, cacheWidth;
  Value q, qAbsmax, k, kAbsmax, v, vAbsmax, into;
  /// Of each position: its score, its weight, then that times its step.
  Value weights;

private:
  Value getCacheIndex(Value position, Value group) {
    return loops.add(loops.mul(position, groups), group);
  }

  /// How far apart the parts of sequences are, and where the one that is read
  /// starts.
  int64_t codeStride = 0, scaleStride = 0;
  Value firstCode, firstScale;
  /// Of each block: its largest weight.
  Value steps;
  Value positions, start;
};

/// Whether ternary.attention can be products of blocks of keys and values with
/// several rows at once, on the vectors of a processor.
bool canBlockAttention(ternary::AttentionOp op, const VectorTarget &target);
void lowerBlockedAttention(ternary::AttentionOp op, LoopBuilder &loops,
                           const VectorTarget &target);

} // namespace smelt

#endif
