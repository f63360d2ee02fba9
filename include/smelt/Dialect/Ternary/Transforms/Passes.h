//===- Passes.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_H
#define SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace smelt::ternary {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"

/// The attribute of an `scf.for` that threads may share, whose rounds depend on
/// nothing that another one writes and write to bytes of their own: the index
/// that parts begin at multiples of.
constexpr llvm::StringLiteral kSharedLoopName = "smelt.shared";

/// The attribute of the call of a kernel, for `ternary-plan-memory`: the index
/// of the calls that may be made at the same time.
constexpr llvm::StringLiteral kKernelStepName = "smelt.step";

/// The attribute of a call that every thread of a team makes.
constexpr llvm::StringLiteral kParallelCallName = "smelt.parallel";

/// The most threads that make a parallel call.
constexpr int64_t kMostThreads = 128;

/// Where work begins and ends for a thread is given by places, from 0 to this.
constexpr int64_t kThreadPlaces = int64_t(1) << 16;

/// External functions: the number of the thread that calls (i32); how many
/// there are (i32); `thread_place(thread, threads)`, where the work of a thread
/// begins, or where all work ends if `thread` is `threads` (i32 each); and one
/// that returns when all threads have called it.
constexpr llvm::StringLiteral kThreadIndexName = "thread_index";
constexpr llvm::StringLiteral kThreadCountName = "thread_count";
constexpr llvm::StringLiteral kThreadPlaceName = "thread_place";
constexpr llvm::StringLiteral kThreadBarrierName = "thread_barrier";

/// The attribute of an argument of a kernel of which each thread reads a part:
/// an array of how many bytes threads divide, and of what parts begin at
/// multiples of.
constexpr llvm::StringLiteral kThreadPartName = "smelt.thread_part";

/// An external function that is told what a thread reads next: the number of
/// the thread, an address, and how many bytes (i64 each).
constexpr llvm::StringLiteral kThreadReadsName = "thread_reads";

/// An external function that is called after each kernel with its number (i32),
/// and with -1 before the first one, by every thread.
constexpr llvm::StringLiteral kKernelMarkName = "smelt_kernel_mark";

/// The attribute of a module that lists the calls of kernels by their numbers:
/// dictionaries of `function`, `kernel` and `layer` (strings), `weight_bytes`
/// and `operations` (i64).
constexpr llvm::StringLiteral kKernelCallsName = "smelt.kernel_calls";

/// The attribute of a module that lists the calls of kernels in order:
/// dictionaries of `function`, `layer` and `kernel` (strings), and `arrays`
/// (strings), the constants that are passed.
constexpr llvm::StringLiteral kLayerCallsName = "smelt.layer_calls";

/// Whether a function is one of these.
inline bool isThreadFunction(mlir::SymbolOpInterface function) {
  llvm::StringRef name = function.getName();
  return name == kThreadIndexName || name == kThreadCountName ||
         name == kThreadPlaceName || name == kThreadBarrierName;
}

/// The bytes of the one buffer that `ternary-pack-state` makes of a function's
/// arguments with `smelt.state`, which have static shapes.
int64_t getStateSize(mlir::func::FuncOp function);

/// The sequences that a function keeps the state of, by `smelt.sequences`,
/// or 1.
int64_t getNumSequences(mlir::func::FuncOp function);

} // namespace smelt::ternary

#endif
