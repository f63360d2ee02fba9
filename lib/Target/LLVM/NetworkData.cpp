//===- NetworkData.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NetworkData.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace smelt;

/// The name that `ternary-plan-memory` gives.
static constexpr llvm::StringLiteral kArenaName = "arena";

std::vector<std::string> smelt::listNetworkData(ModuleOp module) {
  std::vector<std::string> names;
  for (auto global : module.getOps<LLVM::GlobalOp>())
    if (global.getConstant() || global.getSymName() == kArenaName)
      names.push_back(global.getSymName().str());
  return names;
}

void smelt::placeData(llvm::Module &module, ArrayRef<std::string> names,
                      const DataPlacement &placement) {
  for (const std::string &name : names) {
    llvm::GlobalVariable *global =
        module.getGlobalVariable(name, /*AllowInternal=*/true);
    if (!global)
      continue;
    const std::string &section = global->isConstant() ? placement.weightsSection
                                                      : placement.arenaSection;
    if (!section.empty())
      global->setSection(section);
    if (global->isConstant() && placement.weightsAlignment)
      global->setAlignment(std::max(global->getAlign().valueOrOne(),
                                    llvm::Align(placement.weightsAlignment)));
  }
}

std::vector<ArrayData> smelt::measureData(const llvm::Module &module,
                                          ArrayRef<std::string> names) {
  std::vector<ArrayData> arrays;
  for (const std::string &name : names)
    if (const llvm::GlobalVariable *global =
            module.getGlobalVariable(name, /*AllowInternal=*/true))
      arrays.push_back(
          {name,
           static_cast<int64_t>(
               module.getDataLayout().getTypeAllocSize(global->getValueType())),
           global->isConstant()});
  return arrays;
}
