//===- Lowering.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/Passes.h"
#include "mlir/Conversion/TosaToArith/TosaToArith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Conversion/VectorTarget.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Pipelines/Pipelines.h"

using namespace mlir;
using namespace smelt;

std::string smelt::getStrategyLayout(const std::string &strategy) {
  if (strategy == "axpy" || strategy == "auto")
    return "columns";
  if (strategy == "masked")
    return "bitplane";
  if (strategy == "dot")
    return "twobit";
  return strategy;
}

bool smelt::usesInterleavedWeights(const std::string &strategy,
                                   ArrayRef<std::string> features) {
  VectorTarget target = VectorTarget::fromFeatures(features);
  return target && strategy != "axpy" &&
         (strategy != "base3" || target.hasTableOf32);
}

static void addCleanup(OpPassManager &manager) {
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

/// TOSA on integers to linalg on tensors.
static void addTosaToLinalg(OpPassManager &manager) {
  OpPassManager &functions = manager.nest<func::FuncOp>();
  functions.addPass(tosa::createTosaToLinalgNamed());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(tosa::createTosaToSCF());
  functions.addPass(tosa::createTosaToLinalg());
  functions.addPass(tosa::createTosaToArith());
  functions.addPass(tosa::createTosaToTensor());
  functions.addPass(createLinalgElementwiseOpFusionPass());
  addCleanup(functions);
}

/// Tensors to memrefs; results become arguments.
static void addBufferization(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryProtectArguments());
  manager.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = true;
  options.bufferizeFunctionBoundaries = true;
  options.setFunctionBoundaryTypeConversion(
      bufferization::LayoutMapOption::IdentityLayoutMap);
  manager.addPass(bufferization::createOneShotBufferizePass(options));
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryPackState());
  bufferization::BufferResultsToOutParamsOpts results;
  results.addResultAttribute = true;
  manager.addPass(bufferization::createBufferResultsToOutParamsPass(results));
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryForwardResults());
  addCleanup(manager);
}

void smelt::buildIntegerToLoopsPipeline(OpPassManager &manager,
                                        const IntegerToLoopsOptions &options) {
  std::vector<std::string> features(options.features.begin(),
                                    options.features.end());
  manager.addPass(ternary::createTernaryPackWeights(
      {getStrategyLayout(options.strategy),
       usesInterleavedWeights(options.strategy, features)}));
  manager.addPass(ternary::createTernaryCheckRanges({options.widen}));
  manager.addPass(ternary::createTernaryVerifyInteger());
  addTosaToLinalg(manager);
  addBufferization(manager);
  manager.addNestedPass<func::FuncOp>(createConvertMemRefCopyToLinalg());
  manager.addPass(ternary::createTernaryOutlineKernels());
  if (options.sharesWork)
    manager.addPass(ternary::createTernaryOrderKernels());
  if (options.timesKernels)
    manager.addPass(ternary::createTernaryTimeKernels());
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryOrderLoops());
  manager.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  manager.addPass(memref::createFoldMemRefAliasOpsPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(ternary::createTernaryMakeVariants());
  manager.addPass(createConvertTernaryToLoops({features}));
  addCleanup(manager);
  manager.addPass(ternary::createTernaryPlanMemory());
  addCleanup(manager);
  manager.addPass(ternary::createTernaryListCalls());
  if (options.sharesWork)
    manager.addPass(ternary::createTernaryShareWork());
  manager.addPass(ternary::createTernaryOutlineBlocks());
  addCleanup(manager);
}

void smelt::buildLoopsToLLVMPipeline(OpPassManager &manager,
                                     const LoopsToLLVMOptions &options) {
  unsigned bits = options.indexBitwidth;
  manager.addPass(ternary::createTernaryFetchWeights());
  manager.addPass(createConvertVariantsToX86({options.name}));
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertSCFToCFPass());
  manager.addPass(createConvertVectorMemoryToLLVM({bits}));
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(arith::createArithExpandOpsPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass(
      {/*useAlignedAlloc=*/false, bits, /*useGenericFunctions=*/false}));
  manager.addPass(createArithToLLVMConversionPass({bits}));
  ConvertFuncToLLVMPassOptions functions;
  functions.useBarePtrCallConv = true;
  functions.indexBitwidth = bits;
  manager.addPass(createConvertFuncToLLVMPass(functions));
  manager.addPass(createConvertControlFlowToLLVMPass({bits}));
  manager.addPass(createConvertIndexToLLVMPass({bits}));
  manager.addPass(createReconcileUnrealizedCastsPass());
  manager.addPass(createConvertThreadsToOpenMP());
  addCleanup(manager);
}

void smelt::registerPipelines() {
  PassPipelineRegistration<IntegerToLoopsOptions>(
      "smelt-integer-to-loops",
      "Lower an integer network on tensors to loops on memrefs",
      buildIntegerToLoopsPipeline);
  PassPipelineRegistration<LoopsToLLVMOptions>(
      "smelt-loops-to-llvm", "Lower loops on memrefs to the LLVM dialect",
      buildLoopsToLLVMPipeline);
}
