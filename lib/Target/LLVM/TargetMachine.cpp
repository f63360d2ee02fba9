//===- TargetMachine.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/TargetMachine.h"
#include "mlir/IR/Diagnostics.h"
#include "smelt/Conversion/VectorTarget.h"
#include "smelt/Support/Suggestion.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/SubtargetFeature.h"

using namespace mlir;
using namespace smelt;

static void initializeTargets() {
  static bool initialized = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
    llvm::InitializeAllAsmParsers();
    return true;
  }();
  (void)initialized;
}

static llvm::CodeGenOptLevel codeGenLevel(unsigned level) {
  return llvm::CodeGenOpt::getLevel(static_cast<int>(level))
      .value_or(llvm::CodeGenOptLevel::Aggressive);
}

static std::string hostFeatures() {
  llvm::SubtargetFeatures features;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  return features.getString();
}

/// Checks the CPU and puts a sign before each feature.
static FailureOr<std::string>
checkSubtarget(const llvm::MCSubtargetInfo &subtarget, StringRef triple,
               StringRef cpu, StringRef features, Location loc) {
  if (!cpu.empty() && !subtarget.isCPUStringValid(cpu)) {
    SmallVector<StringRef> names;
    for (const auto &known : subtarget.getAllProcessorDescriptions())
      names.push_back(known.Key);
    return emitError(loc) << "unknown CPU '" << cpu << "' for target '"
                          << triple << "'" << suggest(cpu, names);
  }
  SmallVector<StringRef> names;
  for (const auto &known : subtarget.getAllProcessorFeatures())
    names.push_back(known.Key);
  llvm::SubtargetFeatures checked;
  SmallVector<StringRef> given;
  features.split(given, ',', -1, /*KeepEmpty=*/false);
  // As for clang, AVX-512 has registers of 512 bits unless its features say
  // otherwise.
  auto isAVX512 = [](StringRef feature) {
    return feature.trim().ltrim("+").starts_with("avx512");
  };
  if (llvm::is_contained(names, "evex512") && llvm::any_of(given, isAVX512))
    checked.AddFeature("evex512");
  for (StringRef feature : given) {
    feature = feature.trim();
    bool enable = !feature.starts_with("-");
    StringRef name = feature.ltrim("+-");
    if (!llvm::is_contained(names, name))
      return emitError(loc)
             << "unknown CPU feature '" << name << "' for target '" << triple
             << "'" << suggest(name, names);
    checked.AddFeature(name, enable);
  }
  return checked.getString();
}

FailureOr<std::unique_ptr<llvm::TargetMachine>>
smelt::createTargetMachine(const MachineOptions &options, Location loc) {
  initializeTargets();
  std::string triple = llvm::Triple::normalize(
      options.triple.empty() ? llvm::sys::getDefaultTargetTriple()
                             : options.triple);
  std::string problem;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, problem);
  if (!target || !target->hasTargetMachine())
    return emitError(loc) << "unknown target '" << options.triple << "'";

  std::string cpu = options.cpu, features = options.features;
  if (cpu == "native") {
    llvm::Triple host(llvm::sys::getProcessTriple());
    if (llvm::Triple(triple).getArch() != host.getArch())
      return emitError(loc)
             << "CPU 'native' is for this machine, not for '" << triple << "'";
    cpu = llvm::sys::getHostCPUName().str();
    features = hostFeatures() + (features.empty() ? "" : "," + features);
  }
  std::unique_ptr<llvm::MCSubtargetInfo> subtarget(
      target->createMCSubtargetInfo(triple, "", ""));
  if (!subtarget)
    return emitError(loc) << "cannot make code for target '" << triple << "'";
  FailureOr<std::string> checked =
      checkSubtarget(*subtarget, triple, cpu, features, loc);
  if (failed(checked))
    return failure();

  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, *checked, llvm::TargetOptions(), llvm::Reloc::PIC_,
      std::nullopt, codeGenLevel(options.optimizationLevel)));
  if (!machine)
    return emitError(loc) << "cannot make code for target '" << triple << "'";
  return machine;
}

/// Whether this processor has all features that code for a machine may use.
static LogicalResult checkHostFeatures(const llvm::TargetMachine &machine,
                                       Location loc) {
  SmallVector<std::string> missing;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (!feature.second && machine.getMCSubtargetInfo()->checkFeatures(
                               ("+" + feature.first()).str()))
      missing.push_back("-" + feature.first().str());
  if (missing.empty())
    return success();
  llvm::sort(missing);
  return emitError(loc) << "this processor cannot run the code; do without "
                           "what it lacks: --features "
                        << llvm::join(missing, ",");
}

FailureOr<std::unique_ptr<llvm::TargetMachine>>
smelt::createHostMachine(MachineOptions options, Location loc) {
  if (StringRef(options.cpu).contains(','))
    return emitError(loc) << "--cpu '" << options.cpu
                          << "': what runs here at once is code for one CPU";
  options.triple = llvm::sys::getProcessTriple();
  if (options.cpu.empty())
    options.cpu = "native";
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createTargetMachine(options, loc);
  if (failed(machine) || failed(checkHostFeatures(**machine, loc)))
    return failure();
  return machine;
}

std::vector<std::string>
smelt::getVectorFeatures(const llvm::TargetMachine &machine) {
  std::vector<std::string> features;
  if (machine.getTargetTriple().getArch() != llvm::Triple::x86_64)
    return features;
  const llvm::MCSubtargetInfo *subtarget = machine.getMCSubtargetInfo();
  // Without it, AVX-512 has registers of 256 bits.
  bool has512Bits = subtarget->checkFeatures("+evex512");
  for (StringRef feature : VectorTarget::getKnownFeatures())
    if (subtarget->checkFeatures(("+" + feature).str()) &&
        (has512Bits || !feature.starts_with("avx512")))
      features.push_back(feature.str());
  if (machine.getTargetTriple().isOSLinux() &&
      llvm::is_contained(features, "amx-int8"))
    features.push_back(VectorTarget::kAskForMatrices.str());
  // Intel's processors take two steps for it.
  StringRef cpu = machine.getTargetCPU();
  if (cpu == "znver4" || cpu == "znver5")
    features.push_back(VectorTarget::kFastWordPermute.str());
  return features;
}
