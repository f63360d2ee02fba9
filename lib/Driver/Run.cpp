//===- Run.cpp --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Network.h"
#include "smelt/Support/Npy.h"
#include "smelt/Support/OutputFiles.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;

/// At most so many samples, and values of a sample, are printed.
static constexpr int64_t maxPrinted = 10;

static LogicalResult checkOutputPath(const RunOptions &options) {
  StringRef extension = llvm::sys::path::extension(options.output);
  if (options.output.empty() || extension == ".npy" || extension == ".npz")
    return success();
  return reportError(options.output, "outputs are written to .npy or .npz");
}

static LogicalResult writeOutputs(StringRef path,
                                  ArrayRef<NamedTensor> outputs) {
  bool isNpz = llvm::sys::path::extension(path) == ".npz";
  if (!isNpz && outputs.size() != 1)
    return reportError(path, "the model has " + Twine(outputs.size()) +
                                 " outputs: write them to a .npz file");
  OutputFiles files;
  llvm::Error error =
      files.add(path, [&](llvm::raw_pwrite_stream &stream) -> llvm::Error {
        if (isNpz)
          return writeNpz(outputs, stream);
        writeNpy(outputs.front().tensor, stream);
        return llvm::Error::success();
      });
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

static void printSample(const HostTensor &tensor, int64_t first,
                        int64_t count) {
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i)
    if (tensor.getElement(first + i) > tensor.getElement(first + best))
      best = i;
  if (count > 1 && tensor.shape.size() == 2)
    llvm::outs() << "class " << best << "  ";
  llvm::outs() << "[";
  for (int64_t i = 0; i < std::min(count, maxPrinted); ++i)
    llvm::outs() << (i ? ", " : "")
                 << llvm::format("%.6g", tensor.getElement(first + i));
  llvm::outs() << (count > maxPrinted ? ", ...]\n" : "]\n");
}

static void printOutput(const NamedTensor &output) {
  const HostTensor &tensor = output.tensor;
  llvm::outs() << output.name << ": " << getElementName(tensor.kind) << " "
               << formatShape(tensor.shape) << "\n";
  int64_t samples = tensor.shape.empty() ? 1 : tensor.shape[0];
  if (tensor.getNumElements() == 0)
    return;
  int64_t perSample = tensor.getNumElements() / samples;
  for (int64_t i = 0; i < std::min(samples, maxPrinted); ++i) {
    llvm::outs() << "  " << i << ": ";
    printSample(tensor, i * perSample, perSample);
  }
  if (samples > maxPrinted)
    llvm::outs() << "  ... and " << samples - maxPrinted << " more\n";
}

LogicalResult smelt::runRun(const RunOptions &options, MLIRContext *context) {
  if (options.generation)
    return runGeneration(options, context);
  if (failed(checkOutputPath(options)))
    return failure();
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(options.model, context);
  if (failed(network) || failed((*network)->advanceTo(
                             options.isFloat ? Stage::Float : Stage::Integer)))
    return failure();
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create((*network)->getModule(), options.model);
  if (failed(executor))
    return failure();
  FailureOr<Dataset> data =
      Dataset::read(options.inputs, options.model, (*executor)->getSignature());
  if (failed(data))
    return failure();
  std::vector<NamedTensor> outputs = data->run(**executor, options.isRaw);
  if (!options.output.empty())
    return writeOutputs(options.output, outputs);
  for (const NamedTensor &output : outputs)
    printOutput(output);
  return success();
}
