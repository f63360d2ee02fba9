// RUN: smelt-opt %s --ternary-outline-kernels --convert-ternary-to-loops --canonicalize --cse --ternary-share-work | FileCheck %s

// Threads share a kernel that finds the range of a row and makes its codes: they
// wait once, for one another's ranges, and one stores the range of all.
// CHECK-LABEL: func.func private @dynamic_quantize_1x64(
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK: call @thread_barrier()
// CHECK: scf.if
// CHECK-NEXT: memref.store
// CHECK-NEXT: }
// CHECK-NOT: call @thread_barrier
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK: memref.store
// CHECK: return
// CHECK-LABEL: func.func private @dynamic_quantize_1x1x64(
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK: call @thread_barrier()
// CHECK: scf.if
// CHECK-NEXT: memref.store
// CHECK-NEXT: }
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK: return
func.func @quantize(%x: memref<1x64xi32>, %a: memref<1xi32>, %q: memref<1x64xi8>, %y: memref<1x1x64xi32>, %b: memref<1x1xi32>, %r: memref<1x1x64xi8>) {
  ternary.absmax %x into %a : (memref<1x64xi32>, memref<1xi32>) -> ()
  ternary.dynamic_quantize %x by %a into %q : (memref<1x64xi32>, memref<1xi32>, memref<1x64xi8>) -> ()
  ternary.absmax %y into %b : (memref<1x1x64xi32>, memref<1x1xi32>) -> ()
  ternary.dynamic_quantize %y by %b into %r : (memref<1x1x64xi32>, memref<1x1xi32>, memref<1x1x64xi8>) -> ()
  return
}
