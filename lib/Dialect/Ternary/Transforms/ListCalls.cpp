//===- ListCalls.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Locations.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYLISTCALLS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class ListCalls : public smelt::ternary::impl::TernaryListCallsBase<ListCalls> {
public:
  using TernaryListCallsBase::TernaryListCallsBase;
  void runOnOperation() override;
};
} // namespace

/// The constant array that a value is a view of; null if it is of none.
static StringAttr findArray(Value value, const SymbolTable &symbols) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  auto access = value.getDefiningOp<memref::GetGlobalOp>();
  auto global =
      access ? symbols.lookup<memref::GlobalOp>(access.getName()) : nullptr;
  return global && global.getConstant() ? global.getSymNameAttr() : nullptr;
}

static Attribute describeCall(func::CallOp call, func::FuncOp caller,
                              const SymbolTable &symbols) {
  Builder builder(call.getContext());
  SmallVector<Attribute> arrays;
  for (Value operand : call.getOperands())
    if (StringAttr array = findArray(operand, symbols))
      arrays.push_back(array);
  return builder.getDictionaryAttr({
      builder.getNamedAttr("function", caller.getSymNameAttr()),
      builder.getNamedAttr("layer",
                           builder.getStringAttr(getLayerName(call.getLoc()))),
      builder.getNamedAttr("kernel", builder.getStringAttr(call.getCallee())),
      builder.getNamedAttr("arrays", builder.getArrayAttr(arrays)),
  });
}

void ListCalls::runOnOperation() {
  SymbolTable symbols(getOperation());
  SmallVector<Attribute> described;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    for (auto call : function.front().getOps<func::CallOp>()) {
      auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
      if (kernel && kernel.isPrivate() && !kernel.isExternal())
        described.push_back(describeCall(call, function, symbols));
    }
  }
  Builder builder(getOperation());
  if (!described.empty())
    getOperation()->setAttr(kLayerCallsName, builder.getArrayAttr(described));
}
