//===- ProcessorCheck.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProcessorCheck.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "smelt/Conversion/ProcessorFeatures.h"

using namespace mlir;
using namespace smelt;

static constexpr uint32_t kExtendedLeaves = 0x80000000;

Value ProcessorCheck::constant(uint32_t value) {
  return builder.create<arith::ConstantIntOp>(location,
                                              static_cast<int32_t>(value), 32);
}

Value ProcessorCheck::hasBits(Value word, uint32_t mask) {
  Value bits = constant(mask);
  Value set = builder.create<arith::AndIOp>(location, word, bits);
  return builder.create<arith::CmpIOp>(location, arith::CmpIPredicate::eq, set,
                                       bits);
}

static Value createAssembly(OpBuilder &builder, Location location,
                            TypeRange results, ValueRange operands,
                            StringRef code, StringRef constraints) {
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), llvm::to_vector_of<Type>(results));
  return builder
      .create<LLVM::InlineAsmOp>(location, type, operands, code, constraints,
                                 /*has_side_effects=*/true,
                                 /*is_align_stack=*/false,
                                 /*asm_dialect=*/LLVM::AsmDialectAttr(),
                                 /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

Value ProcessorCheck::executeCPUID(uint32_t leaf, uint32_t subleaf) {
  Value &registers = executed[{leaf, subleaf}];
  Type i32 = builder.getI32Type();
  if (!registers)
    registers = createAssembly(
        builder, location, {i32, i32, i32, i32},
        {constant(leaf), constant(subleaf)}, "cpuid",
        "={ax},={bx},={cx},={dx},{ax},{cx},~{dirflag},~{fpsr},~{flags}");
  return registers;
}

Value ProcessorCheck::getRegister(Value registers, CPUIDWord::Register reg) {
  return builder.create<LLVM::ExtractValueOp>(location, registers,
                                              static_cast<int64_t>(reg));
}

Value ProcessorCheck::getHighestLeaf(uint32_t leaf, uint32_t subleaf) {
  Value registers =
      executeCPUID(subleaf ? leaf : leaf & kExtendedLeaves, /*subleaf=*/0);
  return getRegister(registers, CPUIDWord::EAX);
}

Value ProcessorCheck::getWord(const CPUIDWord &word) {
  Value &value = words[word];
  if (value)
    return value;
  value = getRegister(executeCPUID(word.leaf, word.subleaf), word.reg);
  auto keepIf = [&](uint32_t subleaf, uint32_t least) {
    Value isKnown = builder.create<arith::CmpIOp>(
        location, arith::CmpIPredicate::uge, getHighestLeaf(word.leaf, subleaf),
        constant(least));
    value =
        builder.create<arith::SelectOp>(location, isKnown, value, constant(0));
  };
  keepIf(/*subleaf=*/0, word.leaf);
  if (word.subleaf)
    keepIf(word.subleaf, word.subleaf);
  return value;
}

Value ProcessorCheck::getStates() {
  if (states)
    return states;
  constexpr uint32_t kCanReadStates = 1 << 27;
  Value canRead = hasBits(getWord({1, 0, CPUIDWord::ECX}), kCanReadStates);
  auto choice = builder.create<scf::IfOp>(location, builder.getI32Type(),
                                          canRead, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  Type i32 = builder.getI32Type();
  builder.setInsertionPointToStart(choice.thenBlock());
  Value registers =
      createAssembly(builder, location, {i32, i32}, constant(0), "xgetbv",
                     "={ax},={dx},{cx},~{dirflag},~{fpsr},~{flags}");
  builder.create<scf::YieldOp>(location,
                               getRegister(registers, CPUIDWord::EAX));
  builder.setInsertionPointToStart(choice.elseBlock());
  builder.create<scf::YieldOp>(location, constant(0));
  return states = choice.getResult(0);
}

Value smelt::requestTiles(OpBuilder &builder, Location location) {
  // arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)
  constexpr uint32_t kArchPrctl = 158, kRequest = 0x1023, kTileData = 18;
  auto wide = [&](uint32_t value) -> Value {
    return builder.create<arith::ConstantIntOp>(location, value, 64);
  };
  Value result =
      builder
          .create<LLVM::InlineAsmOp>(
              location, builder.getI64Type(),
              ValueRange{wide(kArchPrctl), wide(kRequest), wide(kTileData)},
              "syscall",
              "={ax},{ax},{di},{si},~{rcx},~{r11},~{memory},~{dirflag},"
              "~{fpsr},~{flags}",
              /*has_side_effects=*/true, /*is_align_stack=*/false,
              LLVM::AsmDialectAttr(), ArrayAttr())
          .getResult(0);
  return builder.create<arith::CmpIOp>(location, arith::CmpIPredicate::eq,
                                       result, wide(0));
}

Value ProcessorCheck::has(const ProcessorNeeds &needs) {
  Value result = builder.create<arith::ConstantIntOp>(location, 1, 1);
  auto alsoNeeds = [&](Value condition) {
    result = builder.create<arith::AndIOp>(location, result, condition);
  };
  for (const auto &[word, mask] : needs.words)
    alsoNeeds(hasBits(getWord(word), mask));
  if (needs.states)
    alsoNeeds(hasBits(getStates(), needs.states));
  if (!needs.requestsTiles)
    return result;
  auto choice = builder.create<scf::IfOp>(location, builder.getI1Type(), result,
                                          /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  builder.create<scf::YieldOp>(location, requestTiles(builder, location));
  builder.setInsertionPointToStart(choice.elseBlock());
  builder.create<scf::YieldOp>(location, result);
  return choice.getResult(0);
}
