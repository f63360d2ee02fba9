//===- Conv2D.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "WeightRows.h"
#include "Window.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Weights in a line of a window, and bytes of all of them, up to which a
/// convolution is shallow.
static constexpr int64_t kMostShallow = 24;
static constexpr int64_t kMostShallowBytes = 16384;

namespace {
class Conv2DLowering : SlidingWindow {
public:
  Conv2DLowering(Conv2DOp op, LoopBuilder &loops);
  void lower();

private:
  Value zero() { return loops.integer(accumulatorWidth, 0); }
  Value getScale(Value plane, Value row) {
    Value position =
        getScaleIndex(loops, type, plane, row, loops.index(0), /*groups=*/1);
    return loops.load(scales, position, accumulatorWidth);
  }
  Value multiplyAdd(Value inputIndex, Value weights, Value weightIndex,
                    Value sum);
  /// Calls `body` with each output position and the windows that it reads.
  void
  forEachOutput(llvm::function_ref<void(Value image, ClippedWindow rows,
                                        ClippedWindow columns, Value position)>
                    body);

  bool sharesPositions() const;
  /// Bits of a weight times its scale.
  unsigned getTapWidth() const { return scales ? accumulatorWidth : 8; }

  void lowerByRows();
  Value dot(const DecodedRow &row, Value base, Value image, ClippedWindow rows,
            ClippedWindow columns, Value firstChannel);

  void lowerByPositions();
  void decodeTaps(Value taps);
  void accumulateTaps(Value taps, Value accumulators, Value image,
                      ClippedWindow rows, ClippedWindow columns);

  LoopBuilder &loops;
  WeightRows weights;
  Epilogue epilogue;
  WeightsType type;
  int64_t rows, groups, groupChannels;
  unsigned accumulatorWidth;
  Value input, output, scales;
};
} // namespace

Conv2DLowering::Conv2DLowering(Conv2DOp op, LoopBuilder &loops)
    : SlidingWindow(op), loops(loops), weights(op.getWeights(), loops),
      epilogue(op, loops), type(weights.getType()), rows(type.getRows()),
      groups(op.getGroups()), groupChannels(type.getShape()[3]),
      accumulatorWidth(op.getAccumulatorType().getIntOrFloatBitWidth()) {
  input = loops.flatten(op.getInput());
  output = loops.flatten(op.getInto());
  if (op.getScales())
    scales = loops.flatten(op.getScales());
}

/// Whether all output channels of a position are computed together: where each
/// reads a channel of its own, or so few weights lie next to each other that a
/// loop over the output channels is the better one to be innermost.
bool Conv2DLowering::sharesPositions() const {
  bool isDepthwise = groups == channels && groups == rows && groups > 1;
  bool isShallow =
      groups == 1 && rows >= 8 &&
      horizontal.kernel * channels <= kMostShallow &&
      type.getNumWeights() * (getTapWidth() / 8) <= kMostShallowBytes;
  return isDepthwise || isShallow;
}

void Conv2DLowering::lower() {
  if (sharesPositions())
    lowerByPositions();
  else
    lowerByRows();
}

/// `sum + input[inputIndex] * weights[weightIndex]`.
Value Conv2DLowering::multiplyAdd(Value inputIndex, Value weightBuffer,
                                  Value weightIndex, Value sum) {
  unsigned width = getElementWidth(weightBuffer) == 8 ? 32 : accumulatorWidth;
  Value product = loops.mul(loops.load(input, inputIndex, width),
                            loops.load(weightBuffer, weightIndex, width));
  return loops.add(sum, loops.cast(product, accumulatorWidth));
}

void Conv2DLowering::forEachOutput(
    llvm::function_ref<void(Value, ClippedWindow, ClippedWindow, Value)> body) {
  loops.forEach(batch, [&](Value image) {
    loops.forEach(vertical.outputSize, [&](Value y) {
      ClippedWindow windowRows = vertical.clip(loops, y);
      loops.forEach(horizontal.outputSize, [&](Value x) {
        ClippedWindow windowColumns = horizontal.clip(loops, x);
        Value line = loops.add(loops.mul(image, vertical.outputSize), y);
        Value pixel = loops.add(loops.mul(line, horizontal.outputSize), x);
        body(image, windowRows, windowColumns, loops.mul(pixel, rows));
      });
    });
  });
}

//===----------------------------------------------------------------------===//
// One output channel after the other
//===----------------------------------------------------------------------===//

Value Conv2DLowering::dot(const DecodedRow &row, Value base, Value image,
                          ClippedWindow windowRows, ClippedWindow windowColumns,
                          Value firstChannel) {
  bool isContiguous = groups == 1 && horizontal.dilation == 1;
  auto dotLine = [&](Value tap, Value sum) {
    Value y = vertical.getPosition(loops, windowRows, tap);
    Value line =
        loops.add(base, loops.mul(tap, horizontal.kernel * groupChannels));
    if (isContiguous) {
      Value x =
          horizontal.getPosition(loops, windowColumns, windowColumns.begin);
      Value pixel = getPixel(loops, image, y, x);
      Value first = loops.add(line, loops.mul(windowColumns.begin, channels));
      Value count = loops.mul(loops.sub(windowColumns.end, windowColumns.begin),
                              channels);
      return loops.reduce(loops.index(0), count, sum,
                          [&](Value i, Value partial) {
                            return multiplyAdd(loops.add(pixel, i), row.buffer,
                                               loops.add(first, i), partial);
                          });
    }
    return loops.reduce(
        windowColumns.begin, windowColumns.end, sum,
        [&](Value column, Value columnSum) {
          Value x = horizontal.getPosition(loops, windowColumns, column);
          Value pixel = loops.add(getPixel(loops, image, y, x), firstChannel);
          Value first = loops.add(line, loops.mul(column, groupChannels));
          return loops.reduce(
              groupChannels, columnSum, [&](Value i, Value partial) {
                return multiplyAdd(loops.add(pixel, i), row.buffer,
                                   loops.add(first, i), partial);
              });
        });
  };
  return loops.reduce(windowRows.begin, windowRows.end, zero(), dotLine);
}

void Conv2DLowering::lowerByRows() {
  weights.allocateScratch();
  loops.forEach(rows, [&](Value row) {
    DecodedRow decoded = weights.decode(row);
    Value group = loops.divideUnsigned(row, loops.index(rows / groups));
    Value firstChannel =
        groups == 1 ? loops.index(0) : loops.mul(group, groupChannels);
    forEachOutput([&](Value image, ClippedWindow windowRows,
                      ClippedWindow windowColumns, Value position) {
      Value accumulator =
          loops.reduce(type.getPlanes(), zero(), [&](Value plane, Value sum) {
            Value base =
                loops.add(decoded.base, loops.mul(plane, decoded.planeStride));
            Value product = dot(decoded, base, image, windowRows, windowColumns,
                                firstChannel);
            if (!scales)
              return product;
            return loops.add(sum, loops.mul(product, getScale(plane, row)));
          });
      loops.store(epilogue.apply(accumulator, row), output,
                  loops.add(position, row));
    });
  });
}

//===----------------------------------------------------------------------===//
// All channels of a position together
//===----------------------------------------------------------------------===//

/// Writes the weights tap by tap, output channels innermost, with their scales.
void Conv2DLowering::decodeTaps(Value taps) {
  unsigned width = getElementWidth(taps);
  loops.forEach(rows, [&](Value row) {
    DecodedRow decoded = weights.decode(row);
    loops.forEach(type.getColumns(), [&](Value tap) {
      Value weight = loops.reduce(
          type.getPlanes(), loops.integer(width, 0),
          [&](Value plane, Value sum) {
            Value base =
                loops.add(decoded.base, loops.mul(plane, decoded.planeStride));
            Value value =
                loops.load(decoded.buffer, loops.add(base, tap), width);
            if (scales)
              value = loops.mul(value, getScale(plane, row));
            return loops.add(sum, value);
          });
      loops.store(weight, taps, loops.add(loops.mul(tap, rows), row));
    });
  });
}

void Conv2DLowering::accumulateTaps(Value taps, Value accumulators, Value image,
                                    ClippedWindow windowRows,
                                    ClippedWindow windowColumns) {
  loops.forEach(rows,
                [&](Value row) { loops.store(zero(), accumulators, row); });
  // The input channels that a tap of one output channel reads.
  auto addTap = [&](Value pixel, Value tap) {
    loops.forEach(groupChannels, [&](Value channel) {
      Value first =
          loops.mul(loops.add(loops.mul(tap, groupChannels), channel), rows);
      Value source = loops.add(pixel, channel);
      loops.forEach(rows, [&](Value row) {
        Value from = groups == 1 ? source : loops.add(source, row);
        Value sum = multiplyAdd(from, taps, loops.add(first, row),
                                loops.load(accumulators, row));
        loops.store(sum, accumulators, row);
      });
    });
  };
  loops.forEach(windowRows.begin, windowRows.end, [&](Value tapRow) {
    Value y = vertical.getPosition(loops, windowRows, tapRow);
    loops.forEach(windowColumns.begin, windowColumns.end, [&](Value tapColumn) {
      Value x = horizontal.getPosition(loops, windowColumns, tapColumn);
      addTap(getPixel(loops, image, y, x),
             loops.add(loops.mul(tapRow, horizontal.kernel), tapColumn));
    });
  });
}

void Conv2DLowering::lowerByPositions() {
  weights.allocateScratch();
  Value taps = loops.allocate(type.getNumWeights(), getTapWidth());
  Value accumulators = loops.allocate(rows, accumulatorWidth);
  decodeTaps(taps);
  forEachOutput([&](Value image, ClippedWindow windowRows,
                    ClippedWindow windowColumns, Value position) {
    accumulateTaps(taps, accumulators, image, windowRows, windowColumns);
    loops.forEach(rows, [&](Value row) {
      Value sum = loops.load(accumulators, row);
      loops.store(epilogue.apply(sum, row), output, loops.add(position, row));
    });
  });
}

void smelt::lowerConv2D(Conv2DOp op, LoopBuilder &loops) {
  Conv2DLowering(op, loops).lower();
}
