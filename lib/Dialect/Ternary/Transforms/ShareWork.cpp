//===- ShareWork.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelAccesses.h"
#include "KernelCalls.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYSHAREWORK
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt::ternary;

namespace {
class ShareWork : public smelt::ternary::impl::TernaryShareWorkBase<ShareWork> {
public:
  using TernaryShareWorkBase::TernaryShareWorkBase;
  void runOnOperation() override;

private:
  void declareThreadFunctions();
  void shareKernel(func::FuncOp kernel);
  void shareCalls(func::FuncOp part, KernelAccesses &kernels);
  void splitFunction(func::FuncOp function, SymbolTable &symbols,
                     KernelAccesses &kernels);

  DenseSet<Operation *> sharedKernels;
  bool hasWaits;
};
} // namespace

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Whether the memory that a value refers to is the function's own.
static bool isLocal(Value memory) {
  return findSource(memory).getDefiningOp<memref::AllocaOp>() != nullptr;
}

static bool isInSharedLoop(Operation *op) {
  for (auto loop = op->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (loop->hasAttr(kSharedLoopName))
      return true;
  return false;
}

/// Whether an op writes to memory that is not the function's own.
static bool writesOutside(Operation *op) {
  if (auto store = dyn_cast<memref::StoreOp>(op))
    return !isLocal(store.getMemRef());
  if (auto store = dyn_cast<vector::StoreOp>(op))
    return !isLocal(store.getBase());
  if (auto call = dyn_cast<func::CallOp>(op))
    return llvm::any_of(call.getOperandTypes(),
                        [](Type type) { return isa<BaseMemRefType>(type); });
  if (isa<memref::LoadOp, vector::LoadOp, memref::PrefetchOp, memref::AllocaOp,
          LLVM::CallIntrinsicOp>(op) ||
      op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() ||
      op->hasTrait<OpTrait::IsTerminator>())
    return false;
  return !isMemoryEffectFree(op);
}

/// Whether threads can run a kernel together.
static bool canShare(func::FuncOp kernel) {
  WalkResult result = kernel.getBody().walk([](Operation *op) {
    return writesOutside(op) && !isInSharedLoop(op) ? WalkResult::interrupt()
                                                    : WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// Gives a thread its part of a loop: an equal share, rounded up to a multiple
/// of the granule, of which the last threads get what is left.
static void takePart(scf::ForOp loop, Value thread, Value threads) {
  OpBuilder builder(loop);
  Location location = loop.getLoc();
  int64_t granule = loop->getAttrOfType<IntegerAttr>(kSharedLoopName).getInt();
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(location, value);
  };
  Value begin = loop.getLowerBound(), end = loop.getUpperBound();
  Value count = builder.create<arith::SubIOp>(location, end, begin);
  Value round =
      builder.create<arith::MulIOp>(location, threads, constant(granule));
  // ceil(count / (threads * granule)) * granule
  Value most = builder.create<arith::AddIOp>(
      location, count,
      builder.create<arith::SubIOp>(location, round, constant(1)));
  Value share = builder.create<arith::MulIOp>(
      location, builder.create<arith::DivUIOp>(location, most, round),
      constant(granule));
  Value first = builder.create<arith::AddIOp>(
      location, begin, builder.create<arith::MulIOp>(location, thread, share));
  first = builder.create<arith::MinUIOp>(location, first, end);
  Value last = builder.create<arith::MinUIOp>(
      location, builder.create<arith::AddIOp>(location, first, share), end);
  loop.setLowerBound(first);
  loop.setUpperBound(last);
  loop->removeAttr(kSharedLoopName);
}

/// Leaves all of a function to thread 0.
static void leaveToFirst(func::FuncOp kernel, Value thread) {
  Block &body = kernel.front();
  auto builder = OpBuilder::atBlockBegin(&body);
  Location location = kernel.getLoc();
  Value zero = builder.create<arith::ConstantIndexOp>(location, 0);
  Value isFirst = builder.create<arith::CmpIOp>(
      location, arith::CmpIPredicate::eq, thread, zero);
  auto choice = builder.create<scf::IfOp>(location, isFirst,
                                          /*withElseRegion=*/false);
  Block *inner = choice.thenBlock();
  inner->getOperations().splice(
      Block::iterator(inner->getTerminator()), body.getOperations(),
      std::next(Block::iterator(choice)), std::prev(body.end()));
}

void ShareWork::shareKernel(func::FuncOp kernel) {
  if (!sharedKernels.insert(kernel).second)
    return;
  bool isShared = canShare(kernel);
  unsigned count = kernel.getNumArguments();
  Type index = IndexType::get(&getContext());
  auto named = [&](StringRef name) {
    Builder builder(&getContext());
    return builder.getDictionaryAttr(
        builder.getNamedAttr("smelt.name", builder.getStringAttr(name)));
  };
  kernel.insertArguments({count, count}, {index, index},
                         {named("thread"), named("threads")},
                         {kernel.getLoc(), kernel.getLoc()});
  Value thread = kernel.getArgument(count);
  Value threads = kernel.getArgument(count + 1);
  if (!isShared)
    return leaveToFirst(kernel, thread);
  SmallVector<scf::ForOp> loops;
  kernel.walk([&](scf::ForOp loop) {
    if (loop->hasAttr(kSharedLoopName) && !isInSharedLoop(loop))
      loops.push_back(loop);
  });
  for (scf::ForOp loop : loops)
    takePart(loop, thread, threads);
}

//===----------------------------------------------------------------------===//
// Functions of kernels
//===----------------------------------------------------------------------===//

/// The calls of kernels in a function; none if anything else has effects, but
/// for the marks between them, which every thread makes.
static SmallVector<func::CallOp> listKernelCalls(func::FuncOp function) {
  return listOnlyCalls(function, [](Operation &op) {
    auto call = dyn_cast<func::CallOp>(op);
    return call && call.getCallee() == kKernelMarkName;
  });
}

/// Whether a function does nothing but call kernels whose code is known.
static bool callsKernels(func::FuncOp function, const SymbolTable &symbols) {
  SmallVector<func::CallOp> calls = listKernelCalls(function);
  return !calls.empty() && llvm::all_of(calls, [&](func::CallOp call) {
    return !symbols.lookup<func::FuncOp>(call.getCallee()).isExternal();
  });
}

void ShareWork::shareCalls(func::FuncOp part, KernelAccesses &kernels) {
  SmallVector<func::CallOp> calls = listKernelCalls(part);
  auto builder = OpBuilder::atBlockBegin(&part.front());
  auto getIndex = [&](StringRef name) -> Value {
    auto call =
        builder.create<func::CallOp>(part.getLoc(), name, builder.getI32Type());
    return builder.create<arith::IndexCastOp>(
        part.getLoc(), builder.getIndexType(), call.getResult(0));
  };
  Value thread = getIndex(kThreadIndexName);
  Value threads = getIndex(kThreadCountName);
  // What was read and written since threads waited for one another.
  SmallVector<Access> pending;
  func::CallOp last;
  auto waitAfterLast = [&] {
    builder.setInsertionPointAfter(last);
    builder.create<func::CallOp>(last.getLoc(), kThreadBarrierName,
                                 TypeRange());
    pending.clear();
    hasWaits = true;
  };
  for (func::CallOp call : calls) {
    SmallVector<Access> accesses = kernels.list(call);
    if (conflict(pending, accesses))
      waitAfterLast();
    llvm::append_range(pending, accesses);
    call.getOperandsMutable().append({thread, threads});
    last = call;
  }
  // A mark at the end comes when all threads have ended.
  if (!isa<func::ReturnOp>(last->getNextNode()))
    waitAfterLast();
}

/// Moves a function's body into one that all threads run.
void ShareWork::splitFunction(func::FuncOp function, SymbolTable &symbols,
                              KernelAccesses &kernels) {
  auto part = func::FuncOp::create(function.getLoc(),
                                   (function.getName() + "_part").str(),
                                   function.getFunctionType());
  part.setPrivate();
  copyProcessor(function, part);
  symbols.insert(part, function->getIterator());
  part.getBody().takeBody(function.getBody());
  OpBuilder builder(&getContext());
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  auto call = builder.create<func::CallOp>(function.getLoc(), part,
                                           body->getArguments());
  call->setAttr(kParallelCallName, builder.getUnitAttr());
  builder.create<func::ReturnOp>(function.getLoc());
  shareCalls(part, kernels);
}

void ShareWork::declareThreadFunctions() {
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  auto declare = [&](StringRef name, TypeRange results) {
    auto function = builder.create<func::FuncOp>(
        getOperation().getLoc(), name, builder.getFunctionType({}, results));
    function.setPrivate();
  };
  declare(kThreadIndexName, builder.getI32Type());
  declare(kThreadCountName, builder.getI32Type());
  if (hasWaits)
    declare(kThreadBarrierName, {});
}

void ShareWork::runOnOperation() {
  sharedKernels.clear();
  hasWaits = false;
  SymbolTable symbols(getOperation());
  SmallVector<func::FuncOp> functions;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (isEntryFunction(function) &&
        llvm::hasSingleElement(function.getBody()) &&
        callsKernels(function, symbols))
      functions.push_back(function);
  if (functions.empty())
    return;
  for (func::FuncOp function : functions)
    for (func::CallOp call : listKernelCalls(function))
      shareKernel(symbols.lookup<func::FuncOp>(call.getCallee()));
  KernelAccesses kernels(symbols);
  for (func::FuncOp function : functions)
    splitFunction(function, symbols, kernels);
  declareThreadFunctions();
}
