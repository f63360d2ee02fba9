//===- OutlineBlocks.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCalls.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYOUTLINEBLOCKS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;

namespace {
class OutlineBlocks
    : public smelt::ternary::impl::TernaryOutlineBlocksBase<OutlineBlocks> {
public:
  using TernaryOutlineBlocksBase::TernaryOutlineBlocksBase;
  void runOnOperation() override;
};

/// `count` times the same `length` calls, one after another, from `first` on.
struct Repetition {
  size_t first = 0, length = 0, count = 0;

  size_t getSavedCalls() const { return length * (count - 1); }
};

/// The function that a repetition becomes.
class BlockOutliner {
public:
  BlockOutliner(ArrayRef<func::CallOp> calls, Repetition repetition)
      : calls(calls), repetition(repetition) {}

  /// Makes the function; it has no place in a module yet.
  func::FuncOp createFunction();
  void replaceCalls(func::FuncOp function);

private:
  func::CallOp getCall(size_t index, size_t round) const {
    return calls[repetition.first + round * repetition.length + index];
  }
  SmallVector<Value> getRounds(size_t index, unsigned operand) const;
  Value remake(Value value);

  ArrayRef<func::CallOp> calls;
  Repetition repetition;
  /// What is passed for each parameter, round by round.
  SmallVector<SmallVector<Value>> parameters;
  /// From the values of the first round to those in the function.
  IRMapping mapping;
  OpBuilder builder{static_cast<MLIRContext *>(nullptr)};
};
} // namespace

/// Finds the repetition of at least `minCalls` calls that saves most of them,
/// and of such the shortest.
static std::optional<Repetition> findRepetition(ArrayRef<func::CallOp> calls,
                                                size_t minCalls) {
  auto areSame = [&](size_t a, size_t b) {
    func::CallOp first = calls[a], second = calls[b];
    return first && second && first.getCalleeAttr() == second.getCalleeAttr();
  };
  std::optional<Repetition> best;
  size_t mostSaved = 0;
  for (size_t length = minCalls; 2 * length <= calls.size(); ++length) {
    size_t run = 0;
    for (size_t i = 0; i + length < calls.size(); ++i) {
      run = areSame(i, i + length) ? run + 1 : 0;
      size_t saved = run / length * length;
      if (saved <= mostSaved)
        continue;
      mostSaved = saved;
      best = Repetition{i + 1 - run, length, run / length + 1};
    }
  }
  return best;
}

/// Whether the ops that make a value can be repeated in another function.
static bool canRemake(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isMemoryEffectFree(op) && op->getNumRegions() == 0 &&
         llvm::all_of(op->getOperands(), canRemake);
}

SmallVector<Value> BlockOutliner::getRounds(size_t index,
                                            unsigned operand) const {
  SmallVector<Value> values;
  for (size_t round = 0; round < repetition.count; ++round)
    values.push_back(getCall(index, round).getOperand(operand));
  return values;
}

Value BlockOutliner::remake(Value value) {
  if (Value made = mapping.lookupOrNull(value))
    return made;
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    remake(operand);
  builder.clone(*op, mapping);
  return mapping.lookup(value);
}

func::FuncOp BlockOutliner::createFunction() {
  func::CallOp start = getCall(0, 0);
  builder = OpBuilder(start.getContext());
  auto function = func::FuncOp::create(start.getLoc(), "block",
                                       builder.getFunctionType({}, {}));
  function.setPrivate();
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  auto getOperand = [&](size_t index, unsigned operand) -> Value {
    SmallVector<Value> rounds = getRounds(index, operand);
    if (llvm::all_equal(rounds) && canRemake(rounds.front()))
      return remake(rounds.front());
    auto found = llvm::find(parameters, rounds);
    if (found != parameters.end())
      return body->getArgument(found - parameters.begin());
    parameters.push_back(rounds);
    return body->addArgument(rounds.front().getType(), start.getLoc());
  };
  for (size_t index = 0; index < repetition.length; ++index) {
    func::CallOp call = getCall(index, 0);
    SmallVector<Value> operands;
    for (unsigned i = 0; i < call.getNumOperands(); ++i)
      operands.push_back(getOperand(index, i));
    auto copy = builder.create<func::CallOp>(call.getLoc(), call.getCallee(),
                                             TypeRange(), operands);
    copy->setDiscardableAttrs(call->getDiscardableAttrDictionary());
  }
  builder.create<func::ReturnOp>(start.getLoc());
  function.setType(builder.getFunctionType(body->getArgumentTypes(), {}));
  return function;
}

void BlockOutliner::replaceCalls(func::FuncOp function) {
  for (size_t round = 0; round < repetition.count; ++round) {
    // What is passed may be made as late as before the last call.
    builder.setInsertionPoint(getCall(repetition.length - 1, round));
    SmallVector<Value> operands;
    for (const SmallVector<Value> &rounds : parameters)
      operands.push_back(rounds[round]);
    builder.create<func::CallOp>(getCall(0, round).getLoc(), function,
                                 operands);
    for (size_t index = 0; index < repetition.length; ++index)
      getCall(index, round).erase();
  }
}

void OutlineBlocks::runOnOperation() {
  SymbolTable symbols(getOperation());
  SmallVector<func::FuncOp> functions;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && llvm::hasSingleElement(function.getBody()))
      functions.push_back(function);
  for (func::FuncOp function : functions) {
    SmallVector<func::CallOp> calls = smelt::ternary::listCalls(function);
    while (auto repetition =
               findRepetition(calls, std::max<int64_t>(minCalls, 1))) {
      BlockOutliner outliner(calls, *repetition);
      func::FuncOp block = outliner.createFunction();
      smelt::ternary::copyProcessor(function, block);
      symbols.insert(block, function->getIterator());
      outliner.replaceCalls(block);
      calls = smelt::ternary::listCalls(function);
    }
  }
}
