//===- ThreadsToOpenMP.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTTHREADSTOOPENMP
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;

/// How threads wait for one another: in each round, one tells the thread that
/// is so many after it, 1, 2, 4 ..., that it has come, and waits to be told by
/// the one that many before (Hensgen, Finkel and Manber's dissemination
/// barrier). GOMP_barrier takes longer between two threads, which matters to
/// kernels of a microsecond. Who waits fetches what it will read, as
/// `thread_reads` was told, then yields the processor, soon if there are more
/// threads than processors.
///
/// And how threads divide the work: at first alike. But one processor may be
/// slower than another at the same work, for long. So where their parts end
/// moves from region to region, in favour of those that looked more often than
/// the mean in the waits for others that `thread_reads` was called before: they
/// were done first. It moves by a 256th of all work at most, and no part
/// becomes less than half or more than twice an equal one. A team that is
/// smaller than was asked for divides the work alike.
///
/// Of `thread_lines`, a thread has two lines: in the first, what it was told in
/// each round, in the second, how often it has waited, the addresses that it
/// fetches next and no longer, whether looks count, and how many did. All
/// counts of waits go on over the regions, so that what an earlier one left is
/// never enough. A last line has how often thread 0 had waited before the
/// region, how often a thread looks before it yields, and how many threads
/// there are. `thread_places` has where the work of each thread begins.
static constexpr StringLiteral kThreads = R"mlir(
llvm.func @thread_index() -> i32
llvm.func @thread_count() -> i32
llvm.func @omp_get_num_procs() -> i32
llvm.func @sched_yield() -> i32
llvm.mlir.global internal @thread_lines() {alignment = 64 : i64}
    : !llvm.array<2056 x i64> {
  %0 = llvm.mlir.zero : !llvm.array<2056 x i64>
  llvm.return %0 : !llvm.array<2056 x i64>
}
llvm.mlir.global internal @thread_places() {alignment = 64 : i64}
    : !llvm.array<129 x i64> {
  %0 = llvm.mlir.zero : !llvm.array<129 x i64>
  llvm.return %0 : !llvm.array<129 x i64>
}
llvm.func internal @thread_place(%thread: i32, %threads: i32) -> i32 {
  %places = llvm.mlir.addressof @thread_places : !llvm.ptr
  %at = llvm.getelementptr %places[%thread] : (!llvm.ptr, i32) -> !llvm.ptr, i64
  %place = llvm.load %at : !llvm.ptr -> i64
  %lines = llvm.mlir.addressof @thread_lines : !llvm.ptr
  %asked = llvm.getelementptr %lines[2050] : (!llvm.ptr) -> !llvm.ptr, i64
  %askedCount = llvm.load %asked : !llvm.ptr -> i64
  %count = llvm.zext %threads : i32 to i64
  %isAsked = llvm.icmp "eq" %count, %askedCount : i64
  %all = llvm.mlir.constant(65536 : i64) : i64
  %number = llvm.zext %thread : i32 to i64
  %times = llvm.mul %number, %all : i64
  %even = llvm.udiv %times, %count : i64
  %chosen = llvm.select %isAsked, %place, %even : i1, i64
  %result = llvm.trunc %chosen : i64 to i32
  llvm.return %result : i32
}
llvm.func internal @begin_threads(%threads: i32) {
  %lines = llvm.mlir.addressof @thread_lines : !llvm.ptr
  %from = llvm.getelementptr %lines[8] : (!llvm.ptr) -> !llvm.ptr, i64
  %to = llvm.getelementptr %lines[2048] : (!llvm.ptr) -> !llvm.ptr, i64
  %waits = llvm.load %from : !llvm.ptr -> i64
  llvm.store %waits, %to : i64, !llvm.ptr
  %long = llvm.mlir.constant(50000 : i64) : i64
  %short = llvm.mlir.constant(100 : i64) : i64
  %processors = llvm.call @omp_get_num_procs() : () -> i32
  %hasOwn = llvm.icmp "ule" %threads, %processors : i32
  %patience = llvm.select %hasOwn, %long, %short : i1, i64
  %limit = llvm.getelementptr %lines[2049] : (!llvm.ptr) -> !llvm.ptr, i64
  llvm.store %patience, %limit : i64, !llvm.ptr
  %count = llvm.zext %threads : i32 to i64
  %lastCount = llvm.getelementptr %lines[2050] : (!llvm.ptr) -> !llvm.ptr, i64
  %before = llvm.load %lastCount : !llvm.ptr -> i64
  llvm.store %count, %lastCount : i64, !llvm.ptr
  %isSame = llvm.icmp "eq" %count, %before : i64
  %adapts = llvm.and %isSame, %hasOwn : i1
  %zero = llvm.mlir.constant(0 : i64) : i64
  %one = llvm.mlir.constant(1 : i64) : i64
  %line = llvm.mlir.constant(16 : i64) : i64
  %places = llvm.mlir.addressof @thread_places : !llvm.ptr
  %all = llvm.mlir.constant(65536 : i64) : i64
  %step = llvm.mlir.constant(256 : i64) : i64
  %even = llvm.udiv %all, %count : i64
  %least = llvm.lshr %even, %one : i64
  %most = llvm.shl %even, %one : i64
  llvm.br ^add(%zero, %zero : i64, i64)
^add(%added: i64, %sum: i64):
  %isLess = llvm.icmp "ult" %added, %count : i64
  llvm.cond_br %isLess, ^addOne, ^divide
^addOne:
  %addedLine = llvm.mul %added, %line : i64
  %addedOwn = llvm.getelementptr %lines[%addedLine] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %addedAt = llvm.getelementptr %addedOwn[12] : (!llvm.ptr) -> !llvm.ptr, i64
  %looks = llvm.load %addedAt : !llvm.ptr -> i64
  %nextAdded = llvm.add %added, %one : i64
  %nextSum = llvm.add %sum, %looks : i64
  llvm.br ^add(%nextAdded, %nextSum : i64, i64)
^divide:
  %positive = llvm.intr.umax(%sum, %one) : (i64, i64) -> i64
  %scale = llvm.mul %positive, %count : i64
  llvm.br ^move(%zero, %zero, %zero : i64, i64, i64)
^move(%thread: i64, %place: i64, %looked: i64):
  %hasNext = llvm.icmp "ult" %thread, %count : i64
  llvm.cond_br %hasNext, ^moveOne, ^return
^moveOne:
  %ownLine = llvm.mul %thread, %line : i64
  %own = llvm.getelementptr %lines[%ownLine] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %ownAt = llvm.getelementptr %own[12] : (!llvm.ptr) -> !llvm.ptr, i64
  %ownLooks = llvm.load %ownAt : !llvm.ptr -> i64
  llvm.store %zero, %ownAt : i64, !llvm.ptr
  %next = llvm.add %thread, %one : i64
  %nextAt = llvm.getelementptr %places[%next] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %oldPlace = llvm.load %nextAt : !llvm.ptr -> i64
  // The looks of all threads so far, less as many mean ones, of the sum.
  %nextLooked = llvm.add %looked, %ownLooks : i64
  %times = llvm.mul %nextLooked, %count : i64
  %mean = llvm.mul %sum, %next : i64
  %excess = llvm.sub %times, %mean : i64
  %steps = llvm.mul %excess, %step : i64
  %move = llvm.sdiv %steps, %scale : i64
  %moved = llvm.add %oldPlace, %move : i64
  %evenTimes = llvm.mul %next, %all : i64
  %evenPlace = llvm.udiv %evenTimes, %count : i64
  %wanted = llvm.select %adapts, %moved, %evenPlace : i1, i64
  %left = llvm.sub %count, %next : i64
  %leastLeft = llvm.mul %left, %least : i64
  %mostLeft = llvm.mul %left, %most : i64
  %low = llvm.add %place, %least : i64
  %lowLeft = llvm.sub %all, %mostLeft : i64
  %lowest = llvm.intr.smax(%low, %lowLeft) : (i64, i64) -> i64
  %high = llvm.add %place, %most : i64
  %highLeft = llvm.sub %all, %leastLeft : i64
  %highest = llvm.intr.smin(%high, %highLeft) : (i64, i64) -> i64
  %bounded = llvm.intr.smin(%wanted, %highest) : (i64, i64) -> i64
  %nextPlace = llvm.intr.smax(%bounded, %lowest) : (i64, i64) -> i64
  llvm.store %nextPlace, %nextAt : i64, !llvm.ptr
  llvm.br ^move(%next, %nextPlace, %nextLooked : i64, i64, i64)
^return:
  llvm.return
}
llvm.func internal @thread_reads(%thread: i64, %address: i64, %bytes: i64) {
  %lines = llvm.mlir.addressof @thread_lines : !llvm.ptr
  %line = llvm.mlir.constant(16 : i64) : i64
  %at = llvm.mul %thread, %line : i64
  %own = llvm.getelementptr %lines[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %next = llvm.getelementptr %own[9] : (!llvm.ptr) -> !llvm.ptr, i64
  %nextEnd = llvm.getelementptr %own[10] : (!llvm.ptr) -> !llvm.ptr, i64
  %end = llvm.add %address, %bytes : i64
  llvm.store %address, %next : i64, !llvm.ptr
  llvm.store %end, %nextEnd : i64, !llvm.ptr
  %counts = llvm.getelementptr %own[11] : (!llvm.ptr) -> !llvm.ptr, i64
  %one = llvm.mlir.constant(1 : i64) : i64
  llvm.store %one, %counts : i64, !llvm.ptr
  llvm.return
}
llvm.func internal @thread_barrier() {
  %zero = llvm.mlir.constant(0 : i64) : i64
  %one = llvm.mlir.constant(1 : i64) : i64
  %line = llvm.mlir.constant(16 : i64) : i64
  %lines = llvm.mlir.addressof @thread_lines : !llvm.ptr
  %number = llvm.call @thread_index() : () -> i32
  %thread = llvm.zext %number : i32 to i64
  %count = llvm.call @thread_count() : () -> i32
  %threads = llvm.zext %count : i32 to i64
  %at = llvm.mul %thread, %line : i64
  %own = llvm.getelementptr %lines[%at] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %counter = llvm.getelementptr %own[8] : (!llvm.ptr) -> !llvm.ptr, i64
  %begin = llvm.getelementptr %lines[2048] : (!llvm.ptr) -> !llvm.ptr, i64
  %before = llvm.load %begin : !llvm.ptr -> i64
  %limit = llvm.getelementptr %lines[2049] : (!llvm.ptr) -> !llvm.ptr, i64
  %patience = llvm.load %limit : !llvm.ptr -> i64
  %last = llvm.load %counter : !llvm.ptr -> i64
  %waits = llvm.intr.smax(%last, %before) : (i64, i64) -> i64
  %wait = llvm.add %waits, %one : i64
  llvm.store %wait, %counter : i64, !llvm.ptr
  %next = llvm.getelementptr %own[9] : (!llvm.ptr) -> !llvm.ptr, i64
  %nextEnd = llvm.getelementptr %own[10] : (!llvm.ptr) -> !llvm.ptr, i64
  %end = llvm.load %nextEnd : !llvm.ptr -> i64
  llvm.br ^round(%one, %zero, %zero : i64, i64, i64)
^round(%distance: i64, %word: i64, %looks: i64):
  %more = llvm.icmp "ult" %distance, %threads : i64
  llvm.cond_br %more, ^tell, ^return
^tell:
  %sum = llvm.add %thread, %distance : i64
  %isOver = llvm.icmp "uge" %sum, %threads : i64
  %over = llvm.sub %sum, %threads : i64
  %other = llvm.select %isOver, %over, %sum : i1, i64
  %otherLine = llvm.mul %other, %line : i64
  %otherWord = llvm.add %otherLine, %word : i64
  %told = llvm.getelementptr %lines[%otherWord] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  llvm.store %wait, %told atomic release {alignment = 8 : i64} : i64, !llvm.ptr
  %mine = llvm.getelementptr %own[%word] : (!llvm.ptr, i64) -> !llvm.ptr, i64
  %start = llvm.load %next : !llvm.ptr -> i64
  llvm.br ^poll(%zero, %start, %looks : i64, i64, i64)
^poll(%polls: i64, %fetch: i64, %looked: i64):
  %seen = llvm.load %mine atomic acquire {alignment = 8 : i64} : !llvm.ptr -> i64
  %hasCome = llvm.icmp "sge" %seen, %wait : i64
  llvm.cond_br %hasCome, ^next, ^again
^again:
  %looksNow = llvm.add %looked, %one : i64
  %hasMore = llvm.icmp "ult" %fetch, %end : i64
  llvm.cond_br %hasMore, ^fetch, ^count
^fetch:
  %address = llvm.inttoptr %fetch : i64 to !llvm.ptr
  "llvm.intr.prefetch"(%address) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
  %second = llvm.getelementptr %address[64] : (!llvm.ptr) -> !llvm.ptr, i8
  "llvm.intr.prefetch"(%second) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}> : (!llvm.ptr) -> ()
  %twoLines = llvm.mlir.constant(128 : i64) : i64
  %fetched = llvm.add %fetch, %twoLines : i64
  llvm.br ^poll(%polls, %fetched, %looksNow : i64, i64, i64)
^count:
  %morePolls = llvm.add %polls, %one : i64
  %isPatient = llvm.icmp "ult" %morePolls, %patience : i64
  llvm.cond_br %isPatient, ^poll(%morePolls, %fetch, %looksNow : i64, i64, i64), ^yield
^yield:
  %ignored = llvm.call @sched_yield() : () -> i32
  llvm.br ^poll(%polls, %fetch, %looksNow : i64, i64, i64)
^next:
  llvm.store %fetch, %next : i64, !llvm.ptr
  %farther = llvm.shl %distance, %one : i64
  %nextWord = llvm.add %word, %one : i64
  llvm.br ^round(%farther, %nextWord, %looked : i64, i64, i64)
^return:
  %counts = llvm.getelementptr %own[11] : (!llvm.ptr) -> !llvm.ptr, i64
  %isCounted = llvm.load %counts : !llvm.ptr -> i64
  llvm.store %zero, %counts : i64, !llvm.ptr
  %counted = llvm.mul %looks, %isCounted : i64
  %total = llvm.getelementptr %own[12] : (!llvm.ptr) -> !llvm.ptr, i64
  %soFar = llvm.load %total : !llvm.ptr -> i64
  %sumOfLooks = llvm.add %soFar, %counted : i64
  llvm.store %sumOfLooks, %total : i64, !llvm.ptr
  llvm.return
}
)mlir";
static_assert(ternary::kMostThreads == 128, "thread_lines has 2 * 128 lines");
static_assert(ternary::kThreadPlaces == 65536, "places are of 65536");

namespace {
class ConvertThreadsToOpenMP
    : public smelt::impl::ConvertThreadsToOpenMPBase<ConvertThreadsToOpenMP> {
public:
  using ConvertThreadsToOpenMPBase::ConvertThreadsToOpenMPBase;
  void runOnOperation() override;

private:
  LogicalResult rename(StringRef name, StringRef newName);
  LogicalResult defineThreads();
  LLVM::LLVMFuncOp getFunction(StringRef name, Type result,
                               ArrayRef<Type> operands);
  LLVM::LLVMFuncOp createWorker(LLVM::CallOp call);
  LogicalResult convertCall(LLVM::CallOp call);
};
} // namespace

LogicalResult ConvertThreadsToOpenMP::rename(StringRef name,
                                             StringRef newName) {
  auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!function)
    return success();
  auto symbol = StringAttr::get(&getContext(), newName);
  if (getOperation().lookupSymbol(symbol))
    return function.emitError() << "name " << symbol << " is taken";
  if (failed(
          SymbolTable::replaceAllSymbolUses(function, symbol, getOperation())))
    return function.emitError("cannot be renamed");
  function.setSymNameAttr(symbol);
  return success();
}

/// Gives the functions that threads call their bodies, if any are declared.
LogicalResult ConvertThreadsToOpenMP::defineThreads() {
  SymbolTable symbols(getOperation());
  bool isDeclared = false;
  for (StringRef name : {ternary::kThreadPlaceName, ternary::kThreadReadsName,
                         ternary::kThreadBarrierName}) {
    auto function = symbols.lookup<LLVM::LLVMFuncOp>(name);
    if (!function || !function.isExternal())
      continue;
    function.erase();
    isDeclared = true;
  }
  if (!isDeclared)
    return success();
  OwningOpRef<ModuleOp> parsed =
      parseSourceString<ModuleOp>(kThreads, &getContext());
  if (!parsed)
    return failure();
  Block *body = getOperation().getBody();
  Block::iterator begin = body->begin();
  for (Operation &op : llvm::make_early_inc_range(*parsed->getBody())) {
    StringAttr name = SymbolTable::getSymbolName(&op);
    Operation *existing = getOperation().lookupSymbol(name);
    bool isExternal =
        isa<LLVM::LLVMFuncOp>(op) && cast<LLVM::LLVMFuncOp>(op).isExternal();
    if (existing && !isExternal)
      return existing->emitError() << "name " << name << " is taken";
    if (!existing)
      op.moveBefore(body, begin);
  }
  return success();
}

LLVM::LLVMFuncOp ConvertThreadsToOpenMP::getFunction(StringRef name,
                                                     Type result,
                                                     ArrayRef<Type> operands) {
  if (auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(name))
    return function;
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  return builder.create<LLVM::LLVMFuncOp>(
      getOperation().getLoc(), name,
      LLVM::LLVMFunctionType::get(result, operands));
}

/// A function that makes the call with operands from an array of pointers.
LLVM::LLVMFuncOp ConvertThreadsToOpenMP::createWorker(LLVM::CallOp call) {
  OpBuilder builder(call->getParentOfType<LLVM::LLVMFuncOp>());
  Location location = call.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(&getContext());
  auto worker = builder.create<LLVM::LLVMFuncOp>(
      location, (*call.getCallee() + "_worker").str(),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                  {pointer}),
      LLVM::Linkage::Internal);
  auto callee =
      getOperation().lookupSymbol<LLVM::LLVMFuncOp>(*call.getCallee());
  worker.setTargetCpuAttr(callee.getTargetCpuAttr());
  worker.setTargetFeaturesAttr(callee.getTargetFeaturesAttr());
  builder.setInsertionPointToStart(worker.addEntryBlock(builder));
  SmallVector<Value> operands;
  for (unsigned i = 0; i < call.getNumOperands(); ++i) {
    Value address = builder.create<LLVM::GEPOp>(
        location, pointer, pointer, worker.getArgument(0),
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    operands.push_back(
        builder.create<LLVM::LoadOp>(location, pointer, address));
  }
  builder.create<LLVM::CallOp>(location, TypeRange(), call.getCalleeAttr(),
                               operands);
  builder.create<LLVM::ReturnOp>(location, ValueRange());
  return worker;
}

LogicalResult ConvertThreadsToOpenMP::convertCall(LLVM::CallOp call) {
  if (!call.getCallee() || call.getNumResults() != 0 ||
      !llvm::all_of(call.getOperandTypes(),
                    [](Type type) { return isa<LLVM::LLVMPointerType>(type); }))
    return call.emitOpError("cannot be made in parallel: it must name a "
                            "function of pointers without a result");
  LLVM::LLVMFuncOp worker = createWorker(call);
  OpBuilder builder(call);
  Location location = call.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(&getContext());
  auto constant = [&](int64_t value) -> Value {
    return builder.create<LLVM::ConstantOp>(location, builder.getI32Type(),
                                            builder.getI32IntegerAttr(value));
  };
  Value operands = builder.create<LLVM::AllocaOp>(
      location, pointer, pointer, constant(call.getNumOperands()));
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    Value address = builder.create<LLVM::GEPOp>(
        location, pointer, pointer, operands,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    builder.create<LLVM::StoreOp>(location, operand, address);
  }
  Type i32 = builder.getI32Type();
  // As many threads as the runtime is told to use, and there is memory for.
  auto limit = builder.create<LLVM::CallOp>(
      location, getFunction("omp_get_max_threads", i32, {}), ValueRange());
  Value threads = builder.create<LLVM::UMinOp>(location, limit.getResult(),
                                               constant(ternary::kMostThreads));
  if (auto begin =
          getOperation().lookupSymbol<LLVM::LLVMFuncOp>("begin_threads"))
    builder.create<LLVM::CallOp>(location, begin, threads);
  Value function = builder.create<LLVM::AddressOfOp>(location, worker);
  // void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads,
  //                    unsigned flags)
  LLVM::LLVMFuncOp run =
      getFunction("GOMP_parallel", LLVM::LLVMVoidType::get(&getContext()),
                  {pointer, pointer, i32, i32});
  builder.create<LLVM::CallOp>(
      location, run, ValueRange{function, operands, threads, constant(0)});
  call.erase();
  return success();
}

void ConvertThreadsToOpenMP::runOnOperation() {
  if (failed(defineThreads()))
    return signalPassFailure();
  SmallVector<LLVM::CallOp> calls;
  getOperation().walk([&](LLVM::CallOp call) {
    if (call->hasAttr(ternary::kParallelCallName))
      calls.push_back(call);
  });
  for (LLVM::CallOp call : calls)
    if (failed(convertCall(call)))
      return signalPassFailure();
  if (failed(rename(ternary::kThreadIndexName, "omp_get_thread_num")) ||
      failed(rename(ternary::kThreadCountName, "omp_get_num_threads")))
    signalPassFailure();
}
