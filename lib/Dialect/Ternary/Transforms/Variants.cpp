//===- Variants.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace smelt::ternary;

static constexpr llvm::StringLiteral kRequestsTilesName = "requests_tiles";

DictionaryAttr Variant::toAttribute() const {
  Builder builder(name.getContext());
  SmallVector<NamedAttribute> entries = {
      builder.getNamedAttr("name", name),
      builder.getNamedAttr("cpu", cpu),
      builder.getNamedAttr(kTargetFeaturesName, targetFeatures),
      builder.getNamedAttr("features", features),
  };
  if (requestsTiles)
    entries.push_back(
        builder.getNamedAttr(kRequestsTilesName, builder.getUnitAttr()));
  return builder.getDictionaryAttr(entries);
}

static bool holdsStrings(ArrayAttr list) {
  return list && llvm::all_of(list, llvm::IsaPred<StringAttr>);
}

static std::optional<Variant> readVariant(Attribute attribute) {
  auto entries = dyn_cast<DictionaryAttr>(attribute);
  if (!entries)
    return std::nullopt;
  Variant variant;
  variant.name = entries.getAs<StringAttr>("name");
  variant.cpu = entries.getAs<StringAttr>("cpu");
  variant.targetFeatures = entries.getAs<ArrayAttr>(kTargetFeaturesName);
  variant.features = entries.getAs<ArrayAttr>("features");
  variant.requestsTiles = entries.contains(kRequestsTilesName);
  if (!variant.name || !variant.cpu || !holdsStrings(variant.targetFeatures) ||
      !holdsStrings(variant.features))
    return std::nullopt;
  return variant;
}

FailureOr<SmallVector<Variant>> smelt::ternary::readVariants(ModuleOp module) {
  SmallVector<Variant> variants;
  Attribute attribute = module->getAttr(kVariantsName);
  if (!attribute)
    return variants;
  auto list = dyn_cast<ArrayAttr>(attribute);
  if (!list || list.empty() || list.size() > kMostVariants)
    return module.emitError() << "'" << kVariantsName << "' must list 1 to "
                              << kMostVariants << " variants";
  for (Attribute entry : list) {
    std::optional<Variant> variant = readVariant(entry);
    if (!variant)
      return module.emitError() << "'" << kVariantsName << "' has the entry "
                                << entry << ", which describes no variant";
    variants.push_back(*variant);
  }
  return variants;
}

bool smelt::ternary::isEntryFunction(func::FuncOp function) {
  return !function.isExternal() &&
         (function.isPublic() || function->hasAttr(kVariantOfName));
}

void smelt::ternary::copyProcessor(func::FuncOp from, func::FuncOp to) {
  for (StringRef name :
       {StringRef(kTargetCPUName), StringRef(kTargetFeaturesName),
        StringRef(kFeaturesName)})
    if (Attribute attribute = from->getAttr(name))
      to->setAttr(name, attribute);
}

std::string smelt::ternary::getVariantSuffix(StringRef name) {
  std::string suffix = "_";
  for (char c : name)
    suffix += llvm::isAlnum(c) ? c : '_';
  return suffix;
}
