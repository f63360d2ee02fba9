// RUN: smelt-opt %s --convert-ternary-to-loops | FileCheck %s

// Each row goes to the part of its own sequence, if that has its position.
// CHECK-LABEL: func.func @write
// CHECK-SAME: %[[ROWS:.*]]: memref<3x2xi8>, %[[P:.*]]: memref<3xi32>, %[[CACHE:.*]]: memref<3x9x2xi8, strided<[64, 2, 1]>>
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[CACHE]] to offset: [0], sizes: [146], strides: [1]
// CHECK: scf.for %[[N:.*]] = %c0{{.*}} to %c3
// CHECK: memref.load %{{.*}}[%[[N]]] : memref<3xi32>
// CHECK: %[[PART:.*]] = arith.muli %[[N]], %c64
// CHECK: scf.for %[[ROW:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[OFFSET:.*]] = arith.muli %[[ROW]], %c2
// CHECK: %[[FIRST:.*]] = arith.addi %[[PART]], %[[OFFSET]]
// CHECK: scf.for %[[I:.*]] = %c0{{.*}} to %c2
// CHECK: %[[TO:.*]] = arith.addi %[[FIRST]], %[[I]]
// CHECK: memref.store %{{.*}}, %[[FLAT]][%[[TO]]] : memref<146xi8>
func.func @write(%rows: memref<3x2xi8>, %p: memref<3xi32>, %cache: memref<3x9x2xi8, strided<[64, 2, 1]>>) {
  ternary.cache_write rows %rows at %p into %cache : (memref<3x2xi8>, memref<3xi32>, memref<3x9x2xi8, strided<[64, 2, 1]>>) -> ()
  return
}

// The keys of a row's own part are read, up to its own position.
// CHECK-LABEL: func.func @attend
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [656], strides: [1]
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [274], strides: [1]
// CHECK: scf.for %[[N:.*]] = %c0{{.*}} to %c3
// CHECK: %[[CODES:.*]] = arith.muli %[[N]], %c256
// CHECK: %[[ABSMAXES:.*]] = arith.muli %[[N]], %c128
// CHECK: memref.load %{{.*}}[%[[N]]] : memref<3xi32>
// CHECK: arith.addi %{{.*}}, %[[CODES]]
// CHECK: arith.addi %{{.*}}, %[[ABSMAXES]]
func.func @attend(%q: memref<3x4x8xi16>, %qa: memref<3x4xi32>, %k: memref<3x9x2x8xi8, strided<[256, 16, 8, 1]>>, %ka: memref<3x9x2xi32, strided<[128, 2, 1]>>, %p: memref<3xi32>, %y: memref<3x4x8xi32>) {
  ternary.attention %q by %qa keys %k by %ka values %k by %ka at %p score (1073741824, 40) requantize (2147483647, -3) into %y : (memref<3x4x8xi16>, memref<3x4xi32>, memref<3x9x2x8xi8, strided<[256, 16, 8, 1]>>, memref<3x9x2xi32, strided<[128, 2, 1]>>, memref<3x9x2x8xi8, strided<[256, 16, 8, 1]>>, memref<3x9x2xi32, strided<[128, 2, 1]>>, memref<3xi32>, memref<3x4x8xi32>) -> ()
  return
}
