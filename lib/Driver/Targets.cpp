//===- Targets.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Network.h"
#include "smelt/Support/Table.h"
#include "smelt/Target/LLVM/TargetPresets.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace smelt;

namespace {
/// What LLVM says of a preset.
struct Description {
  std::string strategy;
  unsigned pointerBits;
};
} // namespace

static FailureOr<Description> describe(const TargetPreset &preset,
                                       MLIRContext *context) {
  MachineOptions options;
  options.triple = preset.name.str();
  FailureOr<NativeTarget> target =
      createNativeTarget(options, UnknownLoc::get(context));
  if (failed(target))
    return failure();
  return Description{
      chooseStrategy(target->vectorFeatures, /*isLargeModel=*/false),
      8 * target->machine->getPointerSize(0)};
}

LogicalResult smelt::runTargets(const TargetsOptions &options,
                                MLIRContext *context) {
  llvm::json::Array list;
  Table table({"target", "triple", "CPU", "features", "ABI", ">pointer",
               "strategy", "is"});
  for (const TargetPreset &preset : getTargetPresets()) {
    FailureOr<Description> description = describe(preset, context);
    if (failed(description))
      return failure();
    table.addRow({preset.name.str(), preset.triple.str(), preset.cpu.str(),
                  preset.features.str(), preset.abi.str(),
                  std::to_string(description->pointerBits),
                  description->strategy, preset.description.str()});
    list.push_back(llvm::json::Object{
        {"name", preset.name},
        {"triple", preset.triple},
        {"cpu", preset.cpu},
        {"features", preset.features},
        {"abi", preset.abi},
        {"pointer_bits", description->pointerBits},
        {"strategy", description->strategy},
        {"description", preset.description},
    });
  }
  if (options.json)
    llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(list)))
                 << "\n";
  else
    table.print(llvm::outs());
  return success();
}
