//===- VariantsToX86.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProcessorCheck.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTVARIANTSTOX86
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class ConvertVariantsToX86
    : public smelt::impl::ConvertVariantsToX86Base<ConvertVariantsToX86> {
public:
  using ConvertVariantsToX86Base::ConvertVariantsToX86Base;
  void runOnOperation() override;
};

/// Makes the functions that choose a variant.
class ChoiceBuilder {
public:
  ChoiceBuilder(ModuleOp module, SymbolTable &symbols)
      : symbols(symbols), builder(module.getContext()),
        location(module.getLoc()) {}

  /// A function of the numbers of variants that the processor can run: bits of
  /// an i32.
  void defineRunnable(ArrayRef<ProcessorNeeds> needs);
  /// The number that the processor's variant has, 1 added, or 0 as long as it
  /// was not chosen.
  void defineChoice();
  void defineInUse(func::FuncOp function);
  void defineUse(StringRef name, func::FuncOp inUse, unsigned numVariants);

private:
  Value constant(int64_t value) {
    return builder.create<arith::ConstantIntOp>(location, value, 32);
  }
  template <typename BinaryOp> Value compute(Value a, Value b) {
    return builder.create<BinaryOp>(location, a, b);
  }
  Value callRunnable();
  /// Chooses a variant. Threads that do so at once choose the same.
  void storeChoice(Value number);

  SymbolTable &symbols;
  OpBuilder builder;
  Location location;
  func::FuncOp runnable;
  LLVM::GlobalOp choice;
};
} // namespace

/// What a variant needs: the features that LLVM may use in its functions.
static FailureOr<ProcessorNeeds> getNeeds(const Variant &variant,
                                          Location location) {
  llvm::SmallSetVector<StringRef, 32> features;
  for (StringRef feature : variant.targetFeatures.getAsValueRange<StringAttr>())
    if (feature.starts_with("-"))
      features.remove(feature.drop_front());
    else
      features.insert(feature.ltrim('+'));
  ProcessorNeeds needs;
  needs.requestsTiles = variant.requestsTiles;
  for (StringRef name : features) {
    if (const ProcessorFeature *feature = findProcessorFeature(name))
      needs.add(*feature);
    else if (isInstructionFeature(name) && !isFeatureOfNoKernel(name))
      return emitError(location)
             << "code for '" << variant.name.getValue()
             << "' cannot be chosen when it runs: it is not known how to "
                "find out whether a processor has '"
             << name << "'";
  }
  return needs;
}

void ChoiceBuilder::defineRunnable(ArrayRef<ProcessorNeeds> needs) {
  runnable =
      func::FuncOp::create(location, "runnable_variants",
                           builder.getFunctionType({}, builder.getI32Type()));
  runnable.setPrivate();
  runnable->setAttr(
      "llvm.linkage",
      LLVM::LinkageAttr::get(builder.getContext(), LLVM::Linkage::Internal));
  runnable->setAttr("passthrough",
                    builder.getStrArrayAttr({"cold", "noinline", "nounwind"}));
  symbols.insert(runnable);
  builder.setInsertionPointToStart(runnable.addEntryBlock());
  ProcessorCheck check(builder, location);
  // The first one needs no proof.
  Value numbers = constant(1);
  for (auto [i, needed] : llvm::enumerate(needs.drop_front())) {
    Value bit = builder.create<arith::SelectOp>(
        location, check.has(needed), constant(int64_t(2) << i), constant(0));
    numbers = compute<arith::OrIOp>(numbers, bit);
  }
  builder.create<func::ReturnOp>(location, numbers);
}

void ChoiceBuilder::defineChoice() {
  builder.clearInsertionPoint();
  choice = builder.create<LLVM::GlobalOp>(
      location, builder.getI32Type(), /*isConstant=*/false,
      LLVM::Linkage::Internal, "variant_choice", builder.getI32IntegerAttr(0));
  symbols.insert(choice);
}

Value ChoiceBuilder::callRunnable() {
  return builder.create<func::CallOp>(location, runnable).getResult(0);
}

void ChoiceBuilder::storeChoice(Value number) {
  Value address = builder.create<LLVM::AddressOfOp>(location, choice);
  builder.create<LLVM::StoreOp>(
      location, compute<arith::AddIOp>(number, constant(1)), address,
      /*alignment=*/4, /*isVolatile=*/false, /*isNonTemporal=*/false,
      LLVM::AtomicOrdering::monotonic);
}

void ChoiceBuilder::defineInUse(func::FuncOp function) {
  builder.setInsertionPointToStart(function.addEntryBlock());
  Type i32 = builder.getI32Type();
  Value address = builder.create<LLVM::AddressOfOp>(location, choice);
  Value stored = builder.create<LLVM::LoadOp>(
      location, i32, address, /*alignment=*/4, /*isVolatile=*/false,
      /*isNonTemporal=*/false, /*isInvariant=*/false,
      LLVM::AtomicOrdering::monotonic);
  Value isChosen = builder.create<arith::CmpIOp>(
      location, arith::CmpIPredicate::ne, stored, constant(0));
  auto number = builder.create<scf::IfOp>(location, i32, isChosen,
                                          /*withElseRegion=*/true);
  builder.setInsertionPointToStart(number.thenBlock());
  Value known = compute<arith::SubIOp>(stored, constant(1));
  builder.create<scf::YieldOp>(location, known);
  builder.setInsertionPointToStart(number.elseBlock());
  // The last one is the most demanding.
  Value unused = builder.create<LLVM::CountLeadingZerosOp>(
      location, i32, callRunnable(), /*is_zero_poison=*/true);
  Value last = compute<arith::SubIOp>(constant(31), unused);
  storeChoice(last);
  builder.create<scf::YieldOp>(location, last);
  builder.setInsertionPointAfter(number);
  builder.create<func::ReturnOp>(location, number.getResults());
}

void ChoiceBuilder::defineUse(StringRef name, func::FuncOp inUse,
                              unsigned numVariants) {
  Type i32 = builder.getI32Type();
  auto function = func::FuncOp::create(location, name,
                                       builder.getFunctionType({i32}, {i32}));
  symbols.insert(function);
  builder.setInsertionPointToStart(function.addEntryBlock());
  Value number = function.getArgument(0);
  Value isNumber = builder.create<arith::CmpIOp>(
      location, arith::CmpIPredicate::ult, number, constant(numVariants));
  Value place = builder.create<arith::SelectOp>(location, isNumber, number,
                                                constant(kMostVariants));
  Value bits = compute<arith::ShRUIOp>(callRunnable(), place);
  Value canRun =
      builder.create<arith::TruncIOp>(location, builder.getI1Type(), bits);
  auto condition = builder.create<scf::IfOp>(location, canRun,
                                             /*withElseRegion=*/false);
  builder.setInsertionPointToStart(condition.thenBlock());
  storeChoice(number);
  builder.setInsertionPointAfter(condition);
  auto used = builder.create<func::CallOp>(location, inUse);
  builder.create<func::ReturnOp>(location, used.getResults());
}

void ConvertVariantsToX86::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<SmallVector<Variant>> variants = readVariants(module);
  if (failed(variants))
    return signalPassFailure();
  SymbolTable symbols(module);
  auto inUse = symbols.lookup<func::FuncOp>(kVariantInUseName);
  if (variants->empty() || !inUse || !inUse.isExternal())
    return;
  SmallVector<ProcessorNeeds> needs;
  for (const Variant &variant : *variants) {
    FailureOr<ProcessorNeeds> needed = getNeeds(variant, module.getLoc());
    if (failed(needed))
      return signalPassFailure();
    needs.push_back(*needed);
  }
  std::string inUseName = name + "_variant", useName = name + "_use_variant";
  for (const std::string &newName : {inUseName, useName})
    if (Operation *taken = symbols.lookup(newName)) {
      taken->emitError() << "name '" << newName << "' is taken";
      return signalPassFailure();
    }
  if (failed(symbols.rename(inUse, inUseName)))
    return signalPassFailure();
  inUse.setPublic();
  ChoiceBuilder builder(module, symbols);
  builder.defineRunnable(needs);
  builder.defineChoice();
  builder.defineInUse(inUse);
  builder.defineUse(useName, inUse, needs.size());
}
