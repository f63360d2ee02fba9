//===- PackWeights.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/Locations.h"
#include "smelt/Support/WeightPacking.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYPACKWEIGHTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class PackWeights
    : public smelt::ternary::impl::TernaryPackWeightsBase<PackWeights> {
public:
  using TernaryPackWeightsBase::TernaryPackWeightsBase;
  void runOnOperation() override;

private:
  LogicalResult pack(WeightsOp op, Layout defaultLayout);
  FailureOr<ElementsAttr> repack(WeightsOp op, WeightsType packedType);

  /// What data in one type became in another: functions can share weights.
  DenseMap<std::tuple<Attribute, Type, Type>, ElementsAttr> packed;
};
} // namespace

static constexpr llvm::StringLiteral kLayoutAttribute = "smelt.layout";

/// The layout that the op asks for, or `layout` where it does not.
static FailureOr<Layout> getRequestedLayout(WeightsOp op, Layout layout) {
  Attribute attribute = op->getAttr(kLayoutAttribute);
  if (!attribute)
    return layout;
  auto name = dyn_cast<StringAttr>(attribute);
  std::optional<Layout> requested =
      name ? symbolizeLayout(name.getValue()) : std::nullopt;
  if (!requested || requested == Layout::Int8)
    return op.emitOpError("attribute '")
           << kLayoutAttribute << "' must name a layout of ternary weights";
  return *requested;
}

FailureOr<ElementsAttr> PackWeights::repack(WeightsOp op,
                                            WeightsType packedType) {
  WeightsType type = op.getType();
  ElementsAttr &result = packed[{op.getData(), type, packedType}];
  if (result)
    return result;
  std::optional<std::vector<int8_t>> bytes = readBytes(op.getData());
  if (!bytes)
    return op.emitOpError("has no readable data");
  std::vector<int8_t> values = unpackWeights(type, *bytes);
  for (int8_t value : values)
    if (value < -1 || value > 1)
      return op.emitOpError("has the weight ")
             << static_cast<int>(value) << ", which is not ternary";
  auto dataType = RankedTensorType::get({packedType.getNumBytes()},
                                        IntegerType::get(&getContext(), 8));
  StringRef name = getLayerName(op.getLoc());
  return result = makeBytes(name.empty() ? "weights" : name, dataType,
                            packWeights(packedType, values));
}

LogicalResult PackWeights::pack(WeightsOp op, Layout defaultLayout) {
  WeightsType type = op.getType();
  if (type.getLayout() == Layout::Int8)
    return success();
  FailureOr<Layout> layout = getRequestedLayout(op, defaultLayout);
  if (failed(layout))
    return failure();
  op->removeAttr(kLayoutAttribute);
  if (type.getLayout() == *layout)
    return success();
  auto packedType = WeightsType::get(op.getContext(), type.getShape(), *layout,
                                     type.getPlanes());
  FailureOr<ElementsAttr> data = repack(op, packedType);
  if (failed(data))
    return failure();
  op.setDataAttr(*data);
  op.getResult().setType(packedType);
  return success();
}

void PackWeights::runOnOperation() {
  packed.clear();
  std::optional<Layout> target = symbolizeLayout(layout);
  if (!target || target == Layout::Int8) {
    emitError(getOperation().getLoc())
        << "unknown layout '" << layout
        << "'; expected dense, twobit, base3 or bitplane";
    return signalPassFailure();
  }
  WalkResult result = getOperation().walk([&](WeightsOp op) {
    return failed(pack(op, *target)) ? WalkResult::interrupt()
                                     : WalkResult::advance();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
