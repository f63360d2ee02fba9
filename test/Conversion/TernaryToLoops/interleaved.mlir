// RUN: smelt-opt %s --convert-ternary-to-loops="features=ssse3,avx2,avx512bw,avx512vnni,avx512vbmi" --canonicalize --cse | FileCheck %s --check-prefix=DOT
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx512bw,avx512vnni,avx512vbmi,fast-vpermw" --canonicalize --cse | FileCheck %s --check-prefix=LOOKUP
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx512bw,avx512vnni,avx512vbmi,amx-int8,ask-for-amx" --canonicalize --cse | FileCheck %s --check-prefix=AMX
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx512bw,avx512vnni,avx512vbmi,amx-int8" --canonicalize --cse | FileCheck %s --check-prefix=GIVEN
// RUN: smelt-opt %s --convert-ternary-to-loops="features=sse2,ssse3,avx2" --canonicalize --cse | FileCheck %s --check-prefix=PAIRS
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx2,avxvnni" --canonicalize --cse | FileCheck %s --check-prefix=VNNI
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx2,avx512vnni" --canonicalize --cse | FileCheck %s --check-prefix=PAIRS
// RUN: smelt-opt %s --convert-ternary-to-loops="features=sse2" --canonicalize --cse | FileCheck %s --check-prefix=WORDS
// RUN: smelt-opt %s --convert-ternary-to-loops="features=neon" --canonicalize --cse | FileCheck %s --check-prefix=SCALAR
// RUN: smelt-opt %s --convert-ternary-to-loops="features=aarch64,neon,dotprod" --canonicalize --cse | FileCheck %s --check-prefix=HALVES
// RUN: smelt-opt %s --convert-ternary-to-loops --canonicalize --cse | FileCheck %s --check-prefix=SCALAR

// AMX asks Linux for its registers once.
// AMX-LABEL: func.func private @ask_for_matrices() -> i8
// AMX: %[[FLAG:.*]] = memref.get_global @asked_for_matrices : memref<1xi8>
// AMX: %[[ASKED:.*]] = memref.load %[[FLAG]]
// AMX: arith.cmpi ult, %[[ASKED]], %{{.*}} : i8
// AMX: scf.if
// AMX: llvm.inline_asm has_side_effects "syscall", "={ax},{ax},{di},{si},{{.*}}" %c158_i64, %c4131_i64, %c18_i64 : (i64, i64, i64) -> i64
// AMX: memref.store %c1_i8, %[[FLAG]]
// GIVEN-NOT: ask

// SCALAR-NOT: vector<
// SCALAR-NOT: llvm.call_intrinsic

// One vector: codes are multiplied where they lie in their bytes, each two bits
// in a sum of its own, which starts at what the codes are above their weights.
// DOT-LABEL: func.func private @vector
// DOT-SAME: (%[[X:.*]]: memref<1x32xi8>, %[[W:.*]]: memref<256xi8>, %[[Y:.*]]: memref<1x32xi32>)
// DOT: arith.muli %{{.*}}, %c-1_i32
// DOT: scf.for %[[TILE:.*]] =
// DOT: %[[OFFSET:.*]] = vector.broadcast %{{.*}} : i32 to vector<16xi32>
// DOT: scf.for {{.*}} iter_args(%{{.*}} = %[[OFFSET]], %{{.*}} = %[[ZERO:.*]], %{{.*}} = %[[ZERO]], %{{.*}} = %[[ZERO]], %[[BYTE:.*]] = %{{.*}})
// DOT: arith.addi %[[BYTE]], %c64
// DOT: vector.load %[[W]][%{{.*}}] : memref<256xi8>, vector<64xi8>
// DOT: arith.andi
// DOT-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// PAIRS-LABEL: func.func private @vector
// PAIRS: %[[PAIRS:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"(%{{.*}}, %{{.*}}) : (vector<32xi8>, vector<32xi8>) -> vector<16xi16>
// PAIRS-NEXT: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[PAIRS]], %{{.*}}) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
// PAIRS-NOT: vpdpbusd
// VNNI-LABEL: func.func private @vector
// VNNI-COUNT-8: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// VNNI-NOT: llvm.call_intrinsic
// WORDS-LABEL: func.func private @vector
// WORDS: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"(%{{.*}}, %{{.*}}) : (vector<8xi16>, vector<8xi16>) -> vector<4xi32>
// WORDS-NOT: pmadd.ub
// DOT: scf.yield
// DOT-COUNT-3: arith.shrsi
// DOT: vector.store %{{.*}} : memref<32xi32>, vector<16xi32>
// DOT-NEXT: } {smelt.shared = 1 : index}
func.func private @vector(%x: memref<1x32xi8>, %w: !ternary.weights<32x32 : twobit, interleaved>, %y: memref<1x32xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x32xi8>, !ternary.weights<32x32 : twobit, interleaved>, memref<1x32xi32>) -> ()
  return
}

// Several vectors: the codes of two tiles, or of one where there are fewer
// registers, are unpacked first.
// DOT-LABEL: func.func private @matrix
// DOT-SAME: (%[[X:.*]]: memref<3x32xi8>, %[[W:.*]]: memref<256xi8>, %[[Y:.*]]: memref<3x32xi32>)
// DOT: %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<96xi8>
// DOT: %[[CODES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1024xi8>
// PAIRS-LABEL: func.func private @matrix
// VNNI-LABEL: func.func private @matrix
// WORDS-LABEL: func.func private @matrix
// PAIRS: memref.alloca() {alignment = 64 : i64} : memref<96xi8>
// PAIRS: %[[CODES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xi8>
// DOT-COUNT-8: vector.store %{{.*}}, %[[CODES]]{{.*}} : memref<1024xi8>, vector<64xi8>
// DOT: scf.for {{.*}} -> (vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>, vector<16xi32>)
// PAIRS-COUNT-4: vector.store %{{.*}}, %[[CODES]]{{.*}} : memref<512xi8>, vector<64xi8>
// PAIRS: scf.for {{.*}} -> (vector<16xi32>, vector<16xi32>, vector<16xi32>)
// DOT: vector.load %[[PANEL]][%{{.*}}] : memref<96xi8>, vector<4xi8>
// DOT-COUNT-6: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// DOT-NOT: llvm.call_intrinsic
// DOT: scf.yield
// DOT: vector.store %{{.*}} : memref<96xi32>, vector<16xi32>

// With AMX, the panel has room for a block of 16 rows of 64 bytes; the codes after
// the columns are 0.
// AMX-LABEL: func.func private @matrix
// AMX: %[[PANEL:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1024xi8>
// AMX: %[[CODES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<2048xi8>
// AMX: %[[SUMS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<512xi32>
// AMX: call @ask_for_matrices()
// AMX: llvm.call_intrinsic "llvm.x86.ldtilecfg"
// AMX-COUNT-8: vector.store %{{.*}}, %[[CODES]]{{.*}} : memref<2048xi8>, vector<64xi8>
// AMX: llvm.call_intrinsic "llvm.x86.tilezero"(%c0_i8)
// AMX: llvm.call_intrinsic "llvm.x86.tilezero"(%c1_i8)
// AMX: llvm.call_intrinsic "llvm.x86.tileloadd64"(%c4_i8, %{{.*}}, %c64_i64)
// AMX: llvm.call_intrinsic "llvm.x86.tileloadd64"(%c6_i8, %{{.*}}, %c64_i64)
// AMX: llvm.call_intrinsic "llvm.x86.tileloadd64"(%c7_i8, %{{.*}}, %c64_i64)
// AMX: llvm.call_intrinsic "llvm.x86.tdpbssd"(%c0_i8, %c4_i8, %c6_i8)
// AMX: llvm.call_intrinsic "llvm.x86.tdpbssd"(%c1_i8, %c4_i8, %c7_i8)
// AMX: llvm.call_intrinsic "llvm.x86.tilestored64"(%c0_i8, %{{.*}}, %c64_i64)
// AMX: llvm.call_intrinsic "llvm.x86.tilestored64"(%c1_i8, %{{.*}}, %c64_i64)
// AMX: vector.load %[[SUMS]][%{{.*}}] : memref<512xi32>, vector<16xi32>
// AMX: llvm.call_intrinsic "llvm.x86.tilerelease"()
func.func private @matrix(%x: memref<3x32xi8>, %w: !ternary.weights<32x32 : twobit, interleaved>, %y: memref<3x32xi32>) {
  ternary.matmul %x, %w into %y : (memref<3x32xi8>, !ternary.weights<32x32 : twobit, interleaved>, memref<3x32xi32>) -> ()
  return
}

// A block of base 3 has more columns than a step of AMX, and nothing after them.
// AMX-LABEL: func.func private @block
// AMX: %[[CODES:.*]] = memref.alloca() {alignment = 64 : i64} : memref<3072xi8>
// AMX-COUNT-48: vector.store %{{.*}}, %[[CODES]]{{.*}} : memref<3072xi8>, vector<64xi8>
// AMX-NOT: vector.store
// AMX: llvm.call_intrinsic "llvm.x86.tilezero"
func.func private @block(%x: memref<3x64xi8>, %w: !ternary.weights<32x64 : base3, interleaved>, %y: memref<3x32xi32>) {
  ternary.matmul %x, %w into %y : (memref<3x64xi8>, !ternary.weights<32x64 : base3, interleaved>, memref<3x32xi32>) -> ()
  return
}

// Pairs of products with codes up to 255 do not fit in 16 bits.
// DOT-LABEL: func.func private @bytes
// DOT-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// PAIRS-LABEL: func.func private @bytes
// PAIRS-NOT: pmadd.ub
// PAIRS: %[[EVEN:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// PAIRS: %[[ODD:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// PAIRS-NEXT: arith.addi %[[EVEN]], %[[ODD]] : vector<8xi32>
// PAIRS-NOT: pmadd.ub
func.func private @bytes(%x: memref<1x16xi8>, %w: !ternary.weights<16x16 : int8, interleaved>, %y: memref<1x16xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x16xi8>, !ternary.weights<16x16 : int8, interleaved>, memref<1x16xi32>) -> ()
  return
}

// Base 3 is looked up, or else unpacked row by row. Later weights are fetched
// between the lookups, a line at a time.
// DOT-LABEL: func.func private @base3
// DOT: memref.prefetch {{.*}}locality<3>
// DOT: memref.prefetch {{.*}}locality<2>
// DOT-COUNT-3: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.512"
// DOT: memref.prefetch
// DOT-COUNT-21: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.512"
// DOT-NOT: permvar
// PAIRS-LABEL: func.func private @base3
// PAIRS-NOT: vector
func.func private @base3(%x: memref<1x96xi8>, %w: !ternary.weights<16x96 : base3, interleaved>, %y: memref<1x16xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x96xi8>, !ternary.weights<16x96 : base3, interleaved>, memref<1x16xi32>) -> ()
  return
}

// Sums of 32 bits are extended to the result's.
// DOT-LABEL: func.func private @wide
// DOT: %[[SUMS:.*]] = arith.extsi %{{.*}} : vector<16xi32> to vector<16xi64>
// DOT: vector.store %[[SUMS]]
// PAIRS-LABEL: func.func private @wide
func.func private @wide(%x: memref<1x16xi8>, %w: !ternary.weights<16x16 : twobit, interleaved>, %y: memref<1x16xi64>) {
  ternary.matmul %x, %w into %y {accumulator = i64} : (memref<1x16xi8>, !ternary.weights<16x16 : twobit, interleaved>, memref<1x16xi64>) -> ()
  return
}

// Of a product with multipliers that is shifted by 32 or more, the high words
// count: of even and of odd lanes on x86, or else of halves.
// DOT-LABEL: func.func private @shifted
// DOT: arith.shrsi %{{.*}} : vector<8xi64>
// DOT: %[[EVEN:.*]] = vector.bitcast %{{.*}} : vector<8xi64> to vector<16xi32>
// DOT: %[[ODD:.*]] = vector.bitcast %{{.*}} : vector<8xi64> to vector<16xi32>
// DOT: %[[HIGH:.*]] = vector.shuffle %[[EVEN]], %[[ODD]] [1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31]
// DOT: arith.shrsi %[[HIGH]], %{{.*}} : vector<16xi32>
// HALVES-LABEL: func.func private @shifted
// HALVES: vector.shuffle %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7] : vector<16xi32>
// HALVES: vector.shuffle %{{.*}}, %{{.*}} [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31]
func.func private @shifted(%x: memref<1x16xi8>, %w: !ternary.weights<16x16 : twobit, interleaved>, %m: memref<16xi32>, %b: memref<16xi64>, %y: memref<1x16xi8>) {
  ternary.matmul %x, %w requantize (%m, %b) <shift = 34, min = -127, max = 127> into %y : (memref<1x16xi8>, !ternary.weights<16x16 : twobit, interleaved>, memref<16xi32>, memref<16xi64>, memref<1x16xi8>) -> ()
  return
}

// i16 has no such kernels, and codes that would not fit on a stack are unpacked
// row by row, but for one vector, which does not unpack them.
// DOT-LABEL: func.func private @words
// DOT-NOT: vector
// DOT-LABEL: func.func private @long_matrix
// DOT-NOT: vector
// DOT-LABEL: func.func private @long_vector
// DOT: vector.load
func.func private @words(%x: memref<1x16xi16>, %w: !ternary.weights<16x16 : twobit, interleaved>, %y: memref<1x16xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x16xi16>, !ternary.weights<16x16 : twobit, interleaved>, memref<1x16xi32>) -> ()
  return
}
func.func private @long_matrix(%x: memref<2x131088xi8>, %w: !ternary.weights<16x131088 : twobit, interleaved>, %y: memref<2x16xi32>) {
  ternary.matmul %x, %w into %y : (memref<2x131088xi8>, !ternary.weights<16x131088 : twobit, interleaved>, memref<2x16xi32>) -> ()
  return
}
func.func private @long_vector(%x: memref<1x131088xi8>, %w: !ternary.weights<16x131088 : twobit, interleaved>, %y: memref<1x16xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x131088xi8>, !ternary.weights<16x131088 : twobit, interleaved>, memref<1x16xi32>) -> ()
  return
}

// A convolution reads the scales of interleaved weights where they are: row r of
// tile t at 16 * t + r.
// SCALAR-LABEL: func.func private @convolution
// SCALAR: %[[TILE:.*]] = arith.divui %[[ROW:.*]], %c16
// SCALAR-DAG: %[[LANE:.*]] = arith.remui %[[ROW]], %c16
// SCALAR-DAG: %[[LINE:.*]] = arith.muli %[[TILE]], %c16
// SCALAR: %[[AT:.*]] = arith.addi %[[LINE]], %[[LANE]]
// SCALAR: memref.load %{{.*}}[%[[AT]]] : memref<32xi16>
func.func private @convolution(%x: memref<1x4x4x40xi8>, %w: !ternary.weights<17x1x1x40 : twobit, interleaved>, %s: memref<1x2x1x16xi16>, %y: memref<1x4x4x17xi32>) {
  ternary.conv2d %x, %w scales (%s) into %y {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (memref<1x4x4x40xi8>, !ternary.weights<17x1x1x40 : twobit, interleaved>, memref<1x2x1x16xi16>, memref<1x4x4x17xi32>) -> ()
  return
}

// Where words are looked up fast, fields of base 3 look up the sums of three inputs,
// 128 features of 4 rows at once. Sums of 64 fields fit into 16 bits.
// LOOKUP-LABEL: func.func private @lookups
// LOOKUP-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"
// LOOKUP: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.512"
// DOT-LABEL: func.func private @lookups
// DOT-NOT: llvm.x86.avx512.permvar.hi.512
// DOT: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
func.func private @lookups(%x: memref<4x192xi8>, %w: !ternary.weights<32x192 : base3, interleaved>, %y: memref<4x32xi32>) {
  ternary.matmul %x, %w into %y : (memref<4x192xi8>, !ternary.weights<32x192 : base3, interleaved>, memref<4x32xi32>) -> ()
  return
}

// Not for one row, or sums with scales.
// LOOKUP-LABEL: func.func private @no_lookups
// LOOKUP-NOT: llvm.x86.avx512.permvar.hi.512
func.func private @no_lookups(%x: memref<1x192xi8>, %z: memref<4x192xi8>, %w: !ternary.weights<32x192 : base3, interleaved>, %s: memref<1x2x1x16xi16>, %y: memref<1x32xi32>, %u: memref<4x32xi32>) {
  ternary.matmul %x, %w into %y : (memref<1x192xi8>, !ternary.weights<32x192 : base3, interleaved>, memref<1x32xi32>) -> ()
  ternary.matmul %z, %w scales (%s) into %u : (memref<4x192xi8>, !ternary.weights<32x192 : base3, interleaved>, memref<1x2x1x16xi16>, memref<4x32xi32>) -> ()
  return
}
