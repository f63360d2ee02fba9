//===- ObserveInputs.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/ObserveInputs.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Quantization/Calibration.h"
#include "smelt/Quantization/MomentFit.h"
#include "smelt/Support/Constants.h"

using namespace mlir;
using namespace smelt;

static constexpr int64_t kMaxColumns = 2048;
/// Rows of inputs taken from one sample.
static constexpr int64_t kMaxRows = 256;

namespace {
/// The rows of inputs that the weights of one layer are multiplied with.
class InputRows {
public:
  explicit InputRows(Operation *layer)
      : layer(layer),
        shape(
            cast<RankedTensorType>(layer->getOperand(0).getType()).getShape()),
        result(
            cast<RankedTensorType>(layer->getResult(0).getType()).getShape()) {
    auto weights =
        cast<RankedTensorType>(layer->getOperand(1).getType()).getShape();
    if (isa<tosa::FullyConnectedOp>(layer)) {
      columns = weights[1];
      count = shape[0];
      return;
    }
    isDepthwise = isa<tosa::DepthwiseConv2DOp>(layer);
    height = weights[isDepthwise ? 0 : 1];
    width = weights[isDepthwise ? 1 : 2];
    channels = isDepthwise ? 1 : shape[3];
    columns = height * width * channels;
    count = result[0] * result[1] * result[2] * (isDepthwise ? shape[3] : 1);
  }

  int64_t getColumns() const { return columns; }

  /// Adds evenly spread rows of one call's input.
  void addTo(MomentAccumulator &accumulator, ArrayRef<float> input) const {
    std::vector<float> row(columns);
    int64_t step = std::max<int64_t>(1, count / kMaxRows);
    for (int64_t i = 0; i < count; i += step)
      accumulator.add(getRow(i, input, row));
  }

private:
  ArrayRef<float> getRow(int64_t index, ArrayRef<float> input,
                         std::vector<float> &row) const {
    if (isa<tosa::FullyConnectedOp>(layer))
      return input.slice(index * columns, columns);
    auto attribute = [&](StringRef name) {
      return layer->getAttrOfType<DenseI64ArrayAttr>(name).asArrayRef();
    };
    ArrayRef<int64_t> pad = attribute("pad"), stride = attribute("stride"),
                      dilation = attribute("dilation");
    int64_t channel = 0;
    if (isDepthwise) {
      channel = index % shape[3];
      index /= shape[3];
    }
    int64_t x = index % result[2], y = index / result[2] % result[1],
            n = index / result[2] / result[1];
    int64_t k = 0;
    for (int64_t i = 0; i < height; ++i)
      for (int64_t j = 0; j < width; ++j) {
        int64_t top = y * stride[0] + i * dilation[0] - pad[0];
        int64_t left = x * stride[1] + j * dilation[1] - pad[2];
        bool isInside =
            top >= 0 && top < shape[1] && left >= 0 && left < shape[2];
        int64_t begin = ((n * shape[1] + top) * shape[2] + left) * shape[3];
        for (int64_t c = 0; c < channels; ++c)
          row[k++] = isInside ? input[begin + channel + c] : 0;
      }
    return row;
  }

  Operation *layer;
  ArrayRef<int64_t> shape, result;
  bool isDepthwise = false;
  int64_t height = 1, width = 1, channels = 1;
  int64_t columns = 0, count = 0;
};
} // namespace

static void setMoments(Operation *layer, const InputMoments &moments) {
  Type f32 = Float32Type::get(layer->getContext());
  int64_t columns = moments.columns;
  layer->setAttr(
      "smelt.mean",
      makeFloats("mean", RankedTensorType::get({columns}, f32), moments.mean));
  layer->setAttr("smelt.covariance",
                 makeFloats("covariance",
                            RankedTensorType::get({columns, columns}, f32),
                            moments.covariance));
}

LogicalResult smelt::observeInputs(Network &network) {
  FailureOr<func::FuncOp> entry = findEntry(network.getModule());
  if (failed(entry))
    return failure();
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(network.getModule()->clone());
  PassManager manager(copy->getContext(), ModuleOp::getOperationName());
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryInstrumentInputs());
  if (failed(manager.run(*copy)))
    return failure();
  const ModelOptions &options = network.getOptions();
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create(*copy, options);
  if (failed(executor))
    return failure();
  FailureOr<Dataset> data =
      Dataset::readCalibration(options, (*executor)->getSignature());
  if (failed(data))
    return failure();

  SmallVector<Operation *> layers = collectLinearLayers(*entry);
  SmallVector<InputRows> rows;
  std::vector<MomentAccumulator> moments;
  for (Operation *layer : layers) {
    rows.emplace_back(layer);
    int64_t columns = rows.back().getColumns();
    moments.emplace_back(columns <= kMaxColumns ? columns : 0);
  }
  data->forEachCall(
      **executor, /*isRaw=*/false, [&](ArrayRef<HostTensor> outputs) {
        ArrayRef<HostTensor> inputs = outputs.take_back(layers.size());
        for (size_t i = 0; i < layers.size(); ++i)
          if (rows[i].getColumns() <= kMaxColumns)
            rows[i].addTo(moments[i], inputs[i].getValues<float>());
      });
  for (size_t i = 0; i < layers.size(); ++i)
    if (rows[i].getColumns() <= kMaxColumns)
      setMoments(layers[i], moments[i].finish());
  return success();
}
