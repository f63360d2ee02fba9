//===- TimeKernels.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Support/Locations.h"
#include "llvm/ADT/TypeSwitch.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYTIMEKERNELS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class TimeKernels
    : public smelt::ternary::impl::TernaryTimeKernelsBase<TimeKernels> {
public:
  using TernaryTimeKernelsBase::TernaryTimeKernelsBase;
  void runOnOperation() override;

private:
  void timeCalls(func::FuncOp function, const SymbolTable &symbols);

  SmallVector<Attribute> described;
};

/// What a kernel does with weights.
struct WeightWork {
  int64_t bytes = 0;
  int64_t operations = 0;
};
} // namespace

static int64_t getNumElements(Value buffer) {
  return cast<ShapedType>(buffer.getType()).getNumElements();
}

/// A product reads all of its weights, and uses each for every row of input or
/// position of the image.
template <typename LinearOp>
static void addProduct(LinearOp op, WeightWork &work) {
  WeightsType type = op.getWeights().getType();
  int64_t positions = getNumElements(op.getDestination()) / type.getRows();
  work.bytes += type.getNumBytes();
  work.operations += 2 * type.getPlanes() * type.getNumWeights() * positions;
}

static WeightWork measureWork(func::FuncOp kernel) {
  WeightWork work;
  kernel.walk([&](ComputeOpInterface op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<MatmulOp, Conv2DOp>(
            [&](auto product) { addProduct(product, work); })
        .Case([&](RefineOp refine) {
          WeightsType type = refine.getWeights().getType();
          int64_t rows = getNumElements(refine.getIds());
          work.bytes += rows * type.getNumBytes() / type.getRows();
          work.operations += 2 * rows * type.getColumns();
        })
        .Case([&](EmbedOp embed) {
          WeightsType type = embed.getWeights().getType();
          work.bytes += getNumElements(embed.getIds()) * type.getNumBytes() /
                        type.getRows();
        });
  });
  return work;
}

static Attribute describeCall(func::CallOp call, func::FuncOp kernel) {
  Builder builder(call.getContext());
  WeightWork work = measureWork(kernel);
  auto function = call->getParentOfType<func::FuncOp>();
  return builder.getDictionaryAttr({
      builder.getNamedAttr("function", function.getSymNameAttr()),
      builder.getNamedAttr("kernel", kernel.getSymNameAttr()),
      builder.getNamedAttr("layer",
                           builder.getStringAttr(getLayerName(call.getLoc()))),
      builder.getNamedAttr("weight_bytes",
                           builder.getI64IntegerAttr(work.bytes)),
      builder.getNamedAttr("operations",
                           builder.getI64IntegerAttr(work.operations)),
  });
}

static void addMark(OpBuilder &builder, Location location, int32_t number) {
  Value constant = builder.create<arith::ConstantIntOp>(location, number, 32);
  builder.create<func::CallOp>(location, kKernelMarkName, TypeRange(),
                               constant);
}

void TimeKernels::timeCalls(func::FuncOp function, const SymbolTable &symbols) {
  SmallVector<std::pair<func::CallOp, func::FuncOp>> calls;
  for (auto call : function.front().getOps<func::CallOp>()) {
    auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
    if (kernel && kernel.isPrivate() && !kernel.isExternal())
      calls.emplace_back(call, kernel);
  }
  if (calls.empty())
    return;
  auto builder = OpBuilder::atBlockBegin(&function.front());
  addMark(builder, function.getLoc(), -1);
  for (auto [call, kernel] : calls) {
    builder.setInsertionPointAfter(call);
    addMark(builder, call.getLoc(), static_cast<int32_t>(described.size()));
    described.push_back(describeCall(call, kernel));
  }
}

void TimeKernels::runOnOperation() {
  described.clear();
  SymbolTable symbols(getOperation());
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      timeCalls(function, symbols);
  auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
  getOperation()->setAttr(kKernelCallsName, builder.getArrayAttr(described));
  if (described.empty())
    return;
  auto mark = builder.create<func::FuncOp>(
      getOperation().getLoc(), kKernelMarkName,
      builder.getFunctionType(builder.getI32Type(), {}));
  mark.setPrivate();
}
