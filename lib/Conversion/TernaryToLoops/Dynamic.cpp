//===- Dynamic.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"
#include "WeightRows.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

void smelt::lowerAbsmax(AbsmaxOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  int64_t most = llvm::maxIntN(width);
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  loops.forEach(getNumElements(op.getInto()), [&](Value row) {
    Value first = loops.mul(row, count);
    Value largest =
        loops.reduce(count, loops.integer(64, 1), [&](Value i, Value partial) {
          Value x = loops.load(from, loops.add(first, i), 64);
          Value negated = loops.sub(loops.integer(64, 0), x);
          return loops.maxSigned(partial, loops.maxSigned(x, negated));
        });
    largest = loops.minSigned(largest, loops.integer(64, most));
    loops.store(loops.cast(largest, width), to, row);
  });
}

void smelt::lowerDynamicQuantize(DynamicQuantizeOp op, LoopBuilder &loops) {
  int64_t count = getShape(op.getInput()).back();
  unsigned width = op.getResultType().getElementTypeBitWidth();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  Value absmax = loops.flatten(op.getAbsmax());
  loops.forEach(getNumElements(absmax), [&](Value row) {
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
  loops.forEach(getNumElements(absmax), [&](Value row) {
    Value scale = loops.load(absmax, row, 64);
    Value length = bitLength(loops, scale);
    Value significand = mantissa(loops, scale, length);
    Value shift =
        loops.clamp(loops.sub(loops.integer(64, op.getShift()), length), 1, 62);
    Value half = loops.shiftLeft(loops.integer(64, 1), loops.add(shift, -1));
    Value first = loops.mul(row, count);
    loops.forEachShared(count, kElementGranule, [&](Value i) {
      Value position = loops.add(first, i);
      Value multiplier =
          loops.cast(loadVector(loops, op.getMultiplier(), i), 64);
      Value factor = loops.shiftRight(
          loops.add(loops.mul(significand, multiplier), 1 << 30), 31);
      Value product = loops.mul(loops.load(from, position, 64), factor);
      Value y = loops.shiftRight(loops.add(product, half), shift);
      if (op.getBias())
        y = loops.add(y, loadVector(loops, op.getBias(), i));
      y = loops.clamp(y, op.getMin(), op.getMax());
      loops.store(loops.cast(y, width), to, position);
    });
  });
}
