//===- SCFToEmitC.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The results and the carried values of a region become variables, which the
// region's terminator assigns to.

#include "Patterns.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace smelt;

namespace {

template <typename OpTy> struct RegionPattern : OpConversionPattern<OpTy> {
  RegionPattern(const TypeConverter &types, MLIRContext *context,
                RegionVariables &variables)
      : OpConversionPattern<OpTy>(types, context), variables(variables) {}

  /// Declares one variable for each result; fails on what is no number.
  FailureOr<SmallVector<Value>> declare(OpTy op, CBuilder &c) const {
    SmallVector<Value> declared;
    for (Type type : op->getResultTypes()) {
      Type converted = this->getTypeConverter()->convertType(type);
      if (!isa_and_nonnull<IntegerType>(converted))
        return failure();
      declared.push_back(c.variable(converted));
    }
    return declared;
  }

  RegionVariables &variables;
};

struct For : RegionPattern<scf::ForOp> {
  using RegionPattern::RegionPattern;
  LogicalResult
  matchAndRewrite(scf::ForOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    FailureOr<SmallVector<Value>> carried = declare(op, c);
    if (failed(carried))
      return rewriter.notifyMatchFailure(op, "carries what is no integer");
    for (auto [variable, init] :
         llvm::zip_equal(*carried, operands.getInitArgs()))
      c.assign(variable, init);
    auto loop = rewriter.create<emitc::ForOp>(
        op.getLoc(), operands.getLowerBound(), operands.getUpperBound(),
        operands.getStep());
    SmallVector<Value> arguments{loop.getInductionVar()};
    llvm::append_range(arguments, *carried);
    rewriter.eraseOp(loop.getBody()->getTerminator());
    rewriter.mergeBlocks(op.getBody(), loop.getBody(), arguments);
    variables[loop] = *carried;
    rewriter.replaceOp(op, *carried);
    return success();
  }
};

struct If : RegionPattern<scf::IfOp> {
  using RegionPattern::RegionPattern;
  LogicalResult
  matchAndRewrite(scf::IfOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    CBuilder c(rewriter, op.getLoc());
    FailureOr<SmallVector<Value>> results = declare(op, c);
    if (failed(results))
      return rewriter.notifyMatchFailure(op, "returns what is no integer");
    auto branch = rewriter.create<emitc::IfOp>(
        op.getLoc(), operands.getCondition(), false, false);
    auto move = [&](Region &from, Region &to) {
      rewriter.inlineRegionBefore(from, to, to.end());
    };
    move(op.getThenRegion(), branch.getThenRegion());
    move(op.getElseRegion(), branch.getElseRegion());
    variables[branch] = *results;
    rewriter.replaceOp(op, *results);
    return success();
  }
};

struct Yield : RegionPattern<scf::YieldOp> {
  using RegionPattern::RegionPattern;

  /// `values` with a copy in place of each variable that an earlier assignment
  /// of the same group overwrites.
  static SmallVector<Value> protect(ArrayRef<Value> variables,
                                    ValueRange values, CBuilder &c) {
    SmallVector<Value> safe(values);
    for (auto [index, value] : llvm::enumerate(values)) {
      const auto *target = llvm::find(variables, value);
      if (target == variables.end() ||
          static_cast<size_t>(target - variables.begin()) >= index)
        continue;
      safe[index] = c.variable(value.getType());
      c.assign(safe[index], value);
    }
    return safe;
  }

  LogicalResult
  matchAndRewrite(scf::YieldOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    auto found = variables.find(op->getParentOp());
    if (found == variables.end())
      return failure();
    CBuilder c(rewriter, op.getLoc());
    SmallVector<Value> values =
        protect(found->second, operands.getOperands(), c);
    for (auto [variable, value] : llvm::zip_equal(found->second, values))
      if (variable != value)
        c.assign(variable, value);
    rewriter.replaceOpWithNewOp<emitc::YieldOp>(op);
    return success();
  }
};

} // namespace

void smelt::populateSCFToEmitC(RewritePatternSet &patterns,
                               const TypeConverter &types,
                               RegionVariables &variables) {
  patterns.add<For, If, Yield>(types, patterns.getContext(), variables);
}
