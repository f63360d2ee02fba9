//===- ThreadsToOpenMP.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTTHREADSTOOPENMP
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;

namespace {
class ConvertThreadsToOpenMP
    : public smelt::impl::ConvertThreadsToOpenMPBase<ConvertThreadsToOpenMP> {
public:
  using ConvertThreadsToOpenMPBase::ConvertThreadsToOpenMPBase;
  void runOnOperation() override;

private:
  LogicalResult rename(StringRef name, StringRef newName);
  LLVM::LLVMFuncOp getRuntimeFunction();
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

/// void GOMP_parallel(void (*fn)(void *), void *data, unsigned num_threads,
///                    unsigned flags)
LLVM::LLVMFuncOp ConvertThreadsToOpenMP::getRuntimeFunction() {
  constexpr StringLiteral kName = "GOMP_parallel";
  if (auto function = getOperation().lookupSymbol<LLVM::LLVMFuncOp>(kName))
    return function;
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  auto pointer = LLVM::LLVMPointerType::get(&getContext());
  Type i32 = builder.getI32Type();
  return builder.create<LLVM::LLVMFuncOp>(
      getOperation().getLoc(), kName,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                  {pointer, pointer, i32, i32}));
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
  // As many threads as the runtime is told to use.
  Value zero = constant(0);
  Value function = builder.create<LLVM::AddressOfOp>(location, worker);
  builder.create<LLVM::CallOp>(location, getRuntimeFunction(),
                               ValueRange{function, operands, zero, zero});
  call.erase();
  return success();
}

void ConvertThreadsToOpenMP::runOnOperation() {
  SmallVector<LLVM::CallOp> calls;
  getOperation().walk([&](LLVM::CallOp call) {
    if (call->hasAttr(ternary::kParallelCallName))
      calls.push_back(call);
  });
  for (LLVM::CallOp call : calls)
    if (failed(convertCall(call)))
      return signalPassFailure();
  if (failed(rename(ternary::kThreadIndexName, "omp_get_thread_num")) ||
      failed(rename(ternary::kThreadCountName, "omp_get_num_threads")) ||
      failed(rename(ternary::kThreadBarrierName, "GOMP_barrier")))
    signalPassFailure();
}
