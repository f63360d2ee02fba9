// RUN: smelt-opt %s --ternary-share-work --split-input-file | FileCheck %s

// CHECK-DAG: func.func private @thread_index() -> i32
// CHECK-DAG: func.func private @thread_count() -> i32
// CHECK-DAG: func.func private @thread_barrier()

// A shared loop is divided in parts that begin at multiples of 16.
// CHECK-LABEL: func.func private @double
// CHECK-SAME: %[[T:[a-z0-9]+]]: index {smelt.name = "thread"}, %[[N:[a-z0-9]+]]: index {smelt.name = "threads"})
// CHECK: %[[ROUND:.*]] = arith.muli %[[N]], %c16
// CHECK: %[[PARTS:.*]] = arith.divui %{{.*}}, %[[ROUND]]
// CHECK: %[[SHARE:.*]] = arith.muli %[[PARTS]], %c16
// CHECK: %[[START:.*]] = arith.muli %[[T]], %[[SHARE]]
// CHECK: %[[FROM:.*]] = arith.addi %{{.*}}, %[[START]]
// CHECK: %[[FIRST:.*]] = arith.minui %[[FROM]], %c100
// CHECK: %[[LAST:.*]] = arith.minui %{{.*}}, %c100
// CHECK: scf.for %{{.*}} = %[[FIRST]] to %[[LAST]]
// CHECK-NOT: smelt.shared
func.func private @double(%x: memref<100xi32>, %y: memref<100xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %own = memref.alloca() : memref<1xi32>
  %start = memref.load %x[%c0] : memref<100xi32>
  memref.store %start, %own[%c0] : memref<1xi32>
  scf.for %i = %c0 to %c100 step %c1 {
    %a = memref.load %x[%i] : memref<100xi32>
    %b = memref.load %own[%c0] : memref<1xi32>
    %c = arith.addi %a, %b : i32
    memref.store %c, %y[%i] : memref<100xi32>
  } {smelt.shared = 16 : index}
  return
}

// What writes outside of shared loops is left to one thread.
// CHECK-LABEL: func.func private @sum
// CHECK-SAME: %[[T:[a-z0-9]+]]: index {smelt.name = "thread"}
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[T]], %c0
// CHECK: scf.if %[[FIRST]]
// CHECK: scf.for
// CHECK: memref.store
func.func private @sum(%x: memref<100xi32>, %y: memref<1xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  scf.for %i = %c0 to %c100 step %c1 {
    %a = memref.load %x[%i] : memref<100xi32>
    %b = memref.load %y[%c0] : memref<1xi32>
    %c = arith.addi %a, %b : i32
    memref.store %c, %y[%c0] : memref<1xi32>
  }
  return
}

// CHECK-LABEL: func.func private @main_part
// CHECK: %[[I:.*]] = call @thread_index() : () -> i32
// CHECK: %[[T:.*]] = arith.index_cast %[[I]]
// CHECK: call @thread_count
// CHECK: call @double(%{{.*}}, %{{.*}}, %[[T]], %[[N:[a-z0-9_]+]])
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @sum(%{{.*}}, %{{.*}}, %[[T]], %[[N]])
// CHECK-NEXT: return
// CHECK-LABEL: func.func @main
// CHECK-SAME: smelt.name = "x"
// CHECK-NEXT: call @main_part(%{{.*}}) {smelt.parallel}
// CHECK-NEXT: return
func.func @main(%x: memref<100xi32> {smelt.name = "x"}, %y: memref<100xi32>, %z: memref<1xi32>) {
  call @double(%x, %y) : (memref<100xi32>, memref<100xi32>) -> ()
  call @sum(%y, %z) : (memref<100xi32>, memref<1xi32>) -> ()
  return
}

// -----

func.func private @kernel(%x: memref<1xi32>) {
  return
}

// All threads would store at the end of this one.
// CHECK-LABEL: func.func @effects
// CHECK-NOT: part
// CHECK: call @kernel(%{{.*}}) : (memref<1xi32>) -> ()
func.func @effects(%x: memref<1xi32>, %y: i32) {
  %c0 = arith.constant 0 : index
  call @kernel(%x) : (memref<1xi32>) -> ()
  memref.store %y, %x[%c0] : memref<1xi32>
  return
}
