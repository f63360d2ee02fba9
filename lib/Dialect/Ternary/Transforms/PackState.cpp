//===- PackState.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYPACKSTATE
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt::ternary;

namespace {
class PackState : public smelt::ternary::impl::TernaryPackStateBase<PackState> {
public:
  using TernaryPackStateBase::TernaryPackStateBase;
  void runOnOperation() override;
};
} // namespace

static constexpr llvm::StringLiteral kStateName = "smelt.state";
static constexpr llvm::StringLiteral kSequencesName = "smelt.sequences";

static int64_t getElementBytes(ShapedType type) {
  return llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

/// The bytes that an argument takes in the state of each of some sequences.
static int64_t getPaddedSize(ShapedType type, int64_t sequences) {
  constexpr int64_t kAlignment = 64;
  int64_t bytes = type.getNumElements() / sequences * getElementBytes(type);
  return static_cast<int64_t>(llvm::alignTo(bytes, kAlignment));
}

int64_t smelt::ternary::getNumSequences(func::FuncOp function) {
  auto count = function->getAttrOfType<IntegerAttr>(kSequencesName);
  return count ? std::max<int64_t>(1, count.getInt()) : 1;
}

/// The bytes of the state of one sequence.
static int64_t getSequenceSize(func::FuncOp function) {
  int64_t sequences = getNumSequences(function), size = 0;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (function.getArgAttr(i, kStateName))
      size += getPaddedSize(cast<ShapedType>(function.getArgumentTypes()[i]),
                            sequences);
  return size;
}

int64_t smelt::ternary::getStateSize(func::FuncOp function) {
  return getNumSequences(function) * getSequenceSize(function);
}

/// The indices of the arguments or results with `smelt.state`.
static SmallVector<unsigned>
findStates(unsigned count, llvm::function_ref<Attribute(unsigned)> getState) {
  SmallVector<unsigned> states;
  for (unsigned i = 0; i < count; ++i)
    if (getState(i))
      states.push_back(i);
  return states;
}

/// Removes the results that are state. What is not an argument written in place
/// is copied there.
static LogicalResult writeBack(func::FuncOp function,
                               ArrayRef<unsigned> states) {
  SmallVector<unsigned> results =
      findStates(function.getNumResults(), [&](unsigned i) {
        return function.getResultAttr(i, kStateName);
      });
  if (results.size() != states.size())
    return function.emitOpError("has ")
           << states.size() << " arguments, but " << results.size()
           << " results that are state";
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitOpError("must be of one block to have state");
  Operation *end = function.getBody().front().getTerminator();
  OpBuilder builder(end);
  BitVector removed(function.getNumResults());
  for (auto [argument, result] : llvm::zip_equal(states, results)) {
    Value target = function.getArgument(argument);
    Value value = end->getOperand(result);
    if (value.getType() != target.getType())
      return function.emitOpError("argument ")
             << argument << " and result " << result
             << " are one state of different types";
    if (value != target)
      builder.create<memref::CopyOp>(end->getLoc(), value, target);
    removed.set(result);
  }
  end->eraseOperands(removed);
  function.eraseResults(removed);
  return success();
}

/// What an argument becomes whose first element is the byte `offset` of the
/// state. Its parts, one for each sequence, are `stride` bytes apart.
static Value createView(OpBuilder &builder, Location location, Value packed,
                        int64_t offset, MemRefType type, int64_t sequences,
                        int64_t stride) {
  Value start = builder.create<arith::ConstantIndexOp>(location, offset);
  if (sequences == 1)
    return builder.create<memref::ViewOp>(location, type, packed, start,
                                          ValueRange());
  stride /= getElementBytes(type);
  int64_t size = type.getNumElements() / sequences;
  auto flat =
      MemRefType::get({(sequences - 1) * stride + size}, type.getElementType());
  Value view = builder.create<memref::ViewOp>(location, flat, packed, start,
                                              ValueRange());
  SmallVector<int64_t> strides = getStridesAndOffset(type).first;
  strides.front() = stride;
  auto apart = MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(builder.getContext(), /*offset=*/0, strides));
  return builder.create<memref::ReinterpretCastOp>(
      location, apart, view, /*offset=*/0, type.getShape(), strides);
}

/// Replaces the arguments by views of one. Their types are known to be static.
static void packArguments(func::FuncOp function, ArrayRef<unsigned> states) {
  OpBuilder builder(function.getContext());
  int64_t stride = getSequenceSize(function);
  auto packedType =
      MemRefType::get({getStateSize(function)}, builder.getI8Type());
  DictionaryAttr attributes = builder.getDictionaryAttr(
      {builder.getNamedAttr("smelt.name", builder.getStringAttr("state")),
       builder.getNamedAttr(kStateName, builder.getUnitAttr())});
  unsigned position = states.front();
  function.insertArgument(position, packedType, attributes, function.getLoc());
  Value packed = function.getArgument(position);
  builder.setInsertionPointToStart(&function.getBody().front());
  BitVector replaced(function.getNumArguments());
  int64_t offset = 0;
  int64_t sequences = getNumSequences(function);
  for (unsigned state : states) {
    BlockArgument argument = function.getArgument(state + 1);
    auto type = cast<MemRefType>(argument.getType());
    argument.replaceAllUsesWith(createView(builder, function.getLoc(), packed,
                                           offset, type, sequences, stride));
    replaced.set(state + 1);
    offset += getPaddedSize(type, sequences);
  }
  function.eraseArguments(replaced);
}

void PackState::runOnOperation() {
  func::FuncOp function = getOperation();
  if (!function.isPublic() || function.isExternal())
    return;
  SmallVector<unsigned> states =
      findStates(function.getNumArguments(), [&](unsigned i) {
        return function.getArgAttr(i, kStateName);
      });
  if (states.empty())
    return;
  int64_t sequences = getNumSequences(function);
  for (unsigned i : states) {
    auto type = dyn_cast<MemRefType>(function.getArgument(i).getType());
    if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
      function.emitOpError("argument ")
          << i << " is state, but not a memref of static shape without gaps";
      return signalPassFailure();
    }
    if (sequences > 1 &&
        (type.getRank() == 0 || type.getDimSize(0) != sequences)) {
      function.emitOpError("argument ")
          << i << " is state, but not of each of " << sequences << " sequences";
      return signalPassFailure();
    }
  }
  if (failed(writeBack(function, states)))
    return signalPassFailure();
  packArguments(function, states);
}
