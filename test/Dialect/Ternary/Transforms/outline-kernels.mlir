// RUN: smelt-opt %s --ternary-outline-kernels | FileCheck %s

// Equal ops share a kernel, which is passed the weights.
// CHECK: func.func private @matmul_2x5(%[[X:.*]]: memref<1x5xi8>, %[[W:.*]]: !ternary.weights<2x5 : dense>, %[[Y:.*]]: memref<1x2xi32> {llvm.noalias})
// CHECK-NEXT: ternary.matmul %[[X]], %[[W]] into %[[Y]]
// CHECK-NEXT: return
// CHECK-NOT: @matmul_2x5_
// A view with an offset is taken in the kernel.
// CHECK: func.func private @copy_1x1(%{{.*}}: memref<1x2xi32>, %{{.*}}: memref<1x1xi32> {llvm.noalias})
// CHECK-NEXT: memref.subview
// CHECK-NEXT: linalg.copy
// What is read by another view, too, may be written where it is read.
// CHECK: func.func private @copy_1x1_0(%{{.*}}: memref<1x2xi32>)
// CHECK-LABEL: func.func @main
// CHECK: call @matmul_2x5(%{{.*}}, %[[A:.*]], %{{.*}})
// CHECK-NEXT: call @matmul_2x5(%{{.*}}, %[[B:.*]], %{{.*}})
// CHECK-NOT: ternary.matmul
// CHECK: call @copy_1x1
func.func @main(%x: memref<1x5xi8>, %y: memref<1x2xi32>, %z: memref<1x2xi32>, %t: memref<1x1xi32>) {
  %a = ternary.weights dense<1> : tensor<10xi8> -> <2x5 : dense>
  %b = ternary.weights dense<-1> : tensor<10xi8> -> <2x5 : dense>
  ternary.matmul %x, %a into %y : (memref<1x5xi8>, !ternary.weights<2x5 : dense>, memref<1x2xi32>) -> ()
  ternary.matmul %x, %b into %z : (memref<1x5xi8>, !ternary.weights<2x5 : dense>, memref<1x2xi32>) -> ()
  %v = memref.subview %z[0, 1] [1, 1] [1, 1] : memref<1x2xi32> to memref<1x1xi32, strided<[2, 1], offset: 1>>
  linalg.copy ins(%v : memref<1x1xi32, strided<[2, 1], offset: 1>>) outs(%t : memref<1x1xi32>)
  %u = memref.subview %z[0, 0] [1, 1] [1, 1] : memref<1x2xi32> to memref<1x1xi32, strided<[2, 1]>>
  linalg.copy ins(%v : memref<1x1xi32, strided<[2, 1], offset: 1>>) outs(%u : memref<1x1xi32, strided<[2, 1]>>)
  return
}

// The range of a row and the codes that are made by it are one kernel, those of
// several rows two.
// CHECK: func.func private @dynamic_quantize_1x8(%[[X:.*]]: memref<1x8xi32>, %[[A:.*]]: memref<1xi32> {llvm.noalias}, %[[Q:.*]]: memref<1x8xi8> {llvm.noalias})
// CHECK-NEXT: ternary.absmax %[[X]] into %[[A]]
// CHECK-NEXT: ternary.dynamic_quantize %[[X]] by %[[A]] into %[[Q]]
// CHECK-NEXT: return
// CHECK: func.func private @absmax_2
// CHECK: func.func private @dynamic_quantize_2x8
// CHECK-LABEL: func.func @quantize
// CHECK-NEXT: call @dynamic_quantize_1x8(
// CHECK-NEXT: call @absmax_2(
// CHECK-NEXT: call @dynamic_quantize_2x8(
// CHECK-NEXT: return
func.func @quantize(%x: memref<1x8xi32>, %a: memref<1xi32>, %q: memref<1x8xi8>, %y: memref<2x8xi32>, %b: memref<2xi32>, %r: memref<2x8xi8>) {
  ternary.absmax %x into %a : (memref<1x8xi32>, memref<1xi32>) -> ()
  ternary.dynamic_quantize %x by %a into %q : (memref<1x8xi32>, memref<1xi32>, memref<1x8xi8>) -> ()
  ternary.absmax %y into %b : (memref<2x8xi32>, memref<2xi32>) -> ()
  ternary.dynamic_quantize %y by %b into %r : (memref<2x8xi32>, memref<2xi32>, memref<2x8xi8>) -> ()
  return
}

// Not where the range is changed in between.
// CHECK-LABEL: func.func @change_range
// CHECK: call @absmax_1(
// CHECK: memref.store
// CHECK: call @dynamic_quantize_1x8_
func.func @change_range(%x: memref<1x8xi32>, %a: memref<1xi32>, %q: memref<1x8xi8>, %v: i32) {
  %c0 = arith.constant 0 : index
  ternary.absmax %x into %a : (memref<1x8xi32>, memref<1xi32>) -> ()
  memref.store %v, %a[%c0] : memref<1xi32>
  ternary.dynamic_quantize %x by %a into %q : (memref<1x8xi32>, memref<1xi32>, memref<1x8xi8>) -> ()
  return
}
