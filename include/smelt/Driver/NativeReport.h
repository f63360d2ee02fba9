//===- NativeReport.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_NATIVEREPORT_H
#define SMELT_DRIVER_NATIVEREPORT_H

#include "smelt/Driver/Network.h"
#include "smelt/Target/LLVM/CodeReport.h"
#include "smelt/Target/LLVM/Sections.h"

namespace smelt {

/// What a layer costs in native code. What several layers share counts for the
/// first of them.
struct NativeLayer {
  std::string name;
  /// The functions that are called for it, without repetition.
  std::vector<std::string> kernels;
  /// Bytes of these and of what they call.
  int64_t codeBytes = 0;
  /// Bytes of its weights, scales and tables.
  int64_t constantBytes = 0;
  /// The most bytes of the arena that are in use while it runs.
  int64_t arenaBytes = 0;
  /// The most that is on the stack while it runs; none if not known.
  std::optional<int64_t> stackBytes;
  /// The instructions that run for it in the call that was counted.
  std::optional<int64_t> instructions;

  int64_t countFlash() const { return codeBytes + constantBytes; }
  int64_t countRAM() const { return arenaBytes + stackBytes.value_or(0); }
};

/// What a network costs in native code.
struct NativeReport {
  CodeReport code;
  std::vector<Section> sections;
  std::vector<NativeLayer> layers;
  /// The function whose instructions were counted, and how many there are in a
  /// call; none if they were not.
  std::string countedFunction;
  std::optional<int64_t> instructions;
  /// Bytes that the caller keeps for a language model from call to call.
  int64_t stateBytes = 0;

  int64_t countBytes(SectionKind kind) const;
  /// Code, constants, and the first contents of memory.
  int64_t countFlash() const;
  /// Arena and other memory, state and stack; none if the stack is not known.
  std::optional<int64_t> countRAM() const;
  /// What belongs to no layer: functions that call kernels, and what lies
  /// between arrays.
  int64_t countOtherCode() const;
  int64_t countOtherConstants() const;
  std::optional<int64_t> countOtherInstructions() const;
};

/// How a model is compiled to native code.
struct NativeCompilation {
  ModelOptions model;
  DataPlacement placement;
  const NativeTarget *target = nullptr;
  mlir::MLIRContext *context = nullptr;
  /// Kernels use the target's vectors, as those of C do not.
  bool usesVectors = true;
  bool countsInstructions = false;
};

/// Reads a model, makes it integer, compiles it to an ELF object in memory, and
/// measures that.
mlir::FailureOr<NativeReport> measureModel(const NativeCompilation &options);

/// The same of an integer network.
mlir::FailureOr<NativeReport> measureNative(Network &network,
                                            llvm::TargetMachine &machine,
                                            const DataPlacement &placement,
                                            bool countsInstructions = false);

/// Checks that data can be placed so in objects for a target, or without one in
/// C.
mlir::LogicalResult checkPlacement(const DataPlacement &placement,
                                   const llvm::Triple *triple);

} // namespace smelt

#endif
