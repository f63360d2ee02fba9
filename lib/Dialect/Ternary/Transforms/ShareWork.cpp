//===- ShareWork.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelAccesses.h"
#include "KernelCalls.h"
#include "ThreadPart.h"
#include "mlir/Analysis/SliceAnalysis.h"
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
/// What a kernel is told of the thread that runs it: its number, how many there
/// are, and the places between which its work lies.
struct ThreadArguments {
  Value thread, threads, from, to;
};

class ShareWork : public smelt::ternary::impl::TernaryShareWorkBase<ShareWork> {
public:
  using TernaryShareWorkBase::TernaryShareWorkBase;
  void runOnOperation() override;

private:
  /// Of a kernel: the arrays of partial results, from the first on, in which
  /// its threads combine what their loops compute.
  struct Partials {
    int64_t first, count;
  };

  void declareThreadFunctions();
  void shareKernel(func::FuncOp kernel, KernelAccesses &kernels);
  void combine(scf::ForOp loop, const ThreadArguments &thread, int64_t array);
  void wait(OpBuilder &builder, Location location);
  memref::GlobalOp getPartials();
  void shareCalls(func::FuncOp part, KernelAccesses &kernels);
  void splitFunction(func::FuncOp function, SymbolTable &symbols,
                     KernelAccesses &kernels);

  DenseMap<Operation *, Partials> sharedKernels;
  /// The memory of all arrays, once there are any, and the next array to take.
  memref::GlobalOp partials;
  int64_t nextArray;
  bool hasWaits;
};
} // namespace

/// Arrays of partial results, which kernels take in turn. In each a thread
/// writes to a cache line of its own.
static constexpr int64_t kPartialArrays = 4;
static constexpr int64_t kPartialsOfThread = 8;

/// Bytes of an argument of which it is worth knowing how threads divide it.
static constexpr int64_t kLeastPartedBytes = int64_t(1) << 16;

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

/// Whether the memory that a value refers to is the function's own.
static bool isLocal(Value memory) {
  return findSource(memory).getDefiningOp<memref::AllocaOp>() != nullptr;
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

/// The op by which a shared loop computes a result, if it may compute it of its
/// parts and then of what these gave. Null otherwise.
static Operation *findCombiner(scf::ForOp loop, unsigned result) {
  SmallVector<Operation *> ops;
  matchReduction(loop.getRegionIterArgs(), result, ops);
  if (ops.size() != 1)
    return nullptr;
  bool isIdempotent = isa<arith::MinSIOp, arith::MaxSIOp, arith::MinUIOp,
                          arith::MaxUIOp, arith::AndIOp, arith::OrIOp>(ops[0]);
  bool isSum = isa<arith::AddIOp>(ops[0]) &&
               isConstantIntValue(loop.getInitArgs()[result], 0);
  return isIdempotent || isSum ? ops[0] : nullptr;
}

/// Unmarks the loops of a kernel whose results cannot be combined, so that each
/// thread computes all of them.
static void keepCombinableLoops(func::FuncOp kernel) {
  kernel.walk([](scf::ForOp loop) {
    unsigned count = loop.getNumResults();
    bool canCombine = count <= kPartialsOfThread &&
                      llvm::all_of(llvm::seq(count), [&](unsigned i) {
                        return findCombiner(loop, i) != nullptr;
                      });
    if (!canCombine)
      loop->removeAttr(kSharedLoopName);
  });
}

/// Whether an op stores a result of a kernel that all threads have, to memory
/// that the kernel does not use otherwise.
static bool storesResult(Operation *op, func::FuncOp kernel) {
  auto store = dyn_cast<memref::StoreOp>(op);
  if (!store || store->getBlock() != &kernel.front())
    return false;
  Value memory = findSource(store.getMemRef());
  WalkResult result = kernel.getBody().walk([&](Operation *other) {
    bool isUse = other != op && !isa<ViewLikeOpInterface>(other) &&
                 llvm::any_of(other->getOperands(), [&](Value operand) {
                   return isa<BaseMemRefType>(operand.getType()) &&
                          findSource(operand) == memory;
                 });
    return isUse ? WalkResult::interrupt() : WalkResult::advance();
  });
  return !result.wasInterrupted();
}

/// Gives what a kernel stores to a place outside of shared loops to its later
/// loads from there: one thread may store it, but all have it.
static void forwardStoredScalars(func::FuncOp kernel) {
  SmallVector<memref::StoreOp> stores(kernel.front().getOps<memref::StoreOp>());
  for (memref::StoreOp store : stores) {
    Value memory = findSource(store.getMemRef());
    if (!isa<BlockArgument>(memory))
      continue;
    SmallVector<memref::LoadOp> loads;
    bool isOnlyUse = true;
    kernel.getBody().walk([&](Operation *op) {
      if (op == store || isa<ViewLikeOpInterface>(op))
        return;
      auto load = dyn_cast<memref::LoadOp>(op);
      Operation *ancestor = kernel.front().findAncestorOpInBlock(*op);
      if (load && load.getMemRef() == store.getMemRef() &&
          load.getIndices() == store.getIndices() &&
          store->isBeforeInBlock(ancestor))
        loads.push_back(load);
      else
        isOnlyUse &= llvm::none_of(op->getOperands(), [&](Value operand) {
          return isa<BaseMemRefType>(operand.getType()) &&
                 findSource(operand) == memory;
        });
    });
    if (!isOnlyUse)
      continue;
    for (memref::LoadOp load : loads) {
      load.replaceAllUsesWith(store.getValue());
      load.erase();
    }
  }
}

/// Whether threads can run a kernel together.
static bool canShare(func::FuncOp kernel) {
  bool hasLoop = false;
  WalkResult result = kernel.getBody().walk([&](Operation *op) {
    hasLoop |= op->hasAttr(kSharedLoopName);
    return writesOutside(op) && !findSharedLoop(op) && !storesResult(op, kernel)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return hasLoop && !result.wasInterrupted();
}

/// Gives a thread its part of a loop.
static void takePart(scf::ForOp loop, const ThreadArguments &thread) {
  OpBuilder builder(loop);
  int64_t granule = loop->getAttrOfType<IntegerAttr>(kSharedLoopName).getInt();
  auto [first, last] =
      getThreadPart(builder, loop.getLoc(), loop.getLowerBound(),
                    loop.getUpperBound(), granule, thread.from, thread.to);
  loop.setLowerBound(first);
  loop.setUpperBound(last);
  loop->removeAttr(kSharedLoopName);
}

/// Leaves some ops that follow one another to thread 0.
static void leaveToFirst(Block::iterator begin, Block::iterator end,
                         Value thread) {
  Block *block = begin->getBlock();
  OpBuilder builder(block, begin);
  Location location = begin->getLoc();
  Value zero = builder.create<arith::ConstantIndexOp>(location, 0);
  Value isFirst = builder.create<arith::CmpIOp>(
      location, arith::CmpIPredicate::eq, thread, zero);
  auto choice = builder.create<scf::IfOp>(location, isFirst,
                                          /*withElseRegion=*/false);
  Block *inner = choice.thenBlock();
  inner->getOperations().splice(Block::iterator(inner->getTerminator()),
                                block->getOperations(), begin, end);
}

void ShareWork::wait(OpBuilder &builder, Location location) {
  builder.create<func::CallOp>(location, kThreadBarrierName, TypeRange());
  hasWaits = true;
}

memref::GlobalOp ShareWork::getPartials() {
  if (partials)
    return partials;
  constexpr int64_t kLineBytes = 64;
  OpBuilder builder(&getContext());
  auto type =
      MemRefType::get({kPartialArrays * kMostThreads * kPartialsOfThread},
                      builder.getI64Type());
  partials = builder.create<memref::GlobalOp>(
      getOperation().getLoc(), "partials", builder.getStringAttr("private"),
      type, builder.getUnitAttr(), /*constant=*/false,
      builder.getI64IntegerAttr(kLineBytes));
  SymbolTable(getOperation())
      .insert(partials, getOperation().getBody()->begin());
  return partials;
}

/// Combines the results that threads have of their parts of a loop: each writes
/// its own, and reads all.
void ShareWork::combine(scf::ForOp loop, const ThreadArguments &thread,
                        int64_t array) {
  OpBuilder builder(loop->getContext());
  builder.setInsertionPointAfter(loop);
  Location location = loop.getLoc();
  memref::GlobalOp memory = getPartials();
  Value partials = builder.create<memref::GetGlobalOp>(
      location, memory.getType(), memory.getSymName());
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(location, value);
  };
  auto locate = [&](Value thread, int64_t result) -> Value {
    Value line = builder.create<arith::MulIOp>(location, thread,
                                               constant(kPartialsOfThread));
    return builder.create<arith::AddIOp>(
        location, line,
        constant(array * kMostThreads * kPartialsOfThread + result));
  };
  SmallPtrSet<Operation *, 4> own;
  for (auto [i, result] : llvm::enumerate(loop.getResults())) {
    Value partial = result;
    if (!partial.getType().isInteger(64)) {
      partial = builder.create<arith::ExtSIOp>(location, builder.getI64Type(),
                                               partial);
      own.insert(partial.getDefiningOp());
    }
    own.insert(builder.create<memref::StoreOp>(location, partial, partials,
                                               locate(thread.thread, i)));
  }
  wait(builder, location);
  auto load = [&](Value thread, int64_t i) -> Value {
    Value partial =
        builder.create<memref::LoadOp>(location, partials, locate(thread, i));
    Type type = loop.getResult(i).getType();
    return type.isInteger(64)
               ? partial
               : builder.create<arith::TruncIOp>(location, type, partial);
  };
  SmallVector<Value> starts;
  for (unsigned i = 0; i < loop.getNumResults(); ++i)
    starts.push_back(load(constant(0), i));
  auto all = builder.create<scf::ForOp>(location, constant(1), thread.threads,
                                        constant(1), starts);
  builder.setInsertionPointToStart(all.getBody());
  SmallVector<Value> totals;
  for (unsigned i = 0; i < loop.getNumResults(); ++i) {
    Operation *combiner = builder.create(
        location, findCombiner(loop, i)->getName().getIdentifier(),
        {all.getRegionIterArg(i), load(all.getInductionVar(), i)},
        starts[i].getType());
    totals.push_back(combiner->getResult(0));
  }
  builder.create<scf::YieldOp>(location, totals);
  for (auto [result, total] :
       llvm::zip_equal(loop.getResults(), all.getResults()))
    result.replaceAllUsesExcept(total, own);
}

void ShareWork::shareKernel(func::FuncOp kernel, KernelAccesses &kernels) {
  auto [found, isNew] = sharedKernels.try_emplace(kernel, Partials{0, 0});
  if (!isNew)
    return;
  keepCombinableLoops(kernel);
  forwardStoredScalars(kernel);
  bool isShared = canShare(kernel);
  if (isShared)
    kernels.findDivisions(kernel);
  SmallVector<scf::ForOp> loops, combined;
  SmallVector<Operation *> results;
  kernel.getBody().walk([&](Operation *op) {
    if (findSharedLoop(op))
      return;
    if (op->hasAttr(kSharedLoopName)) {
      loops.push_back(cast<scf::ForOp>(op));
      if (op->getNumResults() > 0)
        combined.push_back(loops.back());
    } else if (writesOutside(op)) {
      results.push_back(op);
    }
  });
  OpBuilder builder(&getContext());
  auto addArgument = [&](StringRef name) -> Value {
    auto attributes = builder.getDictionaryAttr(
        builder.getNamedAttr("smelt.name", builder.getStringAttr(name)));
    kernel.insertArgument(kernel.getNumArguments(), builder.getIndexType(),
                          attributes, kernel.getLoc());
    return kernel.getArguments().back();
  };
  ThreadArguments thread = {addArgument("thread"), addArgument("threads"),
                            addArgument("from"), addArgument("to")};
  if (!isShared)
    return leaveToFirst(kernel.front().begin(), std::prev(kernel.front().end()),
                        thread.thread);
  if (!combined.empty()) {
    Partials &partials = found->second;
    partials.count = std::min<int64_t>(combined.size(), kPartialArrays);
    if (nextArray + partials.count > kPartialArrays)
      nextArray = 0;
    partials.first = nextArray;
    nextArray += partials.count;
  }
  for (Operation *result : results)
    leaveToFirst(Block::iterator(result), std::next(Block::iterator(result)),
                 thread.thread);
  for (scf::ForOp loop : loops)
    takePart(loop, thread);
  for (auto [i, loop] : llvm::enumerate(combined))
    combine(loop, thread,
            found->second.first + static_cast<int64_t>(i) % kPartialArrays);
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

/// Marks the arguments of the kernel that are constants in a call, of which
/// each thread reads its part.
static void markParts(func::CallOp call, KernelAccesses &kernels) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    auto access = operand.getDefiningOp<memref::GetGlobalOp>();
    if (!access || !SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
                        call, access.getNameAttr())
                        .getConstant())
      continue;
    Division part = kernels.getReadDivision(kernel, i);
    if (part.size >= kLeastPartedBytes)
      kernel.setArgAttr(
          i, kThreadPartName,
          DenseI64ArrayAttr::get(call.getContext(), {part.size, part.granule}));
  }
}

/// Has all threads make the calls of a function.
void ShareWork::shareCalls(func::FuncOp part, KernelAccesses &kernels) {
  SmallVector<func::CallOp> calls = listKernelCalls(part);
  auto builder = OpBuilder::atBlockBegin(&part.front());
  auto ask = [&](StringRef name, ValueRange operands = {}) -> Value {
    return builder
        .create<func::CallOp>(part.getLoc(), name, builder.getI32Type(),
                              operands)
        .getResult(0);
  };
  Value number = ask(kThreadIndexName), count = ask(kThreadCountName);
  Value one =
      builder.create<arith::ConstantIntOp>(part.getLoc(), 1, /*width=*/32);
  Value next = builder.create<arith::AddIOp>(part.getLoc(), number, one);
  SmallVector<Value> thread;
  for (Value value : {number, count, ask(kThreadPlaceName, {number, count}),
                      ask(kThreadPlaceName, {next, count})})
    thread.push_back(builder.create<arith::IndexCastOp>(
        part.getLoc(), builder.getIndexType(), value));
  // What was read and written since threads waited for one another.
  SmallVector<Access> pending;
  func::CallOp last;
  auto waitAfterLast = [&] {
    builder.setInsertionPointAfter(last);
    wait(builder, last.getLoc());
    pending.clear();
  };
  for (func::CallOp call : calls) {
    SmallVector<Access> accesses = kernels.list(call);
    markParts(call, kernels);
    call.getOperandsMutable().append(thread);
    Partials partials = sharedKernels.lookup(
        SymbolTable::lookupNearestSymbolFrom(call, call.getCalleeAttr()));
    if (partials.count > 0)
      accesses.push_back({getPartials().getSymNameAttr(),
                          partials.first,
                          partials.first + partials.count,
                          /*isWrite=*/true,
                          {}});
    if (conflict(pending, accesses))
      waitAfterLast();
    // Threads wait within a kernel in which they combine results.
    if (partials.count > 0)
      pending.clear();
    llvm::append_range(pending, accesses);
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
  Block *body = function.addEntryBlock();
  auto builder = OpBuilder::atBlockBegin(body);
  auto call = builder.create<func::CallOp>(function.getLoc(), part,
                                           body->getArguments());
  call->setAttr(kParallelCallName, builder.getUnitAttr());
  builder.create<func::ReturnOp>(function.getLoc());
  shareCalls(part, kernels);
}

void ShareWork::declareThreadFunctions() {
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  auto declare = [&](StringRef name, TypeRange operands, TypeRange results) {
    auto function = builder.create<func::FuncOp>(
        getOperation().getLoc(), name,
        builder.getFunctionType(operands, results));
    function.setPrivate();
  };
  Type i32 = builder.getI32Type();
  declare(kThreadIndexName, {}, i32);
  declare(kThreadCountName, {}, i32);
  declare(kThreadPlaceName, {i32, i32}, i32);
  if (hasWaits)
    declare(kThreadBarrierName, {}, {});
}

void ShareWork::runOnOperation() {
  sharedKernels.clear();
  partials = nullptr;
  nextArray = 0;
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
  KernelAccesses kernels(symbols);
  for (func::FuncOp function : functions)
    for (func::CallOp call : listKernelCalls(function))
      shareKernel(symbols.lookup<func::FuncOp>(call.getCallee()), kernels);
  for (func::FuncOp function : functions)
    splitFunction(function, symbols, kernels);
  declareThreadFunctions();
}
