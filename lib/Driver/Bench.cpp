//===- Bench.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/BenchReport.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Executor.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/ReadBandwidth.h"
#include "smelt/Driver/TextModel.h"
#include "llvm/Support/FileSystem.h"
#include <chrono>
#include <random>

using namespace mlir;
using namespace smelt;

static double timeSeconds(llvm::function_ref<void()> work) {
  auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

/// Code without marks, or with them, for the same machine.
static JITOptions makeJITOptions(const BenchOptions &options, bool isTimed) {
  JITOptions jit = makeTimingOptions(options.machine);
  if (!isTimed)
    jit.functions.clear();
  return jit;
}

static ModelOptions makeModelOptions(const BenchOptions &options,
                                     bool isTimed) {
  ModelOptions model = options.model;
  model.timesKernels = isTimed;
  return model;
}

static ProfileGrouping getGrouping(const BenchOptions &options) {
  return options.byLayer ? ProfileGrouping::Layer : ProfileGrouping::Kernel;
}

static FailureOr<std::unique_ptr<Network>>
loadInteger(const BenchOptions &options, MLIRContext *context) {
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(options.model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  return network;
}

//===----------------------------------------------------------------------===//
// Language models
//===----------------------------------------------------------------------===//

namespace {
/// A language model on tokens that mean nothing.
class TextBench {
public:
  TextBench(TextModel &model, const BenchOptions &options);

  /// Reads a prompt, and then one token after another. Returns the seconds of
  /// both.
  std::pair<double, double> decode();
  /// Reads tokens in blocks, from the beginning. Returns the seconds.
  double prefill();
  /// Reads a prompt, and then one token after another, each with drafts that
  /// are wrong. Returns the seconds of the tokens.
  double verify();

  int64_t getPrefillTokens() const { return prefillTokens; }

private:
  TextModel &model;
  const BenchOptions &options;
  int64_t prefillTokens;
  std::vector<int32_t> tokens;
};
} // namespace

TextBench::TextBench(TextModel &model, const BenchOptions &options)
    : model(model), options(options),
      prefillTokens(
          std::min(options.prefillTokens, model.getCompiled().context_length)) {
  std::minstd_rand random;
  std::uniform_int_distribution<int32_t> any(
      0, model.getCompiled().vocabulary_size - 1);
  for (int64_t i = 0; i < model.getCompiled().context_length; ++i)
    tokens.push_back(any(random));
}

std::pair<double, double> TextBench::decode() {
  runtime::Session &session = model.beginSession();
  double prompt =
      timeSeconds([&] { session.read(tokens.data(), options.promptTokens); });
  startKernelClock(model.getKernelCalls().size());
  double rest = timeSeconds([&] {
    for (int64_t i = 0; i < options.tokens; ++i)
      session.read(tokens.data() + options.promptTokens + i, 1);
  });
  return {prompt, rest};
}

double TextBench::prefill() {
  runtime::Session &session = model.beginSession();
  startKernelClock(model.getKernelCalls().size());
  return timeSeconds([&] { session.read(tokens.data(), prefillTokens); });
}

double TextBench::verify() {
  runtime::Session &session = model.beginSession();
  session.read(tokens.data(), options.promptTokens);
  startKernelClock(model.getKernelCalls().size());
  return timeSeconds([&] {
    for (int64_t i = 0; i < options.tokens; ++i) {
      const int32_t *token = tokens.data() + options.promptTokens + i;
      // The next token is none of them: it is another one than `wrong`.
      int32_t wrong = token[i + 1 < options.tokens] == 0 ? 1 : 0;
      std::vector<int32_t> drafts(runtime::kMostDrafts, wrong);
      session.readAhead(*token, drafts.data(), runtime::kMostDrafts);
    }
  });
}

static LogicalResult checkLengths(const runtime::CompiledModel &model,
                                  const BenchOptions &options) {
  int64_t needed = options.promptTokens + options.tokens;
  if (needed <= model.context_length)
    return success();
  return reportError(options.model.path,
                     "has a context of " + Twine(model.context_length) +
                         " tokens, too short for --prompt-tokens " +
                         Twine(options.promptTokens) + " and --tokens " +
                         Twine(options.tokens));
}

static FailureOr<std::unique_ptr<TextModel>>
createTextModel(const Network &network, const BenchOptions &options,
                bool isTimed) {
  return TextModel::create(network.clone(), makeModelOptions(options, isTimed),
                           makeJITOptions(options, isTimed));
}

/// Compiles a model and measures how fast it is.
static LogicalResult measureText(const Network &network,
                                 const BenchOptions &options,
                                 BenchReport &report) {
  FailureOr<std::unique_ptr<TextModel>> model = failure();
  report.compileSeconds += timeSeconds(
      [&] { model = createTextModel(network, options, /*isTimed=*/false); });
  if (failed(model) || failed(checkLengths((*model)->getCompiled(), options)))
    return failure();
  TextBench bench(**model, options);
  bench.decode();
  bool hasVerify = (*model)->getCompiled().verify_size > 0;
  std::vector<double> prompts, decodes, prefills, verifies;
  for (int64_t i = 0; i < options.repetitions; ++i) {
    auto [prompt, decode] = bench.decode();
    prompts.push_back(prompt);
    decodes.push_back(decode);
    prefills.push_back(bench.prefill());
    if (hasVerify)
      verifies.push_back(bench.verify());
  }
  TextTimes &times = report.text.emplace();
  times.contextLength = (*model)->getCompiled().context_length;
  times.blockSize = (*model)->getCompiled().block_size;
  times.prefillTokens = bench.getPrefillTokens();
  times.decodeTokensPerSecond = options.tokens / findMedian(decodes);
  times.prefillTokensPerSecond = times.prefillTokens / findMedian(prefills);
  times.firstTokenSeconds = findMedian(prompts);
  times.verifySize = (*model)->getCompiled().verify_size;
  times.verifySeconds = findMedian(verifies) / options.tokens;
  return success();
}

/// Compiles a model once more, with marks, and measures its kernels.
static LogicalResult profileText(const Network &network,
                                 const BenchOptions &options,
                                 BenchReport &report) {
  FailureOr<std::unique_ptr<TextModel>> model =
      createTextModel(network, options, /*isTimed=*/true);
  if (failed(model))
    return failure();
  TextBench bench(**model, options);
  bench.prefill();
  bench.decode();
  const TextFunctions &functions = (*model)->getFunctions();
  auto addProfile = [&](StringRef function, const Twine &description) {
    report.profiles.push_back(
        {function.str(), description.str(),
         readKernelClock((*model)->getKernelCalls(), function,
                         getGrouping(options))});
  };
  addProfile(functions.decode, "one token, decoded after " +
                                   Twine(options.promptTokens) + " tokens");
  bench.prefill();
  int64_t block = (*model)->getCompiled().block_size;
  if (!functions.prefill.empty() && bench.getPrefillTokens() > block)
    addProfile(functions.prefill, "a block of " + Twine(block) + " tokens");
  if (functions.verify.empty())
    return success();
  bench.verify();
  addProfile(functions.verify,
             "a token and " + Twine((*model)->getCompiled().verify_size - 1) +
                 " drafts");
  return success();
}

//===----------------------------------------------------------------------===//
// Networks on tensors
//===----------------------------------------------------------------------===//

/// Inputs of any values, but for indices, which are 0.
static std::vector<HostTensor> makeInputs(const Signature &signature) {
  std::minstd_rand random;
  std::uniform_int_distribution<int> any(-128, 127);
  std::vector<HostTensor> inputs;
  for (const Port &port : signature.inputs) {
    HostTensor &input = inputs.emplace_back(port.kind, port.shape);
    if (getElementSize(port.kind) == 1)
      for (char &byte : input.bytes)
        byte = static_cast<char>(any(random));
  }
  return inputs;
}

/// Calls a network for a while; returns the seconds of a call.
static double timeCalls(const Executor &executor, ArrayRef<HostTensor> inputs) {
  constexpr double kEnough = 0.1;
  constexpr int64_t kMostCalls = 10000;
  std::vector<HostTensor> outputs = executor.makeOutputs();
  auto call = [&] { executor.run(inputs, outputs); };
  startKernelClock(executor.getKernelCalls().size());
  double once = timeSeconds(call);
  int64_t count = std::clamp<double>(kEnough / once, 1, kMostCalls);
  return timeSeconds([&] {
           for (int64_t i = 0; i < count; ++i)
             call();
         }) /
         count;
}

static FailureOr<std::unique_ptr<Executor>>
createExecutor(Network &network, const BenchOptions &options, bool isTimed) {
  return Executor::create(network.getModule(),
                          makeModelOptions(options, isTimed),
                          makeJITOptions(options, isTimed));
}

static LogicalResult benchTensors(Network &network, const BenchOptions &options,
                                  BenchReport &report) {
  FailureOr<std::unique_ptr<Executor>> executor = failure();
  report.compileSeconds += timeSeconds(
      [&] { executor = createExecutor(network, options, /*isTimed=*/false); });
  if (failed(executor))
    return failure();
  std::vector<HostTensor> inputs = makeInputs((*executor)->getSignature());
  timeCalls(**executor, inputs);
  std::vector<double> times;
  for (int64_t i = 0; i < options.repetitions; ++i)
    times.push_back(timeCalls(**executor, inputs));
  report.secondsPerCall = findMedian(times);
  executor = createExecutor(network, options, /*isTimed=*/true);
  if (failed(executor))
    return failure();
  timeCalls(**executor, inputs);
  ArrayRef<KernelCall> calls = (*executor)->getKernelCalls();
  if (!calls.empty())
    report.profiles.push_back(
        {calls.front().function, "one call",
         readKernelClock(calls, calls.front().function, getGrouping(options))});
  return success();
}

LogicalResult smelt::runBench(const BenchOptions &given, MLIRContext *context) {
  BenchOptions options = given;
  if (failed(selectHostVectors(options.machine, options.model, context)))
    return failure();
  BenchReport report;
  FailureOr<std::unique_ptr<Network>> network = failure();
  report.compileSeconds =
      timeSeconds([&] { network = loadInteger(options, context); });
  if (failed(network))
    return failure();
  if (llvm::sys::fs::is_directory(options.model.path)) {
    if (failed(measureText(**network, options, report)) ||
        failed(profileText(**network, options, report)))
      return failure();
  } else if (failed(benchTensors(**network, options, report))) {
    return failure();
  }
  report.readBandwidth =
      measureReadBandwidth(std::max<int64_t>(options.model.threads, 1));
  return showReport(report, options);
}
