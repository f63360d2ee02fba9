//===- ForwardResults.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Interfaces/ViewLikeInterface.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYFORWARDRESULTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;

namespace {
class ForwardResults
    : public smelt::ternary::impl::TernaryForwardResultsBase<ForwardResults> {
public:
  using TernaryForwardResultsBase::TernaryForwardResultsBase;
  void runOnOperation() override;
};
} // namespace

/// The allocation that `value` is the whole of, in another shape.
static memref::AllocOp findAllocation(Value value) {
  while (Operation *producer = value.getDefiningOp()) {
    auto type = cast<MemRefType>(value.getType());
    if (!type.hasStaticShape() || !type.getLayout().isIdentity())
      return {};
    if (auto alloc = dyn_cast<memref::AllocOp>(producer))
      return alloc;
    if (!isa<memref::CollapseShapeOp, memref::ExpandShapeOp>(producer))
      return {};
    value = producer->getOperand(0);
  }
  return {};
}

static ReassociationIndices getAllDimensions(MemRefType type) {
  return llvm::to_vector(llvm::seq<int64_t>(0, type.getRank()));
}

/// `buffer` in the shape of `type`.
static Value reshape(OpBuilder &builder, Value buffer, MemRefType type) {
  auto from = cast<MemRefType>(buffer.getType());
  if (from == type)
    return buffer;
  Location location = buffer.getLoc();
  auto flat = MemRefType::get({type.getNumElements()}, type.getElementType());
  if (from.getRank() != 1)
    buffer = builder.create<memref::CollapseShapeOp>(
        location, flat, buffer,
        ArrayRef<ReassociationIndices>{getAllDimensions(from)});
  if (type.getRank() != 1)
    buffer = builder.create<memref::ExpandShapeOp>(
        location, type, buffer,
        ArrayRef<ReassociationIndices>{getAllDimensions(type)});
  return buffer;
}

/// Whether a copy fills an argument that nothing else uses with a buffer that
/// could have been the argument.
static memref::AllocOp getForwarded(memref::CopyOp copy) {
  auto argument = dyn_cast<BlockArgument>(copy.getTarget());
  if (!argument || !argument.hasOneUse() ||
      !isa<func::FuncOp>(argument.getOwner()->getParentOp()) ||
      copy->getBlock() != argument.getOwner())
    return {};
  auto target = dyn_cast<MemRefType>(argument.getType());
  if (!target || !target.hasStaticShape() || !target.getLayout().isIdentity() ||
      target.getRank() == 0)
    return {};
  memref::AllocOp alloc = findAllocation(copy.getSource());
  if (!alloc || alloc.getType().getRank() == 0 ||
      alloc->getBlock() != copy->getBlock())
    return {};
  // Nothing may write the buffer once it has been copied.
  Operation *next = copy->getNextNode();
  while (isa<memref::CopyOp>(next))
    next = next->getNextNode();
  return isa<func::ReturnOp>(next) ? alloc : memref::AllocOp();
}

void ForwardResults::runOnOperation() {
  if (getOperation().isExternal())
    return;
  SmallVector<memref::CopyOp> copies(
      getOperation().getBody().front().getOps<memref::CopyOp>());
  for (memref::CopyOp copy : copies) {
    memref::AllocOp alloc = getForwarded(copy);
    if (!alloc)
      continue;
    OpBuilder builder(alloc);
    alloc.replaceAllUsesWith(
        reshape(builder, copy.getTarget(), alloc.getType()));
    alloc.erase();
    copy.erase();
  }
}
