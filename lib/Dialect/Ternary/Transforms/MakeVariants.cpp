//===- MakeVariants.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYMAKEVARIANTS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt::ternary;

namespace {
class MakeVariants
    : public smelt::ternary::impl::TernaryMakeVariantsBase<MakeVariants> {
public:
  using TernaryMakeVariantsBase::TernaryMakeVariantsBase;
  void runOnOperation() override;
};

/// Copies functions, and those that they call, for one CPU.
class VariantCloner {
public:
  VariantCloner(const Variant &variant, SymbolTable &symbols)
      : variant(variant), symbols(symbols) {}

  func::FuncOp clone(func::FuncOp function);
  /// What was copied; a function comes before those that it calls.
  auto getOriginals() const { return llvm::make_first_range(clones); }

private:
  void setProcessor(func::FuncOp function);

  const Variant &variant;
  SymbolTable &symbols;
  llvm::MapVector<func::FuncOp, func::FuncOp> clones;
};
} // namespace

void VariantCloner::setProcessor(func::FuncOp function) {
  SmallVector<StringRef> targetFeatures =
      llvm::to_vector(variant.targetFeatures.getAsValueRange<StringAttr>());
  MLIRContext *context = function.getContext();
  function->setAttr(kTargetCPUName, variant.cpu);
  function->setAttr(kTargetFeaturesName,
                    LLVM::TargetFeaturesAttr::get(context, targetFeatures));
  function->setAttr(kFeaturesName, variant.features);
}

func::FuncOp VariantCloner::clone(func::FuncOp function) {
  auto [entry, isNew] = clones.insert({function, func::FuncOp()});
  if (!isNew)
    return entry->second;
  func::FuncOp copy = function.clone();
  entry->second = copy;
  copy.setPrivate();
  copy.setSymName(function.getName().str() +
                  getVariantSuffix(variant.name.getValue()));
  symbols.insert(copy, function->getIterator());
  setProcessor(copy);
  copy.walk([&](func::CallOp call) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (callee && !callee.isExternal())
      call.setCallee(clone(callee).getName());
  });
  return copy;
}

/// Makes a function call the variant in use.
static void dispatch(func::FuncOp function, ArrayRef<func::FuncOp> variants) {
  function.getBody().getBlocks().clear();
  OpBuilder builder(function.getContext());
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);
  Location location = function.getLoc();
  auto number = builder.create<func::CallOp>(location, kVariantInUseName,
                                             builder.getI32Type());
  Value index = builder.create<arith::IndexCastOp>(
      location, builder.getIndexType(), number.getResult(0));
  auto cases = llvm::to_vector(
      llvm::seq<int64_t>(1, static_cast<int64_t>(variants.size())));
  auto choice = builder.create<scf::IndexSwitchOp>(
      location, function.getResultTypes(), index, cases, cases.size());
  for (auto [region, variant] : llvm::zip(choice->getRegions(), variants)) {
    builder.createBlock(&region);
    auto call =
        builder.create<func::CallOp>(location, variant, body->getArguments());
    builder.create<scf::YieldOp>(location, call.getResults());
  }
  builder.setInsertionPointToEnd(body);
  builder.create<func::ReturnOp>(location, choice.getResults());
}

void MakeVariants::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<SmallVector<Variant>> variants = readVariants(module);
  if (failed(variants))
    return signalPassFailure();
  if (variants->empty())
    return;
  SymbolTable symbols(module);
  if (Operation *taken = symbols.lookup(kVariantInUseName)) {
    taken->emitError() << "name '" << kVariantInUseName << "' is taken";
    return signalPassFailure();
  }
  SmallVector<func::FuncOp> entries;
  for (auto function : module.getOps<func::FuncOp>())
    if (isEntryFunction(function))
      entries.push_back(function);
  auto builder = OpBuilder::atBlockBegin(module.getBody());
  auto inUse = builder.create<func::FuncOp>(
      module.getLoc(), kVariantInUseName,
      builder.getFunctionType({}, builder.getI32Type()));
  inUse.setPrivate();

  llvm::SetVector<func::FuncOp> originals;
  SmallVector<SmallVector<func::FuncOp>> clones(entries.size());
  for (const Variant &variant : *variants) {
    VariantCloner cloner(variant, symbols);
    for (auto [entry, list] : llvm::zip(entries, clones)) {
      list.push_back(cloner.clone(entry));
      list.back()->setAttr(kVariantOfName, FlatSymbolRefAttr::get(entry));
    }
    auto copied = cloner.getOriginals();
    originals.insert(copied.begin(), copied.end());
  }
  for (auto [entry, list] : llvm::zip(entries, clones))
    dispatch(entry, list);
  for (func::FuncOp original : originals)
    if (original.isPrivate() &&
        SymbolTable::symbolKnownUseEmpty(original, module))
      original.erase();
}
