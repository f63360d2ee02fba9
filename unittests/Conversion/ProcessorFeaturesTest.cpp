//===- ProcessorFeaturesTest.cpp --------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Conversion/ProcessorFeatures.h"
#include "mlir/IR/MLIRContext.h"
#include "smelt/Conversion/VectorTarget.h"
#include "smelt/Target/LLVM/CPUVariants.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace smelt;

namespace {

std::vector<StringRef> listX86Features() {
  return {
#define X86_FEATURE(ENUM, NAME) NAME,
#include "llvm/TargetParser/X86TargetParser.def"
  };
}

class ProcessorFeatures : public ::testing::Test {
protected:
  FailureOr<NativeTarget> create(StringRef cpu, StringRef features = "") {
    MachineOptions options;
    options.triple = "x86_64-linux-gnu";
    options.cpu = cpu.str();
    options.features = features.str();
    return createNativeTarget(options, mlir::UnknownLoc::get(&context));
  }

  mlir::MLIRContext context;
};

TEST_F(ProcessorFeatures, HaveAllAPlace) {
  for (StringRef name : listX86Features())
    EXPECT_NE(findProcessorFeature(name) != nullptr, isFeatureOfNoKernel(name))
        << name.str();
}

TEST_F(ProcessorFeatures, AreThoseOfLLVM) {
  FailureOr<NativeTarget> target = create("x86-64");
  ASSERT_TRUE(succeeded(target));
  std::vector<StringRef> known;
  for (const auto &feature :
       target->machine->getMCSubtargetInfo()->getAllProcessorFeatures())
    known.push_back(feature.Key);
  for (const ProcessorFeature &feature : getProcessorFeatures()) {
    EXPECT_TRUE(isInstructionFeature(feature.name)) << feature.name.str();
    EXPECT_TRUE(is_contained(known, feature.name)) << feature.name.str();
  }
}

TEST_F(ProcessorFeatures, CoverWhatKernelsUse) {
  for (StringRef name :
       VectorTarget::getKnownFeatures(VectorTarget::Architecture::X86))
    EXPECT_NE(findProcessorFeature(name), nullptr) << name.str();
}

TEST_F(ProcessorFeatures, CoverEveryCPU) {
  SmallVector<StringRef> cpus;
  X86::fillValidCPUArchList(cpus, /*Only64Bit=*/true);
  for (StringRef cpu : cpus) {
    SmallVector<StringRef> features;
    X86::getFeaturesForCPU(cpu, features);
    FailureOr<NativeTarget> target = create((cpu + ",generic").str());
    ASSERT_TRUE(succeeded(target)) << cpu.str();
    std::vector<std::string> &checked = target->variants.front().targetFeatures;
    // All of x86-64 has MMX, which LLVM's code generator does not say of all.
    for (StringRef feature : features)
      if (!isFeatureOfNoKernel(feature) && feature != "mmx")
        EXPECT_TRUE(is_contained(checked, ("+" + feature).str()))
            << cpu.str() << " " << feature.str();
  }
}

TEST_F(ProcessorFeatures, OfVariantsAreThoseOfTheirCPUs) {
  FailureOr<NativeTarget> target =
      create("x86-64-v3,x86-64-v4", "+avx512vnni,-bmi");
  ASSERT_TRUE(succeeded(target));
  ASSERT_EQ(target->variants.size(), 2u);
  const CPUVariant &variant = target->variants.back();
  // What it is without comes first.
  EXPECT_TRUE(
      is_contained(ArrayRef(variant.targetFeatures).take_front(2), "-bmi"));
  EXPECT_TRUE(is_contained(variant.targetFeatures, "+avx512vnni"));
  EXPECT_FALSE(is_contained(variant.targetFeatures, "+bmi"));
  EXPECT_FALSE(variant.requestsTiles);
}

TEST_F(ProcessorFeatures, OfSharedCodeAreTheLeast) {
  FailureOr<NativeTarget> target = create("x86-64-v3,znver4,icelake-server");
  ASSERT_TRUE(succeeded(target));
  EXPECT_EQ(target->machine->getTargetCPU(), "");
  EXPECT_TRUE(is_contained(target->vectorFeatures, "avx2"));
  EXPECT_FALSE(is_contained(target->vectorFeatures, "avx512bw"));
  EXPECT_FALSE(is_contained(target->vectorFeatures, "fast-vpermw"));
}

} // namespace
