//===- VectorMemoryToLLVM.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "smelt/Conversion/Passes.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTVECTORMEMORYTOLLVM
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;

namespace {
struct ConvertVectorMemoryToLLVM
    : smelt::impl::ConvertVectorMemoryToLLVMBase<ConvertVectorMemoryToLLVM> {
  using ConvertVectorMemoryToLLVMBase::ConvertVectorMemoryToLLVMBase;

  void runOnOperation() override {
    LowerToLLVMOptions options(&getContext());
    if (indexBitwidth != 0)
      options.overrideIndexBitwidth(indexBitwidth);
    LLVMTypeConverter converter(&getContext(), options);
    RewritePatternSet patterns(&getContext());
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ConversionTarget target(getContext());
    target.addIllegalOp<vector::LoadOp, vector::StoreOp>();
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
