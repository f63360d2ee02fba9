//===- OrderLoops.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYORDERLOOPS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;

namespace {
class OrderLoops
    : public smelt::ternary::impl::TernaryOrderLoopsBase<OrderLoops> {
public:
  using TernaryOrderLoopsBase::TernaryOrderLoopsBase;
  void runOnOperation() override;
};
} // namespace

/// Makes the loop over channels, which lie side by side, that over outputs'
/// innermost.
static void orderPooling(IRRewriter &rewriter, linalg::LinalgOp op) {
  // Batch, two of positions, channels, two of the window.
  static constexpr unsigned kOrder[] = {0, 1, 2, 4, 5, 3};
  rewriter.setInsertionPoint(op);
  FailureOr<linalg::GenericOp> generic =
      linalg::generalizeNamedOp(rewriter, op);
  if (succeeded(generic))
    (void)linalg::interchangeGenericOp(rewriter, *generic, kOrder);
}

/// Whether each element of an array without gaps is used at its own place. The
/// index of a dimension of size 1 may be 0.
static bool isReadInPlace(OpOperand &operand, linalg::GenericOp op) {
  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type || !type.getLayout().isIdentity() ||
      type.getRank() != op.getNumLoops())
    return false;
  AffineMap map = op.getMatchingIndexingMap(&operand);
  return llvm::all_of(llvm::enumerate(map.getResults()), [&](auto result) {
    if (result.value() == getAffineDimExpr(result.index(), op.getContext()))
      return op.getStaticLoopRanges()[result.index()] ==
             type.getDimSize(result.index());
    return type.getDimSize(result.index()) == 1 &&
           op.getStaticLoopRanges()[result.index()] == 1 &&
           result.value() == getAffineConstantExpr(0, op.getContext());
  });
}

/// Whether an op computes each element from those at the same place of arrays
/// without gaps.
static bool isElementwise(linalg::GenericOp op) {
  return op.getNumLoops() > 1 && op.getNumParallelLoops() == op.getNumLoops() &&
         !op.hasIndexSemantics() &&
         llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
           return isReadInPlace(operand, op);
         });
}

/// Makes one loop of those over the dimensions of arrays.
static void flatten(IRRewriter &rewriter, linalg::GenericOp op) {
  rewriter.setInsertionPoint(op);
  // Not memref.collapse_shape, which would be folded into loads and stores.
  auto flattenAll = [&](OperandRange operands) {
    return llvm::map_to_vector(operands, [&](Value operand) -> Value {
      auto type = cast<MemRefType>(operand.getType());
      auto flat =
          MemRefType::get({type.getNumElements()}, type.getElementType());
      return rewriter.create<memref::ReinterpretCastOp>(
          op.getLoc(), flat, operand, /*offset=*/0, flat.getShape(),
          /*strides=*/ArrayRef<int64_t>{1});
    });
  };
  SmallVector<Value> inputs = flattenAll(op.getInputs());
  SmallVector<Value> outputs = flattenAll(op.getOutputs());
  SmallVector<AffineMap> maps(op->getNumOperands(),
                              rewriter.getMultiDimIdentityMap(1));
  auto flat = rewriter.create<linalg::GenericOp>(
      op.getLoc(), inputs, outputs, maps,
      ArrayRef<utils::IteratorType>{utils::IteratorType::parallel});
  rewriter.inlineRegionBefore(op.getRegion(), flat.getRegion(),
                              flat.getRegion().begin());
  rewriter.eraseOp(op);
}

void OrderLoops::runOnOperation() {
  IRRewriter rewriter(&getContext());
  SmallVector<linalg::LinalgOp> ops;
  getOperation().walk([&](linalg::LinalgOp op) { ops.push_back(op); });
  for (linalg::LinalgOp op : ops) {
    if (!op.hasPureBufferSemantics())
      continue;
    if (isa<linalg::PoolingNhwcMaxOp, linalg::PoolingNhwcMinOp,
            linalg::PoolingNhwcSumOp>(op))
      orderPooling(rewriter, op);
    else if (auto generic = dyn_cast<linalg::GenericOp>(op.getOperation());
             generic && isElementwise(generic))
      flatten(rewriter, generic);
  }
}
