//===- HelperFunctions.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HelperFunctions.h"
#include "WeightRows.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Conversion/ProcessorFeatures.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include <cmath>

using namespace mlir;
using namespace smelt;

static ModuleOp getModule(LoopBuilder &loops) {
  Operation *parent = loops.getBuilder().getInsertionBlock()->getParentOp();
  if (auto module = dyn_cast<ModuleOp>(parent))
    return module;
  return parent->getParentOfType<ModuleOp>();
}

static func::FuncOp getFunction(LoopBuilder &loops) {
  Operation *parent = loops.getBuilder().getInsertionBlock()->getParentOp();
  if (auto function = dyn_cast<func::FuncOp>(parent))
    return function;
  return parent->getParentOfType<func::FuncOp>();
}

/// The values of `function` at 0..256, from a constant global.
static Value getTable(LoopBuilder &loops, StringRef name,
                      llvm::function_ref<double(int index)> function) {
  ModuleOp module = getModule(loops);
  auto global = module.lookupSymbol<memref::GlobalOp>(name);
  if (!global) {
    auto builder = OpBuilder::atBlockBegin(module.getBody());
    SmallVector<int32_t> values;
    for (int i = 0; i <= 256; ++i)
      values.push_back(static_cast<int32_t>(std::lround(function(i))));
    Type i32 = builder.getI32Type();
    auto elements = DenseElementsAttr::get(RankedTensorType::get({257}, i32),
                                           ArrayRef<int32_t>(values));
    global = builder.create<memref::GlobalOp>(
        module.getLoc(), name, builder.getStringAttr("private"),
        MemRefType::get({257}, i32), elements,
        /*constant=*/true, /*alignment=*/IntegerAttr());
  }
  return loops.getBuilder().create<memref::GetGlobalOp>(loops.getLocation(),
                                                        global.getType(), name);
}

/// The value at `fraction / 2^16` between the entries of a table, of an i32
/// below 2^16.
static Value interpolate(LoopBuilder &loops, Value table, Value fraction) {
  Value position = loops.toIndex(loops.shiftRight(fraction, 8));
  Value first = loops.load(table, position);
  Value second = loops.load(table, loops.add(position, 1));
  Value rest = loops.bitAnd(fraction, 255);
  return loops.add(
      first, loops.shiftRight(loops.mul(loops.sub(second, first), rest), 8));
}

using HelperBody = llvm::function_ref<Value(LoopBuilder &, ValueRange)>;

/// Calls the private function `base`, which `body` defines, or the one of the
/// caller's CPU. Arguments are i64.
static Value callHelper(LoopBuilder &loops, StringRef base,
                        ValueRange arguments, Type result, HelperBody body) {
  ModuleOp module = getModule(loops);
  func::FuncOp caller = getFunction(loops);
  std::string name = base.str();
  if (auto cpu = caller->getAttrOfType<StringAttr>(ternary::kTargetCPUName))
    name += ternary::getVariantSuffix(cpu.getValue());
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    OpBuilder builder(module.getContext());
    function = func::FuncOp::create(
        module.getLoc(), name,
        builder.getFunctionType(arguments.getTypes(), result));
    function.setPrivate();
    ternary::copyProcessor(caller, function);
    builder.setInsertionPointToStart(function.addEntryBlock());
    // In the module before the body is made, which may call other helpers;
    // those come first.
    module.getBody()->push_front(function);
    LoopBuilder inner(builder, module.getLoc());
    Value value = body(inner, function.getArguments());
    builder.create<func::ReturnOp>(module.getLoc(), value);
  }
  return loops.getBuilder()
      .create<func::CallOp>(loops.getLocation(), function, arguments)
      .getResult(0);
}

/// 2^(15 - exponent / 2^16) without the exponent's whole part, as i32 in
/// 2^14..2^15.
static Value exp2OfFraction(LoopBuilder &loops, Value exponent) {
  auto body = [](LoopBuilder &loops, ValueRange arguments) -> Value {
    // Of each entry, its distance to the next in the low half.
    Value table = getTable(loops, "exp2_table", [](int i) {
      auto entry = [](int i) { return std::lround(std::exp2(15 - i / 256.0)); };
      long packed = entry(i) << 16 | (entry(i) - entry(i + 1));
      return static_cast<int32_t>(packed);
    });
    Value fraction = loops.bitAnd(loops.cast(arguments[0], 32), 0xFFFF);
    Value entry =
        loops.load(table, loops.toIndex(loops.shiftRight(fraction, 8)));
    Value between =
        loops.mul(loops.bitAnd(entry, 0xFFFF), loops.bitAnd(fraction, 255));
    return loops.sub(loops.shiftRightUnsigned(entry, 16),
                     loops.shiftRight(between, 8));
  };
  return callHelper(loops, "exp2_fraction", exponent, loops.getInteger(32),
                    body);
}

Value smelt::exp2Negative(LoopBuilder &loops, Value exponent) {
  auto body = [](LoopBuilder &loops, ValueRange arguments) -> Value {
    Value exponent = arguments[0];
    // A mantissa is at most 2^15, so a shift by 16 makes it 0.
    Value shift =
        loops.minSigned(loops.shiftRight(exponent, 16), loops.integer(64, 16));
    return loops.shiftRightUnsigned(exp2OfFraction(loops, exponent),
                                    loops.cast(shift, 32));
  };
  return callHelper(loops, "exp2_negative", exponent, loops.getInteger(32),
                    body);
}

Value smelt::exp2NegativeWide(LoopBuilder &loops, Value exponent) {
  Value shift =
      loops.minSigned(loops.shiftRight(exponent, 16), loops.integer(64, 31));
  Value mantissa = loops.cast(exp2OfFraction(loops, exponent), 64);
  return loops.shiftRight(loops.shiftLeft(mantissa, 15), shift);
}

Value smelt::logistic(LoopBuilder &loops, Value x, int64_t factor,
                      int64_t fraction) {
  auto body = [](LoopBuilder &loops, ValueRange arguments) -> Value {
    Value x = arguments[0], zero = loops.integer(64, 0);
    Value isNegative = loops.less(x, zero, /*isSigned=*/true);
    Value magnitude = loops.select(isNegative, loops.sub(zero, x), x);
    Value exponent =
        loops.shiftRight(loops.mul(magnitude, arguments[1]), arguments[2]);
    Value power = exp2Negative(loops, exponent);
    Value sigmoid = loops.cast(loops.divideUnsigned(loops.integer(32, 1 << 30),
                                                    loops.add(power, 1 << 15)),
                               64);
    Value mirrored = loops.sub(loops.integer(64, 1 << 15), sigmoid);
    return loops.select(isNegative, mirrored, sigmoid);
  };
  SmallVector<Value> arguments = {x, loops.integer(64, factor),
                                  loops.integer(64, fraction)};
  return callHelper(loops, "logistic", arguments, loops.getInteger(64), body);
}

Value smelt::log2OfSum(LoopBuilder &loops, Value sum) {
  Value table = getTable(loops, "log2_table", [](int i) {
    return std::log2(1 + i / 256.0) * 65536;
  });
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
  return loops.add(loops.shiftLeft(bits, 16),
                   loops.cast(interpolate(loops, table, fraction), 64));
}

Value smelt::bitLength(LoopBuilder &loops, Value value) {
  auto body = [](LoopBuilder &loops, ValueRange arguments) -> Value {
    Value rest = arguments[0], bits = loops.integer(64, 0);
    for (int64_t step : {32, 16, 8, 4, 2, 1}) {
      Value isSmall = loops.less(rest, loops.integer(64, int64_t(1) << step));
      Value more =
          loops.select(isSmall, loops.integer(64, 0), loops.integer(64, step));
      bits = loops.add(bits, more);
      rest = loops.shiftRight(rest, more);
    }
    return loops.add(bits, rest);
  };
  return callHelper(loops, "bit_length", value, loops.getInteger(64), body);
}

Value smelt::mantissa(LoopBuilder &loops, Value value, Value bits) {
  Value zero = loops.integer(64, 0);
  Value missing = loops.sub(loops.integer(64, 31), bits);
  Value left = loops.maxSigned(missing, zero);
  Value right = loops.maxSigned(loops.sub(zero, missing), zero);
  return loops.shiftRight(loops.shiftLeft(value, left), right);
}

Value smelt::reciprocalSqrt(LoopBuilder &loops, Value value) {
  auto body = [](LoopBuilder &loops, ValueRange arguments) -> Value {
    Value f = arguments[0];
    // A line through the root's ends, off by at most a tenth; each of Newton's
    // steps squares that.
    Value line = loops.shiftRight(loops.mul(f, 1299227607), 30);
    Value r = loops.sub(loops.integer(64, 2287070085), line);
    for (int step = 0; step < 4; ++step) {
      Value square = loops.shiftRight(loops.mul(r, r), 30);
      Value product = loops.shiftRight(loops.mul(square, f), 30);
      Value factor = loops.sub(loops.integer(64, int64_t(3) << 30), product);
      r = loops.shiftRight(loops.mul(r, factor), 31);
    }
    return loops.minSigned(r, loops.integer(64, int64_t(1) << 31));
  };
  return callHelper(loops, "reciprocal_sqrt", value, loops.getInteger(64),
                    body);
}

Value smelt::fromWord(LoopBuilder &loops, Value value) {
  return loops.cast(loops.cast(value, 32), 64);
}

Quantizer::Quantizer(LoopBuilder &loops, Value absmax, unsigned width)
    : loops(loops), largest((int64_t(1) << (width - 1)) - 1) {
  int64_t fraction = 62 - width;
  Value bits = bitLength(loops, absmax);
  reciprocal = fromWord(
      loops, loops.divideUnsigned(loops.integer(64, largest << fraction),
                                  mantissa(loops, absmax, bits)));
  Value kept = loops.minSigned(bits, loops.integer(64, 31));
  dropped = loops.sub(bits, kept);
  shift = loops.add(kept, fraction - 31);
  half = loops.shiftLeft(loops.integer(64, 1), loops.add(shift, -1));
}

Value Quantizer::apply(Value value) {
  Value x = loops.clamp(loops.shiftRight(value, dropped), llvm::minIntN(32),
                        llvm::maxIntN(32));
  Value product = loops.add(loops.mul(fromWord(loops, x), reciprocal), half);
  return loops.clamp(loops.shiftRight(product, shift), -largest, largest);
}

Dequantizer::Dequantizer(LoopBuilder &loops, Value absmax, int64_t shift,
                         int64_t min, int64_t max, Value multiplier, Value bias)
    : loops(loops), min(min), max(max), multiplier(multiplier), bias(bias) {
  Value length = bitLength(loops, absmax);
  significand = fromWord(loops, mantissa(loops, absmax, length));
  this->shift = loops.clamp(loops.sub(loops.integer(64, shift), length), 1, 62);
  half = loops.shiftLeft(loops.integer(64, 1), loops.add(this->shift, -1));
}

Value Dequantizer::apply(Value accumulator, Value column) {
  Value scale = loops.cast(loadVector(loops, multiplier, column), 64);
  Value factor =
      loops.shiftRight(loops.add(loops.mul(significand, scale), 1 << 30), 31);
  Value product = loops.mul(accumulator, fromWord(loops, factor));
  Value y = loops.shiftRight(loops.add(product, half), shift);
  if (bias)
    y = loops.add(y, loadVector(loops, bias, column));
  return loops.clamp(y, min, max);
}

//===----------------------------------------------------------------------===//
// Matrix registers
//===----------------------------------------------------------------------===//

/// Whether the process has asked for the registers: a byte, 0 before.
static Value getAskedFlag(LoopBuilder &loops) {
  constexpr StringLiteral kName = "asked_for_matrices";
  ModuleOp module = getModule(loops);
  auto global = module.lookupSymbol<memref::GlobalOp>(kName);
  if (!global) {
    auto builder = OpBuilder::atBlockBegin(module.getBody());
    Type i8 = builder.getI8Type();
    global = builder.create<memref::GlobalOp>(
        module.getLoc(), kName, builder.getStringAttr("private"),
        MemRefType::get({1}, i8),
        DenseElementsAttr::get(RankedTensorType::get({1}, i8), int8_t(0)),
        /*constant=*/false, /*alignment=*/IntegerAttr());
  }
  return loops.getBuilder().create<memref::GetGlobalOp>(
      loops.getLocation(), global.getType(), kName);
}

void smelt::askForMatrices(LoopBuilder &loops) {
  auto body = [](LoopBuilder &loops, ValueRange) -> Value {
    Value flag = getAskedFlag(loops);
    Value asked = loops.load(flag, loops.index(0));
    OpBuilder &builder = loops.getBuilder();
    auto first = builder.create<scf::IfOp>(
        loops.getLocation(), loops.less(asked, loops.integer(8, 1)),
        /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(first.thenBlock());
    requestTiles(builder, loops.getLocation());
    loops.store(loops.integer(8, 1), flag, loops.index(0));
    return asked;
  };
  callHelper(loops, "ask_for_matrices", {}, loops.getInteger(8), body);
}
