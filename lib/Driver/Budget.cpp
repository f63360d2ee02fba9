//===- Budget.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Budget.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Support/Table.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace smelt;

static constexpr size_t kMostLayersNamed = 3;

namespace {
/// Flash or RAM, of which there is too little.
struct Shortage {
  const char *memory;
  const char *option;
  int64_t needed, allowed;
  int64_t (NativeLayer::*countOfLayer)() const;
  int64_t Alternative::*ofAlternative;

  int64_t countExcess() const { return needed - allowed; }
};
} // namespace

static std::vector<Shortage> findShortages(const Budget &budget,
                                           const NativeReport &report) {
  std::vector<Shortage> shortages;
  if (budget.maxFlash && report.countFlash() > *budget.maxFlash)
    shortages.push_back({"flash", "--max-flash", report.countFlash(),
                         *budget.maxFlash, &NativeLayer::countFlash,
                         &Alternative::flash});
  if (budget.maxRAM && *report.countRAM() > *budget.maxRAM)
    shortages.push_back({"RAM", "--max-ram", *report.countRAM(), *budget.maxRAM,
                         &NativeLayer::countRAM, &Alternative::ram});
  return shortages;
}

static void note(StringRef path, const llvm::Twine &message) {
  llvm::errs() << path << ": note: " << message << "\n";
}

static std::string describeShortages(ArrayRef<Shortage> shortages) {
  std::string text;
  for (const Shortage &shortage : shortages)
    text += (text.empty() ? "needs " : " and ") + formatCount(shortage.needed) +
            " bytes of " + shortage.memory + ", " +
            formatCount(shortage.countExcess()) + " more than " +
            shortage.option;
  return text;
}

static void nameLargestLayers(const NativeReport &report,
                              const Shortage &shortage, StringRef path) {
  std::vector<const NativeLayer *> layers;
  for (const NativeLayer &layer : report.layers)
    layers.push_back(&layer);
  // Of equal ones, the first comes first.
  llvm::sort(layers, [&](const NativeLayer *a, const NativeLayer *b) {
    return std::pair((b->*shortage.countOfLayer)(), a) <
           std::pair((a->*shortage.countOfLayer)(), b);
  });
  layers.resize(std::min(layers.size(), kMostLayersNamed));
  std::string text;
  for (const NativeLayer *layer : layers)
    text += (text.empty() ? "" : ", ") + ("'" + layer->name + "' ") +
            formatCount((layer->*shortage.countOfLayer)());
  if (!text.empty())
    note(path, Twine("bytes of ") + shortage.memory +
                   " of the largest layers: " + text);
}

/// What a network needs that its layers do not: the caller's.
static void nameState(const NativeReport &report, StringRef path) {
  if (report.stateBytes)
    note(path, "of the RAM, " + formatCount(report.stateBytes) +
                   " bytes are state that the caller keeps");
}

/// What an alternative saves where there is too little; "" if nothing.
static std::string describeSavings(const Alternative &alternative,
                                   ArrayRef<Shortage> shortages) {
  std::string text;
  bool isEnough = true;
  for (const Shortage &shortage : shortages) {
    int64_t needed = alternative.*shortage.ofAlternative;
    isEnough &= needed <= shortage.allowed;
    if (needed < shortage.needed)
      text += (text.empty() ? "" : " and ") +
              formatCount(shortage.needed - needed) + " bytes of " +
              shortage.memory;
  }
  if (text.empty())
    return "";
  return alternative.options + " saves " + text +
         (isEnough ? ", which is enough" : "") +
         (alternative.changesOutputs ? " (changes the outputs)" : "");
}

static void nameAlternatives(const NativeCompilation &compilation,
                             const Budget &budget,
                             ArrayRef<Shortage> shortages) {
  bool lacksRAM = llvm::any_of(shortages, [](const Shortage &shortage) {
    return shortage.ofAlternative == &Alternative::ram;
  });
  std::vector<Alternative> alternatives =
      findAlternatives(compilation, lacksRAM ? budget.maxRAM : std::nullopt);
  auto countNeeded = [&](const Alternative &alternative) {
    int64_t bytes = 0;
    for (const Shortage &shortage : shortages)
      bytes += alternative.*shortage.ofAlternative;
    return bytes;
  };
  llvm::sort(alternatives, [&](const Alternative &a, const Alternative &b) {
    return std::pair(countNeeded(a), a.options) <
           std::pair(countNeeded(b), b.options);
  });
  bool hasAny = false;
  for (const Alternative &alternative : alternatives) {
    std::string savings = describeSavings(alternative, shortages);
    hasAny |= !savings.empty();
    if (!savings.empty())
      note(compilation.model.path, savings);
  }
  if (!hasAny)
    note(compilation.model.path,
         "no other option saves any; it takes a smaller model");
}

LogicalResult smelt::checkBudget(const Budget &budget,
                                 const NativeReport &report,
                                 const NativeCompilation &compilation) {
  StringRef path = compilation.model.path;
  if (budget.maxRAM && !report.countRAM())
    return reportError(path, "--max-ram cannot be checked: how much stack the "
                             "code needs is not known for this target");
  std::vector<Shortage> shortages = findShortages(budget, report);
  if (shortages.empty())
    return success();
  (void)reportError(path, describeShortages(shortages));
  for (const Shortage &shortage : shortages) {
    nameLargestLayers(report, shortage, path);
    if (shortage.ofAlternative == &Alternative::ram)
      nameState(report, path);
  }
  nameAlternatives(compilation, budget, shortages);
  return failure();
}
