//===- CountInstructions.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockCounts.h"
#include "llvm/ADT/STLExtras.h"

using namespace smelt;
using llvm::StringRef;

namespace {
/// How often each machine block of a function runs. One that was made of a
/// block of IR runs as often as that, unless code generation has copied it into
/// what goes before it, merged it with others, or made it anew; which shows by
/// what flows into it.
class BlockFlow {
public:
  BlockFlow(const FunctionCode &code, const BlockCounts &counts);

  std::vector<double> solve();

private:
  bool update(size_t block);

  struct Edge {
    size_t from;
    double probability;
    bool isOnly;
  };
  std::vector<std::vector<Edge>> incoming;
  std::vector<double> runs;
  std::vector<bool> isKnown;
};
} // namespace

BlockFlow::BlockFlow(const FunctionCode &code, const BlockCounts &counts)
    : incoming(code.blocks.size()) {
  for (auto [from, block] : llvm::enumerate(code.blocks)) {
    for (auto [to, probability] : block.successors)
      incoming[to].push_back({from, probability, block.successors.size() == 1});
    auto found = counts.find(block.name);
    isKnown.push_back(found != counts.end());
    runs.push_back(isKnown.back() ? double(found->second) : 0);
  }
}

/// Returns whether the number of a block was not what flows into it.
bool BlockFlow::update(size_t block) {
  double most = 0, least = 0, likely = 0;
  for (const Edge &edge : incoming[block]) {
    most += runs[edge.from];
    least += edge.isOnly ? runs[edge.from] : 0;
    likely += runs[edge.from] * edge.probability;
  }
  double before = runs[block];
  runs[block] =
      isKnown[block] ? std::clamp(before, std::min(least, most), most) : likely;
  return std::abs(runs[block] - before) > 0.5;
}

std::vector<double> BlockFlow::solve() {
  constexpr int kMostRounds = 32;
  for (int round = 0; round < kMostRounds; ++round) {
    bool hasChanged = false;
    for (size_t block = 1; block < runs.size(); ++block)
      hasChanged |= update(block);
    if (!hasChanged)
      break;
  }
  return runs;
}

namespace {
class InstructionCounter {
public:
  InstructionCounter(CodeReport &report, const BlockCounts &counts)
      : report(report), counts(counts) {
    for (auto [index, code] : llvm::enumerate(report.functions))
      indices[code.name] = index;
  }

  /// The instructions of a call, with what it calls.
  double count(size_t function);

private:
  CodeReport &report;
  const BlockCounts &counts;
  llvm::StringMap<size_t> indices;
};
} // namespace

double InstructionCounter::count(size_t function) {
  FunctionCode &code = report.functions[function];
  if (code.instructions)
    return *code.instructions;
  // A function that calls itself finds this.
  code.instructions = 0;
  if (code.blocks.empty())
    return 0;
  std::vector<double> runs = BlockFlow(code, counts).solve();
  double sum = 0;
  for (auto [block, times] : llvm::zip_equal(code.blocks, runs)) {
    double once = block.instructions;
    for (const std::string &callee : block.callees)
      if (auto found = indices.find(callee); found != indices.end())
        once += count(found->second);
    sum += times * once;
  }
  double calls = runs.front();
  report.functions[function].instructions = calls > 0 ? sum / calls : 0;
  return *report.functions[function].instructions;
}

void smelt::countInstructions(CodeReport &report, const BlockCounts &counts) {
  InstructionCounter counter(report, counts);
  for (size_t function = 0; function < report.functions.size(); ++function)
    counter.count(function);
}
