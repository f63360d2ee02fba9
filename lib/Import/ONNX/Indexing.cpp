//===- Indexing.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

static LogicalResult importConcat(Node &node) {
  const GraphValue &first = node.in(0);
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", 1), first.rank());
  if (!axis)
    return failure();
  SmallVector<GraphValue> parts;
  for (size_t i = 0; i < node.inputCount(); ++i) {
    if (!node.has(i))
      return node.fail("an input is missing");
    const GraphValue &part = node.in(i);
    bool fits = part.rank() == first.rank() && part.type == first.type;
    for (int64_t d = 0; fits && d < first.rank(); ++d)
      fits = d == *axis || part.shape[d] == first.shape[d];
    if (!fits)
      return node.fail("'" + part.name + "' does not fit '" + first.name + "'");
    bool isSame = part.quantization == first.quantization ||
                  (part.quantization && first.quantization &&
                   *part.quantization == *first.quantization);
    if (!isSame)
      return node.fail("the inputs are quantized differently");
    parts.push_back(part);
  }
  return node.set(0, node.concat(parts, *axis));
}

static LogicalResult importSplit(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", 0), x.rank());
  if (!axis)
    return failure();
  int64_t size = x.shape[*axis];
  int64_t count = node.outputCount();
  std::optional<Shape> sizes;
  if (node.opset() < 13)
    sizes = node.integers("split");
  else if (node.has(1))
    sizes = node.constantIntegers(1, "the sizes of the parts");
  if (node.hasFailed())
    return failure();
  if (!sizes) {
    if (count == 0 || node.integer("num_outputs", count) != count)
      return node.fail("num_outputs is not the number of outputs");
    int64_t part = llvm::divideCeil(size, count);
    if (node.opset() < 18 && size % count)
      return node.fail("cannot split " + Twine(size) + " into " + Twine(count) +
                       " equal parts");
    sizes.emplace();
    for (int64_t i = 0, left = size; i < count; ++i) {
      sizes->push_back(std::min(part, left));
      left -= sizes->back();
    }
  }
  int64_t sum = 0;
  for (int64_t part : *sizes) {
    if (part < 0 || part > size)
      return node.fail("the size of a part is out of range");
    sum += part;
  }
  if (sum != size || static_cast<int64_t>(sizes->size()) != count)
    return node.fail("the parts do not add up to the input");
  Shape starts(x.shape.size(), 0), shape(x.shape);
  for (int64_t i = 0; i < count; ++i) {
    shape[*axis] = (*sizes)[i];
    if (node.wantsOutput(i) &&
        failed(node.set(i, node.slice(x, starts, shape))))
      return failure();
    starts[*axis] += (*sizes)[i];
  }
  return success();
}

/// Clamps the bounds of one axis as ONNX says and counts the elements.
static int64_t clampBounds(int64_t size, int64_t &start, int64_t end,
                           int64_t step) {
  auto normalize = [&](int64_t bound, int64_t low, int64_t high) {
    if (bound < 0)
      bound = bound < -size ? low : bound + size;
    return std::clamp(bound, low, high);
  };
  if (step > 0) {
    start = normalize(start, 0, size);
    end = normalize(end, 0, size);
    return end <= start ? 0 : (end - start - 1) / step + 1;
  }
  if (size == 0)
    return 0;
  start = normalize(start, 0, size - 1);
  end = end < -size ? -1 : normalize(end, -1, size - 1);
  return start <= end ? 0 : (start - end - 1) / -step + 1;
}

static LogicalResult importSlice(Node &node) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> starts, ends, axes, steps;
  if (node.opset() < 10) {
    starts = node.integers("starts");
    ends = node.integers("ends");
    axes = node.integers("axes");
  } else {
    starts = node.constantIntegers(1, "the starts");
    ends = node.constantIntegers(2, "the ends");
    if (node.has(3))
      axes = node.constantIntegers(3, "the axes");
    if (node.has(4))
      steps = node.constantIntegers(4, "the steps");
  }
  if (node.hasFailed() || !starts || !ends)
    return node.hasFailed() ? failure() : node.fail("needs starts and ends");
  if (!axes)
    axes = integersBetween(0, starts->size());
  if (!steps)
    steps = Shape(starts->size(), 1);
  if (starts->size() != ends->size() || starts->size() != axes->size() ||
      starts->size() != steps->size())
    return node.fail("starts, ends, axes and steps have different lengths");
  Shape from(x.shape.size(), 0), sizes(x.shape), by(x.shape.size(), 1);
  for (size_t i = 0; i < starts->size(); ++i) {
    std::optional<int64_t> axis = node.normalizeAxis((*axes)[i], x.rank());
    if (!axis)
      return failure();
    int64_t step =
        std::clamp<int64_t>((*steps)[i], -kMaxElements, kMaxElements);
    if (step == 0)
      return node.fail("a step is 0");
    from[*axis] = (*starts)[i];
    sizes[*axis] = clampBounds(x.shape[*axis], from[*axis], (*ends)[i], step);
    by[*axis] = sizes[*axis] > 1 ? step : 1;
  }
  return node.set(0, node.slice(x, from, sizes, by));
}

static LogicalResult importGather(Node &node) {
  const GraphValue &x = node.in(0), &indices = node.in(1);
  std::optional<int64_t> axis =
      node.normalizeAxis(node.integer("axis", 0), x.rank());
  if (!axis)
    return failure();
  if (!indices.isConstant())
    return node.fail("indices that are not constant are not supported");
  if (isFloat(indices.type) || indices.size() > (1 << 26))
    return node.fail("indices must be integers, and not too many");
  SmallVector<int64_t> list;
  for (int64_t i = 0; i < indices.size(); ++i) {
    int64_t index = indices.constant->integer(i);
    if (index < 0)
      index += x.shape[*axis];
    if (index < 0 || index >= x.shape[*axis])
      return node.fail("an index is out of range");
    list.push_back(index);
  }
  return node.set(0, node.gather(x, list, indices.shape, *axis));
}

//===----------------------------------------------------------------------===//
// Pad
//===----------------------------------------------------------------------===//

/// Amounts before and after each dimension.
static bool readPads(Node &node, Shape &before, Shape &after) {
  const GraphValue &x = node.in(0);
  std::optional<Shape> pads = node.opset() < 11
                                  ? node.integers("pads")
                                  : node.constantIntegers(1, "the padding");
  std::optional<Shape> axes;
  if (node.has(3))
    axes = node.constantIntegers(3, "the axes");
  if (node.hasFailed())
    return false;
  if (!axes)
    axes = integersBetween(0, x.rank());
  if (!pads || pads->size() != 2 * axes->size()) {
    (void)node.fail("needs two amounts of padding for each dimension");
    return false;
  }
  before.assign(x.shape.size(), 0);
  after.assign(x.shape.size(), 0);
  for (size_t i = 0; i < axes->size(); ++i) {
    std::optional<int64_t> axis = node.normalizeAxis((*axes)[i], x.rank());
    if (!axis)
      return false;
    before[*axis] = (*pads)[i];
    after[*axis] = (*pads)[i + axes->size()];
  }
  return true;
}

/// The source index of each index of a padded dimension, for the modes that
/// copy elements.
static std::optional<SmallVector<int64_t>>
paddedIndices(StringRef mode, int64_t size, int64_t before, int64_t after) {
  if (size == 0 || before + after + size > kMaxElements)
    return std::nullopt;
  SmallVector<int64_t> indices;
  for (int64_t i = -before; i < size + after; ++i) {
    if (mode == "edge") {
      indices.push_back(std::clamp<int64_t>(i, 0, size - 1));
    } else if (mode == "wrap") {
      indices.push_back(((i % size) + size) % size);
    } else {
      int64_t period = std::max<int64_t>(2 * (size - 1), 1);
      int64_t phase = ((i % period) + period) % period;
      indices.push_back(phase < size ? phase : period - phase);
    }
  }
  return indices;
}

static LogicalResult importPad(Node &node) {
  GraphValue x = node.in(0);
  Shape before, after;
  if (!readPads(node, before, after))
    return failure();
  // Negative amounts crop.
  Shape starts(x.shape.size(), 0), sizes(x.shape);
  for (int64_t d = 0; d < x.rank(); ++d) {
    int64_t low = std::clamp<int64_t>(-before[d], 0, kMaxElements);
    int64_t high = std::clamp<int64_t>(-after[d], 0, kMaxElements);
    starts[d] = low;
    sizes[d] = x.shape[d] - low - high;
    if (sizes[d] < 1 || before[d] > kMaxElements || after[d] > kMaxElements)
      return node.fail("an amount of padding is out of range");
    before[d] = std::max<int64_t>(before[d], 0);
    after[d] = std::max<int64_t>(after[d], 0);
  }
  x = node.slice(x, starts, sizes);
  std::string mode = node.string("mode", "constant");
  if (mode == "constant") {
    double value = node.real("value", 0);
    if (node.opset() >= 11 && node.has(2)) {
      std::optional<double> constant = node.constantScalar(2, "the value");
      if (!constant)
        return failure();
      value = *constant;
    }
    return node.set(0, node.pad(x, before, after, value));
  }
  if (mode != "edge" && mode != "reflect" && mode != "wrap")
    return node.fail("mode '" + mode + "' is not supported");
  for (int64_t d = 0; d < x.rank(); ++d) {
    if (before[d] == 0 && after[d] == 0)
      continue;
    auto indices = paddedIndices(mode, x.shape[d], before[d], after[d]);
    if (!indices || indices->size() > (1 << 26))
      return node.fail("an amount of padding is out of range");
    x = node.gather(x, *indices, {static_cast<int64_t>(indices->size())}, d);
    if (node.isEmpty(x))
      return failure();
  }
  return node.set(0, x);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

static LogicalResult importDepthToSpace(Node &node) {
  const GraphValue &x = node.in(0);
  int64_t block = node.integer("blocksize", 0);
  if (x.rank() != 4 || block < 1 || block > 4096 ||
      x.shape[1] % (block * block))
    return node.fail("the block size does not divide the channels");
  int64_t n = x.shape[0], c = x.shape[1] / (block * block), h = x.shape[2],
          w = x.shape[3];
  std::string mode = node.string("mode", "DCR");
  GraphValue parts;
  if (mode == "DCR")
    parts = node.transpose(node.reshape(x, {n, block, block, c, h, w}),
                           {0, 3, 4, 1, 5, 2});
  else if (mode == "CRD")
    parts = node.transpose(node.reshape(x, {n, c, block, block, h, w}),
                           {0, 1, 4, 2, 5, 3});
  else
    return node.fail("mode '" + mode + "' is not supported");
  return node.set(0, node.reshape(parts, {n, c, h * block, w * block}));
}

static LogicalResult importSpaceToDepth(Node &node) {
  const GraphValue &x = node.in(0);
  int64_t block = node.integer("blocksize", 0);
  if (x.rank() != 4 || block < 1 || block > 4096 || x.shape[2] % block ||
      x.shape[3] % block)
    return node.fail("the block size does not divide the image");
  int64_t n = x.shape[0], c = x.shape[1], h = x.shape[2] / block,
          w = x.shape[3] / block;
  GraphValue parts = node.transpose(node.reshape(x, {n, c, h, block, w, block}),
                                    {0, 3, 5, 1, 2, 4});
  return node.set(0, node.reshape(parts, {n, c * block * block, h, w}));
}

void onnximport::registerIndexing(OpTable &table) {
  constexpr InputTypes kAny = InputTypes::Any;
  constexpr OnQuantized kKeep = OnQuantized::Keep;
  table.add("Concat", importConcat, 1, kAnyNumber, kAny, kKeep);
  table.add("Split", importSplit, 1, 2, kAny, kKeep);
  table.add("Slice", importSlice, 1, 5, kAny, kKeep);
  table.add("Gather", importGather, 2, 2, kAny, kKeep);
  table.add("Pad", importPad, 1, 4, InputTypes::Any);
  table.add("DepthToSpace", importDepthToSpace, 1, 1, kAny, kKeep);
  table.add("SpaceToDepth", importSpaceToDepth, 1, 1, kAny, kKeep);
}
