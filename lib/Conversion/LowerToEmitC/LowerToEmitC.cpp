//===- LowerToEmitC.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Iterators.h"
#include "smelt/Conversion/Passes.h"

namespace smelt {
#define GEN_PASS_DEF_LOWERTOEMITC
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;

namespace {

/// Integers stay, `index` is an int32_t, a memref is a pointer to its first
/// element.
struct CTypeConverter : TypeConverter {
  CTypeConverter() {
    addConversion([](emitc::PointerType type) { return type; });
    addConversion([](IntegerType type) -> std::optional<Type> {
      if (!type.isSignless() || !emitc::isSupportedIntegerType(type))
        return Type();
      return type;
    });
    addConversion(
        [](IndexType type) { return IntegerType::get(type.getContext(), 32); });
    addConversion([this](MemRefType type) -> std::optional<Type> {
      SmallVector<int64_t> strides;
      int64_t offset;
      Type element = convertType(type.getElementType());
      if (!element || !type.hasStaticShape() || type.getMemorySpace() ||
          failed(getStridesAndOffset(type, strides, offset)) ||
          llvm::any_of(strides, ShapedType::isDynamic))
        return Type();
      int64_t extent = 1;
      for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides)) {
        int64_t span;
        if (llvm::MulOverflow(size, stride, span) || !llvm::isInt<32>(span))
          return Type();
        extent = std::max(extent, span);
      }
      if (!llvm::isInt<32>(extent) || !llvm::isInt<32>(type.getNumElements()))
        return Type();
      return emitc::PointerType::get(element);
    });
  }
};

/// What the conversion's own message would not explain.
LogicalResult checkTypes(ModuleOp module, const TypeConverter &types) {
  WalkResult result = module.walk([&](Operation *op) {
    auto check = [&](Type type) {
      if (types.convertType(type))
        return true;
      op->emitError() << "type " << type
                      << " has no C form: only integers of 1, 8, 16, 32 and 64 "
                         "bits and buffers of them with a static layout of "
                         "less than 2^31 elements have one";
      return false;
    };
    if (auto global = dyn_cast<memref::GlobalOp>(op))
      return check(global.getType()) ? WalkResult::advance()
                                     : WalkResult::interrupt();
    if (auto constant = dyn_cast<arith::ConstantIndexOp>(op))
      if (!llvm::isInt<32>(constant.value())) {
        op->emitError("index does not fit into 32 bits");
        return WalkResult::interrupt();
      }
    if (!llvm::all_of(op->getResultTypes(), check))
      return WalkResult::interrupt();
    for (Region &region : op->getRegions())
      for (Block &block : region)
        if (!llvm::all_of(block.getArgumentTypes(), check))
          return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Makes the unsigned arguments of a public function unsigned pointers.
void applyUnsigned(emitc::FuncOp function) {
  SmallVector<Type> inputs(function.getArgumentTypes());
  OpBuilder builder(function.getContext());
  builder.setInsertionPointToStart(&function.front());
  for (BlockArgument argument : function.getArguments()) {
    auto pointer = dyn_cast<emitc::PointerType>(argument.getType());
    if (!function.getArgAttr(argument.getArgNumber(), "smelt.unsigned") ||
        !pointer || pointer.getPointee().isInteger(1))
      continue;
    Type type =
        emitc::PointerType::get(CBuilder::toUnsigned(pointer.getPointee()));
    argument.setType(type);
    inputs[argument.getArgNumber()] = type;
    auto cast =
        builder.create<emitc::CastOp>(function.getLoc(), pointer, argument);
    argument.replaceAllUsesExcept(cast, cast);
  }
  function.setFunctionType(
      builder.getFunctionType(inputs, function.getResultTypes()));
}

bool isDead(Operation *op) {
  if (!op->use_empty() || op->getNumResults() == 0)
    return false;
  return isa<emitc::ConstantOp, emitc::GetGlobalOp, emitc::SubscriptOp>(op) ||
         (op->hasTrait<OpTrait::emitc::CExpression>() &&
          !isa<emitc::CallOp, emitc::CallOpaqueOp>(op));
}

/// Erases the expressions that nothing uses.
void eraseDead(emitc::FuncOp function) {
  function.walk<WalkOrder::PostOrder, mlir::ReverseIterator>([](Operation *op) {
    if (isDead(op))
      op->erase();
  });
}

struct LowerToEmitC : smelt::impl::LowerToEmitCBase<LowerToEmitC> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    CTypeConverter types;
    if (failed(checkTypes(module, types)) || failed(preferSigned(module)))
      return signalPassFailure();
    RegionVariables variables;
    RewritePatternSet patterns(&getContext());
    populateAffineToStdConversionPatterns(patterns);
    populateArithToEmitC(patterns, types);
    populateMemRefToEmitC(patterns, types);
    populateSCFToEmitC(patterns, types, variables);
    populateFuncToEmitC(patterns, types);
    ConversionTarget target(getContext());
    target.addLegalDialect<emitc::EmitCDialect>();
    target.addLegalOp<ModuleOp>();
    target.addIllegalDialect<affine::AffineDialect, arith::ArithDialect,
                             func::FuncDialect, memref::MemRefDialect,
                             scf::SCFDialect>();
    if (failed(applyFullConversion(module, target, std::move(patterns))))
      return signalPassFailure();
    module.walk([](emitc::FuncOp function) {
      if (SymbolTable::getSymbolVisibility(function) ==
          SymbolTable::Visibility::Public)
        applyUnsigned(function);
      eraseDead(function);
    });
  }
};

} // namespace
