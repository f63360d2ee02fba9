// RUN: smelt-opt %s --ternary-plan-memory --split-input-file --verify-diagnostics | FileCheck %s

func.func private @step(memref<100xi8>, memref<100xi8>)

// %a and %c are never in use together.
// CHECK: memref.global "private" @arena : memref<212xi8> = uninitialized {alignment = 64 : i64}
// CHECK-LABEL: func.func @main
// CHECK-SAME: smelt.arena_bytes = 212 : i64, smelt.live_bytes = {func.call = 200 : i64}
// CHECK: %[[ARENA:.*]] = memref.get_global @arena
// CHECK: %[[A:.*]] = memref.view %[[ARENA]][%c0{{.*}}][] : memref<212xi8> to memref<100xi8>
// CHECK: %[[B:.*]] = memref.view %[[ARENA]][%c112{{.*}}][] : memref<212xi8> to memref<100xi8>
// CHECK: %[[C:.*]] = memref.view %[[ARENA]][%c0{{.*}}][] : memref<212xi8> to memref<100xi8>
// CHECK-NOT: memref.dealloc
func.func @main(%x: memref<100xi8>) {
  %a = memref.alloc() : memref<100xi8>
  call @step(%x, %a) : (memref<100xi8>, memref<100xi8>) -> ()
  %b = memref.alloc() : memref<100xi8>
  call @step(%a, %b) : (memref<100xi8>, memref<100xi8>) -> ()
  memref.dealloc %a : memref<100xi8>
  %c = memref.alloc() : memref<100xi8>
  call @step(%b, %c) : (memref<100xi8>, memref<100xi8>) -> ()
  return
}

// -----

func.func private @next(memref<100xi8>)
func.func private @large(memref<200000xi8>)

// Where calls have steps, a small buffer is kept for four of them, a large one
// is not. Calls of one step are one.
// CHECK-LABEL: func.func @steps
// CHECK: memref.view %{{.*}}[%c200000][] : {{.*}} to memref<100xi8>
// CHECK: memref.view %{{.*}}[%c0{{.*}}][] : {{.*}} to memref<200000xi8>
// CHECK: memref.view %{{.*}}[%c200112][] : {{.*}} to memref<100xi8>
// CHECK: memref.view %{{.*}}[%c0{{.*}}][] : {{.*}} to memref<200000xi8>
// CHECK: memref.view %{{.*}}[%c0{{.*}}][] : {{.*}} to memref<100xi8>
func.func @steps() {
  %a = memref.alloc() : memref<100xi8>
  call @next(%a) {smelt.step = 0 : index} : (memref<100xi8>) -> ()
  %b = memref.alloc() : memref<200000xi8>
  call @large(%b) {smelt.step = 1 : index} : (memref<200000xi8>) -> ()
  %c = memref.alloc() : memref<100xi8>
  call @next(%c) {smelt.step = 2 : index} : (memref<100xi8>) -> ()
  call @next(%c) {smelt.step = 2 : index} : (memref<100xi8>) -> ()
  call @next(%c) {smelt.step = 3 : index} : (memref<100xi8>) -> ()
  %d = memref.alloc() : memref<200000xi8>
  call @large(%d) {smelt.step = 4 : index} : (memref<200000xi8>) -> ()
  %e = memref.alloc() : memref<100xi8>
  call @next(%e) {smelt.step = 5 : index} : (memref<100xi8>) -> ()
  return
}

// -----

func.func private @wide(memref<8xi32>)
func.func private @half(memref<8xi16>)

// C does not let an i32 and an i16 buffer share bytes.
// CHECK: memref.global "private" @arena : memref<48xi8>
func.func @types() {
  %a = memref.alloc() : memref<8xi32>
  call @wide(%a) : (memref<8xi32>) -> ()
  %b = memref.alloc() : memref<8xi16>
  call @half(%b) : (memref<8xi16>) -> ()
  return
}

// -----

func.func private @fill(memref<100xi8>)
func.func private @fill_small(memref<10xi8>)

// Two functions share one arena, of the size of the larger.
// CHECK: memref.global "private" @arena : memref<100xi8>
// CHECK-NOT: memref.global
// CHECK: func.func @small() attributes {smelt.arena_bytes = 10
// CHECK: memref.view {{.*}} memref<100xi8> to memref<10xi8>
// CHECK: func.func @large() attributes {smelt.arena_bytes = 100
// CHECK: memref.view {{.*}} memref<100xi8> to memref<100xi8>
func.func @small() {
  %a = memref.alloc() : memref<10xi8>
  call @fill_small(%a) : (memref<10xi8>) -> ()
  return
}
func.func @large() {
  %a = memref.alloc() : memref<100xi8>
  call @fill(%a) : (memref<100xi8>) -> ()
  return
}

// -----

func.func @loop(%n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    // expected-error @below {{cannot be planned inside of a loop}}
    %a = memref.alloc() : memref<4xi8>
    memref.dealloc %a : memref<4xi8>
  }
  return
}

// -----

func.func private @identity(memref<4xi8>) -> memref<4xi8>

func.func @hidden() {
  %a = memref.alloc() : memref<4xi8>
  // expected-error @below {{hides where a buffer is used}}
  %b = call @identity(%a) : (memref<4xi8>) -> memref<4xi8>
  return
}

// -----

func.func @dynamic(%n: index) {
  // expected-error @below {{cannot be planned: its size must be static}}
  %a = memref.alloc(%n) : memref<?xi8>
  return
}

// -----

func.func private @step(memref<4xi8>)

func.func @branches() {
  // expected-error @below {{is used outside of its block}}
  %a = memref.alloc() : memref<4xi8>
  cf.br ^next
^next:
  call @step(%a) : (memref<4xi8>) -> ()
  return
}
