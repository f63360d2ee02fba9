//===- Resize.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

namespace {
/// How one dimension is resampled.
struct Resampling {
  int64_t size, result;
  double scale;
  std::string coordinates, nearest, mode;
};

/// The source elements of each result element and their weights.
struct Taps {
  SmallVector<int64_t> lower, upper;
  SmallVector<float> upperWeight;
};
} // namespace

static double sourceCoordinate(const Resampling &r, int64_t index) {
  double x = static_cast<double>(index);
  if (r.coordinates == "asymmetric")
    return x / r.scale;
  if (r.coordinates == "align_corners")
    return r.result == 1 ? 0 : x * (r.size - 1) / (r.result - 1);
  if (r.coordinates == "pytorch_half_pixel" && r.result == 1)
    return 0;
  if (r.coordinates == "half_pixel_symmetric") {
    double adjustment = r.result / (r.scale * r.size);
    double center = r.size / 2.0;
    return center * (1 - adjustment) + (x + 0.5) / r.scale - 0.5;
  }
  return (x + 0.5) / r.scale - 0.5;
}

static double roundNearest(StringRef mode, double x) {
  if (mode == "floor")
    return std::floor(x);
  if (mode == "ceil")
    return std::ceil(x);
  if (mode == "round_prefer_ceil")
    return std::floor(x + 0.5);
  return std::ceil(x - 0.5);
}

static Taps computeTaps(const Resampling &r) {
  Taps taps;
  auto clampIndex = [&](double x) {
    return static_cast<int64_t>(
        std::min<double>(std::max<double>(x, 0), r.size - 1));
  };
  for (int64_t i = 0; i < r.result; ++i) {
    double x = sourceCoordinate(r, i);
    if (r.mode == "nearest") {
      taps.lower.push_back(clampIndex(roundNearest(r.nearest, x)));
      continue;
    }
    double base = std::floor(x);
    taps.lower.push_back(clampIndex(base));
    taps.upper.push_back(clampIndex(base + 1));
    taps.upperWeight.push_back(static_cast<float>(x - base));
  }
  return taps;
}

/// Repeats each element of a dimension.
static GraphValue repeatElements(Node &node, const GraphValue &value,
                                 int64_t axis, int64_t factor) {
  Shape split(value.shape), repeats(value.shape.size() + 1, 1),
      merged(value.shape);
  split.insert(split.begin() + axis + 1, 1);
  repeats[axis + 1] = factor;
  merged[axis] *= factor;
  return node.reshape(node.tile(node.reshape(value, split), repeats), merged);
}

static GraphValue resample(Node &node, const GraphValue &value, int64_t axis,
                           const Resampling &resampling) {
  if (resampling.result > (1 << 24)) {
    (void)node.fail("the result is too large");
    return node.empty();
  }
  Taps taps = computeTaps(resampling);
  int64_t factor = resampling.result / resampling.size;
  bool isRepeat = resampling.mode == "nearest" &&
                  factor * resampling.size == resampling.result;
  for (auto [i, source] : llvm::enumerate(taps.lower))
    isRepeat = isRepeat && source == static_cast<int64_t>(i) / factor;
  if (isRepeat)
    return repeatElements(node, value, axis, factor);
  GraphValue lower = node.gather(value, taps.lower, {resampling.result}, axis);
  if (resampling.mode == "nearest")
    return lower;
  GraphValue upper = node.gather(value, taps.upper, {resampling.result}, axis);
  Shape shape(value.shape.size(), 1);
  shape[axis] = resampling.result;
  GraphValue weight = node.fromConstant(makeFloats(shape, taps.upperWeight));
  return node.add(lower, node.mul(node.sub(upper, lower), weight));
}

static LogicalResult
resizeAxes(Node &node, ArrayRef<int64_t> axes,
           const std::optional<SmallVector<double>> &scales,
           const std::optional<Shape> &sizes, Resampling settings) {
  GraphValue value = node.in(0);
  size_t given = scales ? scales->size() : sizes->size();
  if (given != axes.size())
    return node.fail("needs one scale or size for each dimension");
  for (auto [i, axis] : llvm::enumerate(axes)) {
    Resampling resampling = settings;
    resampling.size = node.in(0).shape[axis];
    if (scales) {
      resampling.scale = (*scales)[i];
      double result = std::floor(resampling.size * resampling.scale);
      if (!(resampling.scale > 0) || !(result >= 1 && result <= kMaxElements))
        return node.fail("a scale is out of range");
      resampling.result = static_cast<int64_t>(result);
    } else {
      resampling.result = (*sizes)[i];
      if (resampling.result < 1 || resampling.result > kMaxElements)
        return node.fail("a size is out of range");
      resampling.scale =
          static_cast<double>(resampling.result) / resampling.size;
    }
    if (resampling.scale == 1)
      continue;
    Shape shape(value.shape);
    shape[axis] = resampling.result;
    if (!node.checkShape(shape))
      return failure();
    value = resample(node, value, axis, resampling);
    if (node.isEmpty(value))
      return failure();
  }
  return node.set(0, value);
}

static std::optional<SmallVector<double>> readScales(Node &node, size_t index) {
  if (!node.has(index) || node.in(index).size() == 0)
    return std::nullopt;
  TensorPtr scales = node.constantInput(index, "the scales");
  if (!scales)
    return std::nullopt;
  if (scales->size() > static_cast<int64_t>(kMaxRank)) {
    (void)node.fail("has too many scales");
    return std::nullopt;
  }
  SmallVector<double> result;
  for (int64_t i = 0; i < scales->size(); ++i)
    result.push_back(scales->real(i));
  return result;
}

static LogicalResult importUpsample(Node &node) {
  std::optional<SmallVector<double>> scales;
  if (node.opset() >= 9) {
    scales = readScales(node, 1);
  } else if (auto stated = node.reals("scales")) {
    scales = SmallVector<double>(stated->begin(), stated->end());
  }
  if (!scales)
    return node.hasFailed() ? failure() : node.fail("needs scales");
  Resampling settings{
      0, 0, 0, "asymmetric", "floor", node.string("mode", "nearest")};
  if (settings.mode == "bilinear")
    settings.mode = "linear";
  if (settings.mode != "nearest" && settings.mode != "linear")
    return node.fail("mode '" + settings.mode + "' is not supported");
  return resizeAxes(node, integersBetween(0, node.in(0).rank()), scales,
                    std::nullopt, settings);
}

static LogicalResult importResize(Node &node) {
  if (node.opset() < 11)
    return importUpsample(node);
  Resampling settings{
      0,
      0,
      0,
      node.string("coordinate_transformation_mode", "half_pixel"),
      node.string("nearest_mode", "round_prefer_floor"),
      node.string("mode", "nearest")};
  constexpr StringRef kCoordinates[] = {"half_pixel", "asymmetric",
                                        "align_corners", "pytorch_half_pixel",
                                        "half_pixel_symmetric"};
  if (!llvm::is_contained(kCoordinates, StringRef(settings.coordinates)))
    return node.fail("coordinate_transformation_mode '" + settings.coordinates +
                     "' is not supported");
  if (settings.mode != "nearest" && settings.mode != "linear")
    return node.fail("mode '" + settings.mode + "' is not supported");
  bool isPlain =
      node.integer("antialias", 0) == 0 &&
      node.string("keep_aspect_ratio_policy", "stretch") == "stretch";
  if (!isPlain)
    return node.fail("antialias and keep_aspect_ratio_policy are not "
                     "supported");
  Shape axes = integersBetween(0, node.in(0).rank());
  if (std::optional<Shape> stated = node.integers("axes")) {
    axes.clear();
    for (int64_t axis : *stated) {
      std::optional<int64_t> normal =
          node.normalizeAxis(axis, node.in(0).rank());
      if (!normal || llvm::is_contained(axes, *normal))
        return node.hasFailed() ? failure() : node.fail("axes repeat");
      axes.push_back(*normal);
    }
  }
  std::optional<SmallVector<double>> scales = readScales(node, 2);
  std::optional<Shape> sizes;
  if (!scales && node.has(3))
    sizes = node.constantIntegers(3, "the sizes");
  if (!scales && !sizes)
    return node.hasFailed() ? failure() : node.fail("needs scales or sizes");
  return resizeAxes(node, axes, scales, sizes, settings);
}

void onnximport::registerResize(OpTable &table) {
  table.add("Resize", importResize, 1, 4, InputTypes::Any, OnQuantized::Refuse);
  table.add("Upsample", importUpsample, 1, 2, InputTypes::Float);
}
