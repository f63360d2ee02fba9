//===- TernaryFloatToLinalg.cpp ---------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTTERNARYFLOATTOLINALG
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
/// Makes the scalar body of an elementwise op; `x` has the input, and the extra
/// operand where there is one.
using ScalarBody =
    llvm::function_ref<Value(ImplicitLocOpBuilder &builder, ValueRange x)>;
} // namespace

static Value makeF32(ImplicitLocOpBuilder &builder, float value) {
  return builder.create<arith::ConstantOp>(builder.getF32FloatAttr(value));
}

/// An elementwise linalg.generic over `inputs`, which are read by `maps`.
static Value makeElementwise(PatternRewriter &rewriter, Location loc,
                             ValueRange inputs, ArrayRef<AffineMap> maps,
                             RankedTensorType type, ScalarBody body) {
  Value init = rewriter.create<tensor::EmptyOp>(loc, type.getShape(),
                                                type.getElementType());
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(rewriter.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  auto generic = rewriter.create<linalg::GenericOp>(
      loc, TypeRange{type}, inputs, ValueRange{init}, allMaps, iterators,
      [&](OpBuilder &nested, Location bodyLoc, ValueRange arguments) {
        ImplicitLocOpBuilder builder(bodyLoc, nested);
        builder.create<linalg::YieldOp>(body(builder, arguments.drop_back()));
      });
  return generic.getResult(0);
}

static Value makeUnary(PatternRewriter &rewriter, Location loc, Value input,
                       ScalarBody body) {
  auto type = cast<RankedTensorType>(input.getType());
  return makeElementwise(rewriter, loc, input,
                         rewriter.getMultiDimIdentityMap(type.getRank()), type,
                         body);
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

/// The scalar form of `ternary.fake_quant`.
static Value fakeQuantize(ImplicitLocOpBuilder &builder, FakeQuantOp op,
                          Value x, Value scale) {
  Value zeroPoint = makeF32(builder, static_cast<float>(op.getZeroPoint()));
  Value quantized = builder.create<math::RoundEvenOp>(
      builder.create<arith::DivFOp>(x, scale));
  quantized = builder.create<arith::AddFOp>(quantized, zeroPoint);
  quantized = builder.create<arith::MaximumFOp>(
      quantized, makeF32(builder, static_cast<float>(op.getMin())));
  quantized = builder.create<arith::MinimumFOp>(
      quantized, makeF32(builder, static_cast<float>(op.getMax())));
  quantized = builder.create<arith::SubFOp>(quantized, zeroPoint);
  return builder.create<arith::MulFOp>(quantized, scale);
}

namespace {
struct FakeQuantPattern : OpConversionPattern<FakeQuantOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(FakeQuantOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is not static");
    ArrayRef<float> scales = op.getScale();
    if (scales.size() == 1) {
      rewriter.replaceOp(
          op, makeUnary(rewriter, op.getLoc(), adaptor.getInput(),
                        [&](ImplicitLocOpBuilder &builder, ValueRange x) {
                          return fakeQuantize(builder, op, x[0],
                                              makeF32(builder, scales[0]));
                        }));
      return success();
    }
    auto scalesType =
        RankedTensorType::get(scales.size(), rewriter.getF32Type());
    Value scalesValue = rewriter.create<arith::ConstantOp>(
        op.getLoc(), DenseElementsAttr::get(scalesType, scales));
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    AffineMap ofAxis = identity.getSubMap(static_cast<unsigned>(*op.getAxis()));
    rewriter.replaceOp(
        op,
        makeElementwise(rewriter, op.getLoc(),
                        {adaptor.getInput(), scalesValue}, {identity, ofAxis},
                        type, [&](ImplicitLocOpBuilder &builder, ValueRange x) {
                          return fakeQuantize(builder, op, x[0], x[1]);
                        }));
    return success();
  }
};

struct BinarizePattern : OpConversionPattern<BinarizeOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(BinarizeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!cast<RankedTensorType>(op.getType()).hasStaticShape())
      return rewriter.notifyMatchFailure(op, "shape is not static");
    float scale = op.getScale().convertToFloat();
    rewriter.replaceOp(
        op, makeUnary(
                rewriter, op.getLoc(), adaptor.getInput(),
                [&](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
                  Value isPositive = builder.create<arith::CmpFOp>(
                      arith::CmpFPredicate::OGE, x[0], makeF32(builder, 0.0f));
                  return builder.create<arith::SelectOp>(
                      isPositive, makeF32(builder, scale),
                      makeF32(builder, -scale));
                }));
    return success();
  }
};
} // namespace

/// The float values of weights with one byte a weight.
static std::vector<float> dequantize(WeightsType type, ArrayRef<char> bytes,
                                     ElementsAttr scales) {
  int64_t columns = type.getColumns(), rows = type.getRows();
  int64_t groups = scales.getShapedType().getDimSize(2);
  int64_t groupSize = llvm::divideCeil(columns, groups);
  auto scale = scales.value_begin<float>();
  std::vector<float> result(type.getNumWeights());
  for (int64_t plane = 0; plane < type.getPlanes(); ++plane)
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        int64_t index = row * columns + column;
        result[index] +=
            static_cast<signed char>(bytes[plane * rows * columns + index]) *
            *(scale + ((plane * rows + row) * groups + column / groupSize));
      }
  return result;
}

namespace {
struct DequantizeWeightsPattern : OpConversionPattern<DequantizeWeightsOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DequantizeWeightsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto weights = op.getWeights().getDefiningOp<WeightsOp>();
    if (!weights)
      return op.emitOpError("needs weights that a 'ternary.weights' names");
    WeightsType type = weights.getType();
    if (type.getLayout() != Layout::Dense && type.getLayout() != Layout::Int8)
      return op.emitOpError("needs weights in layout dense or int8");
    std::optional<std::vector<char>> bytes = getBytes(weights.getData());
    if (!bytes || static_cast<int64_t>(bytes->size()) != type.getNumBytes())
      return op.emitOpError("has weights without data");
    if (!op.getScales().try_value_begin<float>())
      return op.emitOpError("has scales without data");

    std::vector<float> values = dequantize(type, *bytes, op.getScales());
    auto resultType = cast<RankedTensorType>(op.getType());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, cast<TypedAttr>(makeConstant(resultType, std::move(values))));
    return success();
  }

private:
  static std::optional<std::vector<char>> getBytes(ElementsAttr data) {
    if (auto resource = dyn_cast<DenseResourceElementsAttr>(data)) {
      AsmResourceBlob *blob = resource.getRawHandle().getBlob();
      if (!blob)
        return std::nullopt;
      return std::vector<char>(blob->getData().begin(), blob->getData().end());
    }
    auto values = data.tryGetValues<int8_t>();
    if (!values)
      return std::nullopt;
    return std::vector<char>((*values).begin(), (*values).end());
  }

  static Attribute makeConstant(RankedTensorType type,
                                std::vector<float> values) {
    if (values.size() < 1024)
      return DenseElementsAttr::get(type, ArrayRef<float>(values));
    AsmResourceBlob blob =
        HeapAsmResourceBlob::allocateAndCopyInferAlign(ArrayRef<float>(values));
    return DenseResourceElementsAttr::get(type, "weights", std::move(blob));
  }
};

//===----------------------------------------------------------------------===//
// Nonlinear functions
//===----------------------------------------------------------------------===//

struct ActivationPattern : OpConversionPattern<ActivationOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(ActivationOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, makeUnary(rewriter, op.getLoc(), adaptor.getInput(),
                      [&](ImplicitLocOpBuilder &builder, ValueRange x) {
                        return evaluate(builder, op.getKind(), x[0]);
                      }));
    return success();
  }

private:
  static Value sigmoid(ImplicitLocOpBuilder &builder, Value x) {
    Value one = makeF32(builder, 1.0f);
    Value exponential =
        builder.create<math::ExpOp>(builder.create<arith::NegFOp>(x));
    return builder.create<arith::DivFOp>(
        one, builder.create<arith::AddFOp>(one, exponential));
  }

  static Value gelu(ImplicitLocOpBuilder &builder, Value x) {
    Value square = builder.create<arith::MulFOp>(x, x);
    Value cube = builder.create<arith::MulFOp>(square, x);
    Value inner = builder.create<arith::AddFOp>(
        x, builder.create<arith::MulFOp>(cube, makeF32(builder, 0.044715f)));
    // sqrt(2 / pi)
    Value tanh = builder.create<math::TanhOp>(builder.create<arith::MulFOp>(
        inner, makeF32(builder, 0.797884560802865f)));
    Value half = builder.create<arith::MulFOp>(x, makeF32(builder, 0.5f));
    return builder.create<arith::MulFOp>(
        half, builder.create<arith::AddFOp>(tanh, makeF32(builder, 1.0f)));
  }

  static Value evaluate(ImplicitLocOpBuilder &builder, ActivationKind kind,
                        Value x) {
    switch (kind) {
    case ActivationKind::Sigmoid:
      return sigmoid(builder, x);
    case ActivationKind::Tanh:
      return builder.create<math::TanhOp>(x);
    case ActivationKind::SiLU:
      return builder.create<arith::MulFOp>(x, sigmoid(builder, x));
    case ActivationKind::GELU:
      return gelu(builder, x);
    case ActivationKind::ReLU2: {
      Value positive =
          builder.create<arith::MaximumFOp>(x, makeF32(builder, 0.0f));
      return builder.create<arith::MulFOp>(positive, positive);
    }
    case ActivationKind::Exp:
      return builder.create<math::ExpOp>(x);
    }
    return x;
  }
};
} // namespace

/// Reduces the last dimension of `input` by the op `Reduction`.
template <typename Reduction>
static Value reduceRows(PatternRewriter &rewriter, Location loc, Value input,
                        float neutral) {
  auto type = cast<RankedTensorType>(input.getType());
  ArrayRef<int64_t> shape = type.getShape().drop_back();
  Value init =
      rewriter
          .create<linalg::FillOp>(loc,
                                  ValueRange{rewriter.create<arith::ConstantOp>(
                                      loc, rewriter.getF32FloatAttr(neutral))},
                                  ValueRange{rewriter.create<tensor::EmptyOp>(
                                      loc, shape, type.getElementType())})
          .getResult(0);
  AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  auto generic = rewriter.create<linalg::GenericOp>(
      loc, TypeRange{init.getType()}, ValueRange{input}, ValueRange{init},
      ArrayRef<AffineMap>{identity, identity.dropResult(type.getRank() - 1)},
      iterators, [](OpBuilder &nested, Location bodyLoc, ValueRange x) {
        nested.create<linalg::YieldOp>(
            bodyLoc, ValueRange{nested.create<Reduction>(bodyLoc, x[0], x[1])});
      });
  return generic.getResult(0);
}

namespace {
/// Softmax, or its logarithm.
template <typename Op> struct SoftmaxPattern : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    AffineMap ofRow = identity.dropResult(type.getRank() - 1);
    Value input = adaptor.getInput();
    Value greatest = reduceRows<arith::MaximumFOp>(
        rewriter, loc, input, -std::numeric_limits<float>::infinity());
    Value difference = makeElementwise(
        rewriter, loc, {input, greatest}, {identity, ofRow}, type,
        [](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
          return builder.create<arith::SubFOp>(x[0], x[1]);
        });
    Value exponential =
        makeUnary(rewriter, loc, difference,
                  [](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
                    return builder.create<math::ExpOp>(x[0]);
                  });
    Value sum = reduceRows<arith::AddFOp>(rewriter, loc, exponential, 0.0f);
    constexpr bool isLogarithm = std::is_same_v<Op, LogSoftmaxOp>;
    rewriter.replaceOp(
        op, makeElementwise(
                rewriter, loc, {isLogarithm ? difference : exponential, sum},
                {identity, ofRow}, type,
                [](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
                  if (isLogarithm)
                    return builder.create<arith::SubFOp>(
                        x[0], builder.create<math::LogOp>(x[1]));
                  return builder.create<arith::DivFOp>(x[0], x[1]);
                }));
    return success();
  }
};

/// Division of rows by their root mean square, or by their deviation from
/// their mean, which is subtracted first.
template <typename Op> struct NormPattern : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;
  LogicalResult
  matchAndRewrite(Op op, typename Op::Adaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    AffineMap identity = rewriter.getMultiDimIdentityMap(type.getRank());
    AffineMap ofRow = identity.dropResult(type.getRank() - 1);
    float inverse = 1.0f / static_cast<float>(type.getShape().back());
    Value input = adaptor.getInput();
    if (std::is_same_v<Op, LayerNormOp>) {
      Value sum = reduceRows<arith::AddFOp>(rewriter, loc, input, 0.0f);
      input = makeElementwise(
          rewriter, loc, {input, sum}, {identity, ofRow}, type,
          [&](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
            return builder.create<arith::SubFOp>(
                x[0],
                builder.create<arith::MulFOp>(x[1], makeF32(builder, inverse)));
          });
    }
    Value squares =
        makeUnary(rewriter, loc, input,
                  [](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
                    return builder.create<arith::MulFOp>(x[0], x[0]);
                  });
    Value sum = reduceRows<arith::AddFOp>(rewriter, loc, squares, 0.0f);
    float epsilon =
        cast<FloatAttr>(op.getEpsilon()).getValue().convertToFloat();
    rewriter.replaceOp(
        op, makeElementwise(
                rewriter, loc, {input, sum}, {identity, ofRow}, type,
                [&](ImplicitLocOpBuilder &builder, ValueRange x) -> Value {
                  Value mean = builder.create<arith::MulFOp>(
                      x[1], makeF32(builder, inverse));
                  Value root = builder.create<math::SqrtOp>(
                      builder.create<arith::AddFOp>(mean,
                                                    makeF32(builder, epsilon)));
                  return builder.create<arith::DivFOp>(x[0], root);
                }));
    return success();
  }
};

struct ConvertTernaryFloatToLinalg
    : smelt::impl::ConvertTernaryFloatToLinalgBase<
          ConvertTernaryFloatToLinalg> {
  using ConvertTernaryFloatToLinalgBase::ConvertTernaryFloatToLinalgBase;
  void runOnOperation() override {
    ConversionTarget target(getContext());
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<FakeQuantOp, BinarizeOp, DequantizeWeightsOp>();
    target.addDynamicallyLegalOp<ActivationOp, SoftmaxOp, LogSoftmaxOp,
                                 RMSNormOp, LayerNormOp>([](Operation *op) {
      Type type = op->getOperand(0).getType();
      return !isa<RankedTensorType>(type) ||
             !getElementTypeOrSelf(type).isF32();
    });
    RewritePatternSet patterns(&getContext());
    patterns.add<FakeQuantPattern, BinarizePattern, DequantizeWeightsPattern,
                 ActivationPattern, SoftmaxPattern<SoftmaxOp>,
                 SoftmaxPattern<LogSoftmaxOp>, NormPattern<RMSNormOp>,
                 NormPattern<LayerNormOp>>(&getContext());
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      return signalPassFailure();
    getOperation().walk([](WeightsOp weights) {
      if (weights->use_empty())
        weights.erase();
    });
  }
};
} // namespace
