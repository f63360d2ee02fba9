//===- Weights.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Weights.h"
#include "TernaryGrid.h"
#include "llvm/ADT/STLExtras.h"
#include <cassert>
#include <cmath>

using namespace smelt::hf;
using namespace llvm;

/// Within these magnitudes no sum of products leaves 64 bits. The residual
/// stream holds values below 32768.
static constexpr float maxWeight = 1 << 14;
static constexpr float maxVectorElement = 1e6f;

StringRef smelt::hf::getName(WeightKind kind) {
  static constexpr StringLiteral names[] = {"packed", "online", "grid",
                                            "float"};
  return names[size_t(kind)];
}

//===----------------------------------------------------------------------===//
// Reading rows
//===----------------------------------------------------------------------===//

static int64_t countPackedRows(int64_t rows) { return (rows + 3) / 4; }

/// Byte (p, c) of `packed` holds rows p, p + R, p + 2R and p + 3R of column c,
/// R = ceil(rows / 4), the first in the low bits, each as its code + 1.
static void unpackRow(ArrayRef<uint8_t> packed, int64_t rows, int64_t row,
                      MutableArrayRef<int8_t> codes) {
  int64_t packedRows = countPackedRows(rows);
  unsigned shift = 2 * static_cast<unsigned>(row / packedRows);
  const uint8_t *bytes =
      packed.data() + row % packedRows * static_cast<int64_t>(codes.size());
  for (size_t c = 0; c < codes.size(); ++c)
    codes[c] = static_cast<int8_t>(((bytes[c] >> shift) & 3) - 1);
}

static int8_t signOf(float number) {
  return static_cast<int8_t>((number > 0) - (number < 0));
}

void WeightMatrix::readCodes(int64_t firstRow, int64_t rowCount,
                             MutableArrayRef<int8_t> codes) const {
  assert(isTernary() && int64_t(codes.size()) == rowCount * columns);
  assert(firstRow >= 0 && rowCount >= 0 && firstRow + rowCount <= rows);
  std::vector<float> floats(kind == WeightKind::Packed ? 0 : columns);
  for (int64_t i = 0; i < rowCount; ++i) {
    MutableArrayRef<int8_t> row = codes.slice(i * columns, columns);
    if (kind == WeightKind::Packed) {
      unpackRow(tensor->bytes, rows, firstRow + i, row);
      continue;
    }
    readFloats(*tensor, (firstRow + i) * columns, floats);
    for (auto [number, code] : zip_equal(floats, row)) {
      if (kind == WeightKind::Grid) {
        code = signOf(number);
        continue;
      }
      float rounded = std::nearbyint(number * inverseScale);
      code = static_cast<int8_t>(std::clamp(rounded, -1.0f, 1.0f));
    }
  }
}

void WeightMatrix::readWeights(int64_t firstRow, int64_t rowCount,
                               MutableArrayRef<float> weights) const {
  assert(int64_t(weights.size()) == rowCount * columns);
  assert(firstRow >= 0 && rowCount >= 0 && firstRow + rowCount <= rows);
  if (!isTernary()) {
    readFloats(*tensor, firstRow * columns, weights);
    if (multiplier != 1)
      for (float &weight : weights)
        weight *= multiplier;
    return;
  }
  std::vector<int8_t> codes(columns);
  for (int64_t r = 0; r < rowCount; ++r) {
    readCodes(firstRow + r, 1, codes);
    for (int64_t c = 0; c < columns; ++c)
      weights[r * columns + c] =
          static_cast<float>(codes[c]) * getScale(firstRow + r, c);
  }
}

//===----------------------------------------------------------------------===//
// Finding out what the weights are
//===----------------------------------------------------------------------===//

namespace smelt::hf {
/// Reads the tensors of a linear layer.
class WeightReader {
public:
  WeightReader(const LinearTensors &linear, const Checkpoint &checkpoint,
               Report &report)
      : linear(linear), checkpoint(checkpoint), report(report) {}

  std::optional<LinearWeights> read();
  std::optional<std::vector<float>> readVector(const std::string &name,
                                               int64_t size);
  /// Of a norm or bias, which `factor` multiplies.
  std::optional<std::vector<float>>
  readBoundedVector(const std::string &name, int64_t size, float factor = 1);

private:
  const TensorView *find(const std::string &name);
  bool readScale(float &scale);
  bool readMatrix(WeightMatrix &matrix, float scale);
  bool readPacked(WeightMatrix &matrix, float scale);
  bool readOnline(WeightMatrix &matrix);
  bool readStored(WeightMatrix &matrix, float scale);
  bool forEachRow(const WeightMatrix &matrix,
                  function_ref<void(ArrayRef<float>)> visit);
  bool fail(const TensorView &tensor, const Twine &message) {
    report.error(checkpoint.getFile(tensor),
                 "tensor '" + tensor.name + "' " + message);
    return false;
  }
  bool checkWeight(const TensorView &tensor, float largest) {
    return largest <= maxWeight ||
           fail(tensor, "stands for weights up to " + formatNumber(largest) +
                            ", which is too large; at most " +
                            formatNumber(maxWeight) + " is supported");
  }
  void warnOfZeros(const WeightMatrix &matrix) {
    report.warning(checkpoint.getFile(*matrix.tensor),
                   "tensor '" + matrix.tensor->name +
                       "' is ternary and all zero; the checkpoint may be "
                       "damaged");
  }

  const LinearTensors &linear;
  const Checkpoint &checkpoint;
  Report &report;
};
} // namespace smelt::hf

const TensorView *WeightReader::find(const std::string &name) {
  const TensorView *tensor = checkpoint.find(name);
  if (!tensor)
    report.error(checkpoint.getFolder(), "tensor '" + name + "' is missing");
  return tensor;
}

std::optional<std::vector<float>>
WeightReader::readVector(const std::string &name, int64_t size) {
  const TensorView *tensor = find(name);
  if (!tensor)
    return std::nullopt;
  if (!isReadableFloat(tensor->type) || tensor->getNumElements() != size) {
    fail(*tensor, "is " + tensor->describe() + ", but " + Twine(size) +
                      " floats are needed");
    return std::nullopt;
  }
  std::vector<float> values(size);
  readFloats(*tensor, 0, values);
  for (auto [index, value] : enumerate(values))
    if (!std::isfinite(value)) {
      fail(*tensor, "is not finite at " + Twine(index));
      return std::nullopt;
    }
  return values;
}

std::optional<std::vector<float>>
WeightReader::readBoundedVector(const std::string &name, int64_t size,
                                float factor) {
  std::optional<std::vector<float>> values = readVector(name, size);
  if (!values)
    return std::nullopt;
  for (auto [index, value] : enumerate(*values)) {
    value *= factor;
    // A product may be infinite.
    if (std::fabs(value) <= maxVectorElement)
      continue;
    fail(*checkpoint.find(name),
         "stands for " + formatNumber(value) + " at " + Twine(index) +
             ", which is too large; at most " + formatNumber(maxVectorElement) +
             " is supported");
    return std::nullopt;
  }
  return values;
}

/// The factor of ternary weights that `weight_scale` means.
bool WeightReader::readScale(float &scale) {
  std::string name = linear.module + ".weight_scale";
  std::optional<std::vector<float>> stored = readVector(name, 1);
  if (!stored)
    return false;
  scale = linear.form == LinearForm::Multiplied ? stored->front()
                                                : 1 / stored->front();
  const TensorView &tensor = *checkpoint.find(name);
  if (!std::isfinite(scale) || scale <= 0 || stored->front() <= 0)
    return fail(tensor, "must be positive");
  return checkWeight(tensor, scale);
}

/// Visits the rows of stored floats and checks that they are finite.
bool WeightReader::forEachRow(const WeightMatrix &matrix,
                              function_ref<void(ArrayRef<float>)> visit) {
  std::vector<float> row(matrix.columns);
  for (int64_t r = 0; r < matrix.rows; ++r) {
    readFloats(*matrix.tensor, r * matrix.columns, row);
    for (auto [c, value] : enumerate(row))
      if (!std::isfinite(value))
        return fail(*matrix.tensor, "is not finite at row " + Twine(r) +
                                        ", column " + Twine(c));
    visit(row);
  }
  return true;
}

bool WeightReader::readPacked(WeightMatrix &matrix, float scale) {
  matrix.kind = WeightKind::Packed;
  matrix.scaleRows = matrix.groups = 1;
  matrix.scales = {scale};
  std::vector<int8_t> codes(matrix.columns);
  bool isAllZero = true;
  for (int64_t r = 0; r < matrix.rows; ++r) {
    unpackRow(matrix.tensor->bytes, matrix.rows, r, codes);
    isAllZero = isAllZero && all_of(codes, [](int8_t code) { return !code; });
    auto wrong = llvm::find(codes, 2);
    if (wrong != codes.end())
      return fail(*matrix.tensor, "has the code 3 at row " + Twine(r) +
                                      ", column " +
                                      Twine(wrong - codes.begin()) +
                                      ", which no ternary weight has");
  }
  if (isAllZero)
    warnOfZeros(matrix);
  return true;
}

/// s = 1 / max(mean|W|, 1e-5), code = clamp(round(W * s), -1, 1), W ~ code / s
/// in f32, with ties to even (transformers, `WeightQuant`). The mean is summed
/// in f64; torch sums in f32, in an order of its own.
bool WeightReader::readOnline(WeightMatrix &matrix) {
  double sum = 0;
  if (!forEachRow(matrix, [&](ArrayRef<float> row) {
        for (float value : row)
          sum += std::fabs(value);
      }))
    return false;
  auto mean = static_cast<float>(
      sum / static_cast<double>(matrix.rows * matrix.columns));
  matrix.kind = WeightKind::Online;
  matrix.inverseScale = 1 / std::max(mean, 1e-5f);
  matrix.scaleRows = matrix.groups = 1;
  matrix.scales = {1 / matrix.inverseScale};
  if (!checkWeight(*matrix.tensor, matrix.scales.front()))
    return false;
  if (mean == 0)
    warnOfZeros(matrix);
  return true;
}

bool WeightReader::readStored(WeightMatrix &matrix, float scale) {
  TernaryGrid grid(matrix.columns);
  float max = 0;
  if (!forEachRow(matrix, [&](ArrayRef<float> row) {
        grid.addRow(row);
        for (float value : row)
          max = std::max(max, std::fabs(value));
      }))
    return false;
  if (!checkWeight(*matrix.tensor, max * scale))
    return false;
  matrix.multiplier = scale;
  std::optional<TernaryScales> found = grid.getScales();
  if (!found)
    return true;
  matrix.kind = WeightKind::Grid;
  matrix.scaleRows = found->scaleRows;
  matrix.groups = found->groups;
  matrix.scales = std::move(found->scales);
  for (float &each : matrix.scales) {
    each *= scale;
    if (each == 0)
      return fail(*matrix.tensor, "times its 'weight_scale' is too small");
  }
  if (found->isAllZero)
    warnOfZeros(matrix);
  return true;
}

bool WeightReader::readMatrix(WeightMatrix &matrix, float scale) {
  matrix.tensor = find(linear.module + ".weight");
  matrix.rows = linear.rows;
  matrix.columns = linear.columns;
  if (!matrix.tensor)
    return false;
  bool isPacked = matrix.tensor->type == ElementType::U8;
  bool mayBePacked = linear.form == LinearForm::Divided ||
                     linear.form == LinearForm::Multiplied;
  int64_t storedRows = isPacked ? countPackedRows(linear.rows) : linear.rows;
  if (ArrayRef(matrix.tensor->shape) !=
          ArrayRef<int64_t>({storedRows, linear.columns}) ||
      (isPacked ? !mayBePacked : !isReadableFloat(matrix.tensor->type)))
    return fail(*matrix.tensor, "is " + matrix.tensor->describe() +
                                    ", which is not what its layer demands");
  if (isPacked)
    return readPacked(matrix, scale);
  if (linear.form == LinearForm::Online)
    return readOnline(matrix);
  return readStored(matrix, scale);
}

std::optional<LinearWeights> WeightReader::read() {
  LinearWeights weights;
  bool hasScale = linear.form == LinearForm::Divided ||
                  linear.form == LinearForm::Multiplied;
  float scale = 1;
  if (hasScale && !readScale(scale))
    return std::nullopt;
  if (!readMatrix(weights.matrix, scale))
    return std::nullopt;
  weights.roundsInputs = linear.form != LinearForm::Plain;
  if (linear.hasBias) {
    // y = (W x + b) * weight_scale.
    float factor = linear.form == LinearForm::Multiplied ? scale : 1;
    auto bias = readBoundedVector(linear.module + ".bias", linear.rows, factor);
    if (!bias)
      return std::nullopt;
    weights.bias = std::move(*bias);
  }
  if (linear.hasInputNorm) {
    auto norm =
        readBoundedVector(linear.module + ".rms_norm.weight", linear.columns);
    if (!norm)
      return std::nullopt;
    weights.inputNorm = std::move(*norm);
  }
  return weights;
}

std::optional<LinearWeights> smelt::hf::readLinear(const LinearTensors &linear,
                                                   const Checkpoint &checkpoint,
                                                   Report &report) {
  return WeightReader(linear, checkpoint, report).read();
}

std::optional<std::vector<float>>
smelt::hf::readNorm(const NormTensor &norm, const Checkpoint &checkpoint,
                    Report &report) {
  return WeightReader(LinearTensors(), checkpoint, report)
      .readBoundedVector(norm.name, norm.size);
}
