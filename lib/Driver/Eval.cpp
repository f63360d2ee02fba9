//===- Eval.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Comparison.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Network.h"
#include "smelt/Support/Table.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <cmath>

using namespace mlir;
using namespace smelt;

/// So many samples of the data calibrate a network that needs it.
static constexpr int64_t calibrationSamples = 256;

/// The labels of the samples, each below `classes`.
static FailureOr<std::vector<int64_t>>
readLabels(StringRef path, int64_t samples, int64_t classes) {
  FailureOr<std::vector<NamedTensor>> tensors = readTensors(path);
  if (failed(tensors))
    return failure();
  if (tensors->size() != 1)
    return reportError(path, "labels are read from a file of one array");
  const HostTensor &tensor = tensors->front().tensor;
  if (tensor.shape.size() > 1 && tensor.getNumElements() != tensor.shape[0])
    return reportError(path, "labels have the shape " +
                                 formatShape(tensor.shape) +
                                 ", not one number for each sample");
  if (tensor.getNumElements() < samples)
    return reportError(path, "has " + Twine(tensor.getNumElements()) +
                                 " labels for " + Twine(samples) + " samples");
  std::vector<int64_t> labels;
  for (int64_t i = 0; i < samples; ++i) {
    double label = tensor.getElement(i);
    if (!(label >= 0 && label < INT32_MAX && label == std::floor(label)))
      return reportError(path, "label " + Twine(i) + " is no class's number");
    if (label >= double(classes))
      return reportError(path, "label " + Twine(i) + " is class " +
                                   Twine(static_cast<int64_t>(label)) +
                                   ", but the model has " + Twine(classes) +
                                   " classes, from 0 on");
    labels.push_back(static_cast<int64_t>(label));
  }
  return labels;
}

static std::string percent(double part) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.2f %%", part * 100);
  return text;
}

static void printText(ArrayRef<OutputComparison> outputs, int64_t samples) {
  llvm::outs() << formatCount(samples) << " samples\n";
  Table table({"output", ">float accuracy", ">integer accuracy", ">same answer",
               ">mean error", ">largest error"});
  auto show = [](std::optional<double> value) {
    return value ? percent(*value) : std::string("-");
  };
  for (const OutputComparison &output : outputs)
    table.addRow({output.name, show(output.floatAccuracy),
                  show(output.integerAccuracy), show(output.agreement),
                  percent(output.meanError), percent(output.maxError)});
  table.print(llvm::outs());
  llvm::outs() << "Errors are relative to the largest magnitude of the float "
                  "form's output in the same sample.\n";
}

static void printJSON(ArrayRef<OutputComparison> outputs, int64_t samples) {
  llvm::json::Array list;
  for (const OutputComparison &output : outputs) {
    llvm::json::Object entry{{"name", output.name},
                             {"mean_relative_error", output.meanError},
                             {"max_relative_error", output.maxError}};
    if (output.agreement)
      entry["top1_agreement"] = *output.agreement;
    if (output.floatAccuracy)
      entry["float_accuracy"] = *output.floatAccuracy;
    if (output.integerAccuracy)
      entry["integer_accuracy"] = *output.integerAccuracy;
    list.push_back(std::move(entry));
  }
  llvm::json::Value result =
      llvm::json::Object{{"samples", samples}, {"outputs", std::move(list)}};
  llvm::outs() << llvm::formatv("{0:2}", result) << "\n";
}

LogicalResult smelt::runEval(const EvalOptions &options, MLIRContext *context) {
  if (!options.text.empty())
    return runTextEval(options, context);
  if (options.data.empty())
    return reportError("", "--data or --text is required");
  ModelOptions model = options.model;
  if (model.calibration.empty()) {
    model.calibration = options.data;
    model.calibrationLimit = calibrationSamples;
  }
  FailureOr<std::unique_ptr<Network>> network = Network::load(model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Float)))
    return failure();
  FailureOr<std::unique_ptr<Executor>> floatForm =
      Executor::create((*network)->getModule(), model);
  if (failed(floatForm))
    return failure();
  FailureOr<Dataset> data =
      Dataset::read(options.data, model, (*floatForm)->getSignature());
  if (failed(data))
    return failure();
  if (options.limit)
    data->limitTo(options.limit);
  std::vector<int64_t> labels;
  if (!options.labels.empty()) {
    int64_t classes = 0;
    for (const Port &port : (*floatForm)->getSignature().outputs)
      if (!port.shape.empty())
        classes = std::max(classes, port.shape.back());
    FailureOr<std::vector<int64_t>> read =
        readLabels(options.labels, data->getNumSamples(), classes);
    if (failed(read))
      return failure();
    labels = std::move(*read);
  }

  if (failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<std::unique_ptr<Executor>> integerForm =
      Executor::create((*network)->getModule(), model);
  if (failed(integerForm))
    return failure();
  std::vector<OutputComparison> outputs = compareOutputs(
      data->run(**floatForm, false), data->run(**integerForm, false),
      data->getNumSamples(), labels);
  if (options.json)
    printJSON(outputs, data->getNumSamples());
  else
    printText(outputs, data->getNumSamples());
  return success();
}
