//===- ThreadPart.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPart.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

std::pair<Value, Value>
smelt::ternary::getThreadPart(OpBuilder &builder, Location location,
                              Value begin, Value end, int64_t granule,
                              Value thread, Value threads) {
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(location, value);
  };
  Value count = builder.create<arith::SubIOp>(location, end, begin);
  Value round =
      builder.create<arith::MulIOp>(location, threads, constant(granule));
  // ceil(count / (threads * granule)) * granule
  Value most = builder.create<arith::AddIOp>(
      location, count,
      builder.create<arith::SubIOp>(location, round, constant(1)));
  Value share = builder.create<arith::MulIOp>(
      location, builder.create<arith::DivUIOp>(location, most, round),
      constant(granule));
  Value first = builder.create<arith::AddIOp>(
      location, begin, builder.create<arith::MulIOp>(location, thread, share));
  first = builder.create<arith::MinUIOp>(location, first, end);
  Value last = builder.create<arith::MinUIOp>(
      location, builder.create<arith::AddIOp>(location, first, share), end);
  return {first, last};
}
