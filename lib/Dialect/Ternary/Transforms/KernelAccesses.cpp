//===- KernelAccesses.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelAccesses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

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
  if (division && division == other.division && begin == other.begin)
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
  Access access = {{}, 0, kUnknownEnd, false, {}};
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
  if (isa<memref::PrefetchOp>(op))
    return;
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

KernelAccesses::Uses &KernelAccesses::findUses(func::FuncOp kernel) {
  auto [found, isNew] = usesOf.try_emplace(kernel);
  Uses &uses = found->second;
  if (!isNew)
    return uses;
  unsigned count = kernel.getNumArguments();
  uses.reads.resize(count);
  uses.writes.resize(count);
  uses.divisions.resize(count);
  if (kernel.isExternal()) {
    uses.reads.set();
    uses.writes.set();
    return uses;
  }
  kernel.getBody().walk([&](Operation *op) { uses.add(op); });
  return uses;
}

//===----------------------------------------------------------------------===//
// Divisions
//===----------------------------------------------------------------------===//

namespace {
/// An index: `factor` times that of a shared loop, plus a number from 0 to
/// `rest`.
struct SharedIndex {
  int64_t factor, rest;
};
} // namespace

static std::optional<SharedIndex> analyzeIndex(Value value, scf::ForOp shared);

/// The index of a loop, or one to which each round adds a number.
static std::optional<SharedIndex> analyzeArgument(BlockArgument argument,
                                                  scf::ForOp shared) {
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  if (!loop)
    return std::nullopt;
  std::optional<int64_t> begin = getConstantIntValue(loop.getLowerBound());
  std::optional<int64_t> end = getConstantIntValue(loop.getUpperBound());
  if (!begin || !end || *begin < 0 || *end <= *begin)
    return std::nullopt;
  if (argument == loop.getInductionVar())
    return SharedIndex{0, *end - 1};
  std::optional<int64_t> step = getConstantIntValue(loop.getStep());
  auto next = loop.getTiedLoopYieldedValue(argument)
                  ->get()
                  .getDefiningOp<arith::AddIOp>();
  if (!next || next.getLhs() != argument || !step)
    return std::nullopt;
  std::optional<int64_t> added = getConstantIntValue(next.getRhs());
  std::optional<SharedIndex> start =
      analyzeIndex(loop.getTiedLoopInit(argument)->get(), shared);
  if (!added || *added < 0 || !start)
    return std::nullopt;
  return SharedIndex{start->factor,
                     start->rest + *added * ((*end - *begin - 1) / *step)};
}

static std::optional<SharedIndex> analyzeIndex(Value value, scf::ForOp shared) {
  if (value == shared.getInductionVar())
    return SharedIndex{1, 0};
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant >= 0 ? std::optional(SharedIndex{0, *constant})
                          : std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(value))
    return analyzeArgument(argument, shared);
  Operation *op = value.getDefiningOp();
  if (!isa<arith::AddIOp, arith::MulIOp>(op))
    return std::nullopt;
  std::optional<SharedIndex> lhs = analyzeIndex(op->getOperand(0), shared);
  std::optional<SharedIndex> rhs = analyzeIndex(op->getOperand(1), shared);
  if (!lhs || !rhs)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return SharedIndex{lhs->factor + rhs->factor, lhs->rest + rhs->rest};
  std::optional<int64_t> times = getConstantIntValue(op->getOperand(1));
  if (!times || *times < 0)
    return std::nullopt;
  return SharedIndex{lhs->factor * *times, lhs->rest * *times};
}

/// Whether a buffer begins where the memory does that `locate` gives it, and
/// has its elements in the same order.
static bool keepsPlaces(Value buffer) {
  bool hasPlace = false;
  while (Operation *view = buffer.getDefiningOp<ViewLikeOpInterface>()) {
    bool isPlace = isa<memref::ViewOp>(view);
    if (hasPlace ||
        !(isPlace ||
          isa<memref::CollapseShapeOp, memref::CastOp, memref::ExpandShapeOp>(
              view)))
      return false;
    hasPlace = isPlace;
    buffer = cast<ViewLikeOpInterface>(view).getViewSource();
  }
  return true;
}

scf::ForOp smelt::ternary::findSharedLoop(Operation *op) {
  scf::ForOp shared;
  for (auto loop = op->getParentOfType<scf::ForOp>(); loop;
       loop = loop->getParentOfType<scf::ForOp>())
    if (loop->hasAttr(kSharedLoopName))
      shared = loop;
  return shared;
}

/// How threads divide the buffer of an op that loads or stores `count` elements
/// at an index.
static Division findDivision(Operation *op, MemRefType buffer,
                             ValueRange indices, int64_t count) {
  scf::ForOp shared = findSharedLoop(op);
  if (!shared || indices.size() != 1)
    return {};
  std::optional<int64_t> begin = getConstantIntValue(shared.getLowerBound());
  std::optional<int64_t> end = getConstantIntValue(shared.getUpperBound());
  std::optional<SharedIndex> index = analyzeIndex(indices.front(), shared);
  if (!begin || *begin != 0 || !end || !index ||
      index->rest + count > index->factor)
    return {};
  int64_t bytes =
      index->factor * llvm::divideCeil(buffer.getElementTypeBitWidth(), 8);
  auto granule = shared->getAttrOfType<IntegerAttr>(kSharedLoopName);
  return {*end * bytes, granule.getInt() * bytes};
}

static std::pair<Value, Division> findDivision(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::pair<Value, Division>>(op)
      .Case<memref::LoadOp, memref::StoreOp>([&](auto access) {
        return std::pair(access.getMemRef(),
                         findDivision(op, access.getMemRefType(),
                                      access.getIndices(), /*count=*/1));
      })
      .Case<vector::LoadOp, vector::StoreOp>([&](auto access) {
        return std::pair(access.getBase(),
                         findDivision(op, access.getMemRefType(),
                                      access.getIndices(),
                                      access.getVectorType().getNumElements()));
      })
      .Default(std::pair(Value(), Division()));
}

void KernelAccesses::findDivisions(func::FuncOp kernel) {
  Uses &uses = findUses(kernel);
  // Of each argument, that of all ops so far; none if they differ.
  SmallVector<std::optional<Division>> divisions(kernel.getNumArguments());
  kernel.getBody().walk([&](Operation *op) {
    if (isa<ViewLikeOpInterface, memref::PrefetchOp>(op))
      return;
    auto [buffer, division] = findDivision(op);
    for (Value operand : op->getOperands()) {
      if (!isa<BaseMemRefType>(operand.getType()) ||
          !isArgument(findSource(operand)))
        continue;
      Division found =
          operand == buffer && keepsPlaces(buffer) ? division : Division();
      std::optional<Division> &all =
          divisions[cast<BlockArgument>(findSource(operand)).getArgNumber()];
      all = !all || *all == found ? found : Division();
    }
  });
  for (auto [division, all] : llvm::zip_equal(uses.divisions, divisions))
    division = all.value_or(Division());
}

Division KernelAccesses::getReadDivision(func::FuncOp kernel,
                                         unsigned argument) {
  const Uses &uses = findUses(kernel);
  return uses.writes[argument] ? Division() : uses.divisions[argument];
}

//===----------------------------------------------------------------------===//

SmallVector<Access> KernelAccesses::list(func::CallOp call) {
  const Uses &uses = findUses(symbols.lookup<func::FuncOp>(call.getCallee()));
  SmallVector<Access> accesses(uses.globals);
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    if (!isa<BaseMemRefType>(operand.getType()) ||
        !(uses.reads[i] || uses.writes[i]))
      continue;
    Access access = locate(operand);
    access.isWrite = uses.writes[i];
    if (keepsPlaces(operand))
      access.division = uses.divisions[i];
    accesses.push_back(access);
  }
  return accesses;
}
