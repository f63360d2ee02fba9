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

/// The bytes that an argument takes in the state.
static int64_t getPaddedSize(ShapedType type) {
  constexpr int64_t kAlignment = 64;
  int64_t bytes = type.getNumElements() *
                  llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  return static_cast<int64_t>(llvm::alignTo(bytes, kAlignment));
}

int64_t smelt::ternary::getStateSize(func::FuncOp function) {
  int64_t size = 0;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (function.getArgAttr(i, kStateName))
      size += getPaddedSize(cast<ShapedType>(function.getArgumentTypes()[i]));
  return size;
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

/// Replaces the arguments by views of one. Their types are known to be static.
static void packArguments(func::FuncOp function, ArrayRef<unsigned> states) {
  OpBuilder builder(function.getContext());
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
  for (unsigned state : states) {
    BlockArgument argument = function.getArgument(state + 1);
    auto type = cast<MemRefType>(argument.getType());
    Value start =
        builder.create<arith::ConstantIndexOp>(function.getLoc(), offset);
    argument.replaceAllUsesWith(builder.create<memref::ViewOp>(
        function.getLoc(), type, packed, start, ValueRange()));
    replaced.set(state + 1);
    offset += getPaddedSize(type);
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
  for (unsigned i : states) {
    auto type = dyn_cast<MemRefType>(function.getArgument(i).getType());
    if (!type || !type.hasStaticShape() || !type.getLayout().isIdentity()) {
      function.emitOpError("argument ")
          << i << " is state, but not a memref of static shape without gaps";
      return signalPassFailure();
    }
  }
  if (failed(writeBack(function, states)))
    return signalPassFailure();
  packArguments(function, states);
}
