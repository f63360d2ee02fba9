//===- TernaryFolders.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// A value on a grid rounds to itself while f32 has its integer exactly.
OpFoldResult FakeQuantOp::fold(FoldAdaptor) {
  int64_t low, high;
  if (llvm::SubOverflow<int64_t>(getMin(), getZeroPoint(), low) ||
      llvm::SubOverflow<int64_t>(getMax(), getZeroPoint(), high) ||
      !llvm::isInt<23>(low) || !llvm::isInt<23>(high))
    return {};
  auto producer = getInput().getDefiningOp<FakeQuantOp>();
  if (producer && producer.getProperties() == getProperties())
    return getInput();
  return {};
}

/// The signs of plus or minus a scale are those that made it.
OpFoldResult BinarizeOp::fold(FoldAdaptor) {
  auto producer = getInput().getDefiningOp<BinarizeOp>();
  if (!producer)
    return {};
  setOperand(producer.getInput());
  return getResult();
}

/// Computes an elementwise op of a constant. `function` gets an element and its
/// position in the last dimension, and returns nothing where it would overflow.
static LogicalResult
foldConstant(ComputeOpInterface op, Attribute input,
             SmallVectorImpl<OpFoldResult> &results,
             function_ref<std::optional<int64_t>(int64_t, int64_t)> function) {
  auto constant = dyn_cast_or_null<DenseIntElementsAttr>(input);
  ShapedType type = op.getResultType();
  if (!constant || op.getDestination() || type.getRank() == 0)
    return failure();
  unsigned width = type.getElementTypeBitWidth();
  SmallVector<APInt> values;
  values.reserve(type.getNumElements());
  for (auto [index, element] : llvm::enumerate(constant.getValues<APInt>())) {
    std::optional<int64_t> value =
        function(element.getSExtValue(), index % type.getShape().back());
    if (!value)
      return failure();
    values.push_back(APInt(width, *value, /*isSigned=*/true));
  }
  results.push_back(DenseElementsAttr::get(type, values));
  return success();
}

static bool isSplatOf(DenseIntElementsAttr attribute, int64_t expected) {
  return attribute.isSplat() &&
         attribute.getSplatValue<APInt>().getSExtValue() == expected;
}

LogicalResult RequantizeOp::fold(FoldAdaptor adaptor,
                                 SmallVectorImpl<OpFoldResult> &results) {
  auto multiplier =
      dyn_cast_or_null<DenseIntElementsAttr>(adaptor.getMultiplier());
  auto offset = dyn_cast_or_null<DenseIntElementsAttr>(adaptor.getOffset());
  if (getInto() || !multiplier || !offset)
    return failure();
  RescaleAttr rescale = getRescale();
  unsigned width = getResultType().getElementTypeBitWidth();
  bool clamps = rescale.getMin() > llvm::minIntN(width) ||
                rescale.getMax() < llvm::maxIntN(width);
  if (!clamps && rescale.getShift() == 0 && isSplatOf(multiplier, 1) &&
      isSplatOf(offset, 0) && getInput().getType() == getResult().getType()) {
    results.push_back(getInput());
    return success();
  }
  auto at = [](DenseIntElementsAttr vector, int64_t index) {
    return vector.getValues<APInt>()[vector.isSplat() ? 0 : index]
        .getSExtValue();
  };
  return foldConstant(
      *this, adaptor.getInput(), results,
      [&](int64_t x, int64_t channel) -> std::optional<int64_t> {
        int64_t value;
        if (llvm::MulOverflow(x, at(multiplier, channel), value) ||
            llvm::AddOverflow(value, at(offset, channel), value))
          return std::nullopt;
        return std::clamp(value >> rescale.getShift(), rescale.getMin(),
                          rescale.getMax());
      });
}

/// f(f(x)) is f(x).
template <typename IdempotentOp>
static LogicalResult foldTwice(IdempotentOp op,
                               SmallVectorImpl<OpFoldResult> &results) {
  if (op.getInto() || !op.getInput().template getDefiningOp<IdempotentOp>() ||
      op.getInput().getType() != op.getResult().getType())
    return failure();
  results.push_back(op.getInput());
  return success();
}

static bool isNeverNegative(Value value) {
  if (auto activation = value.getDefiningOp<ActivationOp>())
    return activation.getKind() == ActivationKind::Sigmoid ||
           activation.getKind() == ActivationKind::Exp;
  return isa_and_present<ReluOp, SoftmaxOp>(value.getDefiningOp());
}

LogicalResult ReluOp::fold(FoldAdaptor adaptor,
                           SmallVectorImpl<OpFoldResult> &results) {
  if (!getInto() && isNeverNegative(getInput())) {
    results.push_back(getInput());
    return success();
  }
  return foldConstant(
      *this, adaptor.getInput(), results,
      [](int64_t x, int64_t) { return std::max<int64_t>(x, 0); });
}

LogicalResult SignOp::fold(FoldAdaptor adaptor,
                           SmallVectorImpl<OpFoldResult> &results) {
  if (succeeded(foldTwice(*this, results)))
    return success();
  return foldConstant(*this, adaptor.getInput(), results,
                      [](int64_t x, int64_t) { return x < 0 ? -1 : 1; });
}

LogicalResult LookupOp::fold(FoldAdaptor adaptor,
                             SmallVectorImpl<OpFoldResult> &results) {
  auto table = dyn_cast_or_null<DenseIntElementsAttr>(adaptor.getTable());
  if (getInto() || !table)
    return failure();
  auto at = [&](int64_t x) {
    return table.getValues<APInt>()[x + 128].getSExtValue();
  };
  if (getInput().getType() == getResult().getType() &&
      llvm::all_of(llvm::seq<int64_t>(-128, 128),
                   [&](int64_t x) { return at(x) == x; })) {
    results.push_back(getInput());
    return success();
  }
  return foldConstant(*this, adaptor.getInput(), results,
                      [&](int64_t x, int64_t) { return at(x); });
}

/// The result over one element is a constant in integers; in floats it is not
/// where that element is infinite.
template <typename SoftmaxLikeOp>
static LogicalResult foldSingle(SoftmaxLikeOp op, int16_t value,
                                SmallVectorImpl<OpFoldResult> &results) {
  ShapedType type = op.getResultType();
  if (op.getInto() || !type.getElementType().isInteger(16) ||
      type.getShape().back() != 1)
    return failure();
  results.push_back(DenseElementsAttr::get(type, value));
  return success();
}

LogicalResult SoftmaxOp::fold(FoldAdaptor,
                              SmallVectorImpl<OpFoldResult> &results) {
  return foldSingle(*this, 32767, results);
}

LogicalResult LogSoftmaxOp::fold(FoldAdaptor,
                                 SmallVectorImpl<OpFoldResult> &results) {
  return foldSingle(*this, 0, results);
}
