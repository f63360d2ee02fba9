//===- QuantizeActivations.cpp ----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Quantization/Calibration.h"
#include "smelt/Support/Constants.h"
#include <cmath>

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYQUANTIZEACTIVATIONS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// The parameters of a fake_quant.
struct Rounding {
  double scale = 1;
  int64_t zeroPoint = 0;
  int64_t min = 0;
  int64_t max = 0;
};

class QuantizeActivations
    : public ternary::impl::TernaryQuantizeActivationsBase<
          QuantizeActivations> {
public:
  using TernaryQuantizeActivationsBase::TernaryQuantizeActivationsBase;
  void runOnOperation() override;

private:
  bool needsRounding(Value value);
  Rounding chooseRounding(Value value, ObservedRange range);
};
} // namespace

/// Moves or selects elements, so that its result is rounded as its operand is.
static bool isMovement(Operation *op) {
  return isa<tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp, tosa::TileOp,
             tosa::GatherOp, tosa::PadOp, tosa::ReverseOp, tosa::MaxPool2dOp,
             tosa::ReduceMaxOp, tosa::ReduceMinOp, tosa::IdentityOp>(op);
}

/// Multiplies by or adds a constant: folded into the next rounding.
static bool isConstantScaling(Operation *op) {
  return isa<tosa::MulOp, tosa::AddOp, tosa::SubOp>(op) &&
         (readFloats(op->getOperand(0)) || readFloats(op->getOperand(1)));
}

/// An argument whose channels are scaled one by one, and differ in range.
static bool isScaledArgument(Value value) {
  return isa<BlockArgument>(value) &&
         llvm::any_of(value.getUsers(), [](Operation *user) {
           if (!isConstantScaling(user))
             return false;
           auto constant = readFloats(user->getOperand(1));
           return !constant || !llvm::all_equal(*constant);
         });
}

/// Carries out by itself the rounding that its operand lacks, perhaps after a
/// reshape.
static bool absorbsRounding(Operation *user) {
  if (isa<tosa::ReshapeOp, tosa::TransposeOp>(user))
    return user->getResult(0).hasOneUse() &&
           absorbsRounding(*user->getResult(0).getUsers().begin());
  return isa<FakeQuantOp, BinarizeOp, tosa::ClampOp, tosa::NegateOp,
             func::ReturnOp>(user) ||
         isConstantScaling(user);
}

/// An argument of which only the sign after some scaling counts: there is no
/// grid to take from the model.
static bool isBinarizedArgument(Value value) {
  if (!isa<BlockArgument>(value))
    return false;
  while (value.hasOneUse()) {
    Operation *user = *value.getUsers().begin();
    if (isa<BinarizeOp>(user))
      return true;
    if (isa<FakeQuantOp>(user) || user->getNumResults() != 1 ||
        !absorbsRounding(user))
      return false;
    value = user->getResult(0);
  }
  return false;
}

static bool isSmoothFunction(Operation *op) {
  return isa<tosa::SigmoidOp, tosa::TanhOp, ActivationOp, SoftmaxOp,
             LogSoftmaxOp>(op);
}

/// A function that is flat beyond +-11 to 15 fractional bits.
static bool isSaturating(Operation *op) {
  if (auto activation = dyn_cast<ActivationOp>(op))
    return activation.getKind() != ActivationKind::SiLU &&
           activation.getKind() != ActivationKind::GELU;
  return isa<tosa::SigmoidOp, tosa::TanhOp>(op);
}

/// Whether this value is normalized, directly or after moving it. A norm takes
/// 16 bits at no cost.
static bool feedsNorm(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<RMSNormOp, LayerNormOp>(user) ||
           (isMovement(user) && feedsNorm(user->getResult(0)));
  });
}

/// Whether a convolution pads this value, directly or after moving it.
static bool feedsPaddedConv(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    if (isa<tosa::Conv2DOp, tosa::DepthwiseConv2DOp>(user)) {
      auto pad = user->getAttrOfType<DenseI64ArrayAttr>("pad").asArrayRef();
      return llvm::any_of(pad, [](int64_t p) { return p != 0; });
    }
    return isMovement(user) && feedsPaddedConv(user->getResult(0));
  });
}

bool QuantizeActivations::needsRounding(Value value) {
  if (value.use_empty())
    return false;
  if (Operation *producer = value.getDefiningOp())
    if (isa<FakeQuantOp, BinarizeOp>(producer) || isMovement(producer))
      return false;
  return isScaledArgument(value) || isBinarizedArgument(value) ||
         !(value.hasOneUse() && absorbsRounding(*value.getUsers().begin()));
}

Rounding QuantizeActivations::chooseRounding(Value value, ObservedRange range) {
  double low = std::min(range.min, 0.0), high = std::max(range.max, 0.0);
  double magnitude = std::max(-low, high);
  Rounding rounding;
  if (llvm::any_of(value.getUsers(), isSmoothFunction)) {
    if (llvm::all_of(value.getUsers(), isSaturating))
      magnitude = std::min(magnitude, 11.0);
    int fraction = 15;
    while (fraction > 0 && std::ldexp(magnitude, fraction) > 32767)
      --fraction;
    rounding = {std::ldexp(1, -fraction), 0, -32768, 32767};
  } else if (bits == 16 || isScaledArgument(value) || feedsNorm(value)) {
    rounding = {magnitude / 32767, 0, -32767, 32767};
  } else if (feedsPaddedConv(value)) {
    rounding = {magnitude / 127, 0, -127, 127};
  } else {
    double scale = (high - low) / 255;
    int64_t zeroPoint = scale > 0 ? std::llround(-128 - low / scale) : 0;
    rounding = {scale, zeroPoint, -128, 127};
  }
  // Also keeps the scale a normal f32.
  rounding.scale = std::max(rounding.scale, 1e-30);
  return rounding;
}

void QuantizeActivations::runOnOperation() {
  func::FuncOp function = getOperation();
  if (bits != 8 && bits != 16) {
    function.emitError() << "activations have 8 or 16 bits, not "
                         << bits.getValue();
    return signalPassFailure();
  }
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return;
  SmallVector<Value> unknown;
  for (Value value : collectCalibrationPoints(function)) {
    auto argument = dyn_cast<BlockArgument>(value);
    if (argument && function.getArgAttr(argument.getArgNumber(), "smelt.input"))
      continue;
    if (!needsRounding(value))
      continue;
    std::optional<ObservedRange> range = getRange(value);
    if (!range) {
      unknown.push_back(value);
      continue;
    }
    OpBuilder builder(function.getContext());
    builder.setInsertionPointAfterValue(value);
    Rounding rounding = chooseRounding(value, *range);
    auto quant = builder.create<FakeQuantOp>(
        value.getLoc(), value.getType(), value,
        builder.getDenseF32ArrayAttr(static_cast<float>(rounding.scale)),
        builder.getI64IntegerAttr(rounding.zeroPoint),
        builder.getI64IntegerAttr(rounding.min),
        builder.getI64IntegerAttr(rounding.max), IntegerAttr());
    value.replaceAllUsesExcept(quant, quant);
  }
  if (unknown.empty())
    return;
  InFlightDiagnostic diagnostic = mlir::emitError(unknown.front().getLoc());
  diagnostic << unknown.size()
             << (unknown.size() == 1 ? " activation has" : " activations have")
             << " no known range, this one first: calibrate with sample inputs "
                "(--calibrate FILE)";
  signalPassFailure();
}
