//===- NetworkPipelines.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Pipelines/Pipelines.h"

using namespace mlir;
using namespace smelt;

void smelt::buildSimplifyFloatPipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(ternary::createTosaSinkTransposes());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(ternary::createTernaryFormActivations());
}

void smelt::buildQuantizedToIntegerPipeline(OpPassManager &manager) {
  manager.addPass(createTernaryConvertToInteger());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

void smelt::registerNetworkPipelines() {
  PassPipelineRegistration<>(
      "smelt-simplify-float",
      "Sink layout changes of a float network and form its activations",
      buildSimplifyFloatPipeline);
  PassPipelineRegistration<>(
      "smelt-quantized-to-integer",
      "Turn a float network with quantized weights and activations into an "
      "integer one",
      buildQuantizedToIntegerPipeline);
}
