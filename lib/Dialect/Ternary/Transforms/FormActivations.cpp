//===- FormActivations.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYFORMACTIVATIONS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// x * sigmoid(x) is silu(x).
struct FormSiLU : OpRewritePattern<tosa::MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::MulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [factor, gate] : {std::pair(op.getInput1(), op.getInput2()),
                                std::pair(op.getInput2(), op.getInput1())}) {
      auto sigmoid = gate.getDefiningOp<tosa::SigmoidOp>();
      if (!sigmoid || sigmoid.getInput() != factor ||
          op.getType() != factor.getType())
        continue;
      auto kind =
          ActivationKindAttr::get(op.getContext(), ActivationKind::SiLU);
      rewriter.replaceOpWithNewOp<ActivationOp>(op, op.getType(), kind, factor,
                                                Value(), IntegerAttr());
      return success();
    }
    return failure();
  }
};

/// log(softmax(x)) is log_softmax(x), also through a movement of the elements
/// between the two.
struct FormLogSoftmax : OpRewritePattern<tosa::LogOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::LogOp op,
                                PatternRewriter &rewriter) const override {
    Operation *producer = op.getInput1().getDefiningOp();
    if (isa_and_present<tosa::ReshapeOp, tosa::TransposeOp>(producer) &&
        producer->hasOneUse()) {
      // Sink the movement below the logarithm.
      auto inner = rewriter.create<tosa::LogOp>(
          op.getLoc(), producer->getOperand(0).getType(),
          producer->getOperand(0));
      Operation *moved = rewriter.clone(*producer);
      moved->setOperand(0, inner);
      rewriter.replaceOp(op, moved->getResults());
      return success();
    }
    auto softmax = dyn_cast_or_null<SoftmaxOp>(producer);
    if (!softmax)
      return failure();
    rewriter.replaceOpWithNewOp<LogSoftmaxOp>(
        op, op.getType(), softmax.getInput(), Value(), IntegerAttr());
    return success();
  }
};

class FormActivations
    : public ternary::impl::TernaryFormActivationsBase<FormActivations> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FormLogSoftmax, FormSiLU>(&getContext());
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
