//===- LoopBuilder.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_LOOPBUILDER_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt {

/// What the parts of a loop over elements or rows begin at: so that two threads
/// seldom write to one cache line, and that each goes on with the elements that
/// it computed, be they the rows of a tile of weights or results of 32 bits.
constexpr int64_t kElementGranule = 16;
constexpr int64_t kRowGranule = 16;
static_assert(kElementGranule == ternary::WeightsType::kTileRows);

/// Builds loops over one-dimensional memrefs. Indices are never negative, so
/// that they mean the same in signed and in unsigned arithmetic.
class LoopBuilder {
public:
  using Value = mlir::Value;
  using Body = llvm::function_ref<void(Value index)>;
  using ReductionBody = llvm::function_ref<Value(Value index, Value sum)>;

  /// `wordBits` is what VectorTarget has.
  LoopBuilder(mlir::OpBuilder &builder, mlir::Location location,
              unsigned wordBits = 0)
      : builder(builder), location(location), wordBits(wordBits) {}

  unsigned getWordBits() const { return wordBits; }

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLocation() const { return location; }

  mlir::Type getInteger(unsigned width) {
    return builder.getIntegerType(width);
  }
  Value index(int64_t value);
  Value integer(unsigned width, int64_t value);
  /// The constant `value` of the type of `like`.
  Value constant(Value like, int64_t value);

  Value add(Value lhs, Value rhs) {
    return fold<mlir::arith::AddIOp>(lhs, rhs);
  }
  Value sub(Value lhs, Value rhs) {
    return fold<mlir::arith::SubIOp>(lhs, rhs);
  }
  Value mul(Value lhs, Value rhs) {
    return fold<mlir::arith::MulIOp>(lhs, rhs);
  }
  Value bitAnd(Value lhs, Value rhs) {
    return fold<mlir::arith::AndIOp>(lhs, rhs);
  }
  Value bitOr(Value lhs, Value rhs) {
    return fold<mlir::arith::OrIOp>(lhs, rhs);
  }
  Value bitXor(Value lhs, Value rhs) {
    return fold<mlir::arith::XOrIOp>(lhs, rhs);
  }
  Value minSigned(Value lhs, Value rhs) {
    return fold<mlir::arith::MinSIOp>(lhs, rhs);
  }
  Value maxSigned(Value lhs, Value rhs) {
    return fold<mlir::arith::MaxSIOp>(lhs, rhs);
  }
  Value minUnsigned(Value lhs, Value rhs) {
    return fold<mlir::arith::MinUIOp>(lhs, rhs);
  }
  Value divideUnsigned(Value lhs, Value rhs) {
    return fold<mlir::arith::DivUIOp>(lhs, rhs);
  }
  Value remainderUnsigned(Value lhs, Value rhs) {
    return fold<mlir::arith::RemUIOp>(lhs, rhs);
  }
  Value less(Value lhs, Value rhs, bool isSigned = false);
  Value select(Value condition, Value yes, Value no);
  Value add(Value lhs, int64_t rhs) { return add(lhs, constant(lhs, rhs)); }
  Value mul(Value lhs, int64_t rhs) { return mul(lhs, constant(lhs, rhs)); }
  Value bitAnd(Value lhs, int64_t rhs) {
    return bitAnd(lhs, constant(lhs, rhs));
  }
  Value shiftRight(Value value, Value amount) {
    return fold<mlir::arith::ShRSIOp>(value, amount);
  }
  Value shiftRightUnsigned(Value value, Value amount) {
    return fold<mlir::arith::ShRUIOp>(value, amount);
  }
  Value shiftLeft(Value value, Value amount) {
    return fold<mlir::arith::ShLIOp>(value, amount);
  }
  Value shiftRight(Value value, int64_t amount) {
    return shiftRight(value, constant(value, amount));
  }
  Value shiftRightUnsigned(Value value, int64_t amount) {
    return shiftRightUnsigned(value, constant(value, amount));
  }
  Value shiftLeft(Value value, int64_t amount) {
    return shiftLeft(value, constant(value, amount));
  }

  /// Sign-extends or truncates to `width` bits.
  Value cast(Value value, unsigned width);
  Value castUnsigned(Value value, unsigned width);
  Value toIndex(Value value);

  /// The same elements with one dimension. `buffer` must have no gaps.
  Value flatten(Value buffer);

  /// Whether the elements of each index of the first dimension have no gaps.
  static bool hasPlainParts(mlir::MemRefType type);
  /// The parts of such a buffer with one dimension, and how many elements after
  /// one the next part starts.
  std::pair<Value, int64_t> flattenParts(Value buffer);
  Value allocate(int64_t size, unsigned width);
  Value load(Value buffer, Value index);
  /// An element sign-extended to `width` bits.
  Value load(Value buffer, Value index, unsigned width) {
    return cast(load(buffer, index), width);
  }
  void store(Value value, Value buffer, Value index);

  void forEach(Value begin, Value end, Body body);
  void forEach(int64_t count, Body body) {
    forEach(index(0), index(count), body);
  }
  /// A loop that threads may share: its rounds depend on nothing that another
  /// one writes, and each writes its own bytes. Parts begin at multiples of
  /// `granule`.
  void forEachShared(int64_t count, int64_t granule, Body body);
  /// A loop over rows of `size` elements, which threads share if they are many
  /// or short. Each writes bytes of its own; of many rows, parts begin at
  /// multiples of `granule`.
  void forEachRow(int64_t count, int64_t size, int64_t granule, Body body);
  /// Does the first where `isTrue`, or else the second.
  void choose(Value isTrue, llvm::function_ref<void()> first,
              llvm::function_ref<void()> second);
  Value reduce(Value begin, Value end, Value start, ReductionBody body);
  Value reduce(int64_t count, Value start, ReductionBody body) {
    return reduce(index(0), index(count), start, body);
  }

  /// `reduce` of several sums, which the body replaces in place.
  llvm::SmallVector<Value> reduceAll(
      Value begin, Value end, llvm::ArrayRef<Value> starts,
      llvm::function_ref<void(Value index, llvm::MutableArrayRef<Value> sums)>
          body);

  /// `reduceAll` of `count` elements, of which threads may sum up parts if
  /// `isShared`; each begins at `starts`.
  llvm::SmallVector<Value> reduceElements(
      int64_t count, bool isShared, llvm::ArrayRef<Value> starts,
      llvm::function_ref<void(Value index, llvm::MutableArrayRef<Value> sums)>
          body);

  /// The largest magnitude of `count` elements of `width` bits, in 64 bits; at
  /// least 1. Threads may share them.
  Value maxMagnitude(int64_t count, unsigned width, bool isShared,
                     llvm::function_ref<Value(Value index)> element);

  Value clamp(Value value, int64_t min, int64_t max) {
    return minSigned(maxSigned(value, constant(value, min)),
                     constant(value, max));
  }
  /// `clamp(value >> shift, min, max)` of an i64, cast to `width` bits.
  /// `dropped` low bits of the value may be shifted out already.
  Value rescale(Value value, ternary::RescaleAttr rescale, unsigned width,
                int64_t dropped = 0);

private:
  mlir::scf::ForOp createLoop(Value begin, Value end, Body body);
  template <typename Op> Value fold(Value lhs, Value rhs) {
    return builder.createOrFold<Op>(location, lhs, rhs);
  }

  mlir::OpBuilder &builder;
  mlir::Location location;
  unsigned wordBits;
};

/// Bits of an element of a shaped value.
unsigned getElementWidth(mlir::Value value);

/// The static shape of a shaped value.
llvm::ArrayRef<int64_t> getShape(mlir::Value value);

/// Elements of a shaped value.
int64_t getNumElements(mlir::Value value);

} // namespace smelt

#endif
