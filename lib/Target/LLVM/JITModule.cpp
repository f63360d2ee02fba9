//===- JITModule.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/JITModule.h"
#include "LargeConstants.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "smelt/Target/LLVM/Emission.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#ifdef __linux__
#include <linux/mman.h>
#include <sys/mman.h>
#endif

using namespace mlir;
using namespace smelt;

static constexpr const char *packedName = "smelt_packed_entry";

JITModule::JITModule() = default;
JITModule::~JITModule() = default;

void JITModule::call(ArrayRef<void *> arguments) const {
  packedEntry(arguments.data());
}

/// Adds a function that takes the entry's arguments in an array.
static void addPackedEntry(ModuleOp module, LLVM::LLVMFuncOp entry) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = entry.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto packed = builder.create<LLVM::LLVMFuncOp>(
      loc, packedName, LLVM::LLVMFunctionType::get(nothing, {pointer}));
  builder.setInsertionPointToStart(packed.addEntryBlock(builder));
  SmallVector<Value> arguments;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    Value address = builder.create<LLVM::GEPOp>(
        loc, pointer, pointer, packed.getArgument(0),
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    arguments.push_back(builder.create<LLVM::LoadOp>(loc, pointer, address));
  }
  builder.create<LLVM::CallOp>(loc, entry, arguments);
  builder.create<LLVM::ReturnOp>(loc, ValueRange{});
}

static FailureOr<LLVM::LLVMFuncOp> findEntry(ModuleOp module, StringRef name) {
  auto entry = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  if (!entry || entry.isExternal())
    return module.emitError() << "has no function '" << name << "' to run";
  for (Type type : entry.getArgumentTypes())
    if (!isa<LLVM::LLVMPointerType>(type))
      return entry.emitError("cannot be run: not all arguments are pointers");
  if (!isa<LLVM::LLVMVoidType>(entry.getFunctionType().getReturnType()))
    return entry.emitError("cannot be run: it returns a value");
  return entry;
}

static LogicalResult report(llvm::Error error, Location loc) {
  if (!error)
    return success();
  return emitError(loc) << "cannot compile for this machine: "
                        << llvm::toString(std::move(error));
}

static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>>
createJIT(std::unique_ptr<llvm::TargetMachine> machine) {
  llvm::DataLayout layout = machine->createDataLayout();
  llvm::orc::LLJITBuilder builder;
  builder.setDataLayout(layout);
  builder.setJITTargetMachineBuilder(
      llvm::orc::JITTargetMachineBuilder(machine->getTargetTriple()));
  builder.setCompileFunctionCreator(
      [&machine](llvm::orc::JITTargetMachineBuilder)
          -> llvm::Expected<
              std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler>> {
        return std::make_unique<llvm::orc::TMOwningSimpleCompiler>(
            std::move(machine));
      });
  auto jit = builder.create();
  if (!jit)
    return jit;
  auto process = llvm::orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      layout.getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  return jit;
}

/// Moves what is there to huge pages, as Linux does for the constants of
/// programs that are read from files: so that code runs as fast here.
static void collapseToHugePages(const char *start, size_t size) {
#ifdef MADV_COLLAPSE
  constexpr uintptr_t kHugePage = 2 << 20;
  uintptr_t first =
      llvm::alignDown(reinterpret_cast<uintptr_t>(start), kHugePage);
  uintptr_t end =
      llvm::alignTo(reinterpret_cast<uintptr_t>(start) + size, kHugePage);
  madvise(reinterpret_cast<void *>(first), end - first, MADV_COLLAPSE);
#endif
}

/// Makes the constants known to the compiled code; those that are less aligned
/// than it expects are copied.
llvm::Error JITModule::defineConstants(ArrayRef<LargeConstant> constants) {
  constexpr size_t alignment = 64, collapsedSize = 1 << 16;
  llvm::orc::SymbolMap symbols;
  for (const auto &[name, bytes] : constants) {
    const char *address = bytes.data();
    if (reinterpret_cast<uintptr_t>(address) % alignment != 0) {
      copies.emplace_back(bytes.size() + alignment);
      uintptr_t start = reinterpret_cast<uintptr_t>(copies.back().data());
      char *aligned = reinterpret_cast<char *>(llvm::alignTo(start, alignment));
      llvm::copy(bytes, aligned);
      address = aligned;
    }
    if (bytes.size() >= collapsedSize)
      collapseToHugePages(address, bytes.size());
    symbols[jit->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported};
  }
  return jit->getMainJITDylib().define(
      llvm::orc::absoluteSymbols(std::move(symbols)));
}

llvm::Error JITModule::defineFunctions(const JITOptions &options) {
  llvm::orc::SymbolMap symbols;
  for (const auto &[name, address] : options.functions)
    symbols[jit->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(address),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  return jit->getMainJITDylib().define(
      llvm::orc::absoluteSymbols(std::move(symbols)));
}

LogicalResult JITModule::findAddresses(ArrayRef<std::string> entries,
                                       Location loc) {
  auto packed = jit->lookup(packedName);
  if (!packed)
    return report(packed.takeError(), loc);
  packedEntry = packed->toPtr<void (*)(void *const *)>();
  for (const std::string &entry : entries) {
    auto address = jit->lookup(entry);
    if (!address)
      return report(address.takeError(), loc);
    addresses.push_back(address->toPtr<void *>());
  }
  return success();
}

FailureOr<std::unique_ptr<JITModule>>
JITModule::create(ModuleOp module, ArrayRef<std::string> entries,
                  const JITOptions &options) {
  Location loc = module.getLoc();
  for (const std::string &entry : entries)
    if (failed(findEntry(module, entry)))
      return failure();
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createHostMachine(options.machine, loc);
  if (failed(machine))
    return failure();
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone());
  addPackedEntry(*copy, *findEntry(*copy, entries.front()));
  auto constants = takeLargeConstants(*copy);
  auto context = std::make_unique<llvm::LLVMContext>();
  FailureOr<std::unique_ptr<llvm::Module>> translated =
      translateToOptimizedIR(*copy, *context, **machine,
                             /*unrollsLoops=*/false);
  if (failed(translated))
    return failure();

  std::unique_ptr<JITModule> result(new JITModule());
  auto jit = createJIT(std::move(*machine));
  if (!jit)
    return report(jit.takeError(), loc);
  if (failed(report((*jit)->addIRModule(llvm::orc::ThreadSafeModule(
                        std::move(*translated), std::move(context))),
                    loc)))
    return failure();
  result->jit = std::move(*jit);
  if (failed(report(result->defineConstants(constants), loc)) ||
      failed(report(result->defineFunctions(options), loc)))
    return failure();
  if (failed(result->findAddresses(entries, loc)))
    return failure();
  return result;
}
