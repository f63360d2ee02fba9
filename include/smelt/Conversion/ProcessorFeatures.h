//===- ProcessorFeatures.h --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_CONVERSION_PROCESSORFEATURES_H
#define SMELT_CONVERSION_PROCESSORFEATURES_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <tuple>

namespace smelt {

/// A result of the instruction CPUID.
struct CPUIDWord {
  enum Register : unsigned { EAX, EBX, ECX, EDX };

  uint32_t leaf;
  uint32_t subleaf;
  Register reg;

  bool operator<(const CPUIDWord &other) const {
    return std::tie(leaf, subleaf, reg) <
           std::tie(other.leaf, other.subleaf, other.reg);
  }
};

/// A feature of x86-64 by LLVM's name, and how a program finds out whether the
/// processor has it.
struct ProcessorFeature {
  llvm::StringLiteral name;
  CPUIDWord word;
  unsigned bit;
  /// Bits of the register XCR0, by which the operating system says that it
  /// keeps the registers that the feature needs.
  uint32_t states;
};

/// The features that code may need which does not ask for their instructions
/// by intrinsics of its own, and those that kernels ask for.
llvm::ArrayRef<ProcessorFeature> getProcessorFeatures();

/// One of the above, or null.
const ProcessorFeature *findProcessorFeature(llvm::StringRef name);

/// Whether a name of LLVM's is that of instructions that get into code only by
/// intrinsics of their own, which kernels are without, or of none at all. It
/// does not matter whether the processor has them.
bool isFeatureOfNoKernel(llvm::StringRef name);

/// Whether a name of LLVM's stands for instructions, and not for a way to
/// choose among them.
bool isInstructionFeature(llvm::StringRef name);

/// Makes code that asks Linux for the tiles of AMX, which no process has before
/// it does. An i1: whether this process may use them.
mlir::Value requestTiles(mlir::OpBuilder &builder, mlir::Location location);

} // namespace smelt

#endif
