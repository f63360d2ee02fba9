//===- CodeReport.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_TARGET_LLVM_CODEREPORT_H
#define SMELT_TARGET_LLVM_CODEREPORT_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace smelt {

/// What is taken for the stack of library functions that code calls: of those
/// that copy and fill memory, and of others, which do arithmetic that the
/// processor has no instruction for.
constexpr int64_t kMemoryFunctionStack = 64;
constexpr int64_t kArithmeticFunctionStack = 128;

/// A basic block of machine code.
struct BlockCode {
  /// The block of IR that it was made of.
  std::string name;
  int64_t instructions = 0;
  /// The numbers of the blocks that may follow, and how likely they do.
  std::vector<std::pair<size_t, double>> successors;
  /// The functions that it calls, one for each call.
  std::vector<std::string> callees;
};

/// A function of machine code.
struct FunctionCode {
  std::string name;
  bool isPublic = false;
  int64_t codeBytes = 0;
  /// What it pushes and keeps on the stack; none where that depends on what it
  /// is called with.
  std::optional<int64_t> frameBytes;
  /// The most that it and what it calls need of the stack, with its return
  /// address; none if that is not known.
  std::optional<int64_t> stackBytes;
  /// The most that its callers have on the stack when it is called.
  std::optional<int64_t> callerStackBytes;
  /// The functions that it calls, without repetition.
  std::vector<std::string> callees;
  std::vector<BlockCode> blocks;
  /// The instructions that run in a call, with those of what it calls but for
  /// library functions; none if they were not counted.
  std::optional<double> instructions;
  /// It calls what an address in memory or a register says.
  bool callsUnknown = false;
};

/// A constant array or memory of the network.
struct ArrayData {
  std::string name;
  int64_t bytes = 0;
  bool isConst = false;
};

/// A call whose instructions are counted: a function, and what the pointers
/// point to that it is passed.
struct CountedCall {
  std::string function;
  std::vector<std::vector<char>> arguments;
};

/// What native code is made of.
struct CodeReport {
  std::vector<FunctionCode> functions;
  std::vector<ArrayData> arrays;
  /// Functions that the code calls and does not have.
  std::vector<std::string> libraryFunctions;
  /// Why instructions were not counted, if they were not.
  std::string uncounted;

  const FunctionCode *find(llvm::StringRef name) const;
  /// The most that a call of a public function needs of the stack.
  std::optional<int64_t> countStackBytes() const;
};

/// What is taken for the stack of a library function.
int64_t getLibraryStack(llvm::StringRef name);

/// Finds the stack of each function from the frames of all.
void followCalls(CodeReport &report);

} // namespace smelt

#endif
