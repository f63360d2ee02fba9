// RUN: smelt-opt %s --ternary-pack-state --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @network
// CHECK-SAME: %[[X:.*]]: memref<4xi8>, %[[STATE:.*]]: memref<192xi8> {smelt.name = "state", smelt.state}, %[[Y:.*]]: memref<3xi32>) -> memref<3xi32> {
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[A:.*]] = memref.view %[[STATE]][%[[C0]]][] : memref<192xi8> to memref<25xi32>
// CHECK: %[[C128:.*]] = arith.constant 128 : index
// CHECK: %[[B:.*]] = memref.view %[[STATE]][%[[C128]]][] : memref<192xi8> to memref<3xi8>
// CHECK: call @use(%[[X]], %[[A]], %[[Y]], %[[B]])
// CHECK: return %[[Y]] : memref<3xi32>
func.func @network(%x: memref<4xi8>, %a: memref<25xi32> {smelt.state}, %y: memref<3xi32>, %b: memref<3xi8> {smelt.state}) -> (memref<25xi32> {smelt.state}, memref<3xi32>, memref<3xi8> {smelt.state}) {
  call @use(%x, %a, %y, %b) : (memref<4xi8>, memref<25xi32>, memref<3xi32>, memref<3xi8>) -> ()
  return %a, %y, %b : memref<25xi32>, memref<3xi32>, memref<3xi8>
}
func.func private @use(memref<4xi8>, memref<25xi32>, memref<3xi32>, memref<3xi8>)

// -----

// A new value becomes the state's.
// CHECK-LABEL: func.func @replaced
// CHECK-SAME: %[[STATE:.*]]: memref<64xi8>
// CHECK: %[[A:.*]] = memref.view %[[STATE]]
// CHECK: %[[NEW:.*]] = memref.alloc
// CHECK: memref.copy %[[NEW]], %[[A]]
func.func @replaced(%a: memref<5xi32> {smelt.state}) -> (memref<5xi32> {smelt.state}) {
  %0 = memref.alloc() : memref<5xi32>
  return %0 : memref<5xi32>
}

// -----

// What one sequence has is packed, and what the next has follows, 192 bytes on.
// CHECK-LABEL: func.func @sequences
// CHECK-SAME: %[[STATE:.*]]: memref<576xi8> {smelt.name = "state", smelt.state}) attributes {smelt.sequences = 3 : i64}
// CHECK: %[[C0:.*]] = arith.constant 0 : index
// CHECK: %[[AS:.*]] = memref.view %[[STATE]][%[[C0]]][] : memref<576xi8> to memref<121xi32>
// CHECK: %[[A:.*]] = memref.reinterpret_cast %[[AS]] to offset: [0], sizes: [3, 5, 5], strides: [48, 5, 1] : memref<121xi32> to memref<3x5x5xi32, strided<[48, 5, 1]>>
// CHECK: %[[C128:.*]] = arith.constant 128 : index
// CHECK: %[[BS:.*]] = memref.view %[[STATE]][%[[C128]]][] : memref<576xi8> to memref<385xi8>
// CHECK: %[[B:.*]] = memref.reinterpret_cast %[[BS]] to offset: [0], sizes: [3, 1], strides: [192, 1]
// CHECK: memref.store %{{.*}}, %[[A]]
// CHECK: memref.store %{{.*}}, %[[B]]
func.func @sequences(%a: memref<3x5x5xi32> {smelt.state}, %b: memref<3x1xi8> {smelt.state}) -> (memref<3x5x5xi32> {smelt.state}, memref<3x1xi8> {smelt.state}) attributes {smelt.sequences = 3 : i64} {
  %c1_i32 = arith.constant 1 : i32
  %c1_i8 = arith.constant 1 : i8
  %i = arith.constant 0 : index
  memref.store %c1_i32, %a[%i, %i, %i] : memref<3x5x5xi32>
  memref.store %c1_i8, %b[%i, %i] : memref<3x1xi8>
  return %a, %b : memref<3x5x5xi32>, memref<3x1xi8>
}

// -----

// expected-error @below {{argument 0 is state, but not of each of 4 sequences}}
func.func @other(%a: memref<3x5xi32> {smelt.state}) -> (memref<3x5xi32> {smelt.state}) attributes {smelt.sequences = 4 : i64} {
  return %a : memref<3x5xi32>
}

// -----

// expected-error @below {{argument 0 is state, but not a memref of static shape without gaps}}
func.func @dynamic(%a: memref<?xi32> {smelt.state}) {
  return
}

// -----

// expected-error @below {{has 1 arguments, but 0 results that are state}}
func.func @lost(%a: memref<5xi32> {smelt.state}) {
  return
}

// -----

// expected-error @below {{argument 0 and result 0 are one state of different types}}
func.func @changed(%a: memref<5xi32> {smelt.state}, %b: memref<4xi32>) -> (memref<4xi32> {smelt.state}) {
  return %b : memref<4xi32>
}
