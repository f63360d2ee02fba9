//===- CodeReport.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/CodeReport.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

using namespace smelt;
using llvm::StringRef;

const FunctionCode *CodeReport::find(StringRef name) const {
  for (const FunctionCode &code : functions)
    if (code.name == name)
      return &code;
  return nullptr;
}

std::optional<int64_t> CodeReport::countStackBytes() const {
  int64_t most = 0;
  for (const FunctionCode &code : functions) {
    if (!code.isPublic)
      continue;
    if (!code.stackBytes)
      return std::nullopt;
    most = std::max(most, *code.stackBytes);
  }
  return most;
}

int64_t smelt::getLibraryStack(StringRef name) {
  return name.contains("mem") ? kMemoryFunctionStack : kArithmeticFunctionStack;
}

namespace {
/// Follows the calls of a program, which must not form a cycle.
class CallGraph {
public:
  explicit CallGraph(CodeReport &report) : report(report) {
    for (auto [index, code] : llvm::enumerate(report.functions))
      indices[code.name] = index;
  }

  void run();

private:
  void visit(size_t index);
  std::optional<int64_t> getCalleeStack(StringRef callee);
  void passOn(const FunctionCode &caller);

  enum class State { New, Active, Done };
  CodeReport &report;
  llvm::StringMap<size_t> indices;
  std::vector<State> states;
  /// Callees before their callers.
  std::vector<size_t> order;
  llvm::SetVector<StringRef> unknown;
};
} // namespace

std::optional<int64_t> CallGraph::getCalleeStack(StringRef callee) {
  auto found = indices.find(callee);
  if (found == indices.end()) {
    unknown.insert(callee);
    return getLibraryStack(callee);
  }
  // A function that is active calls itself.
  if (states[found->second] == State::Active)
    return std::nullopt;
  visit(found->second);
  return report.functions[found->second].stackBytes;
}

void CallGraph::visit(size_t index) {
  if (states[index] != State::New)
    return;
  states[index] = State::Active;
  FunctionCode &code = report.functions[index];
  std::optional<int64_t> deepest = 0;
  for (const std::string &callee : code.callees) {
    std::optional<int64_t> stack = getCalleeStack(callee);
    deepest = stack && deepest ? std::optional(std::max(*stack, *deepest))
                               : std::nullopt;
  }
  if (code.frameBytes && deepest && !code.callsUnknown)
    code.stackBytes = *code.frameBytes + *deepest;
  states[index] = State::Done;
  order.push_back(index);
}

/// Tells what a function calls how much is on the stack then.
void CallGraph::passOn(const FunctionCode &caller) {
  if (!caller.callerStackBytes || !caller.frameBytes)
    return;
  int64_t bytes = *caller.callerStackBytes + *caller.frameBytes;
  for (const std::string &callee : caller.callees) {
    auto found = indices.find(callee);
    if (found == indices.end())
      continue;
    std::optional<int64_t> &most =
        report.functions[found->second].callerStackBytes;
    most = std::max(most.value_or(0), bytes);
  }
}

void CallGraph::run() {
  states.assign(report.functions.size(), State::New);
  for (size_t index = 0; index < report.functions.size(); ++index)
    visit(index);
  for (FunctionCode &code : report.functions)
    if (code.isPublic)
      code.callerStackBytes = 0;
  for (size_t index : llvm::reverse(order))
    passOn(report.functions[index]);
  for (StringRef name : unknown)
    report.libraryFunctions.push_back(name.str());
  llvm::sort(report.libraryFunctions);
}

void smelt::followCalls(CodeReport &report) { CallGraph(report).run(); }
