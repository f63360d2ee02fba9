//===- Dataset.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Support/Image.h"
#include "smelt/Support/Npy.h"
#include "smelt/Support/Suggestion.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace mlir;
using namespace smelt;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

static FailureOr<std::unique_ptr<llvm::MemoryBuffer>> readFile(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return reportError(path, buffer.getError().message());
  return std::move(*buffer);
}

FailureOr<std::vector<NamedTensor>> smelt::readTensors(StringRef path) {
  FailureOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readFile(path);
  if (failed(buffer))
    return failure();
  StringRef contents = (*buffer)->getBuffer();
  if (contents.starts_with("PK")) {
    llvm::Expected<std::vector<NamedTensor>> tensors = parseNpz(contents);
    if (!tensors)
      return reportError(path, tensors.takeError());
    return std::move(*tensors);
  }
  llvm::Expected<HostTensor> tensor = parseNpy(contents);
  if (!tensor)
    return reportError(path, tensor.takeError());
  return std::vector<NamedTensor>{{"", std::move(*tensor)}};
}

/// The position of the channels in an image input's shape N x C x H x W or
/// N x H x W x C.
static std::optional<unsigned> findChannels(ArrayRef<int64_t> shape) {
  if (shape.size() == 4)
    for (unsigned position : {1, 3})
      if (shape[position] == 1 || shape[position] == 3)
        return position;
  return std::nullopt;
}

static FailureOr<HostTensor> readImage(StringRef path, const Port &port) {
  std::optional<unsigned> position = findChannels(port.shape);
  if (!position)
    return reportError(path, "the input '" + port.name + "' of shape " +
                                 formatShape(port.shape) + " is no image");
  FailureOr<std::unique_ptr<llvm::MemoryBuffer>> buffer = readFile(path);
  if (failed(buffer))
    return failure();
  int64_t channels = port.shape[*position];
  llvm::Expected<HostTensor> image =
      parseImage((*buffer)->getBuffer(), channels);
  if (!image)
    return reportError(path, image.takeError());
  bool isChannelsFirst = *position == 1;
  int64_t height = port.shape[isChannelsFirst ? 2 : 1];
  int64_t width = port.shape[isChannelsFirst ? 3 : 2];
  if (image->shape[0] != height || image->shape[1] != width)
    return reportError(path, "the image has " + Twine(image->shape[1]) + "x" +
                                 Twine(image->shape[0]) +
                                 " pixels, but the model reads " +
                                 Twine(width) + "x" + Twine(height));
  HostTensor tensor(ElementKind::U8, port.shape);
  tensor.shape[0] = 1;
  if (!isChannelsFirst) {
    tensor.bytes = image->bytes;
    return tensor;
  }
  for (int64_t pixel = 0; pixel < height * width; ++pixel)
    for (int64_t channel = 0; channel < channels; ++channel)
      tensor.bytes[channel * height * width + pixel] =
          image->bytes[pixel * channels + channel];
  return tensor;
}

static HostTensor applyRange(const HostTensor &tensor,
                             const SensorRange &range) {
  HostTensor result(ElementKind::F32, tensor.shape);
  double step =
      (range.realMax - range.realMin) / (range.codeMax - range.codeMin);
  for (auto [index, value] : llvm::enumerate(result.getMutableValues<float>()))
    value = static_cast<float>(
        range.realMin + (tensor.getElement(index) - range.codeMin) * step);
  return result;
}

namespace {
/// Finds the data of each input of a network.
class InputReader {
public:
  InputReader(const ModelOptions &options, const Signature &signature)
      : options(options), signature(signature), found(signature.inputs.size()) {
  }

  LogicalResult readSpecification(StringRef specification) {
    auto [name, path] = specification.split('=');
    bool isNamed = !path.empty() && findPort(name);
    if (!isNamed)
      path = specification;
    if (isImagePath(path))
      return readImageFile(isNamed ? name : "", path);
    FailureOr<std::vector<NamedTensor>> tensors = readTensors(path);
    if (failed(tensors))
      return failure();
    if (isNamed && tensors->size() == 1)
      tensors->front().name = name;
    return assignAll(path, *tensors);
  }

  FailureOr<std::vector<HostTensor>> take() {
    std::vector<HostTensor> inputs;
    for (auto [port, tensor] : llvm::zip(signature.inputs, found)) {
      if (!tensor)
        return reportError(options.path,
                           "input '" + port.name + "' has no data: give " +
                               port.name + "=FILE, or a .npz file with '" +
                               port.name + "'");
      inputs.push_back(std::move(*tensor));
    }
    return inputs;
  }

private:
  std::optional<size_t> findPort(StringRef name) const {
    for (auto [index, port] : llvm::enumerate(signature.inputs))
      if (port.name == name)
        return index;
    return std::nullopt;
  }

  LogicalResult readImageFile(StringRef name, StringRef path) {
    size_t index = findPort(name).value_or(0);
    FailureOr<HostTensor> image = readImage(path, signature.inputs[index]);
    if (failed(image))
      return failure();
    found[index] =
        applyRange(*image, options.inputRange.value_or(SensorRange()));
    return success();
  }

  LogicalResult assignAll(StringRef path, std::vector<NamedTensor> &tensors) {
    for (NamedTensor &entry : tensors) {
      std::optional<size_t> index = findPort(entry.name);
      if (!index && tensors.size() == 1 && signature.inputs.size() == 1)
        index = 0;
      if (!index && entry.name.empty())
        return reportError(path, "the model has several inputs: give "
                                 "NAME=FILE for each, or a .npz file");
      if (!index) {
        SmallVector<StringRef> names;
        for (const Port &port : signature.inputs)
          names.push_back(port.name);
        return reportError(path, "the model has no input '" + entry.name + "'" +
                                     suggest(entry.name, names));
      }
      if (found[*index])
        return reportError(path, "input '" + signature.inputs[*index].name +
                                     "' has data already");
      // Floats are taken for reals already.
      bool isSensor = options.inputRange &&
                      entry.tensor.kind != ElementKind::F32 &&
                      entry.tensor.kind != ElementKind::F64;
      found[*index] = isSensor ? applyRange(entry.tensor, *options.inputRange)
                               : std::move(entry.tensor);
    }
    return success();
  }

  const ModelOptions &options;
  const Signature &signature;
  std::vector<std::optional<HostTensor>> found;
};
} // namespace

FailureOr<Dataset> Dataset::read(ArrayRef<std::string> specifications,
                                 const ModelOptions &options,
                                 const Signature &signature) {
  if (signature.inputs.empty())
    return reportError(options.path, "the model has no inputs");
  InputReader reader(options, signature);
  for (const std::string &specification : specifications)
    if (failed(reader.readSpecification(specification)))
      return failure();
  FailureOr<std::vector<HostTensor>> inputs = reader.take();
  if (failed(inputs))
    return failure();

  Dataset data;
  for (auto [port, tensor] : llvm::zip(signature.inputs, *inputs)) {
    int64_t wanted = port.getNumElements(), given = tensor.getNumElements();
    int64_t samples = tensor.shape.empty() ? 1 : tensor.shape[0];
    int64_t portBatch = port.shape.empty() ? 1 : port.shape[0];
    bool isSingle = ArrayRef<int64_t>(tensor.shape) == ArrayRef(port.shape);
    bool isBatched = samples > 0 && given / samples * portBatch == wanted;
    bool isStacked = samples > 0 && given / samples == wanted;
    if (!isSingle && !isBatched && !isStacked)
      return reportError(options.path,
                         "input '" + port.name + "' has the shape " +
                             formatShape(port.shape) + ", but its data " +
                             formatShape(tensor.shape));
    if (isSingle)
      samples = portBatch;
    bool isFirst = data.inputs.empty();
    int64_t batch = isBatched || isSingle ? portBatch : 1;
    if (!isFirst && (samples != data.numSamples || batch != data.batch))
      return reportError(options.path,
                         "the inputs have different numbers of samples");
    data.numSamples = samples;
    data.batch = batch;
    data.isSingleCall = isFirst ? isSingle : data.isSingleCall && isSingle;
    data.addsDimension = !isSingle && !isBatched;
    data.inputs.push_back(std::move(tensor));
  }
  return data;
}

FailureOr<Dataset> Dataset::readCalibration(const ModelOptions &options,
                                            const Signature &signature) {
  FailureOr<Dataset> data = read(options.calibration, options, signature);
  if (failed(data))
    return failure();
  if (options.calibrationLimit)
    data->limitTo(options.calibrationLimit);
  for (const HostTensor &input : data->inputs)
    for (int64_t i = 0, count = input.getNumElements(); i < count; ++i)
      if (!std::isfinite(input.getElement(i)))
        return reportError(options.calibration,
                           "has values that are not finite, from which no "
                           "range follows");
  return data;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

static HostTensor quantize(const HostTensor &tensor, const Port &port) {
  HostTensor scaled(ElementKind::F64, tensor.shape);
  for (auto [index, value] : llvm::enumerate(scaled.getMutableValues<double>()))
    value = std::nearbyint(tensor.getElement(index) / port.scale) +
            static_cast<double>(port.zeroPoint);
  return scaled.convertTo(port.kind);
}

static HostTensor dequantize(const HostTensor &tensor, const Port &port) {
  HostTensor result(ElementKind::F32, tensor.shape);
  for (auto [index, value] : llvm::enumerate(result.getMutableValues<float>()))
    value = static_cast<float>(
        (tensor.getElement(index) - static_cast<double>(port.zeroPoint)) *
        port.scale);
  return result;
}

/// The input of one call: samples from `first` on, with zeros after the last.
static HostTensor makeCallInput(const HostTensor &data, const Port &port,
                                int64_t first, int64_t samples, bool isRaw) {
  HostTensor part;
  part.kind = data.kind;
  int64_t perCall = port.getNumElements();
  size_t size = getElementSize(data.kind);
  int64_t sampleBytes = data.bytes.size() / std::max<int64_t>(samples, 1);
  size_t begin = first * sampleBytes;
  size_t end = std::min(begin + perCall * size, data.bytes.size());
  part.bytes.assign(data.bytes.begin() + begin, data.bytes.begin() + end);
  part.bytes.resize(perCall * size);
  part.shape = port.shape;
  bool isFloat = part.kind == ElementKind::F32 || part.kind == ElementKind::F64;
  if (port.isQuantized && (isFloat || !isRaw))
    return quantize(part, port);
  return part.convertTo(port.kind);
}

void Dataset::forEachCall(
    const Executor &executor, bool isRaw,
    llvm::function_ref<void(ArrayRef<HostTensor>)> use) const {
  const Signature &signature = executor.getSignature();
  int64_t dataSamples =
      isSingleCall || inputs[0].shape.empty() ? batch : inputs[0].shape[0];
  for (int64_t first = 0; first < numSamples; first += batch) {
    std::vector<HostTensor> arguments;
    for (auto [data, port] : llvm::zip(inputs, signature.inputs))
      arguments.push_back(makeCallInput(data, port, first, dataSamples, isRaw));
    use(executor.run(arguments));
  }
}

std::vector<NamedTensor> Dataset::run(const Executor &executor,
                                      bool isRaw) const {
  const Signature &signature = executor.getSignature();
  std::vector<NamedTensor> outputs;
  for (const Port &port : signature.outputs)
    outputs.push_back({port.name, HostTensor(port.kind, port.shape)});
  for (NamedTensor &output : outputs)
    output.tensor.bytes.clear();

  forEachCall(executor, isRaw, [&](ArrayRef<HostTensor> results) {
    for (auto [output, result] : llvm::zip(outputs, results))
      output.tensor.bytes.insert(output.tensor.bytes.end(),
                                 result.bytes.begin(), result.bytes.end());
  });

  for (auto [output, port] : llvm::zip(outputs, signature.outputs)) {
    HostTensor &tensor = output.tensor;
    bool isBatched =
        !addsDimension && !port.shape.empty() && port.shape[0] == batch;
    if (isSingleCall && (numSamples == batch))
      tensor.shape = port.shape;
    else if (isBatched ||
             (addsDimension && !port.shape.empty() && port.shape[0] == 1))
      tensor.shape[0] = numSamples;
    else
      tensor.shape.insert(tensor.shape.begin(),
                          llvm::divideCeil(numSamples, batch));
    tensor.bytes.resize(tensor.getNumElements() * getElementSize(tensor.kind));
    if (port.isQuantized && !isRaw)
      tensor = dequantize(tensor, port);
  }
  return outputs;
}
