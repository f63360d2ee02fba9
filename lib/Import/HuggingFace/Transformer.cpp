//===- Transformer.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transformer.h"
#include "smelt/Support/Constants.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::hf;

namespace {
/// Reads the weights of one network.
class TransformerReader {
public:
  TransformerReader(const ModelConfig &config, const Checkpoint &checkpoint,
                    const HuggingFaceImportOptions &options,
                    MLIRContext *context, Report &report)
      : config(config), checkpoint(checkpoint), options(options),
        context(context), report(report) {}

  Layer readLayer(const LayerTensors &tensors);
  Linear readLinear(const LinearTensors &tensors);
  /// A matrix that is looked up or gives logits: of int8 or int4 unless it is
  /// ternary. `norm` has the weights of the norm of its inputs, or is empty.
  Linear readTable(const LinearTensors &tensors, ternary::Layout layout,
                   const Norm &norm);
  /// A ternary approximation of a head; nothing if the head is ternary.
  std::optional<Matrix> readScreen(const LinearTensors &tensors);
  Norm readNorm(const std::optional<NormTensor> &tensor);
  /// Of queries or keys.
  Norm readHeadNorm(const std::optional<NormTensor> &tensor);
  ElementsAttr makeRotations(int64_t contextLength);

private:
  /// Makes the matrix of a layer by `make(weights, interleaves)`.
  Linear
  makeLinear(const LinearTensors &tensors,
             llvm::function_ref<Matrix(const LinearWeights &, bool)> make);
  FittedWeights fit(const WeightMatrix &matrix, int64_t planes);

  const ModelConfig &config;
  const Checkpoint &checkpoint;
  const HuggingFaceImportOptions &options;
  MLIRContext *context;
  Report &report;
};
} // namespace

/// Reads a matrix of floats a part at a time: a vocabulary's would take
/// gigabytes.
static void
forEachPart(const WeightMatrix &matrix,
            llvm::function_ref<void(ArrayRef<float>, int64_t rows)> visit) {
  constexpr int64_t kRows = 4096;
  std::vector<float> floats;
  for (int64_t row = 0; row < matrix.rows; row += kRows) {
    int64_t count = std::min(kRows, matrix.rows - row);
    floats.resize(count * matrix.columns);
    matrix.readWeights(row, count, floats);
    visit(floats, count);
  }
}

/// Rounds a matrix of floats by `fit(floats, rows)`, which gives one plane of
/// rows that have one scale each.
static FittedWeights
fitRows(const WeightMatrix &matrix,
        llvm::function_ref<FittedWeights(ArrayRef<float>, int64_t rows)> fit) {
  FittedWeights weights;
  weights.rows = matrix.rows;
  weights.columns = matrix.columns;
  weights.codes.reserve(matrix.rows * matrix.columns);
  forEachPart(matrix, [&](ArrayRef<float> floats, int64_t rows) {
    FittedWeights part = fit(floats, rows);
    weights.isInt8 = part.isInt8;
    llvm::append_range(weights.codes, part.codes);
    llvm::append_range(weights.scales, part.scales);
  });
  return weights;
}

/// Rounds a matrix of floats to 4 bits. Errors count as much as the squares of
/// the weights of the norm, which the inputs are likely to be as large as.
static Int4Weights fitInt4(const WeightMatrix &matrix, const Norm &norm) {
  float largest = 0;
  for (float weight : norm)
    largest = std::max(largest, std::fabs(weight));
  std::vector<float> importance;
  if (largest > 0)
    for (float weight : norm)
      importance.push_back((weight / largest) * (weight / largest));
  Int4Weights weights(matrix.columns);
  weights.codes.reserve(matrix.rows * matrix.columns);
  forEachPart(matrix, [&](ArrayRef<float> floats, int64_t) {
    appendInt4Rows(floats, importance, weights);
  });
  return weights;
}

FittedWeights TransformerReader::fit(const WeightMatrix &matrix,
                                     int64_t planes) {
  if (!matrix.isTernary() && planes == 0)
    return fitRows(matrix, [&](ArrayRef<float> floats, int64_t rows) {
      return fitInt8(floats, rows, matrix.columns);
    });
  if (!matrix.isTernary()) {
    std::vector<float> floats(matrix.rows * matrix.columns);
    matrix.readWeights(0, matrix.rows, floats);
    return fitTernary(floats, matrix.rows, matrix.columns, planes,
                      /*groupSize=*/0, FitMethod::Optimal);
  }
  FittedWeights weights;
  weights.rows = matrix.rows;
  weights.columns = matrix.columns;
  weights.groups = matrix.groups;
  weights.codes.resize(matrix.rows * matrix.columns);
  matrix.readCodes(0, matrix.rows, weights.codes);
  for (int64_t row = 0; row < matrix.rows; ++row)
    for (int64_t group = 0; group < matrix.groups; ++group)
      weights.scales.push_back(
          matrix.scales[(matrix.scaleRows == 1 ? 0 : row) * matrix.groups +
                        group]);
  return weights;
}

Linear TransformerReader::makeLinear(
    const LinearTensors &tensors,
    llvm::function_ref<Matrix(const LinearWeights &, bool)> make) {
  Linear linear;
  std::optional<LinearWeights> weights =
      hf::readLinear(tensors, checkpoint, report);
  if (!weights)
    return linear;
  linear.inputBits = weights->roundsInputs ? 8 : options.activationBits;
  linear.matrix = make(*weights, options.interleaves && linear.inputBits == 8);
  linear.inputNorm = std::move(weights->inputNorm);
  if (config.quantization)
    linear.inputNormEpsilon = config.quantization->inputNormEpsilon;
  return linear;
}

Linear TransformerReader::readLinear(const LinearTensors &tensors) {
  return makeLinear(
      tensors, [&](const LinearWeights &weights, bool interleaves) {
        return makeMatrix(context, tensors.module,
                          fit(weights.matrix, options.planes), options.layout,
                          interleaves, weights.bias);
      });
}

Linear TransformerReader::readTable(const LinearTensors &tensors,
                                    ternary::Layout layout, const Norm &norm) {
  return makeLinear(tensors, [&](const LinearWeights &weights,
                                 bool interleaves) {
    if (layout == ternary::Layout::Int4 && !weights.matrix.isTernary())
      return makeMatrix(context, tensors.module, fitInt4(weights.matrix, norm),
                        interleaves, weights.bias);
    // A screened head, which may be the embedding, is read row by row.
    interleaves &= weights.matrix.isTernary() || !options.screensHead;
    return makeMatrix(context, tensors.module,
                      fit(weights.matrix, /*planes=*/0), options.layout,
                      interleaves, weights.bias);
  });
}

std::optional<Matrix>
TransformerReader::readScreen(const LinearTensors &tensors) {
  std::optional<Matrix> screen;
  makeLinear(tensors, [&](const LinearWeights &weights, bool interleaves) {
    const WeightMatrix &matrix = weights.matrix;
    if (matrix.isTernary())
      return Matrix();
    auto fit = [&](ArrayRef<float> floats, int64_t rows) {
      return fitTernary(floats, rows, matrix.columns, /*planes=*/1,
                        /*groupSize=*/0, FitMethod::TWN);
    };
    return *(screen = makeMatrix(context, tensors.module + ".screen",
                                 fitRows(matrix, fit), options.layout,
                                 interleaves, weights.bias));
  });
  return screen;
}

Norm TransformerReader::readNorm(const std::optional<NormTensor> &tensor) {
  if (!tensor)
    return {};
  return hf::readNorm(*tensor, checkpoint, report).value_or(Norm());
}

Norm TransformerReader::readHeadNorm(const std::optional<NormTensor> &tensor) {
  // Beyond it the scores of the attention leave its fixed-point form.
  constexpr float kLeast = 0x1p-20f;
  Norm norm = readNorm(tensor);
  float largest = 0;
  for (float weight : norm)
    largest = std::max(largest, std::fabs(weight));
  if (largest > 0 && largest < kLeast)
    report.error(checkpoint.getFile(*checkpoint.find(tensor->name)),
                 "tensor '" + tensor->name + "' has no element above " +
                     formatNumber(largest) +
                     ", which is too small for heads to attend");
  return norm;
}

Layer TransformerReader::readLayer(const LayerTensors &tensors) {
  Layer layer;
  layer.inputNorm = readNorm(tensors.inputNorm);
  layer.postAttentionNorm = readNorm(tensors.postAttentionNorm);
  layer.attentionSubNorm = readNorm(tensors.attentionSubNorm);
  layer.mlpSubNorm = readNorm(tensors.mlpSubNorm);
  layer.queryNorm = readHeadNorm(tensors.queryNorm);
  layer.keyNorm = readHeadNorm(tensors.keyNorm);
  layer.query = readLinear(tensors.query);
  layer.key = readLinear(tensors.key);
  layer.value = readLinear(tensors.value);
  layer.output = readLinear(tensors.output);
  layer.gate = readLinear(tensors.gate);
  layer.up = readLinear(tensors.up);
  layer.down = readLinear(tensors.down);
  return layer;
}

ElementsAttr TransformerReader::makeRotations(int64_t contextLength) {
  std::vector<double> frequencies =
      config.rotary.inverseFrequencies(config.headSize);
  std::vector<int16_t> table;
  auto add = [&](double value) {
    table.push_back(static_cast<int16_t>(
        std::clamp(std::nearbyint(value * 32768), -32768.0, 32767.0)));
  };
  for (int64_t position = 0; position < contextLength; ++position) {
    for (double frequency : frequencies)
      add(std::cos(double(position) * frequency));
    for (double frequency : frequencies)
      add(std::sin(double(position) * frequency));
  }
  return DenseElementsAttr::get(
      RankedTensorType::get({contextLength, config.headSize},
                            IntegerType::get(context, 16)),
      ArrayRef<int16_t>(table));
}

/// Reports what the integer ops cannot do.
static void checkLimits(const ModelConfig &config,
                        const HuggingFaceImportOptions &options,
                        Report &report) {
  if (config.headSize > 256)
    report.error(config.file, "'head_dim' is " + llvm::Twine(config.headSize) +
                                  "; at most 256 is supported");
  if (config.activation == Activation::GELUSigmoid)
    report.error(config.file, "'hidden_act' quick_gelu is not supported");
  for (int64_t size : {config.hiddenSize, config.intermediateSize})
    if (size > 65536)
      report.error(config.file, "a layer of " + llvm::Twine(size) +
                                    " is too large; at most 65536 is "
                                    "supported");
  if (options.contextLength > config.contextLength)
    report.warning(config.file, "the model was made for " +
                                    llvm::Twine(config.contextLength) +
                                    " positions; beyond that it may fail");
}

/// Reads the embedding and the head; they share a matrix if that is what the
/// network has and both are to be stored in the same way.
static void readTables(const TransformerTensors &tensors,
                       const HuggingFaceImportOptions &options,
                       TransformerReader &reader, Transformer &transformer) {
  bool isTied = transformer.config.tiesHead;
  bool isShared = isTied && options.embeddingLayout == options.headLayout;
  Linear embedding =
      reader.readTable(tensors.embedding, options.embeddingLayout,
                       isShared ? transformer.finalNorm : Norm());
  transformer.embedding = embedding.matrix;
  isShared |=
      isTied && (!embedding.matrix.type || embedding.matrix.type.isTernary());
  transformer.head = isShared
                         ? std::move(embedding)
                         : reader.readTable(tensors.head, options.headLayout,
                                            transformer.finalNorm);
  if (options.screensHead && transformer.head.matrix.type)
    transformer.screen = reader.readScreen(tensors.head);
}

std::optional<Transformer> hf::readTransformer(
    const ModelConfig &config, const TransformerTensors &tensors,
    const Checkpoint &checkpoint, const HuggingFaceImportOptions &options,
    MLIRContext *context, Report &report) {
  checkLimits(config, options, report);
  if (report.hasErrors())
    return std::nullopt;
  TransformerReader reader(config, checkpoint, options, context, report);
  Transformer transformer;
  transformer.config = config;
  transformer.cacheBits = options.cacheBits;
  transformer.contextLength =
      options.contextLength ? options.contextLength
                            : std::min<int64_t>(config.contextLength, 32768);
  transformer.finalNorm = reader.readNorm(tensors.finalNorm);
  readTables(tensors, options, reader, transformer);
  for (const LayerTensors &layer : tensors.layers)
    transformer.layers.push_back(reader.readLayer(layer));
  transformer.rotations = reader.makeRotations(transformer.contextLength);
  if (report.hasErrors())
    return std::nullopt;
  return transformer;
}
