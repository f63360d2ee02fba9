// RUN: smelt-opt %s --ternary-fetch-weights="most-bytes=4096" | FileCheck %s

// CHECK: func.func private @thread_reads(i64, i64, i64)

memref.global "private" constant @w : memref<100000xi8> = dense<1>

func.func private @thread_barrier()
func.func private @product(%w: memref<100000xi8> {smelt.thread_part = array<i64: 100000, 1000>}, %y: memref<100xi32>, %t: index, %n: index, %from: index, %to: index) {
  return
}
func.func private @other(%y: memref<100xi32>, %t: index, %n: index, %from: index, %to: index) {
  return
}
func.func private @norm(%y: memref<100xi32>, %t: index, %n: index, %from: index, %to: index) {
  call @thread_barrier() : () -> ()
  return
}

// Before the first wait since the product before, in a kernel or between two, a
// thread is told where its part of the next weights begins, and how long it is.
// CHECK-LABEL: func.func private @block
// CHECK-SAME: (%[[W:.*]]: memref<100000xi8>, %{{.*}}: memref<100xi32>, %[[T:.*]]: index, %{{.*}}: index, %[[FROM:.*]]: index, %[[TO:.*]]: index)
// CHECK: %[[PLACE:.*]] = arith.index_cast %[[FROM]] : index to i64
// CHECK: arith.muli %{{.*}}, %[[PLACE]]
// CHECK: %[[FIRST:.*]] = arith.minui %{{.*}}, %c100000
// CHECK: arith.index_cast %[[TO]] : index to i64
// CHECK: %[[LAST:.*]] = arith.minui %{{.*}}, %c100000
// CHECK: %[[POINTER:.*]] = memref.extract_aligned_pointer_as_index %[[W]]
// CHECK: %[[ADDRESS:.*]] = arith.addi %[[POINTER]], %[[FIRST]]
// CHECK: %[[SIZE:.*]] = arith.subi %[[LAST]], %[[FIRST]]
// CHECK: %[[BYTES:.*]] = arith.minui %[[SIZE]], %c4096
// CHECK-DAG: %[[T64:.*]] = arith.index_cast %[[T]]
// CHECK-DAG: %[[ADDRESS64:.*]] = arith.index_cast %[[ADDRESS]]
// CHECK-DAG: %[[BYTES64:.*]] = arith.index_cast %[[BYTES]]
// CHECK: call @thread_reads(%[[T64]], %[[ADDRESS64]], %[[BYTES64]])
// CHECK-NEXT: call @norm
// CHECK-NEXT: call @thread_barrier
// CHECK-NEXT: call @product
// CHECK-NEXT: call @other
// CHECK: memref.extract_aligned_pointer_as_index %[[W]]
// CHECK: call @thread_reads
// CHECK-NEXT: call @thread_barrier
// CHECK-NEXT: call @norm
// CHECK-NEXT: call @product
// CHECK-NEXT: call @product
// CHECK-NEXT: call @thread_barrier
// CHECK-NEXT: return
func.func private @block(%w: memref<100000xi8>, %y: memref<100xi32>, %t: index, %n: index, %from: index, %to: index) {
  call @norm(%y, %t, %n, %from, %to) : (memref<100xi32>, index, index, index, index) -> ()
  call @thread_barrier() : () -> ()
  call @product(%w, %y, %t, %n, %from, %to) : (memref<100000xi8>, memref<100xi32>, index, index, index, index) -> ()
  call @other(%y, %t, %n, %from, %to) : (memref<100xi32>, index, index, index, index) -> ()
  call @thread_barrier() : () -> ()
  call @norm(%y, %t, %n, %from, %to) : (memref<100xi32>, index, index, index, index) -> ()
  call @product(%w, %y, %t, %n, %from, %to) : (memref<100000xi8>, memref<100xi32>, index, index, index, index) -> ()
  call @product(%w, %y, %t, %n, %from, %to) : (memref<100000xi8>, memref<100xi32>, index, index, index, index) -> ()
  call @thread_barrier() : () -> ()
  return
}

// A global is named again where the wait comes before it. Views are let be.
// CHECK-LABEL: func.func @head
// CHECK: %[[W:.*]] = memref.get_global @w
// CHECK: memref.extract_aligned_pointer_as_index %[[W]]
// CHECK: call @thread_reads
// CHECK: call @thread_barrier
// CHECK: memref.get_global @w
// CHECK: call @product
// CHECK: call @thread_barrier
// CHECK-NOT: call @thread_reads
// CHECK: call @product
func.func @head(%y: memref<100xi32>, %bytes: memref<200000xi8>, %t: index, %n: index, %from: index, %to: index) {
  %c0 = arith.constant 0 : index
  call @thread_barrier() : () -> ()
  %w = memref.get_global @w : memref<100000xi8>
  call @product(%w, %y, %t, %n, %from, %to) : (memref<100000xi8>, memref<100xi32>, index, index, index, index) -> ()
  call @thread_barrier() : () -> ()
  %view = memref.view %bytes[%c0][] : memref<200000xi8> to memref<100000xi8>
  call @product(%view, %y, %t, %n, %from, %to) : (memref<100000xi8>, memref<100xi32>, index, index, index, index) -> ()
  return
}
