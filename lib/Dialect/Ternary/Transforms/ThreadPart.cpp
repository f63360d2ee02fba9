//===- ThreadPart.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPart.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

using namespace mlir;

std::pair<Value, Value> smelt::ternary::getThreadPart(OpBuilder &builder,
                                                      Location location,
                                                      Value begin, Value end,
                                                      int64_t granule,
                                                      Value from, Value to) {
  Type index = builder.getIndexType(), i64 = builder.getI64Type();
  auto constant = [&](Type type, int64_t value) -> Value {
    return builder.create<arith::ConstantOp>(
        location, builder.getIntegerAttr(type, value));
  };
  Value count = builder.create<arith::SubIOp>(location, end, begin);
  Value rounded = builder.create<arith::AddIOp>(location, count,
                                                constant(index, granule - 1));
  Value granules = builder.create<arith::DivUIOp>(location, rounded,
                                                  constant(index, granule));
  // The product needs more bits than an index may have.
  granules = builder.create<arith::IndexCastOp>(location, i64, granules);
  auto locate = [&](Value place) -> Value {
    place = builder.create<arith::IndexCastOp>(location, i64, place);
    Value at = builder.create<arith::MulIOp>(location, granules, place);
    at = builder.create<arith::AddIOp>(location, at,
                                       constant(i64, kThreadPlaces / 2));
    at = builder.create<arith::DivUIOp>(location, at,
                                        constant(i64, kThreadPlaces));
    at = builder.create<arith::IndexCastOp>(location, index, at);
    at = builder.create<arith::MulIOp>(location, at, constant(index, granule));
    at = builder.create<arith::AddIOp>(location, begin, at);
    return builder.create<arith::MinUIOp>(location, at, end);
  };
  Value first = locate(from);
  return {first, locate(to)};
}
