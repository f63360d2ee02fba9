//===- Convolution.cpp ------------------------------------------*- C++ -*-===//
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

/// One group, or all groups of a depthwise convolution, of N x H x W x C
/// images.
static GraphValue emitConvolution(Node &node, const GraphValue &image,
                                  const GraphValue &weights,
                                  const GraphValue &bias, const Window &window,
                                  bool isDepthwise) {
  int64_t channels = weights.shape[0];
  // ONNX has O x I x H x W; with I = 1 in depthwise ones. tosa wants O x H x W
  // x I, and H x W x C x M.
  GraphValue kernel;
  if (isDepthwise) {
    int64_t multiplier = channels / image.shape[3];
    kernel = node.transpose(
        node.reshape(weights, {image.shape[3], multiplier, window.kernel[0],
                               window.kernel[1]}),
        {2, 3, 0, 1});
  } else {
    kernel = node.transpose(weights, {0, 2, 3, 1});
  }
  GraphValue offset =
      node.isEmpty(bias) ? node.fromConstant(makeSplat({channels}, 0)) : bias;
  Shape shape = {image.shape[0], window.output[0], window.output[1], channels};
  if (node.isEmpty(kernel) || !node.checkShape(shape))
    return node.empty();
  OpBuilder &builder = node.getBuilder();
  Location location = node.getLoc();
  Type type = node.typeOf(DataType::Float, shape);
  auto pad = builder.getDenseI64ArrayAttr(
      {window.before[0], window.after[0], window.before[1], window.after[1]});
  auto stride = builder.getDenseI64ArrayAttr(window.stride);
  auto dilation = builder.getDenseI64ArrayAttr(window.dilation);
  Value x = node.emit(image), w = node.emit(kernel), b = node.emit(offset);
  Value result;
  if (isDepthwise)
    result = builder.create<tosa::DepthwiseConv2DOp>(location, type, x, w, b,
                                                     pad, stride, dilation);
  else
    result = builder.create<tosa::Conv2DOp>(location, type, x, w, b, pad,
                                            stride, dilation);
  return node.fromValue(result, DataType::Float);
}

/// Groups that are not depthwise: each on its slice of the channels.
static GraphValue emitGroups(Node &node, const GraphValue &image,
                             const GraphValue &weights, const GraphValue &bias,
                             const Window &window, int64_t groups) {
  if (groups > 4096) {
    (void)node.fail("more than 4096 groups are not supported");
    return node.empty();
  }
  int64_t inputs = image.shape[3] / groups, outputs = weights.shape[0] / groups;
  SmallVector<GraphValue> parts;
  for (int64_t group = 0; group < groups; ++group) {
    Shape imageSizes(image.shape), weightSizes(weights.shape);
    imageSizes[3] = inputs;
    weightSizes[0] = outputs;
    GraphValue part = node.slice(image, {0, 0, 0, group * inputs}, imageSizes);
    GraphValue kernel =
        node.slice(weights, {group * outputs, 0, 0, 0}, weightSizes);
    GraphValue offset = bias;
    if (!node.isEmpty(bias))
      offset = node.slice(bias, {group * outputs}, {outputs});
    if (node.isEmpty(part) || node.isEmpty(kernel))
      return node.empty();
    parts.push_back(emitConvolution(node, part, kernel, offset, window, false));
    if (node.isEmpty(parts.back()))
      return node.empty();
  }
  return node.concat(parts, 3);
}

GraphValue onnximport::convolve(Node &node, const GraphValue &input,
                                const GraphValue &weights,
                                const GraphValue &bias) {
  if (node.isEmpty(input) || node.isEmpty(weights))
    return node.empty();
  if (weights.rank() != input.rank() || input.rank() < 3) {
    (void)node.fail("the weights do not fit the input");
    return node.empty();
  }
  std::optional<Window> window = readWindow(
      node, input.shape, ArrayRef<int64_t>(weights.shape).drop_front(2));
  if (!window)
    return node.empty();
  int64_t groups = node.integer("group", 1);
  int64_t channels = weights.shape[0];
  bool fits = groups >= 1 && groups <= input.shape[1] &&
              input.shape[1] % groups == 0 && channels % groups == 0 &&
              channels > 0 && weights.shape[1] == input.shape[1] / groups;
  if (!fits) {
    (void)node.fail("the weights do not fit the input's channels and groups");
    return node.empty();
  }
  if (!node.isEmpty(bias) && bias.shape != Shape{channels}) {
    (void)node.fail("the bias does not fit the weights");
    return node.empty();
  }
  bool isLine = input.rank() == 3;
  GraphValue image = input, kernel = weights;
  if (isLine) {
    image = node.reshape(input,
                         {input.shape[0], input.shape[1], 1, input.shape[2]});
    kernel = node.reshape(
        weights, {weights.shape[0], weights.shape[1], 1, weights.shape[2]});
  }
  image = node.channelsLast(image);
  if (node.isEmpty(image))
    return image;
  bool isDepthwise = groups > 1 && weights.shape[1] == 1;
  GraphValue result =
      groups == 1 || isDepthwise
          ? emitConvolution(node, image, kernel, bias, *window, isDepthwise)
          : emitGroups(node, image, kernel, bias, *window, groups);
  if (node.isEmpty(result))
    return result;
  result = node.channelsFirst(result);
  if (!isLine)
    return result;
  return node.reshape(result,
                      {result.shape[0], result.shape[1], result.shape[3]});
}

static LogicalResult importConv(Node &node) {
  GraphValue bias = node.has(2) ? node.in(2) : node.empty();
  return node.set(0, convolve(node, node.in(0), node.in(1), bias));
}

void onnximport::registerConvolutions(OpTable &table) {
  table.add("Conv", importConv, 2, 3);
}
