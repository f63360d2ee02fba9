// RUN: smelt-opt %s --ternary-time-kernels --split-input-file | FileCheck %s
// RUN: smelt-opt %s --ternary-time-kernels --ternary-share-work --split-input-file | FileCheck %s --check-prefix=SHARED
// RUN: smelt-opt %s --ternary-time-kernels --ternary-outline-blocks=min-calls=4 --split-input-file | FileCheck %s --check-prefix=BLOCKS

// The weights are read once, and used for each of four rows; of an embedding
// three rows of 4 bytes are read.
// CHECK: module attributes {smelt.kernel_calls = [
// CHECK-SAME: {function = "main", kernel = "embed_7x16", layer = "tokens", operations = 0 : i64, weight_bytes = 12 : i64},
// CHECK-SAME: {function = "main", kernel = "matmul_8x16", layer = "fc.0", operations = 2048 : i64, weight_bytes = 64 : i64},
// CHECK-SAME: {function = "main", kernel = "matmul_8x16", layer = "fc.1", operations = 2048 : i64, weight_bytes = 64 : i64},
// CHECK-SAME: {function = "other", kernel = "clear", layer = "", operations = 0 : i64, weight_bytes = 0 : i64}]}
module {
// CHECK: func.func private @smelt_kernel_mark(i32)

func.func private @embed_7x16(%x: memref<3xi32>, %w: !ternary.weights<7x16 : twobit>, %m: memref<1xi32>, %o: memref<1xi64>, %y: memref<3x16xi8>) {
  ternary.embed %x, %w requantize(%m, %o) <shift = 0, min = -128, max = 127> into %y : (memref<3xi32>, !ternary.weights<7x16 : twobit>, memref<1xi32>, memref<1xi64>, memref<3x16xi8>) -> ()
  return
}

// Two planes of 8x16 weights of 2 bits.
func.func private @matmul_8x16(%x: memref<4x16xi8>, %w: !ternary.weights<8x16 : twobit, planes = 2>, %s: memref<2x8x1xi16>, %y: memref<4x8xi32>) {
  ternary.matmul %x, %w scales(%s) into %y : (memref<4x16xi8>, !ternary.weights<8x16 : twobit, planes = 2>, memref<2x8x1xi16>, memref<4x8xi32>) -> ()
  return
}

func.func private @clear(%x: memref<1xi32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  memref.store %zero, %x[%c0] : memref<1xi32>
  return
}

// CHECK-LABEL: func.func @main
// CHECK-NEXT: %[[BEGIN:.*]] = arith.constant -1 : i32
// CHECK-NEXT: call @smelt_kernel_mark(%[[BEGIN]]) : (i32) -> ()
// CHECK-NEXT: call @embed_7x16
// CHECK-NEXT: %[[N0:.*]] = arith.constant 0 : i32
// CHECK-NEXT: call @smelt_kernel_mark(%[[N0]])
// CHECK-NEXT: call @matmul_8x16
// CHECK-NEXT: %[[N1:.*]] = arith.constant 1 : i32
// CHECK-NEXT: call @smelt_kernel_mark(%[[N1]])
// CHECK-NEXT: call @matmul_8x16
// CHECK-NEXT: %[[N2:.*]] = arith.constant 2 : i32
// CHECK-NEXT: call @smelt_kernel_mark(%[[N2]])
// CHECK-NEXT: return

// The threads wait for one another before the marks after which one needs
// another's results, and before the last one.
// SHARED-LABEL: func.func private @main_part
// SHARED: call @smelt_kernel_mark
// SHARED-NEXT: call @embed_7x16
// SHARED-NEXT: arith.constant 0 : i32
// SHARED-NEXT: call @smelt_kernel_mark(%{{.*}}) : (i32) -> ()
// SHARED-NEXT: call @matmul_8x16
// SHARED-NEXT: call @thread_barrier
// SHARED-NEXT: arith.constant 1 : i32
// SHARED-NEXT: call @smelt_kernel_mark
// SHARED-NEXT: call @matmul_8x16
// SHARED-NEXT: call @thread_barrier
// SHARED-NEXT: arith.constant 2 : i32
// SHARED-NEXT: call @smelt_kernel_mark
// SHARED-NEXT: return
func.func @main(%i: memref<3xi32>, %e: !ternary.weights<7x16 : twobit>, %m: memref<1xi32>, %o: memref<1xi64>, %h: memref<3x16xi8>, %x: memref<4x16xi8>, %w: !ternary.weights<8x16 : twobit, planes = 2>, %s: memref<2x8x1xi16>, %y: memref<4x8xi32>) {
  call @embed_7x16(%i, %e, %m, %o, %h) : (memref<3xi32>, !ternary.weights<7x16 : twobit>, memref<1xi32>, memref<1xi64>, memref<3x16xi8>) -> () loc("tokens")
  call @matmul_8x16(%x, %w, %s, %y) : (memref<4x16xi8>, !ternary.weights<8x16 : twobit, planes = 2>, memref<2x8x1xi16>, memref<4x8xi32>) -> () loc("fc.0")
  call @matmul_8x16(%x, %w, %s, %y) : (memref<4x16xi8>, !ternary.weights<8x16 : twobit, planes = 2>, memref<2x8x1xi16>, memref<4x8xi32>) -> () loc("fc.1")
  return
}

// CHECK-LABEL: func.func @other
// CHECK: call @clear
// CHECK-NEXT: %[[N3:.*]] = arith.constant 3 : i32
// CHECK-NEXT: call @smelt_kernel_mark(%[[N3]])
func.func @other(%x: memref<1xi32>) {
  call @clear(%x) : (memref<1xi32>) -> ()
  return
}
}

// -----

func.func private @f(%x: memref<1xi32>) {
  return
}
func.func private @g(%x: memref<1xi32>) {
  return
}

// Repeated calls become a function with their marks, whose numbers are passed.
// BLOCKS: func.func private @block(%[[BEFORE:.*]]: i32, %{{.*}}: memref<1xi32>, %[[F:.*]]: i32)
// BLOCKS: call @smelt_kernel_mark(%[[BEFORE]])
// BLOCKS-NEXT: call @f
// BLOCKS-NEXT: call @smelt_kernel_mark(%[[F]])
// BLOCKS-NEXT: call @g
// BLOCKS-NEXT: return
// BLOCKS-LABEL: func.func @blocks
// BLOCKS: call @block(%c-1_i32, %{{.*}}, %c0_i32)
// BLOCKS: call @block(%c1_i32, %{{.*}}, %c2_i32)
// BLOCKS: call @block(%c3_i32, %{{.*}}, %c4_i32)
// BLOCKS: call @smelt_kernel_mark(%c5_i32)
func.func @blocks(%x: memref<1xi32>) {
  call @f(%x) : (memref<1xi32>) -> ()
  call @g(%x) : (memref<1xi32>) -> ()
  call @f(%x) : (memref<1xi32>) -> ()
  call @g(%x) : (memref<1xi32>) -> ()
  call @f(%x) : (memref<1xi32>) -> ()
  call @g(%x) : (memref<1xi32>) -> ()
  return
}

// -----

// Without kernels there is nothing to mark.
// CHECK: smelt.kernel_calls = []
// CHECK-NOT: smelt_kernel_mark
module {
func.func @empty(%x: memref<1xi32>) {
  return
}
}
