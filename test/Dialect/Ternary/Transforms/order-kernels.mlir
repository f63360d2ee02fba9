// RUN: smelt-opt %s --ternary-order-kernels --split-input-file | FileCheck %s
// RUN: smelt-opt %s --ternary-order-kernels --ternary-plan-memory --ternary-share-work --split-input-file | FileCheck %s --check-prefix=SHARED

func.func private @copy(%x: memref<4xi32>, %y: memref<4xi32>) {
  memref.copy %x, %y : memref<4xi32> to memref<4xi32>
  return
}

func.func private @add(%x: memref<4xi32>, %y: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %a = vector.load %x[%c0] : memref<4xi32>, vector<4xi32>
  %b = vector.load %y[%c0] : memref<4xi32>, vector<4xi32>
  %c = arith.addi %a, %b : vector<4xi32>
  vector.store %c, %y[%c0] : memref<4xi32>, vector<4xi32>
  return
}

// Two chains that meet at the end go side by side. What only one of them writes
// has another place than what the other reads at the same time.
// CHECK-LABEL: func.func @chains
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK: %[[B:.*]] = memref.alloc()
// CHECK: %[[C:.*]] = memref.alloc()
// CHECK-NEXT: call @copy(%arg0, %[[A]]) {smelt.step = 0 : index}
// CHECK-NEXT: call @copy(%arg0, %[[C]]) {smelt.step = 0 : index}
// CHECK-NEXT: call @copy(%[[A]], %[[B]]) {smelt.step = 1 : index}
// CHECK-NEXT: call @add(%[[C]], %arg1) {smelt.step = 1 : index}
// CHECK-NEXT: call @add(%[[B]], %arg1) {smelt.step = 2 : index}
// CHECK-NEXT: memref.dealloc %[[A]]
// SHARED-LABEL: func.func private @chains_part
// SHARED-COUNT-3: memref.view
// SHARED-NOT: memref.view
// SHARED: call @copy(%arg0, %[[A:[a-z0-9_]+]],
// SHARED-NEXT: call @copy(%arg0, %[[C:[a-z0-9_]+]],
// SHARED-NEXT: call @thread_barrier()
// SHARED-NEXT: call @copy(%[[A]], %[[B:[a-z0-9_]+]],
// SHARED-NEXT: call @add(%[[C]], %arg1,
// SHARED-NEXT: call @thread_barrier()
// SHARED-NEXT: call @add(%[[B]], %arg1,
// SHARED-NEXT: return
func.func @chains(%x: memref<4xi32>, %y: memref<4xi32>) {
  %a = memref.alloc() : memref<4xi32>
  %b = memref.alloc() : memref<4xi32>
  call @copy(%x, %a) : (memref<4xi32>, memref<4xi32>) -> ()
  call @copy(%a, %b) : (memref<4xi32>, memref<4xi32>) -> ()
  memref.dealloc %a : memref<4xi32>
  %c = memref.alloc() : memref<4xi32>
  call @copy(%x, %c) : (memref<4xi32>, memref<4xi32>) -> ()
  call @add(%c, %y) : (memref<4xi32>, memref<4xi32>) -> ()
  call @add(%b, %y) : (memref<4xi32>, memref<4xi32>) -> ()
  memref.dealloc %b : memref<4xi32>
  memref.dealloc %c : memref<4xi32>
  return
}

// -----

func.func private @write(%x: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %v = arith.constant 1 : i32
  memref.store %v, %x[%c0] : memref<4xi32>
  return
}

func.func private @pass(%x: memref<4xi32>) {
  call @write(%x) : (memref<4xi32>) -> ()
  return
}

func.func private @point(%x: memref<4xi32>) {
  %p = memref.extract_aligned_pointer_as_index %x : memref<4xi32> -> index
  return
}

func.func private @unknown(%x: memref<4xi32>)

// Parts of one buffer are told apart by their places; what a kernel passes on,
// or makes a pointer of, it may write. Of views without a place all counts.
// CHECK-LABEL: func.func @parts
// CHECK: call @write({{.*}}) {smelt.step = 0 : index}
// CHECK: call @write({{.*}}) {smelt.step = 0 : index}
// CHECK: call @pass({{.*}}) {smelt.step = 1 : index}
// CHECK: call @point({{.*}}) {smelt.step = 2 : index}
// CHECK: call @unknown({{.*}}) {smelt.step = 3 : index}
// CHECK: call @write({{.*}}) {smelt.step = 4 : index}
func.func @parts(%x: memref<64xi8>, %i: index) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %a = memref.view %x[%c0][] : memref<64xi8> to memref<4xi32>
  %b = memref.view %x[%c16][] : memref<64xi8> to memref<4xi32>
  %c = memref.view %x[%i][] : memref<64xi8> to memref<4xi32>
  call @write(%a) : (memref<4xi32>) -> ()
  call @write(%b) : (memref<4xi32>) -> ()
  call @pass(%b) : (memref<4xi32>) -> ()
  call @point(%b) : (memref<4xi32>) -> ()
  call @unknown(%b) : (memref<4xi32>) -> ()
  call @write(%c) : (memref<4xi32>) -> ()
  return
}

// -----

func.func private @kernel(%x: memref<1xi32>) {
  return
}

// CHECK-LABEL: func.func @effects
// CHECK: call @kernel(%{{.*}}) : (memref<1xi32>) -> ()
// CHECK-NEXT: memref.store
func.func @effects(%x: memref<1xi32>, %y: i32) {
  %c0 = arith.constant 0 : index
  call @kernel(%x) : (memref<1xi32>) -> ()
  memref.store %y, %x[%c0] : memref<1xi32>
  return
}
