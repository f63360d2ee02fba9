// RUN: smelt-opt %s --pass-pipeline='builtin.module(func.func(convert-memref-copy-to-linalg))' | FileCheck %s

// CHECK-LABEL: func.func @strided
func.func @strided(%x: memref<2x3xf32>, %y: memref<2x3xf32, strided<[8, 1], offset: 2>>) {
  // CHECK: linalg.copy ins(%{{.*}} : memref<2x3xf32>) outs(%{{.*}} : memref<2x3xf32, strided<[8, 1], offset: 2>>)
  // CHECK-NOT: memref.copy
  memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32, strided<[8, 1], offset: 2>>
  return
}

// CHECK-LABEL: func.func @contiguous
func.func @contiguous(%x: memref<2x3xf32>, %y: memref<2x3xf32>) {
  // CHECK: memref.copy
  memref.copy %x, %y : memref<2x3xf32> to memref<2x3xf32>
  return
}
