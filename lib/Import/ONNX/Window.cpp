//===- Window.cpp -----------------------------------------------*- C++ -*-===//
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

/// An attribute with one number for each of one or two dimensions, each in
/// [min, 2^20]; the missing one in front gets `otherwise`.
static bool readPair(Node &node, StringRef name, size_t spatial, int64_t min,
                     int64_t otherwise, std::array<int64_t, 2> &result) {
  result = {otherwise, otherwise};
  std::optional<Shape> values = node.integers(name);
  if (node.hasFailed())
    return false;
  if (!values)
    return true;
  bool fits = values->size() == spatial;
  for (int64_t value : *values)
    fits &= value >= min && value <= (1 << 20);
  if (!fits) {
    (void)node.fail("attribute '" + name + "' does not fit the input");
    return false;
  }
  std::copy(values->begin(), values->end(), result.begin() + (2 - spatial));
  return true;
}

/// The padding that auto_pad=SAME_* adds to one dimension.
static void padSame(Window &window, size_t d, int64_t size, bool isUpper) {
  int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
  int64_t count = llvm::divideCeil(size, window.stride[d]);
  int64_t total =
      std::max<int64_t>((count - 1) * window.stride[d] + reach - size, 0);
  window.before[d] = isUpper ? total / 2 : total - total / 2;
  window.after[d] = total - window.before[d];
}

static bool readPads(Node &node, Window &window, ArrayRef<int64_t> image,
                     size_t spatial) {
  std::string autoPad = node.string("auto_pad", "NOTSET");
  window.before = window.after = {0, 0};
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
    for (size_t d = 2 - spatial; d < 2; ++d)
      padSame(window, d, image[d], autoPad == "SAME_UPPER");
    return true;
  }
  if (autoPad == "VALID")
    return true;
  if (autoPad != "NOTSET" && !autoPad.empty()) {
    (void)node.fail("auto_pad '" + autoPad + "' is not supported");
    return false;
  }
  std::optional<Shape> pads = node.integers("pads");
  if (node.hasFailed())
    return false;
  if (!pads)
    return true;
  bool fits = pads->size() == 2 * spatial;
  for (int64_t pad : *pads)
    fits &= pad >= 0 && pad <= (1 << 20);
  if (!fits) {
    (void)node.fail("attribute 'pads' does not fit the input");
    return false;
  }
  for (size_t i = 0; i < spatial; ++i) {
    window.before[2 - spatial + i] = (*pads)[i];
    window.after[2 - spatial + i] = (*pads)[spatial + i];
  }
  return true;
}

std::optional<Window> onnximport::readWindow(Node &node,
                                             ArrayRef<int64_t> shape,
                                             ArrayRef<int64_t> kernel) {
  size_t spatial = shape.size() - 2;
  if (shape.size() < 3 || spatial > 2) {
    (void)node.fail("only one or two spatial dimensions are supported");
    return std::nullopt;
  }
  Window window;
  std::array<int64_t, 2> image = {1, shape.back()};
  if (spatial == 2)
    image[0] = shape[2];
  if (!readPair(node, "kernel_shape", spatial, 1, 1, window.kernel) ||
      !readPair(node, "strides", spatial, 1, 1, window.stride) ||
      !readPair(node, "dilations", spatial, 1, 1, window.dilation))
    return std::nullopt;
  if (!kernel.empty()) {
    bool isSame = !node.hasAttribute("kernel_shape");
    std::array<int64_t, 2> weights = {1, kernel.back()};
    if (spatial == 2)
      weights[0] = kernel[0];
    if (!isSame && weights != window.kernel) {
      (void)node.fail("kernel_shape is not the shape of the weights");
      return std::nullopt;
    }
    window.kernel = weights;
  } else if (!node.hasAttribute("kernel_shape")) {
    (void)node.fail("needs a kernel_shape");
    return std::nullopt;
  }
  if (!readPads(node, window, image, spatial))
    return std::nullopt;
  window.isCeil = node.integer("ceil_mode", 0);
  for (size_t d = 0; d < 2; ++d) {
    int64_t reach = window.dilation[d] * (window.kernel[d] - 1) + 1;
    int64_t room = image[d] + window.before[d] + window.after[d] - reach;
    if (room < 0 || window.kernel[d] < 1) {
      (void)node.fail("the window is larger than the padded input");
      return std::nullopt;
    }
    int64_t count = room / window.stride[d] + 1;
    // A window that starts behind the image and its padding does not count.
    if (window.isCeil && room % window.stride[d] &&
        count * window.stride[d] < image[d] + window.before[d])
      ++count;
    window.output[d] = count;
  }
  return window;
}
