// RUN: smelt-opt %s --ternary-outline-blocks=min-calls=2 --split-input-file | FileCheck %s

memref.global "private" constant @w0 : memref<4xi8> = dense<0>
memref.global "private" constant @w1 : memref<4xi8> = dense<1>
memref.global "private" constant @w2 : memref<4xi8> = dense<2>
memref.global "private" @arena : memref<64xi8> = uninitialized
func.func private @scale(memref<4xi8>, memref<4xi8>)
func.func private @round(memref<4xi8>, memref<4xi8>)
func.func private @first(memref<4xi8>)

// What differs is passed, the arena is looked up again; what is only half of a
// repetition stays.
// CHECK-LABEL: func.func private @block
// CHECK-SAME: (%[[W:.*]]: memref<4xi8>, %[[S:.*]]: memref<4xi8>)
// CHECK-DAG: %[[OFFSET:.*]] = arith.constant 16 : index
// CHECK-DAG: %[[ARENA:.*]] = memref.get_global @arena
// CHECK: %[[V:.*]] = memref.view %[[ARENA]][%[[OFFSET]]][]
// CHECK: call @scale(%[[W]], %[[V]])
// CHECK: call @round(%[[V]], %[[S]])
// CHECK-NEXT: return
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[STATE:.*]]: memref<64xi8>
// CHECK: call @first
// CHECK: call @block(%[[W0:.*]], %{{.*}})
// CHECK: call @block(%[[W1:.*]], %{{.*}})
// CHECK-NOT: @block
// CHECK: call @scale(
// CHECK-NEXT: return
func.func @main(%state: memref<64xi8>) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %arena = memref.get_global @arena : memref<64xi8>
  %v = memref.view %arena[%c16][] : memref<64xi8> to memref<4xi8>
  %s0 = memref.view %state[%c0][] : memref<64xi8> to memref<4xi8>
  %s1 = memref.view %state[%c16][] : memref<64xi8> to memref<4xi8>
  %w0 = memref.get_global @w0 : memref<4xi8>
  call @first(%v) : (memref<4xi8>) -> ()
  call @scale(%w0, %v) : (memref<4xi8>, memref<4xi8>) -> ()
  call @round(%v, %s0) : (memref<4xi8>, memref<4xi8>) -> ()
  %w1 = memref.get_global @w1 : memref<4xi8>
  call @scale(%w1, %v) : (memref<4xi8>, memref<4xi8>) -> ()
  call @round(%v, %s1) : (memref<4xi8>, memref<4xi8>) -> ()
  %w2 = memref.get_global @w2 : memref<4xi8>
  call @scale(%w2, %v) : (memref<4xi8>, memref<4xi8>) -> ()
  return
}

// -----

func.func private @a(memref<4xi8>)
func.func private @b(memref<4xi8>)
func.func private @c(memref<4xi8>)
func.func private @d(memref<4xi8>)

// Two kinds of blocks; one value that is passed twice is one parameter.
// CHECK: func.func private @block(%[[X:.*]]: memref<4xi8>)
// CHECK-NEXT: call @a(%[[X]])
// CHECK-NEXT: call @b(%[[X]])
// CHECK: func.func private @block_0(%[[X:.*]]: memref<4xi8>, %[[Y:.*]]: memref<4xi8>)
// CHECK-NEXT: call @c(%[[X]])
// CHECK-NEXT: call @d(%[[Y]])
// CHECK: func.func @two
// CHECK-COUNT-3: call @block(
// CHECK-COUNT-2: call @block_0(
// CHECK-NEXT: return
func.func @two(%x: memref<4xi8>, %y: memref<4xi8>) {
  call @a(%x) : (memref<4xi8>) -> ()
  call @b(%x) : (memref<4xi8>) -> ()
  call @a(%y) : (memref<4xi8>) -> ()
  call @b(%y) : (memref<4xi8>) -> ()
  call @a(%y) : (memref<4xi8>) -> ()
  call @b(%y) : (memref<4xi8>) -> ()
  call @c(%x) : (memref<4xi8>) -> ()
  call @d(%y) : (memref<4xi8>) -> ()
  call @c(%y) : (memref<4xi8>) -> ()
  call @d(%y) : (memref<4xi8>) -> ()
  return
}

// -----

func.func private @a(memref<4xi8>)
func.func private @b(memref<4xi8>)

// What else has effects is part of no block.
// CHECK-LABEL: func.func @between
// CHECK-NOT: @block
func.func @between(%x: memref<4xi8>, %n: i8) {
  %c0 = arith.constant 0 : index
  call @a(%x) : (memref<4xi8>) -> ()
  call @b(%x) : (memref<4xi8>) -> ()
  memref.store %n, %x[%c0] : memref<4xi8>
  call @a(%x) : (memref<4xi8>) -> ()
  call @b(%x) : (memref<4xi8>) -> ()
  return
}
