//===- PlanMemory.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/ViewLikeInterface.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include "smelt/Support/Locations.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYPLANMEMORY
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class PlanMemory
    : public smelt::ternary::impl::TernaryPlanMemoryBase<PlanMemory> {
public:
  using TernaryPlanMemoryBase::TernaryPlanMemoryBase;
  void runOnOperation() override;
};

/// An allocation and the ops of its block between which it is in use.
struct Buffer {
  mutable memref::AllocOp op;
  /// Positions in the block; -1 where it is never used.
  int64_t first, last;
  /// The position until which its bytes are not given to another.
  int64_t kept;
  int64_t size;
  int64_t offset = 0;
};
} // namespace

static constexpr int64_t kBufferAlignment = 16;
static constexpr int64_t kArenaAlignment = 64;

/// Adds the ops that read or write `value`, through views of it as well.
static LogicalResult collectUsers(Value value,
                                  SmallVectorImpl<Operation *> &users) {
  for (Operation *user : value.getUsers()) {
    if (isa<memref::DeallocOp>(user))
      continue;
    users.push_back(user);
    if (isa<ViewLikeOpInterface>(user)) {
      for (Value result : user->getResults())
        if (failed(collectUsers(result, users)))
          return failure();
      continue;
    }
    for (Type type : user->getResultTypes())
      if (isa<BaseMemRefType>(type))
        return user->emitOpError("hides where a buffer is used");
  }
  return success();
}

static FailureOr<Buffer>
getBuffer(memref::AllocOp op, const DenseMap<Operation *, int64_t> &order) {
  MemRefType type = op.getType();
  if (!type.hasStaticShape() || !type.getLayout().isIdentity())
    return op.emitOpError("cannot be planned: its size must be static");
  unsigned width = type.getElementTypeBitWidth();
  Buffer buffer{op, -1, -1, -1, 0};
  buffer.size = type.getNumElements() * llvm::divideCeil(width, 8);
  SmallVector<Operation *> users;
  if (failed(collectUsers(op, users)))
    return failure();
  for (Operation *user : users) {
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor)
      return op.emitOpError("is used outside of its block");
    if (isa<ViewLikeOpInterface>(ancestor))
      continue;
    int64_t position = order.lookup(ancestor);
    buffer.first =
        buffer.first < 0 ? position : std::min(buffer.first, position);
    buffer.last = std::max(buffer.last, position);
  }
  buffer.kept = buffer.last;
  return buffer;
}

/// Whether two buffers may not lie in the same bytes: they are kept at the
/// same time, or hold different types, neither of which is bytes.
static bool conflict(const Buffer &a, const Buffer &b) {
  if (a.first <= b.kept && b.first <= a.kept)
    return true;
  MemRefType left = a.op.getType(), right = b.op.getType();
  return left.getElementType() != right.getElementType() &&
         left.getElementTypeBitWidth() > 8 &&
         right.getElementTypeBitWidth() > 8;
}

/// Gives each buffer, the largest first, the lowest offset that is free.
/// Returns the size of the whole.
static int64_t assignOffsets(MutableArrayRef<Buffer> buffers) {
  llvm::sort(buffers, [](const Buffer &a, const Buffer &b) {
    return std::tie(b.size, a.first, a.last) <
           std::tie(a.size, b.first, b.last);
  });
  int64_t total = 0;
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    SmallVector<const Buffer *> taken;
    for (const Buffer &other : buffers.take_front(i))
      if (conflict(buffer, other))
        taken.push_back(&other);
    llvm::sort(taken, [](const Buffer *a, const Buffer *b) {
      return a->offset < b->offset;
    });
    int64_t offset = 0;
    for (const Buffer *other : taken) {
      if (offset + buffer.size <= other->offset)
        break;
      offset = std::max<int64_t>(
          offset, llvm::alignTo(other->offset + other->size, kBufferAlignment));
    }
    buffer.offset = offset;
    total = std::max(total, offset + buffer.size);
  }
  return total;
}

static memref::GlobalOp createArena(ModuleOp module, int64_t size) {
  OpBuilder builder(module.getContext());
  auto type = MemRefType::get({size}, builder.getI8Type());
  auto global = builder.create<memref::GlobalOp>(
      module.getLoc(), "arena", builder.getStringAttr("private"), type,
      builder.getUnitAttr(), /*constant=*/false,
      builder.getI64IntegerAttr(kArenaAlignment));
  SymbolTable(module).insert(global, module.getBody()->begin());
  return global;
}

/// Replaces allocations by views of the arena.
static void placeBuffers(func::FuncOp function, ArrayRef<Buffer> buffers,
                         memref::GlobalOp arena) {
  auto builder = OpBuilder::atBlockBegin(&function.getBody().front());
  Value bytes = builder.create<memref::GetGlobalOp>(
      function.getLoc(), arena.getType(), arena.getSymName());
  for (const Buffer &buffer : buffers) {
    for (Operation *user : llvm::make_early_inc_range(buffer.op->getUsers()))
      if (isa<memref::DeallocOp>(user))
        user->erase();
    builder.setInsertionPoint(buffer.op);
    Location location = buffer.op.getLoc();
    Value offset =
        builder.create<arith::ConstantIndexOp>(location, buffer.offset);
    Value view = builder.create<memref::ViewOp>(location, buffer.op.getType(),
                                                bytes, offset, ValueRange());
    buffer.op.replaceAllUsesWith(view);
    buffer.op.erase();
  }
}

/// The most bytes of buffers that are in use at once while each layer runs, by
/// the layer's name, or that of the op where it has none.
static DictionaryAttr
countLiveBytes(const DenseMap<Operation *, int64_t> &order,
               ArrayRef<Buffer> buffers, Builder builder) {
  llvm::StringMap<int64_t> live;
  for (auto [op, position] : order) {
    if (isMemoryEffectFree(op) || isa<memref::AllocOp, memref::DeallocOp>(op) ||
        op->hasTrait<OpTrait::IsTerminator>())
      continue;
    int64_t bytes = 0;
    for (const Buffer &buffer : buffers)
      if (buffer.first <= position && position <= buffer.last)
        bytes += buffer.size;
    StringRef layer = getLayerName(op->getLoc());
    int64_t &most = live[layer.empty() ? op->getName().getStringRef() : layer];
    most = std::max(most, bytes);
  }
  SmallVector<NamedAttribute> layers;
  for (const auto &entry : live)
    layers.push_back(builder.getNamedAttr(
        entry.getKey(), builder.getI64IntegerAttr(entry.getValue())));
  return builder.getDictionaryAttr(layers);
}

/// The positions of ops. Calls of one step have the same, as they may be made
/// at the same time; these are added to `steps`.
static DenseMap<Operation *, int64_t>
findOrder(func::FuncOp function, SmallVectorImpl<int64_t> &steps) {
  DenseMap<Operation *, int64_t> order;
  Attribute lastStep;
  int64_t lastPosition = 0;
  for (Block &block : function.getBody())
    for (Operation &op : block) {
      int64_t position = order.size();
      if (Attribute step = op.removeAttr(kKernelStepName)) {
        if (step != lastStep)
          steps.push_back(lastPosition = position);
        lastStep = step;
        position = lastPosition;
      }
      order.try_emplace(&op, position);
    }
  return order;
}

/// Keeps a small buffer for some steps after its last use, so that threads need
/// not wait for one another to write to its bytes.
static void keepLonger(Buffer &buffer, ArrayRef<int64_t> steps) {
  constexpr int64_t kMostBytes = 1 << 17, kMoreSteps = 4;
  if (buffer.size > kMostBytes)
    return;
  auto next = llvm::upper_bound(steps, buffer.last);
  if (next != steps.end())
    buffer.kept = *std::min(next + (kMoreSteps - 1), steps.end() - 1);
}

/// Finds the allocations of a function and gives them offsets. Returns the size
/// of the whole.
static FailureOr<int64_t> planFunction(func::FuncOp function,
                                       SmallVectorImpl<Buffer> &buffers) {
  SmallVector<int64_t> steps;
  DenseMap<Operation *, int64_t> order = findOrder(function, steps);
  WalkResult result = function.walk([&](memref::AllocOp op) {
    if (op->getParentOp() != function || !op->getBlock()->isEntryBlock()) {
      op.emitOpError("cannot be planned inside of a loop");
      return WalkResult::interrupt();
    }
    FailureOr<Buffer> buffer = getBuffer(op, order);
    if (failed(buffer))
      return WalkResult::interrupt();
    keepLonger(*buffer, steps);
    buffers.push_back(*buffer);
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  int64_t size = assignOffsets(buffers);
  Builder builder(function.getContext());
  function->setAttr("smelt.arena_bytes", builder.getI64IntegerAttr(size));
  function->setAttr("smelt.live_bytes",
                    countLiveBytes(order, buffers, builder));
  return size;
}

void PlanMemory::runOnOperation() {
  // The functions are never run at once, and share the arena.
  llvm::MapVector<func::FuncOp, SmallVector<Buffer>> plans;
  int64_t size = 0;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    if (!isEntryFunction(function))
      continue;
    FailureOr<int64_t> own = planFunction(function, plans[function]);
    if (failed(own))
      return signalPassFailure();
    size = std::max(size, *own);
  }
  memref::GlobalOp arena;
  for (auto &[function, buffers] : plans) {
    if (buffers.empty())
      continue;
    if (!arena)
      arena = createArena(getOperation(), size);
    placeBuffers(function, buffers, arena);
  }
}
