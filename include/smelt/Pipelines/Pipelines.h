//===- Pipelines.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_PIPELINES_PIPELINES_H
#define SMELT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace smelt {

struct IntegerToLoopsOptions
    : public mlir::PassPipelineOptions<IntegerToLoopsOptions> {
  Option<std::string> strategy{
      *this, "strategy",
      llvm::cl::desc(
          "How ternary products are computed: axpy, masked, dot, base3, or "
          "dense for weights of a byte each"),
      llvm::cl::init("dot")};
  ListOption<std::string> features{
      *this, "features",
      llvm::cl::desc("Features of the processor that kernels may use")};
  Option<bool> sharesWork{
      *this, "share-work",
      llvm::cl::desc("Let threads share the work of each kernel"),
      llvm::cl::init(false)};
  Option<bool> timesKernels{
      *this, "time-kernels",
      llvm::cl::desc("Call a function of the host after each kernel"),
      llvm::cl::init(false)};
  Option<bool> widen{
      *this, "widen",
      llvm::cl::desc("Widen accumulators that could overflow to 64 bits"),
      llvm::cl::init(false)};
};

struct LoopsToLLVMOptions
    : public mlir::PassPipelineOptions<LoopsToLLVMOptions> {
  Option<unsigned> indexBitwidth{
      *this, "index-bitwidth",
      llvm::cl::desc("Bits of an index; 0 for the machine's"),
      llvm::cl::init(0)};
  Option<std::string> name{
      *this, "name",
      llvm::cl::desc("What the names of functions of the network begin with"),
      llvm::cl::init("network")};
};

/// The layout that a strategy's kernels read, or the name itself if it is no
/// strategy.
std::string getStrategyLayout(const std::string &strategy);

/// Whether the kernels of a strategy read interleaved weights on a processor
/// with these features.
bool usesInterleavedWeights(const std::string &strategy,
                            llvm::ArrayRef<std::string> features);

/// From integer tensors to loops on memrefs, with all buffers in one arena.
void buildIntegerToLoopsPipeline(mlir::OpPassManager &manager,
                                 const IntegerToLoopsOptions &options);

/// From loops on memrefs to the LLVM dialect. Memrefs are passed as pointers.
void buildLoopsToLLVMPipeline(mlir::OpPassManager &manager,
                              const LoopsToLLVMOptions &options);

/// Names the pipelines for tools that take pass pipelines as text.
void registerPipelines();

/// Prepares an imported float network for quantization, for execution in float,
/// and for calibration: `smelt-simplify-float`.
void buildSimplifyFloatPipeline(mlir::OpPassManager &manager);

/// Makes a float network integer whose weights and activations are quantized:
/// `smelt-quantized-to-integer`.
void buildQuantizedToIntegerPipeline(mlir::OpPassManager &manager);

/// Registers the two by name.
void registerNetworkPipelines();

} // namespace smelt

#endif
