//===- Activations.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "Lowerings.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

// round(log2(e) * 2^16), and the same for tanh(x) and gelu(x).
static constexpr int64_t kLog2E = 94548;
static constexpr int64_t kTwoLog2E = 189097;
static constexpr int64_t kGeluLog2E = 150878;

namespace {
/// Builds the functions of one fixed-point format on i64 values.
class FixedPoint {
public:
  FixedPoint(int64_t fraction, unsigned width, LoopBuilder &loops)
      : fraction(fraction), width(width), loops(loops) {}

  Value activate(ActivationKind kind, Value x);
  /// `exp2neg((x * log2(e)) >> fraction)` as i32, of a positive x.
  Value expOfNegated(Value x) {
    return exp2Negative(loops,
                        loops.shiftRight(loops.mul(x, kLog2E), fraction));
  }

private:
  /// `(x * y + 2^14) >> 15`.
  Value multiplyQ15(Value x, Value y) {
    return loops.shiftRight(loops.add(loops.mul(x, y), 1 << 14), 15);
  }
  Value multiply(Value x, Value y) {
    return loops.shiftRight(loops.mul(x, y), fraction);
  }
  /// 1 / (1 + e^(-s*x)) in Q15 for a factor of log2(e) * s in Q16.
  Value sigmoid(Value x, int64_t factor) {
    return logistic(loops, x, factor, fraction);
  }

  int64_t fraction;
  unsigned width;
  LoopBuilder &loops;
};
} // namespace

Value FixedPoint::activate(ActivationKind kind, Value x) {
  Value most = loops.integer(64, 32767);
  switch (kind) {
  case ActivationKind::Sigmoid:
    return loops.minSigned(sigmoid(x, kLog2E), most);
  case ActivationKind::Tanh:
    return loops.minSigned(
        loops.add(loops.mul(sigmoid(x, kTwoLog2E), 2), -(1 << 15)), most);
  case ActivationKind::SiLU:
    return multiplyQ15(x, sigmoid(x, kLog2E));
  case ActivationKind::GELU: {
    // Beyond +-8 the gate is 0 or 1.
    Value near =
        loops.clamp(x, -(int64_t(8) << fraction), int64_t(8) << fraction);
    Value cube = multiply(multiply(near, near), near);
    Value term = loops.shiftRight(loops.mul(cube, 2930), 16);
    return multiplyQ15(x, sigmoid(loops.add(near, term), kGeluLog2E));
  }
  case ActivationKind::ReLU2: {
    Value positive = loops.maxSigned(x, loops.integer(64, 0));
    Value half = loops.integer(64, (int64_t(1) << fraction) >> 1);
    Value square = loops.add(loops.mul(positive, positive), half);
    return loops.minSigned(loops.shiftRight(square, fraction),
                           loops.integer(64, llvm::maxIntN(width)));
  }
  case ActivationKind::Exp: {
    Value zero = loops.integer(64, 0);
    Value negated = loops.maxSigned(loops.sub(zero, x), zero);
    return loops.minSigned(loops.cast(expOfNegated(negated), 64), most);
  }
  }
  return x;
}

void smelt::lowerActivation(ActivationOp op, LoopBuilder &loops) {
  FixedPoint format(*op.getFraction(), getElementWidth(op.getInto()), loops);
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  loops.forEachShared(
      getNumElements(op.getInto()), kElementGranule, [&](Value i) {
        Value y = format.activate(op.getKind(), loops.load(from, i, 64));
        loops.store(loops.cast(y, getElementWidth(to)), to, i);
      });
}

/// The largest of `count` elements from `first` on, as i32.
static Value findLargest(LoopBuilder &loops, Value from, Value first,
                         int64_t count) {
  return loops.reduce(count, loops.integer(32, -32768),
                      [&](Value i, Value partial) {
                        Value x = loops.load(from, loops.add(first, i), 32);
                        return loops.maxSigned(partial, x);
                      });
}

/// Calls `body` with the first position of each row of the last dimension.
template <typename RowOp>
static void forEachRow(RowOp op, LoopBuilder &loops,
                       llvm::function_ref<void(Value first)> body) {
  int64_t count = op.getResultType().getShape().back();
  if (count > 0)
    loops.forEach(getNumElements(op.getInto()) / count,
                  [&](Value row) { body(loops.mul(row, count)); });
}

void smelt::lowerSoftmax(SoftmaxOp op, LoopBuilder &loops) {
  FixedPoint format(*op.getFraction(), getElementWidth(op.getInto()), loops);
  int64_t count = op.getResultType().getShape().back();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  forEachRow(op, loops, [&](Value first) {
    Value largest = findLargest(loops, from, first, count);
    // The powers, at most 2^15, wait in the output as unsigned 16-bit values.
    Value sum =
        loops.reduce(count, loops.integer(32, 0), [&](Value i, Value partial) {
          Value position = loops.add(first, i);
          Value x = loops.load(from, position, 32);
          Value power =
              format.expOfNegated(loops.cast(loops.sub(largest, x), 64));
          loops.store(loops.cast(power, 16), to, position);
          return loops.add(partial, power);
        });
    Value half = loops.shiftRightUnsigned(sum, 1);
    loops.forEach(count, [&](Value i) {
      Value position = loops.add(first, i);
      Value power = loops.castUnsigned(loops.load(to, position), 32);
      Value scaled = loops.add(loops.shiftLeft(power, 15), half);
      Value y = loops.minUnsigned(loops.divideUnsigned(scaled, sum),
                                  loops.integer(32, 32767));
      loops.store(loops.cast(y, 16), to, position);
    });
  });
}

void smelt::lowerLogSoftmax(LogSoftmaxOp op, LoopBuilder &loops) {
  FixedPoint format(*op.getFraction(), getElementWidth(op.getInto()), loops);
  int64_t count = op.getResultType().getShape().back();
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  forEachRow(op, loops, [&](Value first) {
    Value largest = findLargest(loops, from, first, count);
    Value sum =
        loops.reduce(count, loops.integer(32, 0), [&](Value i, Value partial) {
          Value x = loops.load(from, loops.add(first, i), 32);
          return loops.add(partial, format.expOfNegated(
                                        loops.cast(loops.sub(largest, x), 64)));
        });
    Value log2 = log2OfSum(loops, loops.castUnsigned(sum, 64));
    // ln(2) is 45426 * 2^-16.
    Value log =
        loops.shiftRight(loops.mul(log2, 45426), 32 - *op.getFraction());
    Value base = loops.add(loops.cast(largest, 64), log);
    loops.forEach(count, [&](Value i) {
      Value position = loops.add(first, i);
      Value y = loops.sub(loops.load(from, position, 64), base);
      y = loops.maxSigned(y, loops.integer(64, -32768));
      loops.store(loops.cast(y, 16), to, position);
    });
  });
}
