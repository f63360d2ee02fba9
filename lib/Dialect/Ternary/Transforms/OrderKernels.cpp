//===- OrderKernels.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelAccesses.h"
#include "KernelCalls.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYORDERKERNELS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt::ternary;

namespace {
class OrderKernels
    : public smelt::ternary::impl::TernaryOrderKernelsBase<OrderKernels> {
public:
  using TernaryOrderKernelsBase::TernaryOrderKernelsBase;
  void runOnOperation() override;
};

struct KernelCall {
  func::CallOp op;
  SmallVector<Access> accesses;
  /// How many calls must be made before it, one after the other.
  int64_t depth = 0;
};
} // namespace

static bool isAllocation(Operation &op) {
  return isa<memref::AllocOp, memref::DeallocOp>(op);
}

static void orderCalls(func::FuncOp function, KernelAccesses &kernels) {
  SmallVector<KernelCall> calls;
  for (func::CallOp op : listOnlyCalls(function, isAllocation)) {
    KernelCall call = {op, kernels.list(op)};
    for (const KernelCall &earlier : calls)
      if (earlier.depth >= call.depth &&
          conflict(earlier.accesses, call.accesses))
        call.depth = earlier.depth + 1;
    calls.push_back(std::move(call));
  }
  llvm::stable_sort(calls, [](const KernelCall &a, const KernelCall &b) {
    return a.depth < b.depth;
  });
  Operation *terminator = function.front().getTerminator();
  auto deallocs = llvm::to_vector(function.getOps<memref::DeallocOp>());
  // All else is views and constants, which stay before the calls.
  Builder builder(function.getContext());
  for (const KernelCall &call : calls) {
    call.op->moveBefore(terminator);
    call.op->setAttr(kKernelStepName, builder.getIndexAttr(call.depth));
  }
  for (memref::DeallocOp dealloc : deallocs)
    dealloc->moveBefore(terminator);
}

void OrderKernels::runOnOperation() {
  SymbolTable symbols(getOperation());
  KernelAccesses kernels(symbols);
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (isEntryFunction(function) && llvm::hasSingleElement(function.getBody()))
      orderCalls(function, kernels);
}
