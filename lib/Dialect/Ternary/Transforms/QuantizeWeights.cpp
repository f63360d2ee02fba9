//===- QuantizeWeights.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Builders.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Quantization/MomentFit.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/Locations.h"
#include "smelt/Support/Suggestion.h"
#include "llvm/Support/GlobPattern.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYQUANTIZEWEIGHTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// What the weights of a layer become.
struct LayerSpec {
  enum Kind {
    /// Keep weights that are on a grid of at most 255 levels, else fit planes.
    Auto,
    /// Keep weights that are ternary, else fit planes.
    Planes,
    Int8
  };
  Kind kind = Auto;
  int64_t planes = 1;
};

struct LayerRule {
  llvm::GlobPattern pattern;
  LayerSpec spec;
};

/// The constant weights of one layer as a matrix of rows.
struct WeightMatrix {
  /// The operand that holds the weights.
  OpOperand *operand;
  std::vector<float> values;
  /// Rows, then the dimensions of a row.
  SmallVector<int64_t> shape;

  int64_t rows() const { return shape.front(); }
  int64_t columns() const { return values.size() / shape.front(); }
};

class QuantizeWeights
    : public ternary::impl::TernaryQuantizeWeightsBase<QuantizeWeights> {
public:
  using TernaryQuantizeWeightsBase::TernaryQuantizeWeightsBase;
  void runOnOperation() override;

private:
  LogicalResult readOptions();
  LogicalResult checkRules();
  FailureOr<WeightMatrix> readWeights(Operation *layer);
  FittedWeights fit(Operation *layer, const WeightMatrix &matrix,
                    LayerSpec spec);
  LayerSpec specOf(Operation *layer);
  void replace(Operation *layer, const WeightMatrix &matrix,
               const FittedWeights &fitted);

  LayerSpec defaultSpec;
  FitMethod fitMethod = FitMethod::Optimal;
  std::vector<LayerRule> rules;
};
} // namespace

static std::optional<LayerSpec> parseSpec(StringRef text, int64_t planes) {
  if (text == "auto")
    return LayerSpec{LayerSpec::Auto, planes};
  if (text == "int8")
    return LayerSpec{LayerSpec::Int8, 1};
  if (text == "ternary")
    return LayerSpec{LayerSpec::Planes, planes};
  if (text == "1" || text == "2" || text == "3")
    return LayerSpec{LayerSpec::Planes, text[0] - '0'};
  return std::nullopt;
}

LogicalResult QuantizeWeights::readOptions() {
  Location location = getOperation()->getLoc();
  if (planes < 1 || planes > 3)
    return emitError(location)
           << "planes must be 1, 2 or 3, not " << planes.getValue();
  if (groupSize < 0)
    return emitError(location) << "group-size must not be negative";
  std::optional<LayerSpec> parsed = parseSpec(weights, planes);
  if (!parsed)
    return emitError(location) << "unknown kind of weights '" << weights
                               << "': use auto, ternary, int8, 1, 2 or 3";
  defaultSpec = *parsed;
  std::optional<FitMethod> parsedMethod = symbolizeFitMethod(method);
  if (!parsedMethod)
    return emitError(location)
           << "unknown method '" << method << "': use optimal, absmean or twn";
  fitMethod = *parsedMethod;
  rules.clear();
  for (const std::string &rule : layers) {
    auto [pattern, text] = StringRef(rule).rsplit('=');
    std::optional<LayerSpec> spec = parseSpec(text, planes);
    llvm::Expected<llvm::GlobPattern> glob = llvm::GlobPattern::create(pattern);
    if (!glob || !spec) {
      llvm::consumeError(glob.takeError());
      return emitError(location) << "cannot read layer rule '" << rule
                                 << "': write PATTERN=auto|ternary|int8|1|2|3";
    }
    rules.push_back({std::move(*glob), *spec});
  }
  return success();
}

static bool hasWeights(Operation *op) {
  return isa<tosa::FullyConnectedOp, tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(
      op);
}

/// Reports the rules that no layer's name matches.
LogicalResult QuantizeWeights::checkRules() {
  SmallVector<StringRef> names;
  getOperation()->walk([&](Operation *op) {
    if (hasWeights(op))
      names.push_back(getLayerName(op->getLoc()));
  });
  bool isValid = true;
  for (size_t i = 0; i < rules.size(); ++i) {
    const llvm::GlobPattern &glob = rules[i].pattern;
    if (llvm::any_of(names, [&](StringRef name) { return glob.match(name); }))
      continue;
    StringRef pattern = StringRef(layers[i]).rsplit('=').first;
    emitError(getOperation()->getLoc())
        << "layer rule '" << layers[i] << "' matches none of the "
        << names.size() << " layers with weights" << suggest(pattern, names);
    isValid = false;
  }
  return success(isValid);
}

LayerSpec QuantizeWeights::specOf(Operation *layer) {
  StringRef name = getLayerName(layer->getLoc());
  for (const LayerRule &rule : llvm::reverse(rules))
    if (rule.pattern.match(name))
      return rule.spec;
  return defaultSpec;
}

/// Reorders depthwise weights KH x KW x C x M to (C*M) x KH x KW.
static std::vector<float> transposeDepthwise(ArrayRef<float> values,
                                             int64_t window, int64_t rows) {
  std::vector<float> result(values.size());
  for (int64_t k = 0; k < window; ++k)
    for (int64_t r = 0; r < rows; ++r)
      result[r * window + k] = values[k * rows + r];
  return result;
}

FailureOr<WeightMatrix> QuantizeWeights::readWeights(Operation *layer) {
  OpOperand &operand = layer->getOpOperand(1);
  auto type = cast<RankedTensorType>(operand.get().getType());
  std::optional<std::vector<float>> values = readFloats(operand.get());
  if (!values)
    return layer->emitError("weights are not a constant of type f32");
  for (float value : *values)
    if (!std::isfinite(value))
      return layer->emitError("weights are not finite");
  WeightMatrix matrix{&operand, std::move(*values), {}};
  if (isa<tosa::DepthwiseConv2DOp>(layer)) {
    ArrayRef<int64_t> shape = type.getShape();
    matrix.shape = {shape[2] * shape[3], shape[0], shape[1], 1};
    matrix.values =
        transposeDepthwise(matrix.values, shape[0] * shape[1], matrix.shape[0]);
  } else {
    matrix.shape.assign(type.getShape().begin(), type.getShape().end());
  }
  return matrix;
}

/// The observed moments of a layer's inputs, if it has them.
static std::optional<InputMoments> readMoments(Operation *layer,
                                               int64_t columns) {
  auto mean = layer->getAttrOfType<ElementsAttr>("smelt.mean");
  auto covariance = layer->getAttrOfType<ElementsAttr>("smelt.covariance");
  if (!mean || !covariance)
    return std::nullopt;
  std::optional<std::vector<float>> means = readFloats(mean);
  std::optional<std::vector<float>> products = readFloats(covariance);
  if (!means || !products || static_cast<int64_t>(means->size()) != columns ||
      static_cast<int64_t>(products->size()) != columns * columns)
    return std::nullopt;
  return InputMoments{columns, std::move(*means), std::move(*products)};
}

/// Adds to the constant bias of a layer.
static void addToBias(Operation *layer, ArrayRef<float> terms) {
  std::optional<std::vector<float>> bias = readFloats(layer->getOperand(2));
  if (!bias || (bias->size() != 1 && bias->size() != terms.size()))
    return;
  SmallVector<float> sums;
  for (auto [i, term] : llvm::enumerate(terms))
    sums.push_back((*bias)[bias->size() == 1 ? 0 : i] + term);
  OpBuilder builder(layer);
  auto type = RankedTensorType::get({static_cast<int64_t>(sums.size())},
                                    builder.getF32Type());
  layer->setOperand(2, builder.create<tosa::ConstOp>(
                           layer->getLoc(), type,
                           DenseElementsAttr::get(type, ArrayRef(sums))));
}

FittedWeights QuantizeWeights::fit(Operation *layer, const WeightMatrix &matrix,
                                   LayerSpec spec) {
  int64_t rows = matrix.rows(), columns = matrix.columns();
  if (auto exact = detectGrid(matrix.values, rows, columns, 1))
    return std::move(*exact);
  if (spec.kind != LayerSpec::Planes)
    if (auto exact = detectGrid(matrix.values, rows, columns, 127))
      if (exact->groups == 1)
        return std::move(*exact);
  if (spec.kind == LayerSpec::Int8)
    return fitInt8(matrix.values, rows, columns);
  FittedWeights fitted =
      fitTernary(matrix.values, rows, columns, spec.planes,
                 matrix.shape.size() == 2 ? groupSize : 0, fitMethod);
  std::optional<InputMoments> moments = readMoments(layer, columns);
  if (moments && fitted.groups == 1 && fitMethod == FitMethod::Optimal) {
    refineFit(fitted, matrix.values, *moments);
    addToBias(layer, expectedError(fitted, matrix.values, *moments));
  }
  return fitted;
}

/// Restores KH x KW x C x M from the (C*M) x KH x KW x 1 of packed weights.
static Value restoreDepthwise(OpBuilder &builder, Location location,
                              Value weights, RankedTensorType type) {
  ArrayRef<int64_t> shape = type.getShape();
  SmallVector<int64_t> split = {shape[2], shape[3], shape[0], shape[1]};
  Value reshaped = builder.create<tosa::ReshapeOp>(
      location, RankedTensorType::get(split, type.getElementType()), weights,
      split);
  auto order =
      DenseElementsAttr::get(RankedTensorType::get({4}, builder.getI32Type()),
                             ArrayRef<int32_t>{2, 3, 0, 1});
  Value permutation =
      builder.create<tosa::ConstOp>(location, order.getType(), order);
  return builder.create<tosa::TransposeOp>(location, type, reshaped,
                                           permutation);
}

void QuantizeWeights::replace(Operation *layer, const WeightMatrix &matrix,
                              const FittedWeights &fitted) {
  OpBuilder builder(layer);
  Location location = layer->getLoc();
  auto original = cast<RankedTensorType>(matrix.operand->get().getType());
  auto type = WeightsType::get(builder.getContext(), matrix.shape,
                               fitted.isInt8 ? Layout::Int8 : Layout::Dense,
                               fitted.planes);
  auto bytesType = RankedTensorType::get(
      {static_cast<int64_t>(fitted.codes.size())}, builder.getI8Type());
  StringRef name = getLayerName(location);
  auto packed = builder.create<WeightsOp>(
      location, type,
      makeBytes(name.empty() ? "weights" : name, bytesType, fitted.codes));
  auto scales = DenseElementsAttr::get(
      RankedTensorType::get({fitted.planes, fitted.rows, fitted.groups},
                            builder.getF32Type()),
      ArrayRef<float>(fitted.scales));
  auto dequantized = builder.create<DequantizeWeightsOp>(
      location, RankedTensorType::get(matrix.shape, original.getElementType()),
      packed, scales);
  dequantized->setAttr("smelt.error", builder.getF64FloatAttr(
                                          fitted.relativeError(matrix.values)));
  Value result = dequantized;
  if (isa<tosa::DepthwiseConv2DOp>(layer))
    result = restoreDepthwise(builder, location, result, original);
  matrix.operand->set(result);
}

void QuantizeWeights::runOnOperation() {
  if (failed(readOptions()) || failed(checkRules()))
    return signalPassFailure();
  bool failedAny = false;
  getOperation()->walk([&](Operation *op) {
    if (!hasWeights(op) ||
        isa_and_present<DequantizeWeightsOp>(op->getOperand(1).getDefiningOp()))
      return;
    FailureOr<WeightMatrix> matrix = readWeights(op);
    if (failed(matrix)) {
      failedAny = true;
      return;
    }
    replace(op, *matrix, fit(op, *matrix, specOf(op)));
    op->removeAttr("smelt.mean");
    op->removeAttr("smelt.covariance");
  });
  if (failedAny)
    signalPassFailure();
}
