//===- Pooling.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

/// N x C x L as N x C x 1 x L.
static GraphValue asImage(Node &node, const GraphValue &input) {
  if (input.rank() == 4)
    return input;
  return node.reshape(input,
                      {input.shape[0], input.shape[1], 1, input.shape.back()});
}

/// How far the last window reaches over the padded image's end, or with a
/// negative sign, stays away from it.
static int64_t overhang(const Window &window, size_t d, int64_t size) {
  int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
  return (window.output[d] - 1) * window.stride[d] + reach -
         (size + window.before[d] + window.after[d]);
}

static GraphValue finish(Node &node, Value pooled, const GraphValue &input) {
  GraphValue result =
      node.channelsFirst(node.fromValue(pooled, DataType::Float));
  if (input.rank() == 4)
    return result;
  return node.reshape(result,
                      {result.shape[0], result.shape[1], result.shape.back()});
}

/// N x H x W x C with `before` and `after` elements more in H and W.
static GraphValue padImage(Node &node, const GraphValue &image,
                           std::array<int64_t, 2> before,
                           std::array<int64_t, 2> after, float value) {
  return node.pad(image, {0, before[0], before[1], 0},
                  {0, after[0], after[1], 0}, value);
}

GraphValue onnximport::averagePool(Node &node, const GraphValue &input) {
  std::optional<Window> window = readWindow(node, input.shape, {});
  if (!window)
    return node.empty();
  if (window->dilation != std::array<int64_t, 2>{1, 1}) {
    (void)node.fail("dilations are not supported");
    return node.empty();
  }
  GraphValue image = node.channelsLast(asImage(node, input));
  if (node.isEmpty(image))
    return image;
  if (node.integer("count_include_pad", 0)) {
    image = padImage(node, image, window->before, window->after, 0);
    window->before = window->after = {0, 0};
  }
  if (node.isEmpty(image))
    return image;
  // What ceil_mode adds is never counted, as in tosa's own padding.
  std::array<int64_t, 2> after = window->after;
  for (size_t d = 0; d < 2; ++d)
    after[d] += overhang(*window, d, image.shape[d + 1]);
  Shape shape = {image.shape[0], window->output[0], window->output[1],
                 image.shape[3]};
  if (!node.checkShape(shape))
    return node.empty();
  Shape crop(image.shape);
  for (size_t d = 0; d < 2; ++d)
    if (after[d] < 0) {
      crop[d + 1] += after[d];
      after[d] = 0;
    }
  image = node.slice(image, {0, 0, 0, 0}, crop);
  OpBuilder &builder = node.getBuilder();
  Value pooled = builder.create<tosa::AvgPool2dOp>(
      node.getLoc(), node.typeOf(DataType::Float, shape), node.emit(image),
      builder.getDenseI64ArrayAttr(window->kernel),
      builder.getDenseI64ArrayAttr(window->stride),
      builder.getDenseI64ArrayAttr(
          {window->before[0], after[0], window->before[1], after[1]}),
      TypeAttr::get(builder.getF32Type()));
  return finish(node, pooled, input);
}

static LogicalResult importAveragePool(Node &node) {
  return node.set(0, averagePool(node, node.in(0)));
}

/// A dilated window is one of stride 1 over the image's phases; only whole
/// windows without dilation are tosa's.
static LogicalResult importMaxPool(Node &node) {
  // The largest of quantized values is the largest of the reals they stand for.
  GraphValue input = node.in(0);
  if (!isFloat(input.type) && !input.quantization)
    return node.fail("on " + nameOf(input.type) + " is not supported");
  if (node.wantsOutput(1))
    return node.fail("the output of indices is not supported");
  DataType type = input.type;
  auto quantization = std::move(input.quantization);
  if (quantization)
    input.type = DataType::Float;
  std::optional<Window> window = readWindow(node, input.shape, {});
  if (!window)
    return failure();
  if (window->dilation != std::array<int64_t, 2>{1, 1})
    return node.fail("dilations are not supported");
  GraphValue image = node.channelsLast(asImage(node, input));
  if (node.isEmpty(image))
    return failure();
  std::array<int64_t, 2> after = window->after;
  Shape crop(image.shape);
  for (size_t d = 0; d < 2; ++d) {
    after[d] += overhang(*window, d, image.shape[d + 1]);
    if (after[d] < 0) {
      crop[d + 1] += after[d];
      after[d] = 0;
    }
  }
  image = node.slice(image, {0, 0, 0, 0}, crop);
  Shape shape = {image.shape[0], window->output[0], window->output[1],
                 image.shape[3]};
  if (!node.checkShape(shape))
    return failure();
  OpBuilder &builder = node.getBuilder();
  Value pooled = builder.create<tosa::MaxPool2dOp>(
      node.getLoc(), node.typeOf(DataType::Float, shape), node.emit(image),
      builder.getDenseI64ArrayAttr(window->kernel),
      builder.getDenseI64ArrayAttr(window->stride),
      builder.getDenseI64ArrayAttr(
          {window->before[0], after[0], window->before[1], after[1]}));
  GraphValue result = finish(node, pooled, input);
  result.type = type;
  result.quantization = std::move(quantization);
  return node.set(0, std::move(result));
}

void onnximport::registerPoolings(OpTable &table) {
  table.add("AveragePool", importAveragePool, 1, 1);
  table.add("MaxPool", importMaxPool, 1, 1, InputTypes::Any, OnQuantized::Keep);
}
