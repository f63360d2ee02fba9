//===- SinkTransposes.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/Locations.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TOSASINKTRANSPOSES
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

//===----------------------------------------------------------------------===//
// Permutations
//===----------------------------------------------------------------------===//

using Order = SmallVector<int64_t>;

/// A transpose of a static shape by a constant order.
static std::optional<Order> getOrder(tosa::TransposeOp transpose) {
  auto type = dyn_cast<RankedTensorType>(transpose.getInput1().getType());
  Order order;
  if (!type || !type.hasStaticShape() ||
      failed(transpose.getConstantPerms(order)) ||
      static_cast<int64_t>(order.size()) != type.getRank())
    return std::nullopt;
  Order sorted(order);
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, type.getRank())))
    return std::nullopt;
  return order;
}

static tosa::TransposeOp getTranspose(Value value) {
  return value.getDefiningOp<tosa::TransposeOp>();
}

static Order inverse(ArrayRef<int64_t> order) {
  Order result(order.size());
  for (auto [to, from] : llvm::enumerate(order))
    result[from] = to;
  return result;
}

/// Element `i` of the result is element `order[i]`.
template <typename T>
static SmallVector<T> permute(ArrayRef<T> values, ArrayRef<int64_t> order) {
  SmallVector<T> result;
  for (int64_t from : order)
    result.push_back(values[from]);
  return result;
}

static Value createTranspose(PatternRewriter &rewriter, Location location,
                             Value input, ArrayRef<int64_t> order) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int32_t> narrowed(order.begin(), order.end());
  auto orderType = RankedTensorType::get({static_cast<int64_t>(order.size())},
                                         rewriter.getI32Type());
  Value orderValue = rewriter.create<tosa::ConstOp>(
      location, orderType,
      DenseElementsAttr::get(orderType, ArrayRef(narrowed)));
  return rewriter.create<tosa::TransposeOp>(
      location, type.clone(permute(type.getShape(), order)), input, orderValue);
}

/// Whether a transpose only moves dimensions of size 1.
static bool isReshape(ArrayRef<int64_t> shape, ArrayRef<int64_t> order) {
  int64_t last = -1;
  for (int64_t from : order) {
    if (shape[from] == 1)
      continue;
    if (from < last)
      return false;
    last = from;
  }
  return true;
}

/// The elements of `values`, of `shape`, transposed.
static std::vector<float> permuteElements(ArrayRef<float> values,
                                          ArrayRef<int64_t> shape,
                                          ArrayRef<int64_t> order) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;)
    strides[i - 1] = strides[i] * shape[i];
  SmallVector<int64_t> to = permute(shape, order);
  SmallVector<int64_t> from = permute(ArrayRef<int64_t>(strides), order);
  SmallVector<int64_t> index(shape.size(), 0);
  std::vector<float> result;
  result.reserve(values.size());
  int64_t offset = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    result.push_back(values[offset]);
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += from[axis];
      if (++index[axis] < to[axis])
        break;
      offset -= from[axis] * to[axis];
      index[axis] = 0;
    }
  }
  return result;
}

static StringRef nameOf(Value constant) {
  StringRef name = getLayerName(constant.getLoc());
  return name.empty() ? "constant" : name;
}

/// A constant of f32, or a splat, transposed; null for another value.
static Value transposeConstant(PatternRewriter &rewriter, Value value,
                               ArrayRef<int64_t> order) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  ElementsAttr attribute;
  if (!type || !matchPattern(value, m_Constant(&attribute)))
    return Value();
  RankedTensorType to = type.clone(permute(type.getShape(), order));
  auto splat = dyn_cast<SplatElementsAttr>(attribute);
  if (splat)
    return rewriter.create<tosa::ConstOp>(
        value.getLoc(), to,
        DenseElementsAttr::get(to, splat.getSplatValue<Attribute>()));
  std::optional<std::vector<float>> elements = readFloats(attribute);
  if (!elements)
    return Value();
  std::vector<float> moved = permuteElements(*elements, type.getShape(), order);
  return rewriter.create<tosa::ConstOp>(value.getLoc(), to,
                                        makeFloats(nameOf(value), to, moved));
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
/// Two transposes are one, or none.
struct ComposeTransposes : OpRewritePattern<tosa::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Order> order = getOrder(op);
    if (!order)
      return failure();
    Value input = op.getInput1();
    if (auto producer = getTranspose(input)) {
      std::optional<Order> first = getOrder(producer);
      if (!first)
        return failure();
      order = permute(ArrayRef<int64_t>(*first), *order);
      input = producer.getInput1();
    } else if (Value constant = transposeConstant(rewriter, input, *order)) {
      rewriter.replaceOp(op, constant);
      return success();
    } else if (!llvm::equal(*order, llvm::seq<int64_t>(0, order->size()))) {
      return failure();
    }
    if (llvm::equal(*order, llvm::seq<int64_t>(0, order->size())))
      rewriter.replaceOp(op, input);
    else
      rewriter.replaceOp(op,
                         createTranspose(rewriter, op.getLoc(), input, *order));
    return success();
  }
};

/// What sinks a transpose below an op that computes each element by itself, or
/// along stated axes.
struct SinkTranspose : RewritePattern {
  explicit SinkTranspose(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override;
};

/// The last transpose before a matrix product moves into the weights' columns.
struct AbsorbTranspose : OpRewritePattern<tosa::FullyConnectedOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tosa::FullyConnectedOp op,
                                PatternRewriter &rewriter) const override;
};

/// A transpose that only moves dimensions of size 1 is a reshape.
struct TransposeToReshape : OpRewritePattern<tosa::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Order> order = getOrder(op);
    auto type = cast<ShapedType>(op.getType());
    auto from = cast<ShapedType>(op.getInput1().getType());
    if (!order || !isReshape(from.getShape(), *order))
      return failure();
    rewriter.replaceOpWithNewOp<tosa::ReshapeOp>(op, type, op.getInput1(),
                                                 type.getShape());
    return success();
  }
};

class SinkTransposes
    : public ternary::impl::TosaSinkTransposesBase<SinkTransposes> {
public:
  void runOnOperation() override;
};
} // namespace

static bool isElementwise(Operation *op) {
  if (isa<ActivationOp>(op))
    return cast<ShapedType>(op->getOperand(0).getType())
        .getElementType()
        .isF32();
  return op->hasTrait<OpTrait::ResultsBroadcastableShape>() ||
         isa<tosa::CastOp, tosa::ErfOp, tosa::IdentityOp, FakeQuantOp,
             BinarizeOp>(op);
}

static bool isReduction(Operation *op) {
  return isa<tosa::ReduceSumOp, tosa::ReduceMaxOp, tosa::ReduceMinOp,
             tosa::ReduceProdOp, tosa::ReduceAllOp, tosa::ReduceAnyOp>(op);
}

static IntegerAttr permuteAxis(IntegerAttr axis, ArrayRef<int64_t> order) {
  return IntegerAttr::get(axis.getType(), order[axis.getInt()]);
}

/// The order of the transposes among the operands, if they agree.
static std::optional<Order> findOrder(ValueRange operands) {
  std::optional<Order> order;
  for (Value operand : operands) {
    auto transpose = getTranspose(operand);
    if (!transpose)
      continue;
    std::optional<Order> found = getOrder(transpose);
    if (!found || (order && *order != *found))
      return std::nullopt;
    order = found;
  }
  return order;
}

/// Whether `liftOperand` costs no transpose.
static bool canLift(Value operand, ArrayRef<int64_t> order) {
  auto type = dyn_cast<RankedTensorType>(operand.getType());
  if (!type || type.getRank() != static_cast<int64_t>(order.size()) ||
      !type.hasStaticShape())
    return false;
  ElementsAttr attribute;
  if (matchPattern(operand, m_Constant(&attribute)) &&
      (attribute.isSplat() || type.getElementType().isF32()))
    return true;
  return getTranspose(operand) || isReshape(type.getShape(), inverse(order));
}

/// The operand as it is above its transpose, or such that transposing it gives
/// the operand.
static Value liftOperand(PatternRewriter &rewriter, Value operand,
                         ArrayRef<int64_t> order) {
  if (auto transpose = getTranspose(operand))
    return transpose.getInput1();
  Order back = inverse(order);
  if (Value constant = transposeConstant(rewriter, operand, back))
    return constant;
  return createTranspose(rewriter, operand.getLoc(), operand, back);
}

/// Amounts of padding, two for each dimension, in another order.
static Value permutePadding(PatternRewriter &rewriter, Value padding,
                            ArrayRef<int64_t> order) {
  DenseIntElementsAttr amounts;
  if (!matchPattern(padding, m_Constant(&amounts)))
    return Value();
  SmallVector<APInt> from(amounts.getValues<APInt>()), to(from);
  if (from.size() != 2 * order.size())
    return Value();
  for (auto [i, axis] : llvm::enumerate(order)) {
    to[2 * axis] = from[2 * i];
    to[2 * axis + 1] = from[2 * i + 1];
  }
  return rewriter.create<tosa::ConstOp>(
      padding.getLoc(), amounts.getType(),
      DenseElementsAttr::get(amounts.getType(), to));
}

/// Adapts the attributes that name axes.
static void permuteAttributes(Operation *op, ArrayRef<int64_t> order,
                              NamedAttrList &attributes) {
  Order back = inverse(order);
  if (isElementwise(op)) {
    if (auto axis = attributes.get("axis"))
      attributes.set("axis", permuteAxis(cast<IntegerAttr>(axis), order));
    return;
  }
  if (isReduction(op) || isa<tosa::ConcatOp>(op)) {
    auto axis = cast<IntegerAttr>(attributes.get("axis"));
    attributes.set("axis", permuteAxis(axis, order));
    return;
  }
  constexpr StringRef kNames[] = {"start", "size", "multiples"};
  for (StringRef name : kNames)
    if (auto list = dyn_cast_or_null<DenseI64ArrayAttr>(attributes.get(name)))
      attributes.set(name,
                     DenseI64ArrayAttr::get(op->getContext(),
                                            permute(list.asArrayRef(), back)));
}

LogicalResult SinkTranspose::matchAndRewrite(Operation *op,
                                             PatternRewriter &rewriter) const {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return failure();
  bool isPad = isa<tosa::PadOp>(op);
  if (!isPad && !isElementwise(op) && !isReduction(op) &&
      !isa<tosa::ConcatOp, tosa::SliceOp, tosa::TileOp>(op))
    return failure();
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || !type.hasStaticShape())
    return failure();
  ValueRange moved = isPad ? op->getOperands().take_front() : op->getOperands();
  std::optional<Order> order = findOrder(moved);
  if (!order || static_cast<int64_t>(order->size()) != type.getRank())
    return failure();
  if (!llvm::all_of(moved,
                    [&](Value operand) { return canLift(operand, *order); }))
    return failure();
  SmallVector<Value> operands;
  for (Value operand : moved)
    operands.push_back(liftOperand(rewriter, operand, *order));
  if (isPad) {
    Value padding = permutePadding(rewriter, op->getOperand(1), *order);
    if (!padding)
      return failure();
    operands.push_back(padding);
    llvm::append_range(operands, op->getOperands().drop_front(2));
  }
  NamedAttrList attributes(op->getAttrDictionary());
  permuteAttributes(op, *order, attributes);
  Type sunkType = type.clone(permute(type.getShape(), inverse(*order)));
  Operation *sunk = rewriter.create(op->getLoc(), op->getName().getIdentifier(),
                                    operands, sunkType, attributes.getAttrs());
  rewriter.replaceOp(
      op, createTranspose(rewriter, op->getLoc(), sunk->getResult(0), *order));
  return success();
}

LogicalResult
AbsorbTranspose::matchAndRewrite(tosa::FullyConnectedOp op,
                                 PatternRewriter &rewriter) const {
  auto reshape = op.getInput().getDefiningOp<tosa::ReshapeOp>();
  auto transpose = reshape ? getTranspose(reshape.getInput1()) : nullptr;
  std::optional<Order> order;
  if (transpose)
    order = getOrder(transpose);
  if (!order || order->empty() || order->front() != 0)
    return failure();
  auto rows = cast<ShapedType>(op.getInput().getType());
  auto image = cast<RankedTensorType>(transpose.getType());
  auto weights = dyn_cast<RankedTensorType>(op.getWeight().getType());
  if (!weights || !weights.hasStaticShape() || !rows.hasStaticShape() ||
      rows.getDimSize(0) != image.getDimSize(0))
    return failure();
  std::optional<std::vector<float>> values = readFloats(op.getWeight());
  if (!values)
    return failure();
  SmallVector<int64_t> split(image.getShape());
  split.front() = weights.getDimSize(0);
  std::vector<float> moved = permuteElements(*values, split, inverse(*order));
  Value constant = rewriter.create<tosa::ConstOp>(
      op.getWeight().getLoc(), weights,
      makeFloats(nameOf(op.getWeight()), weights, moved));
  Value input = rewriter.create<tosa::ReshapeOp>(
      reshape.getLoc(), rows, transpose.getInput1(), rows.getShape());
  rewriter.modifyOpInPlace(op, [&] {
    op.getInputMutable().assign(input);
    op.getWeightMutable().assign(constant);
  });
  return success();
}

void SinkTransposes::runOnOperation() {
  MLIRContext *context = &getContext();
  GreedyRewriteConfig config;
  config.useTopDownTraversal = true;
  RewritePatternSet sinking(context);
  sinking.add<ComposeTransposes, SinkTranspose, AbsorbTranspose>(context);
  RewritePatternSet reshaping(context);
  reshaping.add<ComposeTransposes, AbsorbTranspose, TransposeToReshape>(
      context);
  tosa::ReshapeOp::getCanonicalizationPatterns(reshaping, context);
  if (failed(applyPatternsAndFoldGreedily(getOperation(), std::move(sinking),
                                          config)) ||
      failed(applyPatternsAndFoldGreedily(getOperation(), std::move(reshaping),
                                          config)))
    signalPassFailure();
}
