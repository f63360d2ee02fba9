//===- Pointers.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pointers.h"

using namespace mlir;
using namespace smelt;

Value c::getRoot(Value pointer) {
  while (Operation *op = pointer.getDefiningOp()) {
    if (isa<emitc::GetGlobalOp, emitc::VariableOp>(op))
      return pointer;
    if (!isa<emitc::AddOp, emitc::CastOp, emitc::ApplyOp, emitc::SubscriptOp>(
            op))
      return {};
    pointer = op->getOperand(0);
  }
  return pointer;
}

c::Pointers::Pointers(ModuleOp module) : symbols(module) {
  bool changed = true;
  while (changed) {
    changed = false;
    module.walk([&](Operation *op) { changed |= visit(op); });
  }
}

bool c::Pointers::markWritten(Value pointer) {
  auto root = dyn_cast_or_null<BlockArgument>(getRoot(pointer));
  return root && writtenArguments.insert(root).second;
}

bool c::Pointers::visit(Operation *op) {
  if (auto assign = dyn_cast<emitc::AssignOp>(op))
    return assign.getVar().getDefiningOp<emitc::SubscriptOp>() &&
           markWritten(assign.getVar());
  if (auto call = dyn_cast<emitc::CallOpaqueOp>(op))
    return call.getNumOperands() != 0 && markWritten(call.getOperand(0));
  auto call = dyn_cast<emitc::CallOp>(op);
  if (!call)
    return false;
  auto callee = symbols.lookup<emitc::FuncOp>(call.getCallee());
  if (!callee || callee.isExternal())
    return false;
  bool changed = false;
  for (auto [operand, argument] :
       llvm::zip_equal(call.getOperands(), callee.getArguments()))
    if (writtenArguments.contains(argument))
      changed |= markWritten(operand);
  return changed;
}

bool c::Pointers::isConst(Value pointer) const {
  Value root = getRoot(pointer);
  if (!root)
    return false;
  if (auto argument = dyn_cast<BlockArgument>(root))
    return !writtenArguments.contains(argument);
  auto access = root.getDefiningOp<emitc::GetGlobalOp>();
  if (!access)
    return false;
  auto global = symbols.lookup<emitc::GlobalOp>(access.getName());
  return global && global.getConstSpecifier();
}
