//===- CPUVariants.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/CPUVariants.h"
#include "mlir/IR/Diagnostics.h"
#include "smelt/Conversion/ProcessorFeatures.h"
#include "smelt/Conversion/VectorTarget.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"

using namespace mlir;
using namespace smelt;

bool smelt::hasSeveralCPUs(const MachineOptions &options) {
  return StringRef(options.cpu).contains(',');
}

/// LLVM's features of a machine, those that it is without first.
static std::vector<std::string>
listTargetFeatures(const llvm::TargetMachine &machine) {
  const llvm::MCSubtargetInfo &subtarget = *machine.getMCSubtargetInfo();
  std::vector<std::string> disabled, enabled;
  for (const ProcessorFeature &feature : getProcessorFeatures())
    if (subtarget.checkFeatures(("+" + feature.name).str()))
      enabled.push_back(("+" + feature.name).str());
  SmallVector<StringRef> given;
  machine.getTargetFeatureString().split(given, ',', -1, /*KeepEmpty=*/false);
  for (StringRef feature : given) {
    bool isListed = llvm::is_contained(enabled, feature);
    if (feature.starts_with("-"))
      disabled.push_back(feature.str());
    else if (!isListed && subtarget.checkFeatures(feature))
      enabled.push_back(feature.str());
  }
  llvm::append_range(disabled, enabled);
  return disabled;
}

static CPUVariant describeVariant(StringRef name,
                                  const llvm::TargetMachine &machine) {
  CPUVariant variant;
  variant.name = name.str();
  variant.cpu = machine.getTargetCPU().str();
  variant.targetFeatures = listTargetFeatures(machine);
  variant.vectorFeatures = getVectorFeatures(machine);
  // Whoever chooses the variant asks, so that its kernels need not.
  auto ask = llvm::find(variant.vectorFeatures, VectorTarget::kAskForMatrices);
  variant.requestsTiles = ask != variant.vectorFeatures.end();
  if (variant.requestsTiles)
    variant.vectorFeatures.erase(ask);
  return variant;
}

static FailureOr<SmallVector<StringRef>>
splitCPUs(const MachineOptions &options, Location loc) {
  SmallVector<StringRef> names;
  StringRef(options.cpu).split(names, ',');
  for (StringRef &name : names)
    name = name.trim();
  for (auto [i, name] : llvm::enumerate(names)) {
    if (name.empty())
      return emitError(loc)
             << "--cpu '" << options.cpu << "' names an empty CPU";
    if (llvm::is_contained(ArrayRef(names).take_front(i), name))
      return emitError(loc) << "--cpu names '" << name << "' twice";
  }
  if (names.size() > ternary::kMostVariants)
    return emitError(loc) << "--cpu names " << names.size()
                          << " CPUs, more than " << ternary::kMostVariants;
  return names;
}

/// The machine for code that all variants share: the least of the target,
/// without what the user does not want.
static FailureOr<std::unique_ptr<llvm::TargetMachine>>
createSharedMachine(MachineOptions options, Location loc) {
  SmallVector<StringRef> features;
  std::string given = std::move(options.features);
  StringRef(given).split(features, ',', -1, /*KeepEmpty=*/false);
  llvm::erase_if(features, [](StringRef feature) {
    return !feature.trim().starts_with("-");
  });
  options.cpu.clear();
  options.features = llvm::join(features, ",");
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createTargetMachine(options, loc);
  if (succeeded(machine) &&
      (*machine)->getTargetTriple().getArch() != llvm::Triple::x86_64)
    return emitError(loc) << "code for several CPUs (--cpu) is made for x86-64 "
                             "only, not for '"
                          << (*machine)->getTargetTriple().str() << "'";
  return machine;
}

FailureOr<NativeTarget> smelt::createNativeTarget(const MachineOptions &options,
                                                  Location loc) {
  NativeTarget target;
  bool hasVariants = hasSeveralCPUs(options);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      hasVariants ? createSharedMachine(options, loc)
                  : createTargetMachine(options, loc);
  if (failed(machine))
    return failure();
  target.machine = std::move(*machine);
  if (!hasVariants) {
    target.vectorFeatures = getVectorFeatures(*target.machine);
    return target;
  }
  FailureOr<SmallVector<StringRef>> names = splitCPUs(options, loc);
  if (failed(names))
    return failure();
  for (StringRef name : *names) {
    MachineOptions one = options;
    one.cpu = name.str();
    FailureOr<std::unique_ptr<llvm::TargetMachine>> own =
        createTargetMachine(one, loc);
    if (failed(own))
      return failure();
    if (!(*own)->getMCSubtargetInfo()->checkFeatures("+64bit"))
      return emitError(loc)
             << "CPU '" << name << "' has no 64 bits, which target '"
             << (*own)->getTargetTriple().str() << "' needs";
    for (const CPUVariant &other : target.variants)
      if (other.cpu == (*own)->getTargetCPU())
        return emitError(loc)
               << "--cpu names '" << other.cpu << "' twice, once as '"
               << (name == other.cpu ? other.name : name) << "'";
    target.variants.push_back(describeVariant(name, **own));
  }
  target.vectorFeatures = target.variants.front().vectorFeatures;
  for (const CPUVariant &variant : target.variants)
    llvm::erase_if(target.vectorFeatures, [&](const std::string &feature) {
      return !llvm::is_contained(variant.vectorFeatures, feature);
    });
  return target;
}
