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

class FormActivations
    : public ternary::impl::TernaryFormActivationsBase<FormActivations> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FormSiLU>(&getContext());
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
