//===- LayerReport.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/LayerReport.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/HostTensor.h"
#include "smelt/Support/Locations.h"
#include "smelt/Support/WeightPacking.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

std::string WeightsReport::describe() const {
  if (!WeightsType::isTernary(layout))
    return stringifyLayout(layout).str();
  return planes == 1 ? "ternary" : "ternary x" + std::to_string(planes);
}

static Layout layoutOf(WeightsType type, StringRef strategy) {
  if (!type.isTernary())
    return type.getLayout();
  bool hasFewLanes = type.getNumLanes() < WeightsType::kFewestLanes;
  return llvm::StringSwitch<Layout>(strategy)
      .Case("dot", Layout::TwoBit)
      .Case("base3", Layout::Base3)
      .Case("masked", Layout::Bitplane)
      .Default(hasFewLanes ? Layout::Bitplane : Layout::Columns);
}

WeightsReport smelt::describeWeights(WeightsOp weights, StringRef strategy) {
  WeightsType type = weights.getType();
  WeightsReport report;
  report.shape.assign(type.getShape().begin(), type.getShape().end());
  report.planes = type.getPlanes();
  report.layout = layoutOf(type, strategy);
  report.bytes = WeightsType::get(type.getContext(), type.getShape(),
                                  report.layout, report.planes)
                     .getNumBytes();
  if (std::optional<std::vector<int8_t>> bytes = readBytes(weights.getData())) {
    std::vector<int8_t> codes = unpackWeights(type, *bytes);
    report.nonzeros = codes.size() - llvm::count(codes, 0);
  }
  int64_t codes = type.getNumWeights() * report.planes;
  report.zeroFraction = codes ? 1.0 - double(report.nonzeros) / codes : 0;
  return report;
}

static int64_t byteSize(ShapedType type) {
  return llvm::divideCeil(type.getNumElements() * type.getElementTypeBitWidth(),
                          8);
}

static std::string describeShape(Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? formatShape(shaped.getShape()) : "";
}

static bool isConstant(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->hasTrait<OpTrait::ConstantLike>();
}

/// Counts the arithmetic of a product with weights: an addition for each weight
/// that is not 0, or a multiplication and an addition where it is not ternary,
/// at each position; the scales of planes and groups; and the requantization.
template <typename LinearOp>
static void countLinear(LinearOp op, LayerReport &report) {
  int64_t outputs = op.getResultType().getNumElements();
  int64_t positions = outputs / op.getWeights().getType().getRows();
  const WeightsReport &weights = *report.weights;
  report.additions = weights.nonzeros * positions;
  if (!WeightsType::isTernary(weights.layout))
    report.multiplications = weights.nonzeros * positions;
  if (Value scales = op.getScales()) {
    int64_t count = cast<ShapedType>(scales.getType()).getNumElements();
    report.multiplications += count * positions;
    report.additions += count * positions;
  }
  if (op.getMultiplier()) {
    report.multiplications += outputs;
    report.additions += outputs;
  }
}

static void countArithmetic(Operation *op, LayerReport &report) {
  int64_t outputs =
      cast<ShapedType>(op->getResult(0).getType()).getNumElements();
  llvm::TypeSwitch<Operation *>(op)
      .Case<MatmulOp, Conv2DOp>(
          [&](auto linear) { countLinear(linear, report); })
      .Case([&](RequantizeOp) {
        report.multiplications = outputs;
        report.additions = outputs;
      })
      .Case([&](AddOp) {
        report.multiplications = 2 * outputs;
        report.additions = 2 * outputs;
      })
      .Case([&](MulOp) {
        report.multiplications = 2 * outputs;
        report.additions = outputs;
      })
      .Case([&](SumPool2DOp pool) {
        report.additions = outputs * pool.getKernel()[0] * pool.getKernel()[1];
      })
      .Case([&](tosa::MatMulOp matmul) {
        int64_t inner = cast<ShapedType>(matmul.getA().getType()).getDimSize(2);
        report.multiplications = report.additions = outputs * inner;
      });
}

static LayerReport describeLayer(Operation *op, StringRef strategy) {
  LayerReport report;
  report.name = getLayerName(op->getLoc()).str();
  report.op = op->getName().getStringRef().str();
  auto result = cast<ShapedType>(op->getResult(0).getType());
  report.resultShape = describeShape(result);
  report.resultBytes = byteSize(result);
  for (Value operand : op->getOperands()) {
    if (auto weights = operand.getDefiningOp<WeightsOp>())
      report.weights = describeWeights(weights, strategy);
    else if (!isConstant(operand) && report.inputShape.empty())
      report.inputShape = describeShape(operand.getType());
  }
  countArithmetic(op, report);
  return report;
}

std::vector<LayerReport> smelt::describeLayers(func::FuncOp function,
                                               StringRef strategy) {
  std::vector<LayerReport> layers;
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (op.getNumResults() != 1 || isa<WeightsOp>(op) ||
        op.hasTrait<OpTrait::ConstantLike>() ||
        !isa<RankedTensorType>(op.getResult(0).getType()))
      continue;
    layers.push_back(describeLayer(&op, strategy));
  }
  return layers;
}
