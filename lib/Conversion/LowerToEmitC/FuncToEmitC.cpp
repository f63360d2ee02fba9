//===- FuncToEmitC.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

using namespace mlir;
using namespace smelt;

namespace {

/// The argument attributes of `op`, with the shape of each memref.
ArrayAttr describeArguments(func::FuncOp op, Builder &builder) {
  SmallVector<Attribute> described;
  for (auto [index, type] : llvm::enumerate(op.getArgumentTypes())) {
    NamedAttrList attrs(op.getArgAttrDict(index));
    if (auto memref = dyn_cast<MemRefType>(type))
      attrs.set("smelt.shape", builder.getDenseI64ArrayAttr(memref.getShape()));
    described.push_back(attrs.getDictionary(builder.getContext()));
  }
  return builder.getArrayAttr(described);
}

struct Function : OpConversionPattern<func::FuncOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(func::FuncOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FunctionType type = op.getFunctionType();
    if ((op.isExternal() && !ternary::isThreadFunction(op)) ||
        type.getNumResults() > 1)
      return failure();
    TypeConverter::SignatureConversion signature(type.getNumInputs());
    SmallVector<Type> results;
    if (failed(getTypeConverter()->convertSignatureArgs(type.getInputs(),
                                                        signature)) ||
        failed(getTypeConverter()->convertTypes(type.getResults(), results)))
      return failure();
    auto function = rewriter.create<emitc::FuncOp>(
        op.getLoc(), op.getSymName(),
        rewriter.getFunctionType(signature.getConvertedTypes(), results));
    function->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    function.setArgAttrsAttr(describeArguments(op, rewriter));
    SymbolTable::setSymbolVisibility(function, op.getVisibility());
    if (op.isPrivate())
      function.setSpecifiersAttr(rewriter.getStrArrayAttr({"static"}));
    rewriter.inlineRegionBefore(op.getBody(), function.getBody(),
                                function.end());
    if (!function.isExternal() &&
        failed(rewriter.convertRegionTypes(&function.getBody(),
                                           *getTypeConverter(), &signature)))
      return failure();
    rewriter.eraseOp(op);
    return success();
  }
};

struct Call : OpConversionPattern<func::CallOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(func::CallOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> results;
    if (failed(getTypeConverter()->convertTypes(op.getResultTypes(), results)))
      return failure();
    SmallVector<Attribute> types;
    for (Type type : op.getOperandTypes())
      types.push_back(TypeAttr::get(type));
    auto call = rewriter.replaceOpWithNewOp<emitc::CallOp>(
        op, op.getCalleeAttr(), results, operands.getOperands());
    call->setAttr("smelt.operand_types", rewriter.getArrayAttr(types));
    if (Attribute parallel = op->getAttr(ternary::kParallelCallName))
      call->setAttr(ternary::kParallelCallName, parallel);
    return success();
  }
};

struct Return : OpConversionPattern<func::ReturnOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(func::ReturnOp op, OpAdaptor operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getNumOperands() > 1)
      return failure();
    rewriter.replaceOpWithNewOp<emitc::ReturnOp>(
        op, op.getNumOperands() ? operands.getOperands().front() : Value());
    return success();
  }
};

} // namespace

void smelt::populateFuncToEmitC(RewritePatternSet &patterns,
                                const TypeConverter &types) {
  patterns.add<Function, Call, Return>(types, patterns.getContext());
}
