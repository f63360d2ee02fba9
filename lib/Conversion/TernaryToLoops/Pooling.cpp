//===- Pooling.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "Window.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

void smelt::lowerSumPool2D(SumPool2DOp op, LoopBuilder &loops) {
  SlidingWindow window(op);
  const WindowDimension &vertical = window.vertical;
  const WindowDimension &horizontal = window.horizontal;
  int64_t channels = window.channels;
  Value input = loops.flatten(op.getInput());
  Value output = loops.flatten(op.getInto());
  // The sums of a position grow in place, all channels together.
  auto sumWindow = [&](Value image, ClippedWindow rows, ClippedWindow columns,
                       Value position) {
    loops.forEach(channels, [&](Value c) {
      loops.store(loops.integer(32, 0), output, loops.add(position, c));
    });
    loops.forEach(rows.begin, rows.end, [&](Value row) {
      Value y = vertical.getPosition(loops, rows, row);
      loops.forEach(columns.begin, columns.end, [&](Value column) {
        Value x = horizontal.getPosition(loops, columns, column);
        Value pixel = window.getPixel(loops, image, y, x);
        loops.forEach(channels, [&](Value c) {
          Value to = loops.add(position, c);
          Value value = loops.load(input, loops.add(pixel, c), 32);
          loops.store(loops.add(loops.load(output, to), value), output, to);
        });
      });
    });
  };
  loops.forEach(window.batch, [&](Value image) {
    loops.forEach(vertical.outputSize, [&](Value y) {
      ClippedWindow rows = vertical.clip(loops, y);
      Value line = loops.add(loops.mul(image, vertical.outputSize), y);
      loops.forEach(horizontal.outputSize, [&](Value x) {
        Value pixel = loops.add(loops.mul(line, horizontal.outputSize), x);
        sumWindow(image, rows, horizontal.clip(loops, x),
                  loops.mul(pixel, channels));
      });
    });
  });
}
