// The instructions that a processor is chosen for are in its matrix products.

// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v4 --features +avx512vnni
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=VNNI
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v4
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX512
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v3
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX2
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v3 --features +avxvnni
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVXVNNI
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=SSE2

// VNNI: vpdpbusd {{.*}}%zmm
// AVX512: vpmaddubsw {{.*}}%zmm
// AVX2-NOT: %zmm
// AVX2: vpmaddubsw {{.*}}%ymm
// AVX2-NOT: %zmm
// AVXVNNI: vpdpbusd {{.*}}%ymm
// SSE2-NOT: %ymm
// SSE2: pmaddwd {{.*}}%xmm
// SSE2-NOT: %ymm

// Looking up base 3 needs AVX-512 VBMI.
// RUN: smelt compile %s -o %t.o --strategy base3 --target x86_64-linux-gnu --cpu x86-64-v4 --features +avx512vbmi
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=VBMI
// RUN: smelt compile %s -o %t.o --strategy base3 --target x86_64-linux-gnu --cpu x86-64-v4
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=BASE3
// VBMI: vpermb
// BASE3-NOT: vpermb

// Several vectors are multiplied by AMX, for which only Linux must be asked.
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu sapphirerapids
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefixes=AMX,LINUX
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-windows-gnu --cpu sapphirerapids
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefixes=AMX,WINDOWS
// WINDOWS-NOT: syscall
// LINUX: syscall
// AMX: ldtilecfg
// AMX: tileloadd
// AMX: tdpbssd
// AMX: tilestored
// AMX: tilerelease

// AVX-512 is used where features alone ask for it, but not without its registers
// of 512 bits, nor an extension of it without the instructions on bytes. A
// processor of 32 bits has no such kernels.
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64 --features +avx512bw
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX512
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v3 --features +avx512bw
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX512
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v4 --features -evex512
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX2
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v4 --features +avx512vnni,-evex512
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=AVX2
// RUN: smelt compile %s -o %t.o --strategy dot --target x86_64-linux-gnu --cpu x86-64-v3 --features +avx512vnni
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=WITHOUTBW
// WITHOUTBW-NOT: vpdpbusd
// WITHOUTBW: vpmaddubsw {{.*}}%ymm
// WITHOUTBW-NOT: vpdpbusd
// RUN: smelt compile %s -o %t.o --strategy dot --target i686-linux-gnu --cpu pentium4
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=I686
// I686: file format elf32-i386

// Weights for a processor without such vectors are not interleaved.
// RUN: smelt compile %s -o - --until loops --strategy dot --target riscv64gc | FileCheck %s --check-prefix=MLIR
// MLIR-NOT: interleaved
// MLIR-NOT: vector<

// NEON multiplies bytes by sdot or usdot where it has them.
// RUN: smelt compile %s -o %t.o --strategy dot --target aarch64
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=NEON
// RUN: smelt compile %s -o %t.o --strategy dot --target aarch64-dotprod
// RUN: llvm-objdump -d --no-show-raw-insn --mattr=+dotprod %t.o | FileCheck %s --check-prefix=SDOT
// RUN: smelt compile %s -o %t.o --strategy dot --target aarch64-i8mm
// RUN: llvm-objdump -d --no-show-raw-insn --mattr=+i8mm %t.o | FileCheck %s --check-prefix=USDOT
// RUN: smelt compile %s -o %t.o --strategy base3 --target aarch64
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=TBL
// NEON-NOT: <unknown>
// NEON: smull v{{.*}}.8h, v{{.*}}.8b
// NEON: sadalp v{{.*}}.4s, v{{.*}}.8h
// NEON-NOT: {{[su]}}dot
// SDOT-NOT: usdot
// SDOT: sdot v{{.*}}.4s, v{{.*}}.16b
// SDOT-NOT: {{smull|usdot}}
// USDOT-NOT: {{smull|sdot v}}
// USDOT: usdot v{{.*}}.4s, v{{.*}}.16b
// RUN: smelt compile %s -o %t.o --strategy dot --target armv7-neon
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=ARM
// ARM-NOT: <unknown>
// ARM: vmull.s8 q{{.*}}, d{{.*}}, d
// ARM: vpadal.s16 q
// WebAssembly multiplies words.
// RUN: smelt compile %s -o %t.o --strategy dot --target wasm32-simd128
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=WASM
// RUN: smelt compile %s -o %t.o --target wasm32
// RUN: llvm-objdump -d --no-show-raw-insn %t.o | FileCheck %s --check-prefix=SCALARWASM
// WASM: i32x4.dot_i16x8_s
// SCALARWASM-NOT: {{i[0-9]+x[0-9]+\.|v128}}
// TBL: tbl v{{.*}}.16b, { v{{.*}}.16b, v{{.*}}.16b }

func.func @model(%x: tensor<1x96xi8>, %y: tensor<4x96xi8>) -> (tensor<1x32xi32>, tensor<4x32xi32>) {
  %w = ternary.weights dense<1> : tensor<3072xi8> -> <32x96 : dense>
  %0 = ternary.matmul %x, %w : (tensor<1x96xi8>, !ternary.weights<32x96 : dense>) -> tensor<1x32xi32>
  %1 = ternary.matmul %y, %w : (tensor<4x96xi8>, !ternary.weights<32x96 : dense>) -> tensor<4x32xi32>
  return %0, %1 : tensor<1x32xi32>, tensor<4x32xi32>
}
