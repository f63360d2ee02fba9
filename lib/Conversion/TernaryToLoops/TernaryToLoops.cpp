//===- TernaryToLoops.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lowerings.h"
#include "WeightRows.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/Locations.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTTERNARYTOLOOPS
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class ConvertTernaryToLoops
    : public smelt::impl::ConvertTernaryToLoopsBase<ConvertTernaryToLoops> {
public:
  using ConvertTernaryToLoopsBase::ConvertTernaryToLoopsBase;
  void runOnOperation() override;

private:
  LogicalResult lowerComputeOps();
  LogicalResult replaceWeights(Value weights, Value bytes);
  LogicalResult convertFunction(func::FuncOp function);
  void convertWeights(WeightsOp op);

  DenseMap<Attribute, memref::GlobalOp> globals;
  unsigned wordBits = 0;
};
} // namespace

template <typename LinearOp> static bool readsColumns(LinearOp op) {
  return op.getWeights().getType().getLayout() == Layout::Columns &&
         op.canMultiplyColumns();
}

static void lowerLinear(MatmulOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  if (canUseLookups(op, target))
    lowerLookupMatmul(op, loops, target);
  else if (canUseVectors(op, target))
    lowerInterleavedMatmul(op, loops, target);
  else if (readsColumns(op))
    lowerColumnMatmul(op, loops);
  else
    lowerMatmul(op, loops);
}

static void lowerLinear(Conv2DOp op, LoopBuilder &loops,
                        const VectorTarget &target) {
  if (canUseVectors(op, target))
    lowerInterleavedConv2D(op, loops, target);
  else if (readsColumns(op))
    lowerColumnConv2D(op, loops);
  else
    lowerConv2D(op, loops);
}

/// Whether an operand is the cache of several sequences, which may lie apart.
static bool isCacheOfSequences(Operation *op, Value operand) {
  if (auto write = dyn_cast<CacheWriteOp>(op))
    return write.hasSequences() && operand == write.getInto();
  auto attention = dyn_cast<AttentionOp>(op);
  return attention && attention.hasSequences() &&
         llvm::is_contained({attention.getK(), attention.getKAbsmax(),
                             attention.getV(), attention.getVAbsmax()},
                            operand);
}

static LogicalResult lowerComputeOp(Operation *op, const VectorTarget &target) {
  auto compute = cast<ComputeOpInterface>(op);
  if (!compute.getDestination())
    return op->emitOpError("is not in memref form");
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<MemRefType>(operand.getType()))
      if (!type.getLayout().isIdentity() && !(isCacheOfSequences(op, operand) &&
                                              LoopBuilder::hasPlainParts(type)))
        return op->emitOpError("needs operands without gaps");
  OpBuilder builder(op);
  LoopBuilder loops(builder, op->getLoc(), target.wordBits);
  llvm::TypeSwitch<Operation *>(op)
      .Case<MatmulOp, Conv2DOp>(
          [&](auto op) { lowerLinear(op, loops, target); })
      .Case([&](SumPool2DOp op) { lowerSumPool2D(op, loops); })
      .Case([&](RequantizeOp op) { lowerRequantize(op, loops, target); })
      .Case([&](SignOp op) { lowerSign(op, loops); })
      .Case([&](ReluOp op) { lowerRelu(op, loops); })
      .Case([&](AddOp op) { lowerAdd(op, loops); })
      .Case([&](MulOp op) { lowerMul(op, loops); })
      .Case([&](LookupOp op) { lowerLookup(op, loops, target); })
      .Case([&](ActivationOp op) { lowerActivation(op, loops); })
      .Case([&](SoftmaxOp op) { lowerSoftmax(op, loops); })
      .Case([&](LogSoftmaxOp op) { lowerLogSoftmax(op, loops); })
      .Case([&](AbsmaxOp op) { lowerAbsmax(op, loops); })
      .Case([&](DynamicQuantizeOp op) { lowerDynamicQuantize(op, loops); })
      .Case([&](DequantizeOp op) { lowerDequantize(op, loops); })
      .Case([&](RMSNormOp op) { lowerRMSNorm(op, loops); })
      .Case([&](LayerNormOp op) { lowerLayerNorm(op, loops); })
      .Case([&](EmbedOp op) { lowerEmbed(op, loops); })
      .Case([&](BestOp op) { lowerBest(op, loops); })
      .Case([&](RefineOp op) { lowerRefine(op, loops, target); })
      .Case([&](RopeOp op) { lowerRope(op, loops); })
      .Case([&](CacheWriteOp op) { lowerCacheWrite(op, loops); })
      .Case([&](AttentionOp op) { lowerAttention(op, loops, target); });
  op->erase();
  return success();
}

/// Copies plain arrays element by element.
static void lowerCopy(memref::CopyOp op) {
  auto isPlain = [](Value value) {
    auto type = dyn_cast<MemRefType>(value.getType());
    return type && type.hasStaticShape() && type.getLayout().isIdentity();
  };
  if (!isPlain(op.getSource()) || !isPlain(op.getTarget()))
    return;
  OpBuilder builder(op);
  LoopBuilder loops(builder, op.getLoc());
  Value from = loops.flatten(op.getSource()),
        to = loops.flatten(op.getTarget());
  loops.forEach(getNumElements(from),
                [&](Value i) { loops.store(loops.load(from, i), to, i); });
  op.erase();
}

/// What the function around an op may use, if it is for a CPU of its own.
static VectorTarget getTargetAt(Operation *op, const VectorTarget &target) {
  auto function = op->getParentOfType<func::FuncOp>();
  auto features =
      function ? function->getAttrOfType<ArrayAttr>(kFeaturesName) : nullptr;
  if (!features)
    return target;
  std::vector<std::string> names;
  for (StringRef name : features.getAsValueRange<StringAttr>())
    names.push_back(name.str());
  return VectorTarget::fromFeatures(names);
}

LogicalResult ConvertTernaryToLoops::lowerComputeOps() {
  SmallVector<Operation *> ops;
  getOperation().walk([&](ComputeOpInterface op) { ops.push_back(op); });
  VectorTarget target = VectorTarget::fromFeatures(
      SmallVector<std::string>(features.begin(), features.end()));
  wordBits = target.wordBits;
  for (Operation *op : ops)
    if (failed(lowerComputeOp(op, getTargetAt(op, target))))
      return failure();
  getOperation().walk([](memref::CopyOp op) { lowerCopy(op); });
  return success();
}

/// Gives each reader of `weights` its `bytes`.
LogicalResult ConvertTernaryToLoops::replaceWeights(Value weights,
                                                    Value bytes) {
  for (OpOperand &use : llvm::make_early_inc_range(weights.getUses())) {
    Operation *user = use.getOwner();
    if (auto cast = dyn_cast<UnrealizedConversionCastOp>(user)) {
      cast.getResult(0).replaceAllUsesWith(bytes);
      cast->erase();
    } else if (isa<func::CallOp>(user)) {
      use.set(bytes);
    } else {
      return user->emitOpError("cannot use packed weights in memref form");
    }
  }
  return success();
}

LogicalResult ConvertTernaryToLoops::convertFunction(func::FuncOp function) {
  SmallVector<Type> types;
  for (Type type : function.getArgumentTypes()) {
    auto weights = dyn_cast<WeightsType>(type);
    types.push_back(weights ? getStorageType(weights, wordBits) : type);
  }
  for (Type type : function.getResultTypes())
    if (isa<WeightsType>(type))
      return function.emitOpError("returns packed weights");
  function.setType(
      FunctionType::get(&getContext(), types, function.getResultTypes()));
  if (function.isExternal())
    return success();
  for (BlockArgument argument : function.getArguments()) {
    if (!isa<WeightsType>(argument.getType()))
      continue;
    argument.setType(types[argument.getArgNumber()]);
    if (failed(replaceWeights(argument, argument)))
      return failure();
  }
  return success();
}

/// A symbol for the weights of a layer.
static std::string getWeightsName(WeightsOp op) {
  std::string name = "w_";
  for (char c : getLayerName(op.getLoc()))
    name += llvm::isAlnum(c) ? c : '_';
  return name == "w_" ? "w" : name;
}

/// The bytes of weights as numbers of the type of their memory, of which the
/// first byte is the lowest.
static FailureOr<ElementsAttr> getStoredData(WeightsOp op, MemRefType type) {
  ElementsAttr data = op.getData();
  if (type.getElementType() == data.getElementType())
    return data;
  std::optional<std::vector<int8_t>> bytes = readBytes(data);
  if (!bytes)
    return op.emitOpError("has no readable data");
  unsigned size = type.getElementTypeBitWidth() / 8;
  SmallVector<APInt> words;
  for (size_t i = 0; i < bytes->size(); i += size) {
    uint64_t word = 0;
    for (unsigned j = 0; j < size; ++j)
      word |= uint64_t(uint8_t((*bytes)[i + j])) << 8 * j;
    words.emplace_back(8 * size, word);
  }
  return cast<ElementsAttr>(DenseElementsAttr::get(
      RankedTensorType::get(type.getShape(), type.getElementType()), words));
}

void ConvertTernaryToLoops::convertWeights(WeightsOp op) {
  MemRefType type = getStorageType(op.getType(), wordBits);
  memref::GlobalOp &global = globals[op.getData()];
  if (!global) {
    FailureOr<ElementsAttr> data = getStoredData(op, type);
    if (failed(data))
      return signalPassFailure();
    OpBuilder builder(&getContext());
    global = builder.create<memref::GlobalOp>(
        op.getLoc(), getWeightsName(op), builder.getStringAttr("private"), type,
        *data, /*constant=*/true, /*alignment=*/IntegerAttr());
    SymbolTable(getOperation())
        .insert(global, getOperation().getBody()->begin());
  }
  OpBuilder builder(op);
  Value bytes = builder.create<memref::GetGlobalOp>(op.getLoc(), type,
                                                    global.getSymName());
  if (failed(replaceWeights(op, bytes)))
    return signalPassFailure();
  op->erase();
}

void ConvertTernaryToLoops::runOnOperation() {
  globals.clear();
  if (failed(lowerComputeOps()))
    return signalPassFailure();
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (failed(convertFunction(function)))
      return signalPassFailure();
  SmallVector<WeightsOp> weights;
  getOperation().walk([&](WeightsOp op) { weights.push_back(op); });
  for (WeightsOp op : weights)
    convertWeights(op);
}
