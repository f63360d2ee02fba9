//===- InstrumentRanges.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Quantization/Calibration.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYINSTRUMENTRANGES
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;

/// The least (or largest) element of `value`, as a tensor<1x1xf32>.
template <typename ReduceOp>
static Value reduceAll(OpBuilder &builder, Location location, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t count = type.getNumElements();
  Value flat =
      builder.create<tosa::ReshapeOp>(location, type.clone({count, 1}), value,
                                      builder.getDenseI64ArrayAttr({count, 1}));
  return builder.create<ReduceOp>(location, type.clone({1, 1}), flat,
                                  builder.getI32IntegerAttr(0));
}

namespace {
class InstrumentRanges
    : public ternary::impl::TernaryInstrumentRangesBase<InstrumentRanges> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    Operation *terminator = function.getBody().front().getTerminator();
    OpBuilder builder(terminator);
    Location location = terminator->getLoc();
    SmallVector<Value> rows;
    for (Value value : collectCalibrationPoints(function)) {
      Value ends[] = {reduceAll<tosa::ReduceMinOp>(builder, location, value),
                      reduceAll<tosa::ReduceMaxOp>(builder, location, value)};
      rows.push_back(builder.create<tosa::ConcatOp>(
          location, RankedTensorType::get({1, 2}, builder.getF32Type()), ends,
          builder.getI32IntegerAttr(1)));
    }
    auto type = RankedTensorType::get({static_cast<int64_t>(rows.size()), 2},
                                      builder.getF32Type());
    Value ranges = builder.create<tosa::ConcatOp>(location, type, rows,
                                                  builder.getI32IntegerAttr(0));
    terminator->insertOperands(terminator->getNumOperands(), ranges);
    function.insertResult(function.getNumResults(), type, {});
  }
};
} // namespace
