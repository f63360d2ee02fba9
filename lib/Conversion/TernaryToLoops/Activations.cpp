//===- Activations.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

static constexpr llvm::StringLiteral kExpTableName = "exp2_table";
static constexpr llvm::StringLiteral kLogTableName = "log2_table";
static constexpr llvm::StringLiteral kExpName = "exp2_negative";
static constexpr llvm::StringLiteral kLogisticName = "logistic";

// round(log2(e) * 2^16), and the same for tanh(x) and gelu(x).
static constexpr int64_t kLog2E = 94548;
static constexpr int64_t kTwoLog2E = 189097;
static constexpr int64_t kGeluLog2E = 150878;

/// A constant global of `function` at 0..256.
static memref::GlobalOp
getTable(ModuleOp module, StringRef name,
         llvm::function_ref<double(int index)> function) {
  if (auto global = module.lookupSymbol<memref::GlobalOp>(name))
    return global;
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  SmallVector<int32_t> values;
  for (int i = 0; i <= 256; ++i)
    values.push_back(static_cast<int32_t>(std::lround(function(i))));
  auto elements =
      DenseElementsAttr::get(RankedTensorType::get({257}, builder.getI32Type()),
                             ArrayRef<int32_t>(values));
  return builder.create<memref::GlobalOp>(
      module.getLoc(), name, builder.getStringAttr("private"),
      MemRefType::get({257}, builder.getI32Type()), elements,
      /*constant=*/true, /*alignment=*/IntegerAttr());
}

/// Declares a private function with an empty body, to be filled by the caller.
static func::FuncOp createHelper(ModuleOp module, StringRef name,
                                 ArrayRef<Type> arguments, Type result) {
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  auto function = builder.create<func::FuncOp>(
      module.getLoc(), name, builder.getFunctionType(arguments, result));
  function.setPrivate();
  function.addEntryBlock();
  return function;
}

/// `exp2neg` of ternary.activation: (i64) -> i32.
static func::FuncOp getExpFunction(ModuleOp module) {
  if (auto function = module.lookupSymbol<func::FuncOp>(kExpName))
    return function;
  memref::GlobalOp table = getTable(
      module, kExpTableName, [](int i) { return std::exp2(15 - i / 256.0); });
  OpBuilder builder(module.getContext());
  auto function = createHelper(module, kExpName, builder.getI64Type(),
                               builder.getI32Type());
  builder.setInsertionPointToStart(&function.getBody().front());
  LoopBuilder loops(builder, module.getLoc());
  Value values = builder.create<memref::GetGlobalOp>(
      module.getLoc(), table.getType(), table.getSymName());
  Value exponent = function.getArgument(0);
  Value fraction = loops.bitAnd(loops.cast(exponent, 32), 0xFFFF);
  Value position = loops.toIndex(loops.shiftRight(fraction, 8));
  Value high = loops.load(values, position);
  Value low = loops.load(values, loops.add(position, 1));
  Value between = loops.mul(loops.sub(high, low), loops.bitAnd(fraction, 255));
  Value mantissa = loops.sub(high, loops.shiftRight(between, 8));
  // A mantissa is at most 2^15, so a shift by 16 makes it 0.
  Value shift = loops.cast(
      loops.minSigned(loops.shiftRight(exponent, 16), loops.integer(64, 16)),
      32);
  Value result =
      builder.create<arith::ShRUIOp>(module.getLoc(), mantissa, shift);
  builder.create<func::ReturnOp>(module.getLoc(), result);
  return function;
}

/// `logistic` of ternary.activation: (x, c, fraction: i64) -> i64.
static func::FuncOp getLogisticFunction(ModuleOp module) {
  if (auto function = module.lookupSymbol<func::FuncOp>(kLogisticName))
    return function;
  func::FuncOp exp = getExpFunction(module);
  OpBuilder builder(module.getContext());
  Type i64 = builder.getI64Type();
  auto function = createHelper(module, kLogisticName, {i64, i64, i64}, i64);
  function->moveAfter(exp);
  builder.setInsertionPointToStart(&function.getBody().front());
  LoopBuilder loops(builder, module.getLoc());
  Value x = function.getArgument(0);
  Value isNegative = loops.less(x, loops.integer(64, 0), /*isSigned=*/true);
  Value magnitude =
      loops.select(isNegative, loops.sub(loops.integer(64, 0), x), x);
  Value exponent = builder.create<arith::ShRSIOp>(
      module.getLoc(), loops.mul(magnitude, function.getArgument(1)),
      function.getArgument(2));
  Value power =
      builder.create<func::CallOp>(module.getLoc(), exp, exponent).getResult(0);
  Value sigmoid = loops.cast(loops.divideUnsigned(loops.integer(32, 1 << 30),
                                                  loops.add(power, 1 << 15)),
                             64);
  Value mirrored = loops.sub(loops.integer(64, 1 << 15), sigmoid);
  Value result = loops.select(isNegative, mirrored, sigmoid);
  builder.create<func::ReturnOp>(module.getLoc(), result);
  return function;
}

namespace {
/// Builds the functions of one fixed-point format on i64 values.
class FixedPoint {
public:
  FixedPoint(Operation *op, int64_t fraction, LoopBuilder &loops)
      : module(op->getParentOfType<ModuleOp>()), fraction(fraction),
        loops(loops) {}

  Value activate(ActivationKind kind, Value x);
  /// `exp2neg((x * log2(e)) >> fraction)` as i32, of a positive x.
  Value expOfNegated(Value x);

private:
  Value logistic(Value x, int64_t factor);
  /// `(x * y + 2^14) >> 15`.
  Value multiplyQ15(Value x, Value y) {
    return loops.shiftRight(loops.add(loops.mul(x, y), 1 << 14), 15);
  }
  Value multiply(Value x, Value y) {
    return loops.shiftRight(loops.mul(x, y), fraction);
  }

  ModuleOp module;
  int64_t fraction;
  LoopBuilder &loops;
};
} // namespace

Value FixedPoint::expOfNegated(Value x) {
  Value exponent = loops.shiftRight(loops.mul(x, kLog2E), fraction);
  return loops.getBuilder()
      .create<func::CallOp>(loops.getLocation(), getExpFunction(module),
                            exponent)
      .getResult(0);
}

Value FixedPoint::logistic(Value x, int64_t factor) {
  SmallVector<Value> arguments = {x, loops.integer(64, factor),
                                  loops.integer(64, fraction)};
  return loops.getBuilder()
      .create<func::CallOp>(loops.getLocation(), getLogisticFunction(module),
                            arguments)
      .getResult(0);
}

Value FixedPoint::activate(ActivationKind kind, Value x) {
  Value most = loops.integer(64, 32767);
  switch (kind) {
  case ActivationKind::Sigmoid:
    return loops.minSigned(logistic(x, kLog2E), most);
  case ActivationKind::Tanh:
    return loops.minSigned(
        loops.add(loops.mul(logistic(x, kTwoLog2E), 2), -(1 << 15)), most);
  case ActivationKind::SiLU:
    return multiplyQ15(x, logistic(x, kLog2E));
  case ActivationKind::GELU: {
    Value cube = multiply(multiply(x, x), x);
    Value term = loops.shiftRight(loops.mul(cube, 2930), 16);
    return multiplyQ15(x, logistic(loops.add(x, term), kGeluLog2E));
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
  FixedPoint format(op, *op.getFraction(), loops);
  Value from = loops.flatten(op.getInput()), to = loops.flatten(op.getInto());
  loops.forEach(getNumElements(op.getInto()), [&](Value i) {
    Value y = format.activate(op.getKind(), loops.load(from, i, 64));
    loops.store(loops.cast(y, 16), to, i);
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
  FixedPoint format(op, *op.getFraction(), loops);
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

/// `log2(sum) - 15` in Q16, of an i64 in 2^15..2^31.
static Value buildLog2(LoopBuilder &loops, ModuleOp module, Value sum) {
  OpBuilder &builder = loops.getBuilder();
  memref::GlobalOp table = getTable(module, kLogTableName, [](int i) {
    return std::log2(1 + i / 256.0) * 65536;
  });
  Value values = builder.create<memref::GetGlobalOp>(
      loops.getLocation(), table.getType(), table.getSymName());
  // Halved until it is below 2^16, the sum counts its bits above those.
  Value bits = loops.integer(64, 0), scaled = loops.shiftLeft(sum, 16);
  for (int64_t step : {8, 4, 2, 1}) {
    Value isSmall =
        loops.less(scaled, loops.integer(64, int64_t(1) << (31 + step)));
    Value zero = loops.integer(64, 0);
    bits =
        loops.add(bits, loops.select(isSmall, zero, loops.integer(64, step)));
    scaled = loops.select(isSmall, scaled, loops.shiftRight(scaled, step));
  }
  Value fraction =
      loops.cast(loops.bitAnd(loops.shiftRight(scaled, 15), 65535), 32);
  Value position = loops.toIndex(loops.shiftRight(fraction, 8));
  Value low = loops.load(values, position);
  Value high = loops.load(values, loops.add(position, 1));
  Value between = loops.shiftRight(
      loops.mul(loops.sub(high, low), loops.bitAnd(fraction, 255)), 8);
  return loops.add(loops.shiftLeft(bits, 16),
                   loops.cast(loops.add(low, between), 64));
}

void smelt::lowerLogSoftmax(LogSoftmaxOp op, LoopBuilder &loops) {
  FixedPoint format(op, *op.getFraction(), loops);
  auto module = op->getParentOfType<ModuleOp>();
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
    Value log2 = buildLog2(loops, module, loops.castUnsigned(sum, 64));
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
