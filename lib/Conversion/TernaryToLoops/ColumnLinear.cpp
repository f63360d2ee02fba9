//===- ColumnLinear.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matrix products and convolutions with weights of the layout `columns`.
//
//===----------------------------------------------------------------------===//

#include "ColumnSums.h"
#include "Lowerings.h"
#include "Window.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

static constexpr int64_t kQuad = WeightsType::kLaneColumns;

/// Whole quads of a stretch, at most.
static constexpr int64_t kMostQuads = ColumnSums::kMostColumns / kQuad;

namespace {
/// What matrix products and convolutions have in common.
class ColumnProduct {
public:
  template <typename LinearOp>
  ColumnProduct(LinearOp op, LoopBuilder &loops)
      : loops(loops),
        sums(op.getWeights(), loops,
             /*hasStretches=*/op.getWeights().getType().getColumns() >
                 ColumnSums::kMostColumns),
        epilogue(op, loops), type(op.getWeights().getType()),
        accumulatorWidth(op.getAccumulatorType().getIntOrFloatBitWidth()),
        input(loops.flatten(op.getInput())),
        output(loops.flatten(op.getInto())) {
    if (op.getScales())
      scales = loops.flatten(op.getScales());
  }

protected:
  /// Whether one stretch has all columns.
  bool isOneStretch() const {
    return type.getColumns() <= ColumnSums::kMostColumns;
  }
  void addStretches(ColumnInputs inputs, Value quad, int64_t columns);
  void addRow(ColumnInputs inputs);
  void storeTile(Value position);

  LoopBuilder &loops;
  ColumnSums sums;
  Epilogue epilogue;
  WeightsType type;
  unsigned accumulatorWidth;
  Value input, output, scales;
};

class ColumnMatmul : public ColumnProduct {
public:
  ColumnMatmul(MatmulOp op, LoopBuilder &loops)
      : ColumnProduct(op, loops), batch(getShape(op.getInput())[0]) {}
  void lower();

private:
  int64_t batch;
};

class ColumnConv2D : public ColumnProduct, SlidingWindow {
public:
  ColumnConv2D(Conv2DOp op, LoopBuilder &loops);
  void lower();

private:
  using Lines = llvm::function_ref<void(Value line, Value sum)>;

  void gather(Value image, ClippedWindow rows, ClippedWindow columns);
  void addWindow(Value image, ClippedWindow rows, ClippedWindow columns);
  Value addLine(Value image, Value tapRow, ClippedWindow rows,
                ClippedWindow columns, Value inputSum);
  void addTaps(Value image, Value tapRow, ClippedWindow rows,
               ClippedWindow columns);

  /// The inputs under a window, where its lines do not begin on quads.
  Value window;
};
} // namespace

//===----------------------------------------------------------------------===//
// Both
//===----------------------------------------------------------------------===//

/// Adds `columns`, a multiple of 4, in equal stretches.
void ColumnProduct::addStretches(ColumnInputs inputs, Value quad,
                                 int64_t columns) {
  int64_t step = sums.getRoundQuads(columns / kQuad);
  int64_t rounds = columns / kQuad / step;
  int64_t stretches = llvm::divideCeil(rounds, kMostQuads / step);
  int64_t size = llvm::divideCeil(rounds, stretches);
  loops.forEach(llvm::divideCeil(rounds, size), [&](Value stretch) {
    Value begin = loops.mul(stretch, size);
    Value count = loops.index(size);
    if (rounds % size != 0)
      count = loops.minUnsigned(count, loops.sub(loops.index(rounds), begin));
    Value first = loops.mul(begin, step);
    ColumnInputs part = {inputs.buffer,
                         loops.add(inputs.first, loops.mul(first, kQuad))};
    sums.addStretch([&](Value zero) {
      return sums.addColumns(part, loops.add(quad, first), count, step, zero);
    });
  });
}

/// Adds all columns, whose inputs lie next to each other.
void ColumnProduct::addRow(ColumnInputs inputs) {
  int64_t columns = type.getColumns();
  int64_t whole = columns / kQuad * kQuad;
  ColumnInputs last = {inputs.buffer, loops.add(inputs.first, whole)};
  if (!isOneStretch()) {
    addStretches(inputs, loops.index(0), whole);
    if (whole != columns)
      sums.addStretch(
          [&](Value zero) { return sums.addLastColumns(last, zero); });
    return;
  }
  sums.addStretch([&](Value sum) {
    if (whole > 0) {
      int64_t step = sums.getRoundQuads(whole / kQuad);
      Value rounds = loops.index(whole / kQuad / step);
      sum = sums.addColumns(inputs, loops.index(0), rounds, step, sum);
    }
    return whole == columns ? sum : sums.addLastColumns(last, sum);
  });
}

/// Stores the outputs of a tile, of which row 0 is at `position`.
void ColumnProduct::storeTile(Value position) {
  sums.forEachRow([&](Value row, ArrayRef<Value> dots) {
    Value sum;
    for (auto [plane, dot] : llvm::enumerate(dots)) {
      Value term = loops.cast(dot, accumulatorWidth);
      if (scales) {
        Value index = getScaleIndex(loops, type, loops.index(plane), row,
                                    loops.index(0), /*groups=*/1);
        term = loops.mul(term, loops.load(scales, index, accumulatorWidth));
      }
      sum = sum ? loops.add(sum, term) : term;
    }
    loops.store(epilogue.apply(sum, row), output, loops.add(position, row));
  });
}

//===----------------------------------------------------------------------===//
// Matrix products
//===----------------------------------------------------------------------===//

void ColumnMatmul::lower() {
  loops.forEachShared(sums.getNumTiles(), /*granule=*/1, [&](Value tile) {
    loops.forEach(batch, [&](Value n) {
      sums.beginTile(tile);
      addRow({input, loops.mul(n, type.getColumns())});
      storeTile(loops.mul(n, type.getRows()));
    });
  });
}

void smelt::lowerColumnMatmul(MatmulOp op, LoopBuilder &loops) {
  ColumnMatmul(op, loops).lower();
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

ColumnConv2D::ColumnConv2D(Conv2DOp op, LoopBuilder &loops)
    : ColumnProduct(op, loops), SlidingWindow(op) {
  if (channels % kQuad != 0)
    window = loops.allocate(type.getColumns(), 8);
}

/// Copies the inputs under a window, and 0 where it is outside of the image.
void ColumnConv2D::gather(Value image, ClippedWindow windowRows,
                          ClippedWindow windowColumns) {
  bool isClipped = !getConstantIntValue(windowRows.begin) ||
                   !getConstantIntValue(windowRows.end) ||
                   !getConstantIntValue(windowColumns.begin) ||
                   !getConstantIntValue(windowColumns.end);
  if (isClipped)
    loops.forEach(type.getColumns(), [&](Value i) {
      loops.store(loops.integer(8, 0), window, i);
    });
  loops.forEach(windowRows.begin, windowRows.end, [&](Value tapRow) {
    Value y = vertical.getPosition(loops, windowRows, tapRow);
    Value x = horizontal.getPosition(loops, windowColumns, windowColumns.begin);
    Value from = getPixel(loops, image, y, x);
    Value tap =
        loops.add(loops.mul(tapRow, horizontal.kernel), windowColumns.begin);
    Value to = loops.mul(tap, channels);
    Value count =
        loops.mul(loops.sub(windowColumns.end, windowColumns.begin), channels);
    loops.forEach(loops.index(0), count, [&](Value i) {
      loops.store(loops.load(input, loops.add(from, i)), window,
                  loops.add(to, i));
    });
  });
}

/// Adds a line of a window to the current stretch.
Value ColumnConv2D::addLine(Value image, Value tapRow, ClippedWindow windowRows,
                            ClippedWindow windowColumns, Value inputSum) {
  int64_t quads = channels / kQuad;
  Value y = vertical.getPosition(loops, windowRows, tapRow);
  Value x = horizontal.getPosition(loops, windowColumns, windowColumns.begin);
  Value tap =
      loops.add(loops.mul(tapRow, horizontal.kernel), windowColumns.begin);
  Value count = loops.sub(windowColumns.end, windowColumns.begin);
  int64_t step = sums.getRoundQuads(quads);
  return sums.addColumns({input, getPixel(loops, image, y, x)},
                         loops.mul(tap, quads), loops.mul(count, quads / step),
                         step, inputSum);
}

/// Adds the taps of a line, each in stretches of its own.
void ColumnConv2D::addTaps(Value image, Value tapRow, ClippedWindow windowRows,
                           ClippedWindow windowColumns) {
  Value y = vertical.getPosition(loops, windowRows, tapRow);
  loops.forEach(windowColumns.begin, windowColumns.end, [&](Value column) {
    Value x = horizontal.getPosition(loops, windowColumns, column);
    Value tap = loops.add(loops.mul(tapRow, horizontal.kernel), column);
    addStretches({input, getPixel(loops, image, y, x)},
                 loops.mul(tap, channels / kQuad), channels);
  });
}

void ColumnConv2D::addWindow(Value image, ClippedWindow windowRows,
                             ClippedWindow windowColumns) {
  if (window)
    return addRow({window, loops.index(0)});
  auto addLines = [&](Value sum) {
    return loops.reduce(windowRows.begin, windowRows.end, sum,
                        [&](Value tapRow, Value partial) {
                          return addLine(image, tapRow, windowRows,
                                         windowColumns, partial);
                        });
  };
  if (isOneStretch())
    return sums.addStretch(addLines);
  bool isLineStretch = horizontal.kernel * channels <= ColumnSums::kMostColumns;
  loops.forEach(windowRows.begin, windowRows.end, [&](Value tapRow) {
    if (!isLineStretch)
      return addTaps(image, tapRow, windowRows, windowColumns);
    sums.addStretch([&](Value zero) {
      return addLine(image, tapRow, windowRows, windowColumns, zero);
    });
  });
}

void ColumnConv2D::lower() {
  int64_t lines = batch * vertical.outputSize;
  loops.forEachShared(lines, /*granule=*/1, [&](Value line) {
    Value image = loops.index(0), y = line;
    if (batch > 1) {
      image = loops.divideUnsigned(line, loops.index(vertical.outputSize));
      y = loops.remainderUnsigned(line, loops.index(vertical.outputSize));
    }
    ClippedWindow windowRows = vertical.clip(loops, y);
    loops.forEach(horizontal.outputSize, [&](Value x) {
      ClippedWindow windowColumns = horizontal.clip(loops, x);
      if (window)
        gather(image, windowRows, windowColumns);
      Value pixel = loops.add(loops.mul(line, horizontal.outputSize), x);
      loops.forEach(sums.getNumTiles(), [&](Value tile) {
        sums.beginTile(tile);
        addWindow(image, windowRows, windowColumns);
        storeTile(loops.mul(pixel, type.getRows()));
      });
    });
  });
}

void smelt::lowerColumnConv2D(Conv2DOp op, LoopBuilder &loops) {
  ColumnConv2D(op, loops).lower();
}
