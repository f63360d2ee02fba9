//===- Dynamic.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

void smelt::lowerAbsmax(AbsmaxOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  int64_t most = llvm::maxIntN(width);
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  int64_t rows = getNumElements(op.getInto());
  loops.forEachRow(rows, count, kRowGranule, [&](Value row) {
    Value first = loops.mul(row, count);
    auto load = [&](Value i) { return loops.load(from, loops.add(first, i)); };
    Value largest = loops.maxMagnitude(count, getElementWidth(from),
                                       /*isShared=*/rows == 1, load);
    largest = loops.minSigned(largest, loops.integer(64, most));
    loops.store(loops.cast(largest, width), to, row);
  });
}

void smelt::lowerDynamicQuantize(DynamicQuantizeOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  Value absmax = loops.flatten(op.getAbsmax());
  loops.forEachRow(
      getNumElements(absmax), count, llvm::divideCeil(kElementGranule, count),
      [&](Value row) {
        Quantizer quantizer(loops, loops.load(absmax, row, 64), width);
        Value first = loops.mul(row, count);
        loops.forEachShared(count, kElementGranule, [&](Value i) {
          Value position = loops.add(first, i);
          Value code = quantizer.apply(loops.load(from, position, 64));
          loops.store(loops.cast(code, width), to, position);
        });
      });
}

void smelt::lowerDequantize(DequantizeOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  Value absmax = loops.flatten(op.getAbsmax());
  loops.forEachRow(
      getNumElements(absmax), count, llvm::divideCeil(kElementGranule, count),
      [&](Value row) {
        Dequantizer dequantizer(op, loops, loops.load(absmax, row, 64));
        Value first = loops.mul(row, count);
        loops.forEachShared(count, kElementGranule, [&](Value i) {
          Value position = loops.add(first, i);
          Value y = dequantizer.apply(loops.load(from, position, 64), i);
          loops.store(loops.cast(y, width), to, position);
        });
      });
}
