//===- LoopBuilder.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace smelt;

unsigned smelt::getElementWidth(Value value) {
  return cast<ShapedType>(value.getType()).getElementTypeBitWidth();
}

ArrayRef<int64_t> smelt::getShape(Value value) {
  return cast<ShapedType>(value.getType()).getShape();
}

int64_t smelt::getNumElements(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements();
}

Value LoopBuilder::index(int64_t value) {
  return builder.create<arith::ConstantIndexOp>(location, value);
}

Value LoopBuilder::integer(unsigned width, int64_t value) {
  return builder.create<arith::ConstantIntOp>(location, value, width);
}

Value LoopBuilder::constant(Value like, int64_t value) {
  if (like.getType().isIndex())
    return index(value);
  if (auto type = dyn_cast<VectorType>(like.getType())) {
    APInt element(type.getElementTypeBitWidth(), value, /*isSigned=*/true);
    return builder.create<arith::ConstantOp>(
        location, DenseElementsAttr::get(type, element));
  }
  return integer(like.getType().getIntOrFloatBitWidth(), value);
}

Value LoopBuilder::less(Value lhs, Value rhs, bool isSigned) {
  auto predicate =
      isSigned ? arith::CmpIPredicate::slt : arith::CmpIPredicate::ult;
  return builder.createOrFold<arith::CmpIOp>(location, predicate, lhs, rhs);
}

Value LoopBuilder::select(Value condition, Value yes, Value no) {
  return builder.createOrFold<arith::SelectOp>(location, condition, yes, no);
}

/// The same integer, or vector of integers, of `width` bits.
static Type withWidth(Type type, unsigned width) {
  Type integer = IntegerType::get(type.getContext(), width);
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(integer);
  return integer;
}

Value LoopBuilder::cast(Value value, unsigned width) {
  unsigned from = getElementTypeOrSelf(value).getIntOrFloatBitWidth();
  Type type = withWidth(value.getType(), width);
  if (from < width)
    return builder.create<arith::ExtSIOp>(location, type, value);
  if (from > width)
    return builder.create<arith::TruncIOp>(location, type, value);
  return value;
}

Value LoopBuilder::castUnsigned(Value value, unsigned width) {
  if (getElementTypeOrSelf(value).getIntOrFloatBitWidth() >= width)
    return cast(value, width);
  return builder.create<arith::ExtUIOp>(
      location, withWidth(value.getType(), width), value);
}

Value LoopBuilder::toIndex(Value value) {
  return builder.create<arith::IndexCastOp>(location, builder.getIndexType(),
                                            value);
}

Value LoopBuilder::flatten(Value buffer) {
  auto type = mlir::cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  auto flat = MemRefType::get({type.getNumElements()}, type.getElementType());
  if (type.getRank() == 0)
    return builder.create<memref::ExpandShapeOp>(
        location, flat, buffer, ArrayRef<ReassociationIndices>{});
  ReassociationIndices all =
      llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
  return builder.create<memref::CollapseShapeOp>(
      location, flat, buffer, ArrayRef<ReassociationIndices>{all});
}

bool LoopBuilder::hasPlainParts(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset, expected = 1;
  if (!type.hasStaticShape() ||
      failed(getStridesAndOffset(type, strides, offset)) || offset != 0 ||
      strides.empty())
    return false;
  for (int64_t i = type.getRank() - 1; i > 0; --i) {
    if (strides[i] != expected)
      return false;
    expected *= type.getDimSize(i);
  }
  return strides[0] >= expected;
}

std::pair<Value, int64_t> LoopBuilder::flattenParts(Value buffer) {
  auto type = mlir::cast<MemRefType>(buffer.getType());
  int64_t count = type.getDimSize(0), size = type.getNumElements() / count;
  if (type.getLayout().isIdentity())
    return {flatten(buffer), size};
  int64_t stride = getStridesAndOffset(type).first.front();
  auto flat =
      MemRefType::get({(count - 1) * stride + size}, type.getElementType());
  Value parts = builder.create<memref::ReinterpretCastOp>(
      location, flat, buffer, /*offset=*/0, flat.getShape(),
      /*strides=*/ArrayRef<int64_t>{1});
  return {parts, stride};
}

Value LoopBuilder::allocate(int64_t size, unsigned width) {
  constexpr int64_t kAlignment = 64;
  auto type = MemRefType::get({size}, getInteger(width));
  // Scalars need none.
  IntegerAttr alignment;
  if (size * width >= 8 * kAlignment)
    alignment = builder.getI64IntegerAttr(kAlignment);
  return builder.create<memref::AllocaOp>(location, type, alignment);
}

Value LoopBuilder::load(Value buffer, Value index) {
  return builder.create<memref::LoadOp>(location, buffer, index);
}

void LoopBuilder::store(Value value, Value buffer, Value index) {
  builder.create<memref::StoreOp>(location, value, buffer, index);
}

/// Whether a loop from `begin` to `end` is known to run once.
static bool runsOnce(Value begin, Value end) {
  std::optional<int64_t> first = getConstantIntValue(begin);
  std::optional<int64_t> last = getConstantIntValue(end);
  return first && last && *last - *first == 1;
}

scf::ForOp LoopBuilder::createLoop(Value begin, Value end, Body body) {
  auto loop = builder.create<scf::ForOp>(location, begin, end, index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
  return loop;
}

void LoopBuilder::forEach(Value begin, Value end, Body body) {
  if (runsOnce(begin, end))
    return body(begin);
  createLoop(begin, end, body);
}

void LoopBuilder::forEachShared(int64_t count, int64_t granule, Body body) {
  if (count == 1)
    return body(index(0));
  scf::ForOp loop = createLoop(index(0), index(count), body);
  loop->setAttr(ternary::kSharedLoopName, builder.getIndexAttr(granule));
}

void LoopBuilder::forEachRow(int64_t count, int64_t size, int64_t granule,
                             Body body) {
  // Of few rows that are longer, threads share the elements.
  constexpr int64_t kManyRows = 32, kShortRow = 256;
  if (count >= kManyRows)
    return forEachShared(count, granule, body);
  if (size <= kShortRow)
    return forEachShared(count, /*granule=*/1, body);
  forEach(count, body);
}

void LoopBuilder::choose(Value isTrue, llvm::function_ref<void()> first,
                         llvm::function_ref<void()> second) {
  auto choice = builder.create<scf::IfOp>(location, isTrue,
                                          /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  first();
  builder.setInsertionPointToStart(choice.elseBlock());
  second();
}

SmallVector<Value> LoopBuilder::reduceAll(
    Value begin, Value end, ArrayRef<Value> starts,
    llvm::function_ref<void(Value, MutableArrayRef<Value>)> body) {
  SmallVector<Value> sums(starts);
  if (runsOnce(begin, end)) {
    body(begin, sums);
    return sums;
  }
  auto loop =
      builder.create<scf::ForOp>(location, begin, end, index(1), starts);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  llvm::copy(loop.getRegionIterArgs(), sums.begin());
  body(loop.getInductionVar(), sums);
  builder.create<scf::YieldOp>(location, sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

SmallVector<Value> LoopBuilder::reduceElements(
    int64_t count, bool isShared, ArrayRef<Value> starts,
    llvm::function_ref<void(Value, MutableArrayRef<Value>)> body) {
  SmallVector<Value> sums = reduceAll(index(0), index(count), starts, body);
  if (isShared && count > 1)
    sums.front().getDefiningOp<scf::ForOp>()->setAttr(
        ternary::kSharedLoopName, builder.getIndexAttr(kElementGranule));
  return sums;
}

Value LoopBuilder::reduce(Value begin, Value end, Value start,
                          ReductionBody body) {
  if (runsOnce(begin, end))
    return body(begin, start);
  auto loop = builder.create<scf::ForOp>(location, begin, end, index(1),
                                         ValueRange(start));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value sum = body(loop.getInductionVar(), loop.getRegionIterArg(0));
  builder.create<scf::YieldOp>(location, sum);
  return loop.getResult(0);
}

Value LoopBuilder::rescale(Value value, ternary::RescaleAttr rescale,
                           unsigned width, int64_t dropped) {
  Value result = clamp(shiftRight(value, rescale.getShift() - dropped),
                       rescale.getMin(), rescale.getMax());
  return cast(result, width);
}

Value LoopBuilder::maxMagnitude(int64_t count, unsigned width, bool isShared,
                                llvm::function_ref<Value(Value)> element) {
  SmallVector<Value> starts = {integer(width, -1), integer(width, 1)};
  auto body = [&](Value i, MutableArrayRef<Value> partials) {
    Value x = element(i);
    partials[0] = minSigned(partials[0], x);
    partials[1] = maxSigned(partials[1], x);
  };
  SmallVector<Value> ends = reduceElements(count, isShared, starts, body);
  Value negated = sub(integer(64, 0), cast(ends[0], 64));
  return maxSigned(negated, cast(ends[1], 64));
}
