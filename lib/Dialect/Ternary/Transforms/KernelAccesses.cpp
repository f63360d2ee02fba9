//===- KernelAccesses.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelAccesses.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace smelt::ternary;

static constexpr int64_t kUnknownEnd = std::numeric_limits<int64_t>::max();

bool Access::conflictsWith(const Access &other) const {
  if (!isWrite && !other.isWrite)
    return false;
  if (!memory || !other.memory)
    return true;
  if (memory != other.memory)
    return false;
  return begin < other.end && other.begin < end;
}

bool smelt::ternary::conflict(ArrayRef<Access> first, ArrayRef<Access> second) {
  return llvm::any_of(first, [&](const Access &a) {
    return llvm::any_of(second,
                        [&](const Access &b) { return a.conflictsWith(b); });
  });
}

Value smelt::ternary::findSource(Value buffer) {
  while (auto view = buffer.getDefiningOp<ViewLikeOpInterface>())
    buffer = view.getViewSource();
  return buffer;
}

static bool isArgument(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  return argument && argument.getOwner()->isEntryBlock() &&
         isa<func::FuncOp>(argument.getOwner()->getParentOp());
}

static int64_t getNumBytes(Type type) {
  auto buffer = dyn_cast<MemRefType>(type);
  if (!buffer || !buffer.hasStaticShape())
    return kUnknownEnd;
  return buffer.getNumElements() *
         llvm::divideCeil(buffer.getElementTypeBitWidth(), 8);
}

/// The bytes that a buffer has.
static Access locate(Value buffer) {
  Access access = {{}, 0, kUnknownEnd, false};
  // Of a view of a view, the outermost that has its place in bytes is all that
  // counts.
  Value source = buffer;
  while (auto view = source.getDefiningOp<ViewLikeOpInterface>()) {
    if (auto bytes = dyn_cast<memref::ViewOp>(view.getOperation())) {
      std::optional<int64_t> shift = getConstantIntValue(bytes.getByteShift());
      int64_t size = getNumBytes(bytes.getType());
      access.begin = shift.value_or(0);
      access.end = shift && size != kUnknownEnd ? *shift + size : kUnknownEnd;
    }
    source = view.getViewSource();
  }
  if (auto global = source.getDefiningOp<memref::GetGlobalOp>())
    access.memory = Attribute(global.getNameAttr());
  else if (source.getDefiningOp<memref::AllocOp>() || isArgument(source))
    access.memory = source;
  return access;
}

void KernelAccesses::Uses::add(Value buffer, bool isRead, bool isWrite) {
  Value source = findSource(buffer);
  if (isArgument(source)) {
    unsigned number = cast<BlockArgument>(source).getArgNumber();
    if (isRead)
      reads.set(number);
    if (isWrite)
      writes.set(number);
    return;
  }
  if (source.getDefiningOp<memref::AllocaOp>() ||
      source.getDefiningOp<memref::AllocOp>())
    return;
  Access access = locate(buffer);
  access.isWrite = isWrite;
  globals.push_back(access);
}

/// What an op may do with the buffers that it has.
void KernelAccesses::Uses::addUnknown(Operation *op) {
  for (Value operand : op->getOperands())
    if (isa<BaseMemRefType>(operand.getType()))
      add(operand, /*isRead=*/true, /*isWrite=*/true);
}

void KernelAccesses::Uses::add(Operation *op) {
  // A pointer is no effect, but what it is for.
  if (isa<memref::ExtractAlignedPointerAsIndexOp, func::CallOp>(op))
    return addUnknown(op);
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  if (!interface) {
    if (!op->hasTrait<OpTrait::HasRecursiveMemoryEffects>() &&
        !isMemoryEffectFree(op))
      addUnknown(op);
    return;
  }
  SmallVector<MemoryEffects::EffectInstance> effects;
  interface.getEffects(effects);
  for (const MemoryEffects::EffectInstance &effect : effects) {
    bool isRead = isa<MemoryEffects::Read>(effect.getEffect());
    bool isWrite = isa<MemoryEffects::Write>(effect.getEffect());
    if (!isRead && !isWrite)
      continue;
    if (Value buffer = effect.getValue())
      add(buffer, isRead, isWrite);
    else
      addUnknown(op);
  }
}

const KernelAccesses::Uses &KernelAccesses::findUses(func::FuncOp kernel) {
  auto [found, isNew] = usesOf.try_emplace(kernel);
  Uses &uses = found->second;
  if (!isNew)
    return uses;
  unsigned count = kernel.getNumArguments();
  uses.reads.resize(count);
  uses.writes.resize(count);
  if (kernel.isExternal()) {
    uses.reads.set();
    uses.writes.set();
    return uses;
  }
  kernel.getBody().walk([&](Operation *op) { uses.add(op); });
  return uses;
}

SmallVector<Access> KernelAccesses::list(func::CallOp call) {
  const Uses &uses = findUses(symbols.lookup<func::FuncOp>(call.getCallee()));
  SmallVector<Access> accesses(uses.globals);
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    if (!isa<BaseMemRefType>(operand.getType()) ||
        !(uses.reads[i] || uses.writes[i]))
      continue;
    Access access = locate(operand);
    access.isWrite = uses.writes[i];
    accesses.push_back(access);
  }
  return accesses;
}
