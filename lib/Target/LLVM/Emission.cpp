//===- Emission.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/Emission.h"
#include "BlockCounts.h"
#include "LargeConstants.h"
#include "MeasureFunctions.h"
#include "NetworkData.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "smelt/Target/LLVM/Sections.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace smelt;

void smelt::registerLLVMEmission(DialectRegistry &registry) {
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine,
                     bool unrollsLoops) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = unrollsLoops;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  if (machine.getOptLevel() == llvm::CodeGenOptLevel::None)
    builder.buildO0DefaultPipeline(llvm::OptimizationLevel::O0)
        .run(module, modules);
  else
    builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
        .run(module, modules);
}

FailureOr<std::unique_ptr<llvm::Module>>
smelt::translateToOptimizedIR(ModuleOp module, llvm::LLVMContext &context,
                              llvm::TargetMachine &machine, bool unrollsLoops) {
  std::unique_ptr<llvm::Module> translated =
      translateModuleToLLVMIR(module, context);
  if (!translated)
    return module.emitError("cannot be translated to LLVM IR");
  translated->setTargetTriple(machine.getTargetTriple().str());
  translated->setDataLayout(machine.createDataLayout());
  for (llvm::Function &function : *translated) {
    if (function.isDeclaration())
      continue;
    if (function.hasFnAttribute("target-cpu"))
      continue;
    if (!machine.getTargetCPU().empty())
      function.addFnAttr("target-cpu", machine.getTargetCPU());
    if (!machine.getTargetFeatureString().empty())
      function.addFnAttr("target-features", machine.getTargetFeatureString());
  }
  optimize(*translated, machine, unrollsLoops);
  return translated;
}

/// Adds what `addPassesToEmitFile` does, and the measurement before the code is
/// printed. Returns true if the target cannot write such a file.
static bool addMeasuredPasses(llvm::legacy::PassManager &passes,
                              llvm::raw_pwrite_stream &stream,
                              llvm::CodeGenFileType kind,
                              llvm::TargetMachine &machine,
                              CodeReport &report) {
  auto &codegen = static_cast<llvm::LLVMTargetMachine &>(machine);
  auto *modules = new llvm::MachineModuleInfoWrapperPass(&codegen);
  llvm::TargetPassConfig *config = codegen.createPassConfig(passes);
  config->setDisableVerify(true);
  passes.add(config);
  passes.add(modules);
  if (config->addISelPasses())
    return true;
  config->addMachinePasses();
  config->setInitialized();
  passes.add(createMeasureFunctionsPass(report));
  if (codegen.addAsmPrinter(passes, stream, nullptr, kind,
                            modules->getMMI().getContext()))
    return true;
  passes.add(llvm::createFreeMachineFunctionPass());
  return false;
}

static LogicalResult generateCode(llvm::Module &module,
                                  llvm::CodeGenFileType kind,
                                  llvm::TargetMachine &machine,
                                  SmallVectorImpl<char> &output, Location loc,
                                  CodeReport *report = nullptr) {
  llvm::raw_svector_ostream stream(output);
  llvm::legacy::PassManager passes;
  bool isUnknown =
      report ? addMeasuredPasses(passes, stream, kind, machine, *report)
             : machine.addPassesToEmitFile(passes, stream, nullptr, kind);
  if (isUnknown)
    return emitError(loc) << "target '" << machine.getTargetTriple().str()
                          << "' cannot write such a file";
  passes.run(module);
  return success();
}

static LogicalResult writeArchive(ArrayRef<char> object, StringRef name,
                                  SmallVectorImpl<char> &output, Location loc) {
  llvm::NewArchiveMember member(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), name));
  llvm::raw_svector_ostream stream(output);
  if (llvm::Error error = llvm::writeArchiveToStream(
          stream, member, llvm::SymtabWritingMode::NormalSymtab,
          llvm::object::Archive::K_GNU, /*Deterministic=*/true,
          /*Thin=*/false))
    return emitError(loc) << "cannot write archive: "
                          << llvm::toString(std::move(error));
  return success();
}

/// Whether constants can be copied into object files as they are here.
static bool canFillConstants(const llvm::TargetMachine &machine) {
  return machine.getTargetTriple().isOSBinFormatELF() &&
         machine.createDataLayout().isLittleEndian() ==
             llvm::sys::IsLittleEndianHost;
}

/// Room for constants and some code, so that it is not copied as it grows.
static void reserveSpace(ArrayRef<LargeConstant> constants,
                         SmallVectorImpl<char> &output) {
  size_t size = size_t(1) << 20;
  for (const LargeConstant &constant : constants)
    size += constant.bytes.size() + 64;
  output.reserve(size);
}

/// Runs a call on this machine before the module becomes code, which then tells
/// by the names of its blocks how often they run.
static BlockCounts countRuns(llvm::Module &module,
                             ArrayRef<LargeConstant> constants,
                             const CountedCall &call, CodeReport &report) {
  nameBlocks(module);
  llvm::Expected<BlockCounts> counts = countBlocks(module, constants, call);
  if (counts)
    return std::move(*counts);
  report.uncounted = llvm::toString(counts.takeError());
  return {};
}

/// Makes an object of a module whose large constants are only reserved.
static LogicalResult emitObject(llvm::Module &module,
                                ArrayRef<LargeConstant> constants,
                                llvm::TargetMachine &machine,
                                SmallVectorImpl<char> &output, Location loc,
                                CodeReport *report) {
  reserveSpace(constants, output);
  if (failed(generateCode(module, llvm::CodeGenFileType::ObjectFile, machine,
                          output, loc, report)))
    return failure();
  if (llvm::Error error = fillLargeConstants(output, constants))
    return emitError(loc) << "cannot write constants: "
                          << llvm::toString(std::move(error));
  if (!report)
    return success();
  if (llvm::Error error =
          readFunctionSizes({output.data(), output.size()}, *report))
    return emitError(loc) << "cannot measure code: "
                          << llvm::toString(std::move(error));
  followCalls(*report);
  return success();
}

LogicalResult smelt::emitNative(ModuleOp module, NativeKind kind,
                                llvm::TargetMachine &machine, StringRef name,
                                SmallVectorImpl<char> &output,
                                const EmissionOptions &options) {
  if (kind == NativeKind::Archive) {
    SmallVector<char, 0> object;
    if (failed(emitNative(module, NativeKind::Object, machine, name, object,
                          options)))
      return failure();
    return writeArchive(object, name, output, module.getLoc());
  }
  std::vector<LargeConstant> constants;
  std::vector<std::string> data = listNetworkData(module);
  if (kind == NativeKind::Object && canFillConstants(machine))
    constants = takeLargeConstants(module);
  llvm::LLVMContext context;
  FailureOr<std::unique_ptr<llvm::Module>> translated =
      translateToOptimizedIR(module, context, machine);
  if (failed(translated))
    return failure();
  reserveLargeConstants(**translated, constants);
  placeData(**translated, data, options.placement);
  BlockCounts counts;
  if (options.report)
    options.report->arrays = measureData(**translated, data);
  if (options.report && options.countedCall)
    counts = countRuns(**translated, constants, *options.countedCall,
                       *options.report);
  Location loc = module.getLoc();
  switch (kind) {
  case NativeKind::LLVMIR: {
    llvm::raw_svector_ostream stream(output);
    (*translated)->print(stream, nullptr);
    return success();
  }
  case NativeKind::Assembly:
    return generateCode(**translated, llvm::CodeGenFileType::AssemblyFile,
                        machine, output, loc);
  case NativeKind::Object:
    if (failed(emitObject(**translated, constants, machine, output, loc,
                          options.report)))
      return failure();
    if (!counts.empty())
      countInstructions(*options.report, counts);
    return success();
  case NativeKind::Archive:
    break;
  }
  llvm_unreachable("archives are made of objects");
}
