//===- BlockCounts.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BlockCounts.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"

using namespace llvm;
using namespace smelt;

static constexpr const char *kCountersName = "smelt_block_counts";
static constexpr const char *kRunName = "smelt_run";

void smelt::nameBlocks(Module &module) {
  unsigned number = 0;
  for (Function &function : module)
    for (BasicBlock &block : function)
      block.setName("smelt" + Twine(number++));
}

/// Why only its target can run an instruction; "" if any can.
static std::string findObstacle(const Instruction &instruction) {
  auto isScalable = [](const Value *value) {
    return isa<ScalableVectorType>(value->getType());
  };
  if (isScalable(&instruction) || any_of(instruction.operands(), isScalable))
    return "vectors of no fixed length";
  if (isa<IntToPtrInst>(instruction))
    return "addresses made of numbers";
  const auto *call = dyn_cast<CallBase>(&instruction);
  if (!call)
    return "";
  if (call->isInlineAsm())
    return "inline assembly";
  const Function *callee = call->getCalledFunction();
  if (!callee)
    return "calls of what is not known";
  if (Function::isTargetIntrinsic(callee->getIntrinsicID()))
    return callee->getName().str();
  if (callee->isDeclaration() && !callee->isIntrinsic())
    return "calls of " + callee->getName().str();
  return "";
}

static Error checkModule(const Module &module) {
  for (const Function &function : module)
    for (const Instruction &instruction : instructions(function))
      if (std::string obstacle = findObstacle(instruction); !obstacle.empty())
        return createStringError(inconvertibleErrorCode(),
                                 "the code has %s, which only the target runs",
                                 obstacle.c_str());
  return Error::success();
}

/// A copy of a module in a context of its own.
static Expected<orc::ThreadSafeModule> copyModule(const Module &module) {
  SmallVector<char, 0> buffer;
  raw_svector_ostream stream(buffer);
  WriteBitcodeToFile(module, stream);
  auto context = std::make_unique<LLVMContext>();
  auto copy = parseBitcodeFile(
      MemoryBufferRef(StringRef(buffer.data(), buffer.size()), "copy"),
      *context);
  if (!copy)
    return copy.takeError();
  return orc::ThreadSafeModule(std::move(*copy), std::move(context));
}

/// Makes a module one for this machine.
static void retarget(Module &module, const orc::LLJIT &jit) {
  module.setTargetTriple(jit.getTargetTriple().str());
  module.setDataLayout(jit.getDataLayout());
  for (Function &function : module) {
    for (const char *attribute : {"target-cpu", "target-features", "tune-cpu"})
      function.removeFnAttr(attribute);
    function.setCallingConv(CallingConv::C);
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<CallBase>(&instruction))
        call->setCallingConv(CallingConv::C);
  }
}

/// Puts arrays of bytes in the place of constants that are only reserved.
static void fillConstants(Module &module, ArrayRef<LargeConstant> constants) {
  for (const LargeConstant &constant : constants) {
    GlobalVariable *global =
        module.getGlobalVariable(constant.name, /*AllowInternal=*/true);
    if (!global)
      continue;
    Constant *bytes = ConstantDataArray::getString(
        module.getContext(),
        StringRef(constant.bytes.data(), constant.bytes.size()),
        /*AddNull=*/false);
    auto *filled = new GlobalVariable(module, bytes->getType(),
                                      /*isConstant=*/true,
                                      GlobalValue::InternalLinkage, bytes);
    filled->setAlignment(global->getAlign());
    global->replaceAllUsesWith(filled);
    global->eraseFromParent();
  }
}

/// Lets each block count how often it runs; returns their names in the order of
/// the counters.
static std::vector<std::string> addCounters(Module &module) {
  std::vector<BasicBlock *> blocks;
  std::vector<std::string> names;
  for (Function &function : module)
    for (BasicBlock &block : function) {
      blocks.push_back(&block);
      names.push_back(block.getName().str());
    }
  Type *number = Type::getInt64Ty(module.getContext());
  ArrayType *type = ArrayType::get(number, blocks.size());
  auto *counters = new GlobalVariable(
      module, type, /*isConstant=*/false, GlobalValue::ExternalLinkage,
      Constant::getNullValue(type), kCountersName);
  for (auto [index, block] : enumerate(blocks)) {
    IRBuilder<> builder(block, block->getFirstInsertionPt());
    Value *counter =
        builder.CreateConstInBoundsGEP2_64(type, counters, 0, index);
    Value *count = builder.CreateLoad(number, counter);
    builder.CreateStore(builder.CreateAdd(count, builder.getInt64(1)), counter);
  }
  return names;
}

/// Adds a function that calls another one with the pointers of an array.
static Error addRunner(Module &module, const CountedCall &call) {
  Function *function = module.getFunction(call.function);
  if (!function || function->arg_size() != call.arguments.size())
    return createStringError(inconvertibleErrorCode(),
                             "there is no function '%s' of %zu arguments",
                             call.function.c_str(), call.arguments.size());
  LLVMContext &context = module.getContext();
  Type *pointer = PointerType::get(context, 0);
  auto *runner = Function::Create(
      FunctionType::get(Type::getVoidTy(context), {pointer}, false),
      GlobalValue::ExternalLinkage, kRunName, module);
  IRBuilder<> builder(BasicBlock::Create(context, "", runner));
  SmallVector<Value *> arguments;
  for (size_t i = 0; i < call.arguments.size(); ++i)
    arguments.push_back(builder.CreateLoad(
        pointer,
        builder.CreateConstInBoundsGEP1_64(pointer, runner->getArg(0), i)));
  builder.CreateCall(function, arguments);
  builder.CreateRetVoid();
  return Error::success();
}

static Expected<std::unique_ptr<orc::LLJIT>> createJIT() {
  auto machine = orc::JITTargetMachineBuilder::detectHost();
  if (!machine)
    return machine.takeError();
  machine->setCodeGenOptLevel(CodeGenOptLevel::None);
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(*machine))
                 .create();
  if (!jit)
    return jit.takeError();
  auto process = orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(
      (*jit)->getDataLayout().getGlobalPrefix());
  if (!process)
    return process.takeError();
  (*jit)->getMainJITDylib().addGenerator(std::move(*process));
  return jit;
}

/// Calls the function once, and reads the counters.
static Expected<BlockCounts> run(orc::LLJIT &jit, ArrayRef<std::string> names,
                                 const CountedCall &call) {
  auto runner = jit.lookup(kRunName);
  if (!runner)
    return runner.takeError();
  auto counters = jit.lookup(kCountersName);
  if (!counters)
    return counters.takeError();
  // Vectors of any length may be loaded from them.
  constexpr size_t kAlignment = 64;
  std::vector<std::vector<char>> buffers;
  std::vector<void *> arguments;
  for (const std::vector<char> &bytes : call.arguments) {
    buffers.emplace_back(bytes.size() + kAlignment);
    auto address = reinterpret_cast<uintptr_t>(buffers.back().data());
    auto *start = reinterpret_cast<char *>(alignTo(address, kAlignment));
    llvm::copy(bytes, start);
    arguments.push_back(start);
  }
  runner->toPtr<void (*)(void **)>()(arguments.data());
  const auto *values = counters->toPtr<const int64_t *>();
  BlockCounts counts;
  for (auto [index, name] : enumerate(names))
    counts[name] = values[index];
  return counts;
}

Expected<BlockCounts> smelt::countBlocks(const Module &module,
                                         ArrayRef<LargeConstant> constants,
                                         const CountedCall &call) {
  if (Error error = checkModule(module))
    return error;
  auto jit = createJIT();
  if (!jit)
    return jit.takeError();
  auto copy = copyModule(module);
  if (!copy)
    return copy.takeError();
  std::vector<std::string> names;
  Error error = copy->withModuleDo([&](Module &own) {
    retarget(own, **jit);
    fillConstants(own, constants);
    names = addCounters(own);
    return addRunner(own, call);
  });
  if (!error)
    error = (*jit)->addIRModule(std::move(*copy));
  if (error)
    return error;
  return run(**jit, names, call);
}
