//===- ProcessorFeatures.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Conversion/ProcessorFeatures.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace smelt;

namespace {
/// Bits of XCR0.
enum States : uint32_t {
  NoState = 0,
  YMM = 1 << 1 | 1 << 2,
  ZMM = YMM | 1 << 5 | 1 << 6 | 1 << 7,
  Tiles = 1 << 17 | 1 << 18,
  MoreRegisters = 1 << 19,
};
} // namespace

static constexpr CPUIDWord kBasicC = {1, 0, CPUIDWord::ECX};
static constexpr CPUIDWord kBasicD = {1, 0, CPUIDWord::EDX};
static constexpr CPUIDWord kSevenB = {7, 0, CPUIDWord::EBX};
static constexpr CPUIDWord kSevenC = {7, 0, CPUIDWord::ECX};
static constexpr CPUIDWord kSevenD = {7, 0, CPUIDWord::EDX};
static constexpr CPUIDWord kMoreA = {7, 1, CPUIDWord::EAX};
static constexpr CPUIDWord kMoreD = {7, 1, CPUIDWord::EDX};
static constexpr CPUIDWord kExtendedC = {0x80000001, 0, CPUIDWord::ECX};
static constexpr CPUIDWord kVectorsB = {0x24, 0, CPUIDWord::EBX};

static constexpr ProcessorFeature kFeatures[] = {
    {"x87", kBasicD, 0, NoState},
    {"cx8", kBasicD, 8, NoState},
    {"cmov", kBasicD, 15, NoState},
    {"mmx", kBasicD, 23, NoState},
    {"fxsr", kBasicD, 24, NoState},
    {"sse", kBasicD, 25, NoState},
    {"sse2", kBasicD, 26, NoState},
    {"sse3", kBasicC, 0, NoState},
    {"pclmul", kBasicC, 1, NoState},
    {"ssse3", kBasicC, 9, NoState},
    {"fma", kBasicC, 12, YMM},
    {"cx16", kBasicC, 13, NoState},
    {"sse4.1", kBasicC, 19, NoState},
    {"sse4.2", kBasicC, 20, NoState},
    {"crc32", kBasicC, 20, NoState},
    {"movbe", kBasicC, 22, NoState},
    {"popcnt", kBasicC, 23, NoState},
    {"aes", kBasicC, 25, NoState},
    {"avx", kBasicC, 28, YMM},
    {"f16c", kBasicC, 29, YMM},
    {"bmi", kSevenB, 3, NoState},
    {"avx2", kSevenB, 5, YMM},
    {"bmi2", kSevenB, 8, NoState},
    {"avx512f", kSevenB, 16, ZMM},
    {"avx512dq", kSevenB, 17, ZMM},
    {"adx", kSevenB, 19, NoState},
    {"avx512ifma", kSevenB, 21, ZMM},
    {"avx512cd", kSevenB, 28, ZMM},
    {"sha", kSevenB, 29, NoState},
    {"avx512bw", kSevenB, 30, ZMM},
    {"avx512vl", kSevenB, 31, ZMM},
    {"avx512vbmi", kSevenC, 1, ZMM},
    {"avx512vbmi2", kSevenC, 6, ZMM},
    {"gfni", kSevenC, 8, NoState},
    {"vaes", kSevenC, 9, YMM},
    {"vpclmulqdq", kSevenC, 10, YMM},
    {"avx512vnni", kSevenC, 11, ZMM},
    {"avx512bitalg", kSevenC, 12, ZMM},
    {"avx512vpopcntdq", kSevenC, 14, ZMM},
    {"avx512vp2intersect", kSevenD, 8, ZMM},
    {"avx512fp16", kSevenD, 23, ZMM},
    {"amx-tile", kSevenD, 24, Tiles},
    {"amx-int8", kSevenD, 25, Tiles},
    {"sha512", kMoreA, 0, YMM},
    {"sm3", kMoreA, 1, YMM},
    {"sm4", kMoreA, 2, YMM},
    {"raoint", kMoreA, 3, NoState},
    {"avxvnni", kMoreA, 4, YMM},
    {"avx512bf16", kMoreA, 5, ZMM},
    {"cmpccxadd", kMoreA, 7, NoState},
    {"avxifma", kMoreA, 23, YMM},
    {"avxvnniint8", kMoreD, 4, YMM},
    {"avxneconvert", kMoreD, 5, YMM},
    {"avxvnniint16", kMoreD, 10, YMM},
    {"avx10.1-256", kMoreD, 19, ZMM},
    {"avx10.1-512", kVectorsB, 18, ZMM},
    {"egpr", kMoreD, 21, MoreRegisters},
    {"push2pop2", kMoreD, 21, MoreRegisters},
    {"ppx", kMoreD, 21, MoreRegisters},
    {"ndd", kMoreD, 21, MoreRegisters},
    {"ccmp", kMoreD, 21, MoreRegisters},
    {"nf", kMoreD, 21, MoreRegisters},
    {"cf", kMoreD, 21, MoreRegisters},
    {"zu", kMoreD, 21, MoreRegisters},
    {"sahf", kExtendedC, 0, NoState},
    {"lzcnt", kExtendedC, 5, NoState},
    {"sse4a", kExtendedC, 6, NoState},
    {"prfchw", kExtendedC, 8, NoState},
    {"xop", kExtendedC, 11, YMM},
    {"fma4", kExtendedC, 16, YMM},
    {"tbm", kExtendedC, 21, NoState},
};

ArrayRef<ProcessorFeature> smelt::getProcessorFeatures() { return kFeatures; }

const ProcessorFeature *smelt::findProcessorFeature(StringRef name) {
  ArrayRef<ProcessorFeature> features = getProcessorFeatures();
  const auto *found = find_if(features, [&](const ProcessorFeature &feature) {
    return feature.name == name;
  });
  return found == features.end() ? nullptr : found;
}

bool smelt::isFeatureOfNoKernel(StringRef name) {
  static constexpr StringLiteral names[] = {
      // All of x86-64, or all that has AVX-512, and choices of the compiler.
      "64bit", "evex512", "vzeroupper", "retpoline-external-thunk",
      "retpoline-indirect-branches", "retpoline-indirect-calls", "lvi-cfi",
      "lvi-load-hardening", "__dummyfeature1", "__dummyfeature2",
      // Operating systems.
      "fsgsbase", "hreset", "invpcid", "pconfig", "pku", "sgx", "shstk",
      "uintr", "usermsr", "xsave", "xsavec", "xsaveopt", "xsaves",
      // Caches, waiting and transactions.
      "cldemote", "clflushopt", "clwb", "clzero", "enqcmd", "movdir64b",
      "movdiri", "mwaitx", "prefetchi", "rtm", "serialize", "tsxldtrk",
      "waitpkg", "wbnoinvd",
      // Random numbers, keys and measurements.
      "kl", "lwp", "ptwrite", "rdpid", "rdpru", "rdrnd", "rdseed", "widekl",
      // Tiles of other types, and what LLVM no longer makes.
      "amx-bf16", "amx-complex", "amx-fp16", "avx5124fmaps", "avx5124vnniw"};
  return is_contained(names, name);
}

bool smelt::isInstructionFeature(StringRef name) {
  static constexpr StringLiteral names[] = {
#define X86_FEATURE(ENUM, NAME) NAME,
#include "llvm/TargetParser/X86TargetParser.def"
  };
  return is_contained(names, name);
}
