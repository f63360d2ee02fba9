//===- PreferSigned.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Unsigned operations on values that are known not to be negative become the
// signed ones, which need no casts in C.

#include "Patterns.h"
#include "mlir/Analysis/DataFlow/DeadCodeAnalysis.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace smelt;

namespace {

/// Answers from a finished range analysis.
class Ranges {
public:
  explicit Ranges(DataFlowSolver &solver) : solver(solver) {}

  bool isNonNegative(Value value) const {
    const auto *lattice =
        solver.lookupState<dataflow::IntegerValueRangeLattice>(value);
    if (!lattice || lattice->getValue().isUninitialized())
      return false;
    const ConstantIntRanges &range = lattice->getValue().getValue();
    return range.smin().getBitWidth() > 1 && range.smin().isNonNegative();
  }
  bool areNonNegative(ValueRange values) const {
    return llvm::all_of(values,
                        [this](Value value) { return isNonNegative(value); });
  }

private:
  DataFlowSolver &solver;
};

template <typename To> void replace(Operation *op) {
  OpBuilder builder(op);
  Value value =
      builder.create<To>(op->getLoc(), op->getOperand(0), op->getOperand(1));
  op->getResult(0).replaceAllUsesWith(value);
  op->erase();
}

arith::CmpIPredicate toSigned(arith::CmpIPredicate predicate) {
  switch (predicate) {
  case arith::CmpIPredicate::ult:
    return arith::CmpIPredicate::slt;
  case arith::CmpIPredicate::ule:
    return arith::CmpIPredicate::sle;
  case arith::CmpIPredicate::ugt:
    return arith::CmpIPredicate::sgt;
  case arith::CmpIPredicate::uge:
    return arith::CmpIPredicate::sge;
  default:
    return predicate;
  }
}

/// Says of left shifts that lose no bit and give no negative number that they
/// do, so that C's own shift of a signed number will do.
void markShifts(ModuleOp module, const Ranges &ranges) {
  constexpr auto exact =
      arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;
  module.walk([&](arith::ShLIOp op) {
    if (ranges.isNonNegative(op.getLhs()) &&
        ranges.isNonNegative(op.getResult()))
      op.setOverflowFlagsAttr(
          arith::IntegerOverflowFlagsAttr::get(op.getContext(), exact));
  });
}

} // namespace

LogicalResult smelt::preferSigned(ModuleOp module) {
  DataFlowSolver solver;
  solver.load<dataflow::DeadCodeAnalysis>();
  solver.load<dataflow::IntegerRangeAnalysis>();
  if (failed(solver.initializeAndRun(module)))
    return failure();
  Ranges ranges(solver);
  SmallVector<Operation *> found;
  module.walk([&](Operation *op) {
    bool isUnsigned = isa<arith::ShRUIOp, arith::DivUIOp, arith::RemUIOp,
                          arith::MinUIOp, arith::MaxUIOp, arith::CmpIOp>(op);
    if (isUnsigned && ranges.areNonNegative(op->getOperands()))
      found.push_back(op);
  });
  for (Operation *op : found)
    TypeSwitch<Operation *>(op)
        .Case<arith::ShRUIOp>([](auto op) { replace<arith::ShRSIOp>(op); })
        .Case<arith::DivUIOp>([](auto op) { replace<arith::DivSIOp>(op); })
        .Case<arith::RemUIOp>([](auto op) { replace<arith::RemSIOp>(op); })
        .Case<arith::MinUIOp>([](auto op) { replace<arith::MinSIOp>(op); })
        .Case<arith::MaxUIOp>([](auto op) { replace<arith::MaxSIOp>(op); })
        .Case<arith::CmpIOp>([](arith::CmpIOp op) {
          op.setPredicate(toSigned(op.getPredicate()));
        });
  markShifts(module, ranges);
  return success();
}
