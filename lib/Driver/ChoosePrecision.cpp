//===- ChoosePrecision.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/ChoosePrecision.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Network.h"
#include "smelt/Quantization/PrecisionSearch.h"
#include "smelt/Support/Locations.h"
#include "llvm/ADT/StringMap.h"
#include <cmath>

using namespace mlir;
using namespace smelt;

/// Samples that each measurement runs on.
static constexpr int64_t kMaxSamples = 64;

/// `name` as a pattern that matches nothing else.
static std::string escapePattern(StringRef name) {
  std::string pattern;
  for (char c : name) {
    if (StringRef("\\*?[]{}").contains(c))
      pattern += '\\';
    pattern += c;
  }
  return pattern;
}

static std::vector<std::string> makeRules(ArrayRef<SearchLayer> layers) {
  std::vector<std::string> rules;
  for (const SearchLayer &layer : layers)
    rules.push_back(escapePattern(layer.name) + "=" +
                    stringifyPrecision(layer.precision).str());
  return rules;
}

namespace {
/// Measures how far quantized weights move the outputs.
class ErrorMeter {
public:
  explicit ErrorMeter(Network &network) : network(network) {}

  LogicalResult initialize();

  /// The layers whose weights had to be fitted, at their default precision.
  FailureOr<std::vector<SearchLayer>> findLayers();

  FailureOr<double> measure(ArrayRef<SearchLayer> layers);

private:
  /// The outputs of a float network for all samples, one after the other.
  FailureOr<std::vector<float>> runFloat(ModuleOp module);
  /// A copy with the weights quantized by more rules.
  FailureOr<std::unique_ptr<Network>>
  quantize(std::vector<std::string> moreRules);

  Network &network;
  std::vector<float> reference;
};
} // namespace

FailureOr<std::vector<float>> ErrorMeter::runFloat(ModuleOp module) {
  const ModelOptions &options = network.getOptions();
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create(module, options);
  if (failed(executor))
    return failure();
  FailureOr<Dataset> data =
      Dataset::readCalibration(options, (*executor)->getSignature());
  if (failed(data))
    return failure();
  data->limitTo(kMaxSamples);
  std::vector<float> values;
  data->forEachCall(**executor, /*isRaw=*/false,
                    [&](ArrayRef<HostTensor> outputs) {
                      for (const HostTensor &output : outputs)
                        llvm::append_range(values, output.getValues<float>());
                    });
  return values;
}

LogicalResult ErrorMeter::initialize() {
  FailureOr<std::vector<float>> values = runFloat(network.getModule());
  if (failed(values))
    return failure();
  reference = std::move(*values);
  return success();
}

FailureOr<std::unique_ptr<Network>>
ErrorMeter::quantize(std::vector<std::string> moreRules) {
  std::unique_ptr<Network> copy = network.clone();
  if (failed(copy->quantizeWeights(moreRules)))
    return failure();
  return copy;
}

FailureOr<std::vector<SearchLayer>> ErrorMeter::findLayers() {
  FailureOr<std::unique_ptr<Network>> copy = quantize({});
  if (failed(copy))
    return failure();
  std::vector<SearchLayer> layers;
  llvm::StringMap<size_t> indices;
  (*copy)->getModule()->walk([&](ternary::DequantizeWeightsOp op) {
    auto error = op->getAttrOfType<FloatAttr>("smelt.error");
    ternary::WeightsType type = op.getWeights().getType();
    StringRef name = getLayerName(op.getLoc());
    if (!error || error.getValueAsDouble() == 0 || name.empty() ||
        !type.isTernary())
      return;
    auto [entry, isNew] = indices.try_emplace(name, layers.size());
    if (isNew)
      layers.push_back(
          {name.str(), 0, static_cast<Precision>(type.getPlanes() - 1)});
    layers[entry->second].weights += type.getNumWeights();
  });
  return layers;
}

FailureOr<double> ErrorMeter::measure(ArrayRef<SearchLayer> layers) {
  FailureOr<std::unique_ptr<Network>> copy = quantize(makeRules(layers));
  if (failed(copy))
    return failure();
  FailureOr<std::vector<float>> values = runFloat((*copy)->getModule());
  if (failed(values))
    return failure();
  double error = 0, norm = 0;
  for (auto [value, expected] : llvm::zip_equal(*values, reference)) {
    error += std::pow(double(value) - expected, 2);
    norm += std::pow(double(expected), 2);
  }
  return norm == 0 ? 0 : std::sqrt(error / norm);
}

FailureOr<std::vector<std::string>> smelt::choosePrecisions(Network &network,
                                                            double maxError) {
  if (network.getOptions().calibration.empty())
    return reportError(network.getOptions().path,
                       "--max-error needs sample inputs: --calibrate FILE");
  ErrorMeter meter(network);
  if (failed(meter.initialize()))
    return failure();
  FailureOr<std::vector<SearchLayer>> layers = meter.findLayers();
  if (failed(layers))
    return failure();
  if (!layers->empty() &&
      failed(searchPrecisions(*layers, maxError,
                              [&](ArrayRef<SearchLayer> candidate) {
                                return meter.measure(candidate);
                              })))
    return failure();
  return makeRules(*layers);
}
