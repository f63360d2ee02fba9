//===- Inlining.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inlining.h"

using namespace mlir;
using namespace smelt;

/// An expression of more operations than this is split into named parts.
static constexpr unsigned maxOperations = 9;

bool c::isExpression(Operation *op) {
  return op->hasTrait<OpTrait::emitc::CExpression>() &&
         !isa<emitc::CallOp, emitc::CallOpaqueOp>(op);
}

static bool isArrayName(Operation *op) {
  auto address = dyn_cast<emitc::ApplyOp>(op);
  if (!address || address.getApplicableOperator() != "&")
    return false;
  auto element = address.getOperand().getDefiningOp<emitc::SubscriptOp>();
  return element && isa<emitc::ArrayType>(element.getValue().getType()) &&
         matchPattern(element.getIndices().front(), m_Zero());
}

bool c::isTerm(Operation *op) {
  return isa<emitc::ConstantOp, emitc::LiteralOp, emitc::GetGlobalOp,
             emitc::SubscriptOp>(op) ||
         isArrayName(op);
}

/// Where the operations of a block stand, and which of them write.
struct c::Inlining::BlockInfo {
  DenseMap<Operation *, unsigned> position;
  /// Where the statement stands in which an operation is printed.
  DenseMap<Operation *, unsigned> statement;
  SmallVector<unsigned> memoryWrites;
  DenseMap<Value, SmallVector<unsigned>> variableWrites;

  void addWrites(Operation *op, unsigned at) {
    op->walk([&](Operation *nested) {
      if (isa<emitc::CallOp, emitc::CallOpaqueOp>(nested))
        memoryWrites.push_back(at);
      auto assign = dyn_cast<emitc::AssignOp>(nested);
      if (!assign)
        return;
      if (assign.getVar().getDefiningOp<emitc::VariableOp>())
        variableWrites[assign.getVar()].push_back(at);
      else
        memoryWrites.push_back(at);
    });
  }

  static bool isBetween(ArrayRef<unsigned> writes, unsigned from, unsigned to) {
    const unsigned *next = llvm::upper_bound(writes, from);
    return next != writes.end() && *next < to;
  }
};

c::Inlining::Inlining(emitc::FuncOp function, const Pointers &pointers)
    : pointers(pointers) {
  function.getBody().walk([&](Block *block) {
    visitBlock(*block);
    limitSize(*block);
  });
}

bool c::Inlining::canInline(Operation *op, const BlockInfo &info) const {
  if (!op->hasOneUse())
    return false;
  Operation *user = *op->user_begin();
  if (user->getBlock() != op->getBlock() || isa<emitc::ForOp>(user))
    return false;
  unsigned from = info.position.lookup(op);
  unsigned to = info.statement.lookup(user);
  auto load = dyn_cast<emitc::ApplyOp>(op);
  if (load && load.getApplicableOperator() == "*" &&
      !pointers.isConst(load.getOperand()) &&
      BlockInfo::isBetween(info.memoryWrites, from, to))
    return false;
  return llvm::none_of(op->getOperands(), [&](Value operand) {
    auto writes = info.variableWrites.find(operand);
    return writes != info.variableWrites.end() &&
           BlockInfo::isBetween(writes->second, from, to);
  });
}

void c::Inlining::visitBlock(Block &block) {
  BlockInfo info;
  unsigned position = 0;
  for (Operation &op : block) {
    info.position[&op] = info.statement[&op] = position;
    info.addWrites(&op, position++);
  }
  for (Operation &op : llvm::reverse(block)) {
    bool isShort = isTerm(&op);
    if (!isShort && !(isExpression(&op) && canInline(&op, info)))
      continue;
    inlined.insert(&op);
    // What stands in a term that is printed in several places would be
    // evaluated in each of them: it gets a name, as its users' operand.
    if (op.hasOneUse() && (*op.user_begin())->getBlock() == &block)
      info.statement[&op] = info.statement[*op.user_begin()];
    else
      info.statement[&op] = UINT_MAX;
  }
}

void c::Inlining::limitSize(Block &block) {
  DenseMap<Operation *, unsigned> sizes;
  for (Operation &op : block) {
    bool isFree = isTerm(&op) || isa<emitc::CastOp>(op) ||
                  (op.getNumResults() == 1 &&
                   isa<emitc::PointerType>(op.getResult(0).getType()));
    unsigned size = isFree ? 0 : 1;
    SmallVector<std::pair<unsigned, Operation *>> parts;
    for (Value operand : op.getOperands()) {
      Operation *part = operand.getDefiningOp();
      if (!part || !inlined.contains(part) || part->getBlock() != &block)
        continue;
      parts.push_back({sizes.lookup(part), part});
      size += parts.back().first;
    }
    llvm::sort(parts, [](auto &a, auto &b) { return a.first > b.first; });
    for (auto [partSize, part] : parts) {
      if (size <= maxOperations)
        break;
      if (isTerm(part) || !isExpression(part))
        continue;
      inlined.erase(part);
      size -= partSize;
    }
    sizes[&op] = size;
  }
}
