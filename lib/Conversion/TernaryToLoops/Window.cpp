//===- Window.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// ceil(max(0, limit - start) / dilation), at most `kernel`.
static Value countTapsBefore(LoopBuilder &loops, int64_t limit, Value start,
                             int64_t dilation, int64_t kernel) {
  Value distance = loops.sub(loops.index(limit), start);
  Value taps = loops.divideUnsigned(loops.add(distance, dilation - 1),
                                    loops.index(dilation));
  taps = loops.minUnsigned(taps, loops.index(kernel));
  return loops.select(loops.less(start, loops.index(limit)), taps,
                      loops.index(0));
}

ClippedWindow WindowDimension::clip(LoopBuilder &loops, Value output) const {
  ClippedWindow window;
  window.start = loops.mul(output, stride);
  window.begin = loops.index(0);
  window.end = loops.index(kernel);
  if (padBegin > 0)
    window.begin =
        countTapsBefore(loops, padBegin, window.start, dilation, kernel);
  int64_t span = (kernel - 1) * dilation + 1;
  if ((outputSize - 1) * stride + span > size + padBegin)
    window.end =
        countTapsBefore(loops, size + padBegin, window.start, dilation, kernel);
  return window;
}

Value WindowDimension::getPosition(LoopBuilder &loops,
                                   const ClippedWindow &window,
                                   Value tap) const {
  Value padded = loops.add(window.start, loops.mul(tap, dilation));
  return loops.sub(padded, loops.index(padBegin));
}

template <typename WindowOp>
SlidingWindow::SlidingWindow(WindowOp op, ArrayRef<int64_t> kernel,
                             ArrayRef<int64_t> dilation) {
  ArrayRef<int64_t> image = getShape(op.getInput());
  ArrayRef<int64_t> result = op.getResultType().getShape();
  batch = image[0];
  channels = image[3];
  vertical = {image[1],       result[1],         kernel[0],
              op.getPad()[0], op.getStride()[0], dilation[0]};
  horizontal = {image[2],       result[2],         kernel[1],
                op.getPad()[2], op.getStride()[1], dilation[1]};
}

SlidingWindow::SlidingWindow(Conv2DOp op)
    : SlidingWindow(op, op.getWeights().getType().getShape().slice(1, 2),
                    op.getDilation()) {}

SlidingWindow::SlidingWindow(SumPool2DOp op)
    : SlidingWindow(op, op.getKernel(), /*dilation=*/{1, 1}) {}

Value SlidingWindow::getPixel(LoopBuilder &loops, Value image, Value y,
                              Value x) const {
  Value row = loops.add(loops.mul(image, vertical.size), y);
  return loops.mul(loops.add(loops.mul(row, horizontal.size), x), channels);
}
