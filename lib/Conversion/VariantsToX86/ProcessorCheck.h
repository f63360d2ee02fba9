//===- ProcessorCheck.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_VARIANTSTOX86_PROCESSORCHECK_H
#define SMELT_LIB_CONVERSION_VARIANTSTOX86_PROCESSORCHECK_H

#include "mlir/IR/Builders.h"
#include "smelt/Conversion/ProcessorFeatures.h"
#include <map>

namespace smelt {

/// What code needs of the processor that it runs on.
struct ProcessorNeeds {
  /// Bits that must be set.
  std::map<CPUIDWord, uint32_t> words;
  uint32_t states = 0;
  bool requestsTiles = false;

  void add(const ProcessorFeature &feature) {
    words[feature.word] |= uint32_t(1) << feature.bit;
    states |= feature.states;
  }
};

/// Makes code that asks the processor what it has.
class ProcessorCheck {
public:
  ProcessorCheck(mlir::OpBuilder &builder, mlir::Location location)
      : builder(builder), location(location) {}

  /// Whether the processor has what is needed, as an i1.
  mlir::Value has(const ProcessorNeeds &needs);

private:
  mlir::Value constant(uint32_t value);
  /// Whether all bits of a mask are set in a word.
  mlir::Value hasBits(mlir::Value word, uint32_t mask);
  /// The registers after CPUID.
  mlir::Value executeCPUID(uint32_t leaf, uint32_t subleaf);
  mlir::Value getRegister(mlir::Value registers, CPUIDWord::Register reg);
  mlir::Value getHighestLeaf(uint32_t leaf, uint32_t subleaf);
  /// A word of CPUID, or 0 where the processor does not know the leaf.
  mlir::Value getWord(const CPUIDWord &word);
  /// The low half of XCR0, or 0 where it cannot be read.
  mlir::Value getStates();

  mlir::OpBuilder &builder;
  mlir::Location location;
  std::map<CPUIDWord, mlir::Value> words;
  std::map<std::pair<uint32_t, uint32_t>, mlir::Value> executed;
  mlir::Value states;
};

} // namespace smelt

#endif
