//===- ProtectArguments.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYPROTECTARGUMENTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;

namespace {
class ProtectArguments
    : public smelt::ternary::impl::TernaryProtectArgumentsBase<
          ProtectArguments> {
public:
  using TernaryProtectArgumentsBase::TernaryProtectArgumentsBase;
  void runOnOperation() override;
};
} // namespace

void ProtectArguments::runOnOperation() {
  func::FuncOp function = getOperation();
  if (!function.isPublic() || function.isExternal())
    return;
  Attribute readOnly = BoolAttr::get(&getContext(), false);
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (isa<TensorType>(function.getArgument(i).getType()) &&
        !function.getArgAttr(i, "smelt.state"))
      function.setArgAttr(
          i, bufferization::BufferizationDialect::kWritableAttrName, readOnly);
}
