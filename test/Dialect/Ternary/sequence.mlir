// RUN: smelt-opt %s | smelt-opt | FileCheck %s
// RUN: smelt-opt %s --mlir-print-op-generic | smelt-opt | FileCheck %s
// RUN: smelt-opt %s --canonicalize | FileCheck %s --check-prefix=CANONICAL

// CHECK-LABEL: func.func @embed
// CANONICAL-LABEL: func.func @embed
func.func @embed(%ids: tensor<3xi32>, %w: !ternary.weights<9x8 : twobit, planes = 2>, %d: !ternary.weights<9x8 : int8>, %s: tensor<2x9x4xi16>, %m: tensor<9xi32>, %b: tensor<1xi64>) -> tensor<3x8xi32> {
  // CHECK: ternary.embed %{{.*}}, %{{.*}} requantize (%{{.*}}, %{{.*}}) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  // What nobody reads goes.
  // CANONICAL-NOT: weights<9x8 : int8>, tensor<9xi32>
  %0 = ternary.embed %ids, %d requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  // CHECK: ternary.embed %{{.*}}, %{{.*}} scales (%{{.*}}) requantize (%{{.*}}, %{{.*}}) <shift = 3, min = -9, max = 9> :
  // CANONICAL: ternary.embed
  %1 = ternary.embed %ids, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : twobit, planes = 2>, tensor<2x9x4xi16>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return %1 : tensor<3x8xi32>
}

// CHECK-LABEL: func.func @rope
// CANONICAL-LABEL: func.func @rope
// CANONICAL-NEXT: return
func.func @rope(%x: tensor<3x2x8xi32>, %t: tensor<16x6xi16>, %p: tensor<1xi32>) {
  // CHECK: ternary.rope %{{.*}}, %{{.*}} at %{{.*}} : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<1xi32>) -> tensor<3x2x8xi32>
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<1xi32>) -> tensor<3x2x8xi32>
  return
}

// CHECK-LABEL: func.func @attention
// CANONICAL-LABEL: func.func @attention
func.func @attention(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %p: tensor<1xi32>, %rows: tensor<3x2x8xi8>) -> tensor<16x2x8xi8> {
  // CHECK: %[[C:.*]] = ternary.cache_write %{{.*}}, rows %{{.*}} at %{{.*}} : (tensor<16x2x8xi8>, tensor<3x2x8xi8>, tensor<1xi32>) -> tensor<16x2x8xi8>
  // CANONICAL: ternary.cache_write
  %c = ternary.cache_write %k, rows %rows at %p : (tensor<16x2x8xi8>, tensor<3x2x8xi8>, tensor<1xi32>) -> tensor<16x2x8xi8>
  // CHECK: ternary.attention %{{.*}} by %{{.*}} keys %[[C]] by %{{.*}} values %{{.*}} by %{{.*}} at %{{.*}} score (1073741824, 40) requantize (2147483647, -3) :
  // CANONICAL-NOT: ternary.attention
  %0 = ternary.attention %q by %qa keys %c by %ka values %k by %ka at %p score (1073741824, 40) requantize (2147483647, -3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return %c : tensor<16x2x8xi8>
}

// CHECK-LABEL: func.func @sequences
// CANONICAL-LABEL: func.func @sequences
func.func @sequences(%x: tensor<3x2x8xi32>, %t: tensor<16x6xi16>, %q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<3x16x2x8xi8>, %ka: tensor<3x16x2xi32>, %p: tensor<3xi32>, %rows: tensor<3x2x8xi8>) -> tensor<3x4x8xi32> {
  // CHECK: ternary.rope %{{.*}}, %{{.*}} at %{{.*}} : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<3xi32>) -> tensor<3x2x8xi32>
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<3xi32>) -> tensor<3x2x8xi32>
  // CHECK: %[[C:.*]] = ternary.cache_write %{{.*}}, rows %{{.*}} at %{{.*}} : (tensor<3x16x2x8xi8>, tensor<3x2x8xi8>, tensor<3xi32>) -> tensor<3x16x2x8xi8>
  // CANONICAL: ternary.cache_write
  %c = ternary.cache_write %k, rows %rows at %p : (tensor<3x16x2x8xi8>, tensor<3x2x8xi8>, tensor<3xi32>) -> tensor<3x16x2x8xi8>
  // CHECK: ternary.attention %{{.*}} by %{{.*}} keys %[[C]] by %{{.*}} values %{{.*}} by %{{.*}} at %{{.*}} score (1073741824, 40) requantize (2147483647, -3) :
  // CANONICAL: ternary.attention
  %1 = ternary.attention %q by %qa keys %c by %ka values %k by %ka at %p score (1073741824, 40) requantize (2147483647, -3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<3x16x2x8xi8>, tensor<3x16x2xi32>, tensor<3x16x2x8xi8>, tensor<3x16x2xi32>, tensor<3xi32>) -> tensor<3x4x8xi32>
  return %1 : tensor<3x4x8xi32>
}

// CHECK-LABEL: func.func @refine
// CANONICAL-LABEL: func.func @refine
func.func @refine(%e: tensor<3x9xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) -> tensor<3x9xi32> {
  // CHECK: %[[IDS:.*]] = ternary.best %{{.*}} : (tensor<3x9xi32>) -> tensor<3x2xi32>
  // CANONICAL: ternary.best
  %ids = ternary.best %e : (tensor<3x9xi32>) -> tensor<3x2xi32>
  // CHECK: ternary.refine %{{.*}}, at %[[IDS]] from %{{.*}} by %{{.*}}, %{{.*}}, %{{.*}} shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>) -> tensor<3x9xi32>
  // CANONICAL: ternary.refine {{.*}} shift 3 to [-9, 9]
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>) -> tensor<3x9xi32>
  // CHECK: ternary.refine %{{.*}}, at %[[IDS]] from %{{.*}} by %{{.*}}, %{{.*}}, %{{.*}} plus %{{.*}} shift 4 to [-9, 9] :
  // CANONICAL-NOT: ternary.refine
  %1 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 4 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return %0 : tensor<3x9xi32>
}

// CHECK-LABEL: func.func @refine_into
// CANONICAL-LABEL: func.func @refine_into
func.func @refine_into(%e: memref<3x9xi32>, %ids: memref<3x2xi32>, %x: memref<3x8xi8>, %a: memref<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: memref<9xi32>) {
  // CHECK: ternary.best %{{.*}} into %{{.*}} : (memref<3x9xi32>, memref<3x2xi32>) -> ()
  // CANONICAL: ternary.best
  ternary.best %e into %ids : (memref<3x9xi32>, memref<3x2xi32>) -> ()
  // CHECK: ternary.refine at %{{.*}} from %{{.*}} by %{{.*}}, %{{.*}}, %{{.*}} shift 3 to [-9, 9] into %{{.*}} :
  // CANONICAL: ternary.refine
  ternary.refine at %ids from %x by %a, %w, %m shift 3 to [-9, 9] into %e : (memref<3x2xi32>, memref<3x8xi8>, memref<3xi32>, !ternary.weights<9x8 : int8>, memref<9xi32>, memref<3x9xi32>) -> ()
  return
}

// CHECK-LABEL: func.func @into
// CANONICAL-LABEL: func.func @into
func.func @into(%ids: memref<3xi32>, %d: !ternary.weights<9x8 : int8>, %m: memref<1xi32>, %b: memref<1xi64>, %e: memref<3x8xi32>, %x: memref<3x4x8xi32>, %t: memref<16x6xi16>, %p: memref<1xi32>, %q: memref<3x4x8xi8>, %qa: memref<3x4xi32>, %k: memref<16x4x8xi8>, %ka: memref<16x4xi32>) {
  // CHECK: ternary.embed %{{.*}} into %{{.*}} :
  // CANONICAL: ternary.embed
  ternary.embed %ids, %d requantize (%m, %b) <shift = 3, min = -9, max = 9> into %e : (memref<3xi32>, !ternary.weights<9x8 : int8>, memref<1xi32>, memref<1xi64>, memref<3x8xi32>) -> ()
  // CHECK: ternary.rope %{{.*}}, %{{.*}} at %{{.*}} into %{{.*}} :
  // CANONICAL: ternary.rope
  ternary.rope %x, %t at %p into %x : (memref<3x4x8xi32>, memref<16x6xi16>, memref<1xi32>, memref<3x4x8xi32>) -> ()
  // CHECK: ternary.cache_write rows %{{.*}} at %{{.*}} into %{{.*}} : (memref<3x4x8xi8>, memref<1xi32>, memref<16x4x8xi8>) -> ()
  // CANONICAL: ternary.cache_write
  ternary.cache_write rows %q at %p into %k : (memref<3x4x8xi8>, memref<1xi32>, memref<16x4x8xi8>) -> ()
  // CHECK: ternary.attention %{{.*}} into %{{.*}} :
  // CANONICAL: ternary.attention
  ternary.attention %q by %qa keys %k by %ka values %k by %ka at %p score (1073741824, 40) requantize (2147483647, -3) into %x : (memref<3x4x8xi8>, memref<3x4xi32>, memref<16x4x8xi8>, memref<16x4xi32>, memref<16x4x8xi8>, memref<16x4xi32>, memref<1xi32>, memref<3x4x8xi32>) -> ()
  return
}
