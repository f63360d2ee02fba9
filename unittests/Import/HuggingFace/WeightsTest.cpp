//===- WeightsTest.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Weights.h"
#include "TestCheckpoint.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace smelt::hf;
using namespace llvm;

namespace {
/// A layer named `layer` of a checkpoint of its own.
class Layer {
public:
  Layer(int64_t rows, int64_t columns, LinearForm form) {
    linear.module = "layer";
    linear.rows = rows;
    linear.columns = columns;
    linear.form = form;
  }

  std::optional<LinearWeights> read() {
    folder.write("model.safetensors", tensors.build());
    checkpoint = Checkpoint::open(folder.getPath(), report);
    return checkpoint ? readLinear(linear, *checkpoint, report) : std::nullopt;
  }

  /// Reads floats that need no configuration.
  static std::optional<LinearWeights> readFloats(Layer &layer,
                                                 std::vector<float> values) {
    layer.tensors.addF32("layer.weight",
                         {layer.linear.rows, layer.linear.columns}, values);
    return layer.read();
  }

  LinearTensors linear;
  SafetensorsBuilder tensors;
  Report report;

private:
  TemporaryFolder folder;
  std::optional<Checkpoint> checkpoint;
};
} // namespace

static std::vector<int> codesOf(const WeightMatrix &matrix) {
  std::vector<int8_t> codes(matrix.rows * matrix.columns);
  matrix.readCodes(0, matrix.rows, codes);
  return {codes.begin(), codes.end()};
}

static std::vector<float> weightsOf(const WeightMatrix &matrix) {
  std::vector<float> weights(matrix.rows * matrix.columns);
  matrix.readWeights(0, matrix.rows, weights);
  return weights;
}

/// The example of `unpack_weights` in transformers.
static const char transformersExample[] = "\xa1\x18\x90\x0a";

TEST(Weights, UnpacksAsTransformers) {
  Layer layer(8, 2, LinearForm::Multiplied);
  layer.tensors.add("layer.weight", "U8", {2, 2},
                    StringRef(transformersExample, 4));
  layer.tensors.addBF16("layer.weight_scale", {1}, {2.5f});
  auto weights = layer.read();
  ASSERT_TRUE(weights) << format(layer.report);
  const WeightMatrix &matrix = weights->matrix;
  EXPECT_EQ(matrix.kind, WeightKind::Packed);
  EXPECT_EQ(matrix.scales, std::vector<float>{2.5f});
  EXPECT_EQ(matrix.scaleRows, 1);
  EXPECT_EQ(matrix.groups, 1);
  EXPECT_TRUE(weights->roundsInputs);
  std::vector<int> expected = {0, -1, -1, 1,  -1, 1,  -1, 1,
                               1, 0,  0,  -1, 1,  -1, 1,  -1};
  EXPECT_EQ(codesOf(matrix), expected);
  std::vector<int8_t> row(2);
  matrix.readCodes(3, 1, row);
  EXPECT_EQ(row, (std::vector<int8_t>{-1, 1}));
  std::vector<float> floats(2);
  matrix.readWeights(3, 1, floats);
  EXPECT_EQ(floats, (std::vector<float>{-2.5f, 2.5f}));
}

TEST(Weights, DividesByTheScaleOfBitLinear) {
  for (bool multiplies : {false, true}) {
    Layer layer(4, 1,
                multiplies ? LinearForm::Multiplied : LinearForm::Divided);
    layer.linear.hasBias = true;
    layer.tensors.add("layer.weight", "U8", {1, 1}, "\x24");
    layer.tensors.addF32("layer.weight_scale", {}, {4});
    layer.tensors.addF32("layer.bias", {4}, {1, 2, 3, 4});
    auto weights = layer.read();
    ASSERT_TRUE(weights) << format(layer.report);
    EXPECT_EQ(weights->matrix.scales.front(), multiplies ? 4 : 0.25f);
    // The bias is inside the scale of an AutoBitLinear.
    EXPECT_EQ(weights->bias[1], multiplies ? 8 : 2);
  }
}

TEST(Weights, IgnoresThePaddingOfPackedRows) {
  // 5 rows in 2: the last rows of the high pairs are not there.
  Layer layer(5, 1, LinearForm::Multiplied);
  layer.tensors.add("layer.weight", "U8", {2, 1}, "\xda\xf5");
  layer.tensors.addF32("layer.weight_scale", {1}, {1});
  auto weights = layer.read();
  ASSERT_TRUE(weights) << format(layer.report);
  EXPECT_EQ(codesOf(weights->matrix), (std::vector<int>{1, 0, 1, 0, 0}));
}

TEST(Weights, RefusesTheCodeThree) {
  Layer layer(8, 2, LinearForm::Multiplied);
  layer.tensors.add("layer.weight", "U8", {2, 2}, StringRef("\0\0\0\x30", 4));
  layer.tensors.addF32("layer.weight_scale", {1}, {1});
  EXPECT_FALSE(layer.read());
  EXPECT_TRUE(hasError(layer.report, "tensor 'layer.weight' has the code 3 at "
                                     "row 5, column 1"))
      << format(layer.report);
}

TEST(Weights, RefusesScalesThatAreNotPositive) {
  for (float scale : {0.0f, -1.0f, NAN, INFINITY, 1e-45f}) {
    Layer layer(4, 1, LinearForm::Divided);
    layer.tensors.add("layer.weight", "U8", {1, 1}, "\x24");
    layer.tensors.addF32("layer.weight_scale", {1}, {scale});
    EXPECT_FALSE(layer.read()) << scale;
    EXPECT_TRUE(layer.report.hasErrors());
  }
}

TEST(Weights, WarnsOfZeros) {
  Layer packed(4, 1, LinearForm::Multiplied);
  packed.tensors.add("layer.weight", "U8", {1, 1}, "\x55");
  packed.tensors.addF32("layer.weight_scale", {1}, {1});
  EXPECT_TRUE(packed.read());
  EXPECT_TRUE(
      hasWarning(packed.report, "'layer.weight' is ternary and all zero"));
  Layer grid(2, 2, LinearForm::Plain);
  auto weights = Layer::readFloats(grid, {0, -0.0f, 0, 0});
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->matrix.kind, WeightKind::Grid);
  EXPECT_EQ(weights->matrix.scales, std::vector<float>{1});
  EXPECT_TRUE(hasWarning(grid.report, "all zero"));
  Layer online(2, 2, LinearForm::Online);
  EXPECT_TRUE(Layer::readFloats(online, {0, 0, 0, 0}));
  EXPECT_TRUE(hasWarning(online.report, "all zero"));
}

TEST(Weights, RoundsMastersAsTransformers) {
  Layer layer(2, 3, LinearForm::Online);
  // The mean magnitude is 0.5; 0.25 is a tie, which goes to the even 0.
  auto weights =
      Layer::readFloats(layer, {0.25f, -0.25f, 0.375f, -1, 1, -0.125f});
  ASSERT_TRUE(weights) << format(layer.report);
  EXPECT_EQ(weights->matrix.kind, WeightKind::Online);
  EXPECT_EQ(weights->matrix.scales, std::vector<float>{0.5f});
  EXPECT_EQ(codesOf(weights->matrix), (std::vector<int>{0, 0, 1, -1, 1, 0}));
  EXPECT_EQ(weightsOf(weights->matrix),
            (std::vector<float>{0, 0, 0.5f, -0.5f, 0.5f, 0}));
  EXPECT_TRUE(weights->roundsInputs);
}

TEST(Weights, FindsOneScale) {
  Layer layer(2, 2, LinearForm::Plain);
  auto weights = Layer::readFloats(layer, {0.3f, -0.3f, 0, 0.3f});
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->matrix.kind, WeightKind::Grid);
  EXPECT_EQ(weights->matrix.scales, std::vector<float>{0.3f});
  EXPECT_EQ(codesOf(weights->matrix), (std::vector<int>{1, -1, 0, 1}));
  EXPECT_FALSE(weights->roundsInputs);
}

TEST(Weights, FindsAScaleForEachRow) {
  Layer layer(3, 2, LinearForm::Plain);
  auto weights = Layer::readFloats(layer, {0.3f, -0.3f, 0, 0, -0.5f, 0});
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->matrix.scaleRows, 3);
  EXPECT_EQ(weights->matrix.groups, 1);
  EXPECT_EQ(weights->matrix.scales, (std::vector<float>{0.3f, 0.5f, 0.5f}));
  EXPECT_EQ(weightsOf(weights->matrix),
            (std::vector<float>{0.3f, -0.3f, 0, 0, -0.5f, 0}));
}

TEST(Weights, FindsAScaleForEachGroup) {
  for (int64_t size : {64, 128, 256}) {
    Layer layer(2, 512, LinearForm::Plain);
    std::vector<float> values(2 * 512);
    for (int64_t i = 0; i < 2 * 512; ++i)
      values[i] = float(i % 3 - 1) * float(1 + i / size);
    auto weights = Layer::readFloats(layer, values);
    ASSERT_TRUE(weights);
    EXPECT_EQ(weights->matrix.kind, WeightKind::Grid);
    EXPECT_EQ(weights->matrix.groups, 512 / size);
    EXPECT_EQ(weights->matrix.scaleRows, 2);
    EXPECT_EQ(weightsOf(weights->matrix), values);
  }
}

TEST(Weights, KeepsOtherFloats) {
  Layer layer(1, 3, LinearForm::Plain);
  auto weights = Layer::readFloats(layer, {0.3f, -0.30000001f * 1.01f, 0});
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->matrix.kind, WeightKind::Float);
  EXPECT_FALSE(weights->matrix.isTernary());
  EXPECT_TRUE(weights->matrix.scales.empty());
  EXPECT_EQ(weightsOf(weights->matrix)[0], 0.3f);
}

TEST(Weights, ScalesUnpackedWeights) {
  for (float other : {0.5f, 0.25f}) {
    Layer layer(1, 2, LinearForm::Multiplied);
    layer.tensors.addF32("layer.weight_scale", {1}, {4});
    auto weights = Layer::readFloats(layer, {-0.5f, other});
    ASSERT_TRUE(weights) << format(layer.report);
    EXPECT_EQ(weights->matrix.isTernary(), other == 0.5f);
    EXPECT_EQ(weightsOf(weights->matrix), (std::vector<float>{-2, 4 * other}));
    EXPECT_TRUE(weights->roundsInputs);
  }
}

TEST(Weights, RefusesWhatIsNotFinite) {
  for (LinearForm form : {LinearForm::Plain, LinearForm::Online}) {
    Layer layer(2, 2, form);
    EXPECT_FALSE(Layer::readFloats(layer, {1, 2, 3, NAN}));
    EXPECT_TRUE(hasError(layer.report, "'layer.weight' is not finite at row 1, "
                                       "column 1"));
  }
  Layer large(1, 2, LinearForm::Multiplied);
  large.tensors.addF32("layer.weight_scale", {1}, {1e30f});
  EXPECT_FALSE(Layer::readFloats(large, {1e30f, 2}));
  EXPECT_TRUE(hasError(large.report, "is too large"));
}

TEST(Weights, RefusesWhatLeavesTheIntegers) {
  const char *weightError = "'layer.weight' stands for weights up to 16385, "
                            "which is too large; at most 16384 is supported";
  for (LinearForm form : {LinearForm::Plain, LinearForm::Online}) {
    Layer most(1, 2, form);
    EXPECT_TRUE(Layer::readFloats(most, {16384, 16384})) << format(most.report);
    Layer large(1, 2, form);
    EXPECT_FALSE(Layer::readFloats(large, {16385, 16385}));
    EXPECT_TRUE(hasError(large.report, weightError)) << format(large.report);
  }
  Layer scale(4, 1, LinearForm::Divided);
  scale.tensors.add("layer.weight", "U8", {1, 1}, "\x55");
  scale.tensors.addF32("layer.weight_scale", {1}, {0x1p-15f});
  EXPECT_FALSE(scale.read());
  EXPECT_TRUE(hasError(scale.report, "'layer.weight_scale' stands for weights "
                                     "up to 32768"))
      << format(scale.report);
  Layer bias(1, 2, LinearForm::Multiplied);
  bias.linear.hasBias = true;
  bias.tensors.addF32("layer.weight_scale", {1}, {4});
  bias.tensors.addF32("layer.bias", {1}, {-3e38f});
  EXPECT_FALSE(Layer::readFloats(bias, {1, -1}));
  EXPECT_TRUE(hasError(bias.report, "'layer.bias' stands for -inf at 0, which "
                                    "is too large; at most 1e+06"))
      << format(bias.report);
}

TEST(Weights, RefusesWhatDoesNotFit) {
  Layer missing(2, 2, LinearForm::Plain);
  missing.tensors.addF32("other", {1}, {1});
  EXPECT_FALSE(missing.read());
  EXPECT_TRUE(hasError(missing.report, "tensor 'layer.weight' is missing"));
  Layer shaped(2, 2, LinearForm::Plain);
  shaped.tensors.addF32("layer.weight", {4, 1}, {1, 2, 3, 4});
  EXPECT_FALSE(shaped.read());
  Layer packed(4, 1, LinearForm::Plain);
  packed.tensors.add("layer.weight", "U8", {1, 1}, "\x55");
  EXPECT_FALSE(packed.read());
  EXPECT_TRUE(hasError(packed.report, "which is not what its layer demands"));
}

TEST(Weights, ReadsNorms) {
  Layer layer(1, 2, LinearForm::Online);
  layer.linear.hasInputNorm = true;
  layer.tensors.addF32("layer.rms_norm.weight", {2}, {3, 4});
  auto weights = Layer::readFloats(layer, {1, 2});
  ASSERT_TRUE(weights) << format(layer.report);
  EXPECT_EQ(weights->inputNorm, (std::vector<float>{3, 4}));
}
