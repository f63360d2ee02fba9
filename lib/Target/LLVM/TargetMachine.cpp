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
#include "smelt/Target/LLVM/TargetPresets.h"
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
  // Kernels use registers of 512 bits, so that loops gain nothing by others.
  if (llvm::is_contained(names, "prefer-256-bit"))
    checked.AddFeature("prefer-256-bit", /*Enable=*/false);
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

static InFlightDiagnostic reportUnknownTarget(StringRef name, Location loc) {
  SmallVector<StringRef> names;
  for (const TargetPreset &preset : getTargetPresets())
    names.push_back(preset.name);
  return emitError(loc) << "unknown target '" << name << "'"
                        << suggest(name, names)
                        << " (`smelt targets` lists some; triples of LLVM's "
                           "targets are others)";
}

static bool isBareMetal(const llvm::Triple &triple) {
  return triple.getOS() == llvm::Triple::UnknownOS;
}

/// Code without an operating system is put where it stays.
static llvm::Reloc::Model chooseRelocation(const llvm::Triple &triple) {
  return isBareMetal(triple) ? llvm::Reloc::Static : llvm::Reloc::PIC_;
}

static llvm::TargetOptions chooseTargetOptions(const llvm::Triple &triple,
                                               StringRef abi) {
  llvm::TargetOptions options;
  options.MCOptions.ABIName = abi.str();
  if (!triple.isARM() && !triple.isThumb())
    return options;
  // memcpy and memset are all that is needed of a C library; otherwise ARM's
  // __aeabi_memcpy8, __aeabi_memclr8 and others would be called.
  options.EABIVersion = llvm::EABI::GNU;
  // Instead of .ARM.exidx, which has an entry for each function even where
  // nothing unwinds, .eh_frame, which has none.
  if (isBareMetal(triple))
    options.ExceptionModel = llvm::ExceptionHandling::DwarfCFI;
  return options;
}

/// Checks that a machine has the registers that a calling convention of RISC-V
/// passes numbers in.
static LogicalResult checkABI(const llvm::MCSubtargetInfo &subtarget,
                              StringRef abi, StringRef target, Location loc) {
  if (!abi.ends_with("d") || subtarget.checkFeatures("+d"))
    return success();
  return emitError(loc) << "target '" << target
                        << "' needs the feature 'd' for "
                        << "its calling convention (" << abi
                        << "); leave it on, or give a triple";
}

FailureOr<std::unique_ptr<llvm::TargetMachine>>
smelt::createTargetMachine(const MachineOptions &given, Location loc) {
  initializeTargets();
  MachineOptions options = resolvePreset(given);
  std::string triple = llvm::Triple::normalize(
      options.triple.empty() ? llvm::sys::getDefaultTargetTriple()
                             : options.triple);
  std::string problem;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, problem);
  if (!target || !target->hasTargetMachine())
    return reportUnknownTarget(given.triple, loc);

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
  subtarget.reset(target->createMCSubtargetInfo(triple, cpu, *checked));
  if (failed(checkABI(*subtarget, options.abi, given.triple, loc)))
    return failure();

  llvm::Triple parsed(triple);
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      triple, cpu, *checked, chooseTargetOptions(parsed, options.abi),
      chooseRelocation(parsed), std::nullopt,
      codeGenLevel(options.optimizationLevel)));
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

/// The architecture whose vectors kernels know.
static std::optional<VectorTarget::Architecture>
findArchitecture(const llvm::Triple &triple) {
  switch (triple.getArch()) {
  case llvm::Triple::x86_64:
    return VectorTarget::Architecture::X86;
  case llvm::Triple::aarch64:
    return VectorTarget::Architecture::AArch64;
  case llvm::Triple::arm:
  case llvm::Triple::thumb:
    return VectorTarget::Architecture::ARM;
  case llvm::Triple::wasm32:
    return VectorTarget::Architecture::WebAssembly;
  default:
    return std::nullopt;
  }
}

/// What `VectorTarget` calls an architecture; nothing for x86.
static std::optional<StringRef>
nameArchitecture(VectorTarget::Architecture architecture) {
  switch (architecture) {
  case VectorTarget::Architecture::X86:
    return std::nullopt;
  case VectorTarget::Architecture::AArch64:
    return VectorTarget::kAArch64;
  case VectorTarget::Architecture::ARM:
    return VectorTarget::kARM;
  case VectorTarget::Architecture::WebAssembly:
    return VectorTarget::kWebAssembly;
  }
  llvm_unreachable("unknown architecture");
}

/// What `VectorTarget` calls the registers of a processor that has no vectors.
static std::optional<StringRef>
nameWord(const llvm::Triple &triple,
         llvm::function_ref<bool(StringRef feature)> has) {
  switch (triple.getArch()) {
  case llvm::Triple::arm:
  case llvm::Triple::thumb:
    return has("neon") || has("mve") ? std::nullopt
                                     : std::optional(VectorTarget::kWord32);
  case llvm::Triple::riscv32:
    return has("v") || has("zve32x") ? std::nullopt
                                     : std::optional(VectorTarget::kWord32);
  case llvm::Triple::riscv64:
    return has("v") || has("zve32x") ? std::nullopt
                                     : std::optional(VectorTarget::kWord64);
  case llvm::Triple::wasm32:
    return has("simd128") ? std::nullopt : std::optional(VectorTarget::kWord64);
  default:
    return std::nullopt;
  }
}

/// What kernels know of a processor that LLVM's features do not tell.
static void addX86Traits(const llvm::TargetMachine &machine,
                         std::vector<std::string> &features) {
  if (machine.getTargetTriple().isOSLinux() &&
      llvm::is_contained(features, "amx-int8"))
    features.push_back(VectorTarget::kAskForMatrices.str());
  // Intel's processors take two steps for it.
  StringRef cpu = machine.getTargetCPU();
  if (cpu == "znver4" || cpu == "znver5")
    features.push_back(VectorTarget::kFastWordPermute.str());
}

std::vector<std::string>
smelt::getVectorFeatures(const llvm::TargetMachine &machine) {
  std::vector<std::string> features;
  const llvm::MCSubtargetInfo *subtarget = machine.getMCSubtargetInfo();
  SmallVector<StringRef> names;
  for (const auto &known : subtarget->getAllProcessorFeatures())
    names.push_back(known.Key);
  auto has = [&](StringRef name) {
    return llvm::is_contained(names, name) &&
           subtarget->checkFeatures(("+" + name).str());
  };
  if (std::optional<StringRef> word = nameWord(machine.getTargetTriple(), has))
    return {word->str()};
  std::optional<VectorTarget::Architecture> architecture =
      findArchitecture(machine.getTargetTriple());
  if (!architecture)
    return features;
  if (std::optional<StringRef> name = nameArchitecture(*architecture))
    features.push_back(name->str());
  // Without it, AVX-512 has registers of 256 bits.
  bool has512Bits = has("evex512");
  for (StringRef feature : VectorTarget::getKnownFeatures(*architecture))
    if (has(feature) && (has512Bits || !feature.starts_with("avx512")))
      features.push_back(feature.str());
  if (*architecture == VectorTarget::Architecture::X86)
    addX86Traits(machine, features);
  return features;
}
