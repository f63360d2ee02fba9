//===- KernelCalls.cpp ---------------------------------------------*- C++
//-*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelCalls.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

SmallVector<func::CallOp> smelt::ternary::listCalls(func::FuncOp function,
                                                    IsPassedOver isPassedOver) {
  SmallVector<func::CallOp> calls;
  for (Operation &op : function.front().without_terminator()) {
    if (isPassedOver && isPassedOver(op))
      continue;
    auto call = dyn_cast<func::CallOp>(op);
    if (call && call.getNumResults() == 0)
      calls.push_back(call);
    else if (!isMemoryEffectFree(&op))
      calls.push_back({});
  }
  return calls;
}

SmallVector<func::CallOp>
smelt::ternary::listOnlyCalls(func::FuncOp function,
                              IsPassedOver isPassedOver) {
  SmallVector<func::CallOp> calls = listCalls(function, isPassedOver);
  if (llvm::is_contained(calls, func::CallOp()))
    return {};
  return calls;
}
