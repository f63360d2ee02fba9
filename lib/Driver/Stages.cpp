//===- Stages.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferDeallocationOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/ControlFlow/Transforms/BufferDeallocationOpInterfaceImpl.h"
#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/Dialect/Index/IR/IndexDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/AllInterfaces.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRefMemorySlot.h"
#include "mlir/Dialect/MemRef/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/Transforms/AllocationOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/DeviceMappingInterface.h"
#include "mlir/Dialect/SCF/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferDeallocationOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"
#include "smelt/Dialect/Ternary/Transforms/BufferizableOpInterfaceImpl.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Network.h"
#include "smelt/Pipelines/Pipelines.h"
#include "smelt/Target/LLVM/Emission.h"

using namespace mlir;
using namespace smelt;

void smelt::registerDriverDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect,
                  bufferization::BufferizationDialect, cf::ControlFlowDialect,
                  emitc::EmitCDialect, func::FuncDialect, index::IndexDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                  tosa::TosaDialect, vector::VectorDialect,
                  ternary::TernaryDialect>();
  arith::registerBufferDeallocationOpInterfaceExternalModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  arith::registerValueBoundsOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  cf::registerBufferDeallocationOpInterfaceExternalModels(registry);
  linalg::registerAllDialectInterfaceImplementations(registry);
  memref::registerAllocationOpInterfaceExternalModels(registry);
  memref::registerMemorySlotExternalModels(registry);
  memref::registerValueBoundsOpInterfaceExternalModels(registry);
  scf::registerBufferDeallocationOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerValueBoundsOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerValueBoundsOpInterfaceExternalModels(registry);
  ternary::registerBufferizableOpInterfaceExternalModels(registry);
  registerLLVMEmission(registry);
}

static void buildWeightsStage(const ModelOptions &options,
                              OpPassManager &manager) {
  ternary::TernaryQuantizeWeightsOptions weights;
  weights.weights = options.weights;
  weights.planes = options.planes;
  weights.layers = options.layers;
  manager.addPass(ternary::createTernaryQuantizeWeights(weights));
}

static void buildActivationsStage(const ModelOptions &options,
                                  OpPassManager &manager) {
  ternary::TernaryQuantizeActivationsOptions activations;
  activations.bits = options.activationBits;
  manager.addNestedPass<func::FuncOp>(
      ternary::createTernaryQuantizeActivations(activations));
}

static void buildLoopsStage(const ModelOptions &options,
                            OpPassManager &manager) {
  IntegerToLoopsOptions loops;
  loops.strategy = options.strategy;
  loops.features = options.vectorFeatures;
  loops.sharesWork = options.sharesWork;
  loops.timesKernels = options.timesKernels;
  buildIntegerToLoopsPipeline(manager, loops);
}

static void buildLLVMStage(const ModelOptions &options,
                           OpPassManager &manager) {
  LoopsToLLVMOptions llvm;
  llvm.indexBitwidth = options.pointerBits;
  llvm.name = getFunctionName(options);
  buildLoopsToLLVMPipeline(manager, llvm);
}

void smelt::buildStage(Stage stage, const ModelOptions &options,
                       OpPassManager &manager) {
  switch (stage) {
  case Stage::Import:
    return;
  case Stage::Float:
    return buildSimplifyFloatPipeline(manager);
  case Stage::Weights:
    return buildWeightsStage(options, manager);
  case Stage::Activations:
    return buildActivationsStage(options, manager);
  case Stage::Integer:
    return buildQuantizedToIntegerPipeline(manager);
  case Stage::Loops:
    return buildLoopsStage(options, manager);
  case Stage::LLVM:
    return buildLLVMStage(options, manager);
  case Stage::EmitC:
    return manager.addPass(createLowerToEmitC());
  }
}
