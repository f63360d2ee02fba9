//===- InstrumentInputs.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Quantization/Calibration.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYINSTRUMENTINPUTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;

namespace {
class InstrumentInputs
    : public ternary::impl::TernaryInstrumentInputsBase<InstrumentInputs> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    Operation *terminator = function.getBody().front().getTerminator();
    for (Operation *layer : collectLinearLayers(function)) {
      Value input = layer->getOperand(0);
      terminator->insertOperands(terminator->getNumOperands(), input);
      function.insertResult(function.getNumResults(), input.getType(), {});
    }
  }
};
} // namespace
