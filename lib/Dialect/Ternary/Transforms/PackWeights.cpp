//===- PackWeights.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/Locations.h"
#include "smelt/Support/WeightPacking.h"
#include "llvm/ADT/TypeSwitch.h"

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
  FailureOr<WeightsType> choosePackedType(WeightsOp op, Layout defaultLayout);
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
  if (!requested || !WeightsType::isTernary(*requested))
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
    if (type.isTernary() && (value < -1 || value > 1))
      return op.emitOpError("has the weight ")
             << static_cast<int>(value) << ", which is not ternary";
  auto dataType = RankedTensorType::get({packedType.getNumBytes()},
                                        IntegerType::get(&getContext(), 8));
  StringRef name = getLayerName(op.getLoc());
  return result = makeBytes(name.empty() ? "weights" : name, dataType,
                            packWeights(packedType, values));
}

/// Whether weights have enough rows for a loop over them, and all users can
/// multiply them by columns.
static bool canUseColumns(WeightsOp op) {
  return op.getType().getNumLanes() >= WeightsType::kFewestLanes &&
         llvm::all_of(op->getUsers(), [](Operation *user) {
           return llvm::TypeSwitch<Operation *, bool>(user)
               .Case<MatmulOp, Conv2DOp>(
                   [](auto linear) { return linear.canMultiplyColumns(); })
               .Default(false);
         });
}

/// The groups of a user of weights that have scales.
static int64_t getNumGroups(Value scales) {
  return scales ? cast<ShapedType>(scales.getType()).getDimSize(2) : 1;
}

/// The interleaved form of weights of a type that vectors multiply with i8, and
/// that are not read otherwise than row by row; of others, the type itself.
static WeightsType getTypeForVectors(WeightsOp op, WeightsType type) {
  WeightsType result = type;
  for (Operation *user : op->getUsers()) {
    Value scales, input;
    if (auto matmul = dyn_cast<MatmulOp>(user)) {
      scales = matmul.getScales();
      input = matmul.getInput();
    } else if (auto conv = dyn_cast<Conv2DOp>(user)) {
      if (!conv.isProductOfWindows())
        return type;
      scales = conv.getScales();
      input = conv.getInput();
    } else if (auto embed = dyn_cast<EmbedOp>(user)) {
      scales = embed.getScales();
    } else {
      return type;
    }
    if (scales && !matchPattern(scales, m_Constant()))
      return type;
    if (!input)
      continue;
    WeightsType form = type.interleave(getNumGroups(scales));
    bool isOther = result != type && result != form;
    if (!getElementTypeOrSelf(input).isInteger(8) || form == type || isOther)
      return type;
    result = form;
  }
  return result;
}

/// Gives the constant scales of an op the order of its weights.
template <typename ScaledOp>
static LogicalResult reorderScales(ScaledOp op, WeightsType type) {
  if (!op.getScales())
    return success();
  auto scalesType = cast<RankedTensorType>(op.getScales().getType());
  std::optional<std::vector<int64_t>> values = readIntegers(op.getScales());
  if (!values)
    return op.emitOpError("has scales that cannot be read");
  int64_t groups = scalesType.getDimSize(2);
  std::vector<int16_t> ordered = interleaveScales(
      type, groups, std::vector<int16_t>(values->begin(), values->end()));
  OpBuilder builder(op);
  auto newType = RankedTensorType::get(type.getScalesShape(groups),
                                       scalesType.getElementType());
  op.getScalesMutable().assign(builder.create<tosa::ConstOp>(
      op.getLoc(), newType,
      DenseElementsAttr::get(newType, ArrayRef<int16_t>(ordered))));
  return success();
}

/// The type that weights are to have. Those that are interleaved keep theirs,
/// which their scales follow.
FailureOr<WeightsType> PackWeights::choosePackedType(WeightsOp op,
                                                     Layout defaultLayout) {
  WeightsType type = op.getType();
  if (type.getInterleaved())
    return type;
  if (type.isTernary()) {
    if (defaultLayout == Layout::Columns && !canUseColumns(op))
      defaultLayout = Layout::Bitplane;
    FailureOr<Layout> layout = getRequestedLayout(op, defaultLayout);
    if (failed(layout))
      return failure();
    op->removeAttr(kLayoutAttribute);
    type = WeightsType::get(op.getContext(), type.getShape(), *layout,
                            type.getPlanes());
  }
  return interleave ? getTypeForVectors(op, type) : type;
}

LogicalResult PackWeights::pack(WeightsOp op, Layout defaultLayout) {
  FailureOr<WeightsType> type = choosePackedType(op, defaultLayout);
  if (failed(type))
    return failure();
  if (*type == op.getType())
    return success();
  FailureOr<ElementsAttr> data = repack(op, *type);
  if (failed(data))
    return failure();
  op.setDataAttr(*data);
  op.getResult().setType(*type);
  if (!type->getInterleaved())
    return success();
  for (Operation *user : llvm::make_early_inc_range(op->getUsers())) {
    LogicalResult result =
        llvm::TypeSwitch<Operation *, LogicalResult>(user)
            .Case<MatmulOp, Conv2DOp, EmbedOp>(
                [&](auto reader) { return reorderScales(reader, *type); });
    if (failed(result))
      return failure();
  }
  return success();
}

void PackWeights::runOnOperation() {
  packed.clear();
  std::optional<Layout> target = symbolizeLayout(layout);
  if (!target || !WeightsType::isTernary(*target)) {
    emitError(getOperation().getLoc())
        << "unknown layout '" << layout
        << "'; expected dense, twobit, base3, bitplane or columns";
    return signalPassFailure();
  }
  WalkResult result = getOperation().walk([&](WeightsOp op) {
    return failed(pack(op, *target)) ? WalkResult::interrupt()
                                     : WalkResult::advance();
  });
  if (result.wasInterrupted())
    signalPassFailure();
}
