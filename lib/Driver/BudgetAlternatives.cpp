//===- BudgetAlternatives.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Diagnostics.h"
#include "smelt/Driver/Budget.h"
#include "smelt/Driver/TextModel.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace smelt;

namespace {
struct Candidate {
  std::string options;
  bool changesOutputs = false;
  ModelOptions model;
};

/// Collects options that differ from those of a model.
class CandidateList {
public:
  explicit CandidateList(const ModelOptions &model) : model(model) {}

  template <typename Value>
  void add(StringRef option, Value ModelOptions::*member, Value value,
           StringRef text, bool changesOutputs) {
    if (model.*member == value)
      return;
    Candidate candidate{(option + " " + text).str(), changesOutputs, model};
    candidate.model.*member = value;
    list.push_back(std::move(candidate));
  }

  std::vector<Candidate> list;

private:
  const ModelOptions &model;
};
} // namespace

static bool isLanguageModel(const ModelOptions &model) {
  return llvm::sys::fs::is_directory(model.path);
}

/// The strategy that a model is compiled with.
static std::string resolveStrategy(const NativeCompilation &compilation) {
  ModelOptions model = compilation.model;
  if (compilation.usesVectors)
    useTarget(*compilation.target, model);
  return model.strategy == "auto" ? "axpy" : model.strategy;
}

static std::vector<Candidate>
listCandidates(const NativeCompilation &compilation) {
  ModelOptions model = compilation.model;
  model.strategy = resolveStrategy(compilation);
  CandidateList candidates(model);
  for (std::string strategy : {"axpy", "masked", "dot", "base3"})
    candidates.add("--strategy", &ModelOptions::strategy, strategy, strategy,
                   /*changesOutputs=*/false);
  if (!isLanguageModel(model)) {
    if (model.planes > 1)
      candidates.add("--planes", &ModelOptions::planes, model.planes - 1,
                     std::to_string(model.planes - 1), true);
    candidates.add("--activations", &ModelOptions::activationBits, int64_t(8),
                   "8", true);
    return candidates.list;
  }
  candidates.add("--block", &ModelOptions::blockSize, int64_t(1), "1", false);
  candidates.add("--cache-bits", &ModelOptions::cacheBits, 8u, "8", true);
  candidates.add("--embedding", &ModelOptions::embedding, std::string("int4"),
                 "int4", true);
  candidates.add("--head", &ModelOptions::head, std::string("int4"), "int4",
                 true);
  return candidates.list;
}

static std::optional<Alternative>
measureCandidate(const Candidate &candidate, NativeCompilation compilation) {
  compilation.model = candidate.model;
  FailureOr<NativeReport> report = measureModel(compilation);
  if (failed(report))
    return std::nullopt;
  return Alternative{candidate.options, candidate.changesOutputs,
                     report->countFlash(), report->countRAM().value_or(0)};
}

/// The positions of a language model's cache.
static int64_t readContext(const NativeCompilation &compilation) {
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(compilation.model, compilation.context);
  if (failed(network))
    return 0;
  FailureOr<runtime::CompiledModel> model =
      describeTextModel((*network)->getModule(), compilation.model.path);
  return failed(model) ? 0 : model->context_length;
}

/// The largest context that is smaller than the present one and fits.
static std::optional<Alternative>
findContext(Candidate candidate, const NativeCompilation &compilation,
            int64_t maxRAM) {
  NativeCompilation present = compilation;
  present.model = candidate.model;
  int64_t least = 1, beyond = readContext(present);
  std::optional<Alternative> best;
  std::string options = candidate.options;
  while (least < beyond) {
    int64_t context = least + (beyond - least) / 2;
    candidate.model.contextLength = context;
    candidate.options = options + "--context " + std::to_string(context);
    std::optional<Alternative> found = measureCandidate(candidate, compilation);
    if (found && found->ram <= maxRAM) {
      best = found;
      least = context + 1;
    } else {
      beyond = context;
    }
  }
  return best;
}

std::vector<Alternative>
smelt::findAlternatives(const NativeCompilation &compilation,
                        std::optional<int64_t> maxRAM) {
  // What is wrong with options that nobody gave is nobody's concern.
  ScopedDiagnosticHandler handler(compilation.context,
                                  [](Diagnostic &) { return success(); });
  std::vector<Alternative> alternatives;
  auto add = [&](std::optional<Alternative> alternative) {
    if (alternative)
      alternatives.push_back(std::move(*alternative));
    return alternative.has_value();
  };
  for (const Candidate &candidate : listCandidates(compilation))
    add(measureCandidate(candidate, compilation));
  if (!maxRAM || !isLanguageModel(compilation.model))
    return alternatives;
  Candidate context{"", true, compilation.model};
  if (add(findContext(context, compilation, *maxRAM)))
    return alternatives;
  context.options = "--block 1 ";
  context.model.blockSize = 1;
  add(findContext(context, compilation, *maxRAM));
  return alternatives;
}
