//===- MeasureFunctions.cpp -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MeasureFunctions.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunction.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/TargetFrameLowering.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetRegisterInfo.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"

using namespace llvm;
using namespace smelt;

namespace {
class MeasureFunctions : public MachineFunctionPass {
public:
  static char ID;
  explicit MeasureFunctions(CodeReport &report)
      : MachineFunctionPass(ID), report(report) {}

  bool runOnMachineFunction(MachineFunction &function) override;
  void getAnalysisUsage(AnalysisUsage &usage) const override {
    usage.setPreservesAll();
    MachineFunctionPass::getAnalysisUsage(usage);
  }
  StringRef getPassName() const override { return "measure functions"; }

private:
  CodeReport &report;
};
} // namespace

char MeasureFunctions::ID = 0;

/// What a function needs of the stack itself, with its return address where a
/// call pushes that.
static std::optional<int64_t> measureFrame(const MachineFunction &function) {
  const MachineFrameInfo &frame = function.getFrameInfo();
  const TargetSubtargetInfo &subtarget = function.getSubtarget();
  const TargetFrameLowering &lowering = *subtarget.getFrameLowering();
  if (frame.hasVarSizedObjects())
    return std::nullopt;
  int64_t bytes = int64_t(frame.getStackSize()) -
                  std::min(lowering.getOffsetOfLocalArea(), 0);
  for (int object = frame.getObjectIndexBegin();
       object < frame.getObjectIndexEnd(); ++object) {
    if (frame.isDeadObjectIndex(object))
      continue;
    // The length of its vectors is the processor's.
    if (frame.getStackID(object) == TargetStackID::ScalableVector)
      return std::nullopt;
    // What lies below the stack pointer, in a leaf's red zone, counts too.
    if (frame.getStackID(object) == TargetStackID::Default)
      bytes = std::max(bytes, -frame.getObjectOffset(object));
  }
  if (subtarget.getRegisterInfo()->hasStackRealignment(function))
    bytes += int64_t(frame.getMaxAlign().value()) -
             int64_t(lowering.getStackAlign().value());
  if (!lowering.hasReservedCallFrame(function))
    bytes += frame.getMaxCallFrameSize();
  return bytes;
}

/// The function that an instruction calls; "" if it names none.
static StringRef findCallee(const MachineInstr &instruction) {
  for (const MachineOperand &operand : instruction.operands()) {
    if (operand.isGlobal() && isa<Function>(operand.getGlobal()))
      return operand.getGlobal()->getName();
    if (operand.isSymbol())
      return operand.getSymbolName();
  }
  return "";
}

/// Whether an instruction becomes one of the processor, and not nothing or data
/// between the code.
static bool isExecuted(const MachineInstr &instruction,
                       const TargetInstrInfo &info) {
  if (instruction.isMetaInstruction() || instruction.isBundle() ||
      instruction.isInlineAsm())
    return false;
  StringRef name = info.getName(instruction.getOpcode());
  return name != "CONSTPOOL_ENTRY" && !name.starts_with("JUMPTABLE_");
}

static bool mayCall(const MachineInstr &instruction) {
  return !instruction.isBundle() && !instruction.isInlineAsm() &&
         (instruction.isCall() || instruction.isTerminator());
}

static std::vector<BlockCode> measureBlocks(const MachineFunction &function) {
  const TargetInstrInfo &info = *function.getSubtarget().getInstrInfo();
  DenseMap<const MachineBasicBlock *, size_t> numbers;
  for (const MachineBasicBlock &block : function)
    numbers.try_emplace(&block, numbers.size());
  std::vector<BlockCode> blocks;
  for (const MachineBasicBlock &block : function) {
    BlockCode code;
    if (block.getBasicBlock())
      code.name = block.getBasicBlock()->getName().str();
    for (auto next = block.succ_begin(); next != block.succ_end(); ++next) {
      BranchProbability likely = block.getSuccProbability(next);
      code.successors.emplace_back(numbers.lookup(*next),
                                   double(likely.getNumerator()) /
                                       BranchProbability::getDenominator());
    }
    for (const MachineInstr &instruction : block.instrs()) {
      code.instructions += isExecuted(instruction, info);
      StringRef callee = mayCall(instruction) ? findCallee(instruction) : "";
      if (!callee.empty())
        code.callees.push_back(callee.str());
    }
    blocks.push_back(std::move(code));
  }
  return blocks;
}

static void findCallees(const MachineFunction &function, FunctionCode &code) {
  SetVector<StringRef> callees;
  for (const MachineBasicBlock &block : function)
    for (const MachineInstr &instruction : block.instrs()) {
      if (!mayCall(instruction))
        continue;
      StringRef callee = findCallee(instruction);
      if (!callee.empty())
        callees.insert(callee);
      else if (instruction.isCall())
        code.callsUnknown = true;
    }
  for (StringRef callee : callees)
    code.callees.push_back(callee.str());
}

bool MeasureFunctions::runOnMachineFunction(MachineFunction &function) {
  FunctionCode code;
  code.name = function.getName().str();
  code.isPublic = !function.getFunction().hasLocalLinkage();
  code.frameBytes = measureFrame(function);
  findCallees(function, code);
  code.blocks = measureBlocks(function);
  report.functions.push_back(std::move(code));
  return false;
}

FunctionPass *smelt::createMeasureFunctionsPass(CodeReport &report) {
  return new MeasureFunctions(report);
}
