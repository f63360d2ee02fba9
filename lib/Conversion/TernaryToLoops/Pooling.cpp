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
  ArrayRef<int64_t> image = getShape(op.getInput());
  ArrayRef<int64_t> result = op.getResultType().getShape();
  WindowDimension vertical{image[1],       result[1],         op.getKernel()[0],
                           op.getPad()[0], op.getStride()[0], 1};
  WindowDimension horizontal{image[2],          result[2],
                             op.getKernel()[1], op.getPad()[2],
                             op.getStride()[1], 1};
  int64_t channels = image[3];
  Value input = loops.flatten(op.getInput());
  Value output = loops.flatten(op.getInto());
  // The sums of a position grow in place, all channels together.
  auto sumWindow = [&](Value n, ClippedWindow rows, ClippedWindow columns,
                       Value position) {
    loops.forEach(channels, [&](Value c) {
      loops.store(loops.integer(32, 0), output, loops.add(position, c));
    });
    loops.forEach(rows.begin, rows.end, [&](Value row) {
      Value y = vertical.getPosition(loops, rows, row);
      Value line = loops.add(loops.mul(n, image[1]), y);
      loops.forEach(columns.begin, columns.end, [&](Value column) {
        Value x = horizontal.getPosition(loops, columns, column);
        Value pixel =
            loops.mul(loops.add(loops.mul(line, image[2]), x), channels);
        loops.forEach(channels, [&](Value c) {
          Value to = loops.add(position, c);
          Value value = loops.load(input, loops.add(pixel, c), 32);
          loops.store(loops.add(loops.load(output, to), value), output, to);
        });
      });
    });
  };
  loops.forEach(image[0], [&](Value n) {
    loops.forEach(result[1], [&](Value y) {
      ClippedWindow rows = vertical.clip(loops, y);
      Value line = loops.add(loops.mul(n, result[1]), y);
      loops.forEach(result[2], [&](Value x) {
        Value pixel = loops.add(loops.mul(line, result[2]), x);
        sumWindow(n, rows, horizontal.clip(loops, x),
                  loops.mul(pixel, channels));
      });
    });
  });
}
