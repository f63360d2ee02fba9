//===- FetchWeights.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPart.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYFETCHWEIGHTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt::ternary;

namespace {
class FetchWeights
    : public smelt::ternary::impl::TernaryFetchWeightsBase<FetchWeights> {
public:
  using TernaryFetchWeightsBase::TernaryFetchWeightsBase;
  void runOnOperation() override;

private:
  void announceReads(func::FuncOp function, const SymbolTable &symbols);
  void announce(Operation *wait, func::CallOp call, unsigned argument,
                DenseI64ArrayAttr part);

  bool hasAnnounced;
};
} // namespace

static bool isWait(func::CallOp call) {
  return call.getCallee() == kThreadBarrierName;
}

static bool waits(func::FuncOp function) {
  WalkResult result = function.walk([](func::CallOp call) {
    return isWait(call) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

/// The argument of a kernel of which each thread reads a part.
static std::optional<unsigned> findPartedArgument(func::FuncOp kernel) {
  for (unsigned i = 0; i < kernel.getNumArguments(); ++i)
    if (kernel.getArgAttr(i, kThreadPartName))
      return i;
  return std::nullopt;
}

/// Tells, before a wait, what the thread reads in a call.
void FetchWeights::announce(Operation *wait, func::CallOp call,
                            unsigned argument, DenseI64ArrayAttr part) {
  OpBuilder builder(wait);
  Location location = call.getLoc();
  Value buffer = call.getOperand(argument);
  // It may be made after the wait.
  if (auto global = buffer.getDefiningOp<memref::GetGlobalOp>())
    buffer = builder.clone(*global)->getResult(0);
  auto thread = call.getOperands().take_back(4);
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(location, value);
  };
  auto [first, last] =
      getThreadPart(builder, location, constant(0), constant(part[0]), part[1],
                    /*from=*/thread[2], /*to=*/thread[3]);
  Value address =
      builder.create<memref::ExtractAlignedPointerAsIndexOp>(location, buffer);
  address = builder.create<arith::AddIOp>(location, address, first);
  Value bytes = builder.create<arith::MinUIOp>(
      location, builder.create<arith::SubIOp>(location, last, first),
      constant(mostBytes));
  SmallVector<Value> operands;
  for (Value index : {thread[0], address, bytes})
    operands.push_back(builder.create<arith::IndexCastOp>(
        location, builder.getI64Type(), index));
  builder.create<func::CallOp>(location, kThreadReadsName, TypeRange(),
                               operands);
  hasAnnounced = true;
}

/// Announces, before the first wait after a product, what the next one reads.
void FetchWeights::announceReads(func::FuncOp function,
                                 const SymbolTable &symbols) {
  // The first wait since the last product.
  func::CallOp wait;
  for (auto call : function.front().getOps<func::CallOp>()) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (std::optional<unsigned> argument = findPartedArgument(callee)) {
      Value buffer = call.getOperand(*argument);
      bool isKnown = isa<BlockArgument>(buffer) ||
                     buffer.getDefiningOp<memref::GetGlobalOp>();
      if (wait && isKnown)
        announce(wait, call, *argument,
                 cast<DenseI64ArrayAttr>(
                     callee.getArgAttr(*argument, kThreadPartName)));
      wait = nullptr;
    } else if (!wait && (isWait(call) || waits(callee))) {
      wait = call;
    }
  }
}

void FetchWeights::runOnOperation() {
  hasAnnounced = false;
  SymbolTable symbols(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal() && llvm::hasSingleElement(function.getBody()))
      announceReads(function, symbols);
  if (!hasAnnounced)
    return;
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  Type i64 = builder.getI64Type();
  auto declaration = builder.create<func::FuncOp>(
      getOperation().getLoc(), kThreadReadsName,
      builder.getFunctionType({i64, i64, i64}, {}));
  declaration.setPrivate();
}
