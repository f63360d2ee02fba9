//===- TargetPresets.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/TargetPresets.h"
#include "smelt/Target/LLVM/TargetMachine.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace smelt;

ArrayRef<TargetPreset> smelt::getTargetPresets() {
  static constexpr TargetPreset kPresets[] = {
      {"x86-64", "x86_64-linux-gnu", "x86-64", "", "", "any PC: SSE2"},
      {"x86-64-v2", "x86_64-linux-gnu", "x86-64-v2", "", "",
       "PCs since 2009: SSE4.2"},
      {"x86-64-v3", "x86_64-linux-gnu", "x86-64-v3", "", "",
       "PCs since 2013: AVX2"},
      {"x86-64-v4", "x86_64-linux-gnu", "x86-64-v4", "", "",
       "servers since 2017: AVX-512"},
      {"aarch64", "aarch64-linux-gnu", "generic", "+neon", "",
       "any 64-bit ARM, such as Raspberry Pi 3 and 4"},
      {"aarch64-dotprod", "aarch64-linux-gnu", "generic", "+neon,+dotprod", "",
       "products of bytes (sdot), such as Raspberry Pi 5"},
      {"aarch64-i8mm", "aarch64-linux-gnu", "generic", "+neon,+dotprod,+i8mm",
       "", "and matrices of bytes (usdot), such as phones since 2021"},
      {"armv7-neon", "armv7a-linux-gnueabihf", "generic", "+neon", "",
       "32-bit ARM, such as Raspberry Pi 2"},
      {"riscv64gc", "riscv64-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c",
       "lp64d", "64-bit RISC-V"},
      {"riscv64gcv", "riscv64-linux-gnu", "generic-rv64", "+m,+a,+f,+d,+c,+v",
       "lp64d", "64-bit RISC-V with vectors of any length"},
      {"riscv32imc", "riscv32-unknown-elf", "generic-rv32", "+m,+c", "ilp32",
       "RISC-V microcontrollers, such as ESP32-C3"},
      {"cortex-m0plus", "thumbv6m-none-eabi", "cortex-m0plus", "", "",
       "ARM microcontrollers, such as RP2040"},
      {"cortex-m3", "thumbv7m-none-eabi", "cortex-m3", "", "",
       "ARM microcontrollers, such as STM32F1"},
      {"cortex-m4", "thumbv7em-none-eabihf", "cortex-m4", "", "",
       "ARM microcontrollers, such as STM32F4 and nRF52"},
      {"cortex-m7", "thumbv7em-none-eabihf", "cortex-m7", "", "",
       "ARM microcontrollers, such as STM32F7 and i.MX RT"},
      {"cortex-m33", "thumbv8m.main-none-eabihf", "cortex-m33", "", "",
       "ARM microcontrollers, such as RP2350 and STM32U5"},
      {"cortex-m55", "thumbv8.1m.main-none-eabihf", "cortex-m55", "", "",
       "ARM microcontrollers with Helium, such as Alif Ensemble"},
      {"wasm32", "wasm32-unknown-unknown", "generic", "", "",
       "WebAssembly, for any browser"},
      {"wasm32-simd128", "wasm32-unknown-unknown", "generic", "+simd128", "",
       "WebAssembly with vectors, for browsers since 2021"},
  };
  return kPresets;
}

const TargetPreset *smelt::findTargetPreset(StringRef name) {
  ArrayRef<TargetPreset> presets = getTargetPresets();
  const auto *found = llvm::find_if(
      presets, [&](const TargetPreset &preset) { return preset.name == name; });
  return found == presets.end() ? nullptr : found;
}

MachineOptions smelt::resolvePreset(MachineOptions options) {
  const TargetPreset *preset = findTargetPreset(options.triple);
  if (!preset)
    return options;
  options.triple = preset->triple.str();
  options.abi = preset->abi.str();
  if (options.cpu.empty())
    options.cpu = preset->cpu.str();
  if (!preset->features.empty())
    options.features = preset->features.str() +
                       (options.features.empty() ? "" : "," + options.features);
  return options;
}
