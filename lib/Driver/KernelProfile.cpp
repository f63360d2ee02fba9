//===- KernelProfile.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/KernelProfile.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include <chrono>

using namespace mlir;
using namespace smelt;

extern "C" int omp_get_thread_num();

namespace {
using Clock = std::chrono::steady_clock;

struct KernelClock {
  Clock::time_point last;
  /// Seconds of each call, by its number.
  std::vector<std::vector<double>> samples;
};
} // namespace

static KernelClock kernelClock;

/// Ends the kernel of this number; -1 begins the first one. The first thread
/// comes here when all have finished.
static void markKernel(int32_t number) {
  if (omp_get_thread_num() != 0)
    return;
  Clock::time_point now = Clock::now();
  if (number >= 0)
    kernelClock.samples[number].push_back(
        std::chrono::duration<double>(now - kernelClock.last).count());
  kernelClock.last = Clock::now();
}

JITOptions smelt::makeTimingOptions(const MachineOptions &machine) {
  JITOptions options;
  options.machine = machine;
  options.functions.emplace_back(ternary::kKernelMarkName.str(),
                                 reinterpret_cast<void *>(&markKernel));
  return options;
}

void smelt::startKernelClock(size_t numCalls) {
  kernelClock.samples.assign(numCalls, {});
}

std::vector<KernelCall> smelt::readKernelCalls(ModuleOp module) {
  std::vector<KernelCall> calls;
  auto list = module->getAttrOfType<ArrayAttr>(ternary::kKernelCallsName);
  if (!list)
    return calls;
  for (auto entry : list.getAsRange<DictionaryAttr>())
    calls.push_back({entry.getAs<StringAttr>("function").str(),
                     entry.getAs<StringAttr>("kernel").str(),
                     entry.getAs<StringAttr>("layer").str(),
                     entry.getAs<IntegerAttr>("weight_bytes").getInt(),
                     entry.getAs<IntegerAttr>("operations").getInt()});
  return calls;
}

double smelt::findMedian(std::vector<double> values) {
  if (values.empty())
    return 0;
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::vector<ProfileRow> smelt::readKernelClock(ArrayRef<KernelCall> calls,
                                               StringRef function,
                                               ProfileGrouping grouping) {
  llvm::MapVector<StringRef, ProfileRow> rows;
  for (auto [call, samples] : llvm::zip_equal(calls, kernelClock.samples)) {
    if (call.function != function)
      continue;
    StringRef name =
        grouping == ProfileGrouping::Kernel ? call.kernel : call.layer;
    ProfileRow &row = rows[name];
    row.name = name;
    ++row.calls;
    row.seconds += findMedian(samples);
    row.weightBytes += call.weightBytes;
    row.operations += call.operations;
  }
  std::vector<ProfileRow> list;
  for (auto &[name, row] : rows)
    list.push_back(std::move(row));
  if (grouping == ProfileGrouping::Kernel)
    llvm::sort(list, [](const ProfileRow &a, const ProfileRow &b) {
      return std::tie(b.seconds, a.name) < std::tie(a.seconds, b.name);
    });
  return list;
}
