// RUN: smelt-opt %s --ternary-share-work --split-input-file | FileCheck %s

// CHECK-DAG: func.func private @thread_index() -> i32
// CHECK-DAG: func.func private @thread_count() -> i32
// CHECK-DAG: func.func private @thread_place(i32, i32) -> i32
// CHECK-DAG: func.func private @thread_barrier()

// A shared loop is divided at the multiples of 16 that are nearest to the places
// where the thread's work begins and ends.
// CHECK-LABEL: func.func private @double
// CHECK-SAME: %{{[a-z0-9]+}}: index {smelt.name = "thread"}, %{{[a-z0-9]+}}: index {smelt.name = "threads"}, %[[FROM:[a-z0-9]+]]: index {smelt.name = "from"}, %[[TO:[a-z0-9]+]]: index {smelt.name = "to"})
// CHECK: %[[GRANULES:.*]] = arith.index_cast %{{.*}} : index to i64
// CHECK: %[[PLACE:.*]] = arith.index_cast %[[FROM]] : index to i64
// CHECK: %[[PRODUCT:.*]] = arith.muli %[[GRANULES]], %[[PLACE]]
// CHECK: %[[SUM:.*]] = arith.addi %[[PRODUCT]], %c32768_i64
// CHECK: %[[QUOTIENT:.*]] = arith.divui %[[SUM]], %c65536_i64
// CHECK: %[[GRANULE:.*]] = arith.index_cast %[[QUOTIENT]] : i64 to index
// CHECK: %[[START:.*]] = arith.muli %[[GRANULE]], %c16
// CHECK: %[[AT:.*]] = arith.addi %{{.*}}, %[[START]]
// CHECK: %[[FIRST:.*]] = arith.minui %[[AT]], %c100
// CHECK: arith.index_cast %[[TO]] : index to i64
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
// CHECK: %[[COUNT:.*]] = call @thread_count() : () -> i32
// CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %c1_i32
// CHECK: %[[BEGIN:.*]] = call @thread_place(%[[I]], %[[COUNT]])
// CHECK: %[[END:.*]] = call @thread_place(%[[NEXT]], %[[COUNT]])
// CHECK: %[[T:.*]] = arith.index_cast %[[I]]
// CHECK: %[[N:.*]] = arith.index_cast %[[COUNT]]
// CHECK: %[[FROM:.*]] = arith.index_cast %[[BEGIN]]
// CHECK: %[[TO:.*]] = arith.index_cast %[[END]]
// CHECK: call @double(%{{.*}}, %{{.*}}, %[[T]], %[[N]], %[[FROM]], %[[TO]])
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @sum(%{{.*}}, %{{.*}}, %[[T]], %[[N]], %[[FROM]], %[[TO]])
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

// -----

// Threads compute the sum and the largest element of their parts, tell them to
// one another, and combine what all have; one stores the result.
// CHECK: memref.global "private" @partials : memref<4096xi64> = uninitialized {alignment = 64 : i64}
// CHECK-LABEL: func.func private @combine
// CHECK-SAME: %[[T:[a-z0-9]+]]: index {smelt.name = "thread"}, %[[N:[a-z0-9]+]]: index {smelt.name = "threads"}
// CHECK: %[[OWN:.*]]:2 = scf.for
// CHECK-NOT: smelt.shared
// CHECK: %[[P:.*]] = memref.get_global @partials
// CHECK: %[[LINE:.*]] = arith.muli %[[T]], %c8
// CHECK: memref.store %[[OWN]]#0, %[[P]]
// CHECK: %[[WIDE:.*]] = arith.extsi %[[OWN]]#1 : i32 to i64
// CHECK: memref.store %[[WIDE]], %[[P]]
// CHECK: call @thread_barrier()
// CHECK: memref.load %[[P]]
// CHECK: %[[ALL:.*]]:2 = scf.for %{{.*}} = %c1{{.*}} to %[[N]]
// CHECK: arith.addi %{{.*}} : i64
// CHECK: arith.maxsi %{{.*}} : i32
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[T]], %c0
// CHECK: scf.if %[[FIRST]]
// CHECK-NEXT: memref.store %[[ALL]]#1
func.func private @combine(%x: memref<100xi32>, %y: memref<1xi32>, %z: memref<1xi64>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %zero = arith.constant 0 : i64
  %least = arith.constant -7 : i32
  %r:2 = scf.for %i = %c0 to %c100 step %c1 iter_args(%sum = %zero, %most = %least) -> (i64, i32) {
    %a = memref.load %x[%i] : memref<100xi32>
    %b = arith.extsi %a : i32 to i64
    %c = arith.addi %sum, %b : i64
    %d = arith.maxsi %most, %a : i32
    scf.yield %c, %d : i64, i32
  } {smelt.shared = 16 : index}
  memref.store %r#1, %y[%c0] : memref<1xi32>
  memref.store %r#0, %z[%c0] : memref<1xi64>
  return
}

// A sum that does not begin at 0, and a product, are computed by one thread.
// CHECK-LABEL: func.func private @keep
// CHECK-NOT: @partials
// CHECK: scf.if
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c100
func.func private @keep(%x: memref<100xi32>, %y: memref<2xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %one = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %c100 step %c1 iter_args(%sum = %one, %product = %one) -> (i32, i32) {
    %a = memref.load %x[%i] : memref<100xi32>
    %c = arith.addi %sum, %a : i32
    %d = arith.muli %product, %a : i32
    scf.yield %c, %d : i32, i32
  } {smelt.shared = 16 : index}
  memref.store %r#0, %y[%c0] : memref<2xi32>
  memref.store %r#1, %y[%c1] : memref<2xi32>
  return
}

// A result that a kernel goes on with is not read where one thread stores it,
// unless something else is stored there.
// CHECK-LABEL: func.func private @scale
// CHECK: call @thread_barrier()
// CHECK: %[[MOST:.*]] = scf.for
// CHECK: scf.if
// CHECK-NEXT: memref.store %[[MOST]]
// CHECK-NOT: scf.if
// CHECK: scf.for
// CHECK-NOT: memref.load %arg1
// CHECK: arith.addi %{{.*}}, %[[MOST]]
// CHECK: return
func.func private @scale(%x: memref<100xi32>, %y: memref<1xi32>, %z: memref<100xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %least = arith.constant -7 : i32
  %r = scf.for %i = %c0 to %c100 step %c1 iter_args(%most = %least) -> (i32) {
    %a = memref.load %x[%i] : memref<100xi32>
    %b = arith.maxsi %most, %a : i32
    scf.yield %b : i32
  } {smelt.shared = 16 : index}
  memref.store %r, %y[%c0] : memref<1xi32>
  scf.for %i = %c0 to %c100 step %c1 {
    %a = memref.load %x[%i] : memref<100xi32>
    %b = memref.load %y[%c0] : memref<1xi32>
    %c = arith.addi %a, %b : i32
    memref.store %c, %z[%i] : memref<100xi32>
  } {smelt.shared = 16 : index}
  return
}

// CHECK-LABEL: func.func private @scale_twice
// CHECK: scf.if
// CHECK: memref.load %arg1
func.func private @scale_twice(%x: memref<100xi32>, %y: memref<1xi32>, %z: memref<100xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %one = arith.constant 1 : i32
  memref.store %one, %y[%c0] : memref<1xi32>
  scf.for %i = %c0 to %c100 step %c1 {
    %b = memref.load %y[%c0] : memref<1xi32>
    memref.store %b, %z[%i] : memref<100xi32>
  } {smelt.shared = 16 : index}
  memref.store %one, %y[%c0] : memref<1xi32>
  return
}

// CHECK-LABEL: func.func private @combining_part
// CHECK: call @combine(
// The same array of partial results.
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @combine(
// CHECK-NEXT: call @keep(
// CHECK: call @scale(
// CHECK: call @scale_twice(
// CHECK-NEXT: return
func.func @combining(%x: memref<100xi32>, %y: memref<1xi32>, %z: memref<1xi64>, %v: memref<1xi32>, %w: memref<1xi64>, %u: memref<2xi32>, %t: memref<100xi32>) {
  call @combine(%x, %y, %z) : (memref<100xi32>, memref<1xi32>, memref<1xi64>) -> ()
  call @combine(%x, %v, %w) : (memref<100xi32>, memref<1xi32>, memref<1xi64>) -> ()
  call @keep(%x, %u) : (memref<100xi32>, memref<2xi32>) -> ()
  call @scale(%x, %v, %t) : (memref<100xi32>, memref<1xi32>, memref<100xi32>) -> ()
  call @scale_twice(%x, %v, %t) : (memref<100xi32>, memref<1xi32>, memref<100xi32>) -> ()
  return
}

// -----

func.func private @tiles(%x: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %c16 = arith.constant 16 : index
  %v = arith.constant dense<1> : vector<16xi32>
  scf.for %i = %c0 to %c10 step %c1 {
    %at = arith.muli %i, %c16 : index
    vector.store %v, %x[%at] : memref<160xi32>, vector<16xi32>
  } {smelt.shared = 1 : index}
  return
}

func.func private @elements(%x: memref<160xi32>, %y: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c160 = arith.constant 160 : index
  scf.for %i = %c0 to %c160 step %c1 {
    %a = memref.load %x[%i] : memref<160xi32>
    memref.store %a, %y[%i] : memref<160xi32>
  } {smelt.shared = 16 : index}
  return
}

func.func private @heads(%x: memref<160xi32>, %y: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c20 = arith.constant 20 : index
  %c80 = arith.constant 80 : index
  scf.for %i = %c0 to %c2 step %c1 {
    %first = arith.muli %i, %c80 : index
    scf.for %j = %c0 to %c80 step %c1 {
      %at = arith.addi %first, %j : index
      %a = memref.load %x[%at] : memref<160xi32>
      memref.store %a, %y[%at] : memref<160xi32>
    }
  } {smelt.shared = 1 : index}
  return
}

func.func private @neighbours(%x: memref<160xi32>, %y: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c159 = arith.constant 159 : index
  scf.for %i = %c0 to %c159 step %c1 {
    %j = arith.addi %i, %c1 : index
    %a = memref.load %x[%j] : memref<160xi32>
    memref.store %a, %y[%i] : memref<160xi32>
  } {smelt.shared = 16 : index}
  return
}

// A thread need not wait to go on with the elements that it wrote itself.
// CHECK-LABEL: func.func private @same_parts_part
// CHECK: call @tiles(
// CHECK-NEXT: call @elements(
// CHECK-NEXT: call @elements(
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @heads(
// CHECK-NEXT: call @heads(
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @neighbours(
// CHECK-NEXT: return
func.func @same_parts(%a: memref<160xi32>, %b: memref<160xi32>, %c: memref<160xi32>, %d: memref<160xi32>, %e: memref<160xi32>, %f: memref<160xi32>) {
  call @tiles(%a) : (memref<160xi32>) -> ()
  call @elements(%a, %b) : (memref<160xi32>, memref<160xi32>) -> ()
  call @elements(%b, %c) : (memref<160xi32>, memref<160xi32>) -> ()
  call @heads(%c, %d) : (memref<160xi32>, memref<160xi32>) -> ()
  call @heads(%d, %e) : (memref<160xi32>, memref<160xi32>) -> ()
  call @neighbours(%e, %f) : (memref<160xi32>, memref<160xi32>) -> ()
  return
}

// -----

func.func private @elements(%x: memref<80xi32, strided<[1], offset: ?>>, %y: memref<80xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c80 = arith.constant 80 : index
  scf.for %i = %c0 to %c80 step %c1 {
    %a = memref.load %x[%i] : memref<80xi32, strided<[1], offset: ?>>
    memref.store %a, %y[%i] : memref<80xi32>
  } {smelt.shared = 16 : index}
  return
}

func.func private @fill(%x: memref<80xi32, strided<[1], offset: ?>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c80 = arith.constant 80 : index
  %v = arith.constant 1 : i32
  scf.for %i = %c0 to %c80 step %c1 {
    memref.store %v, %x[%i] : memref<80xi32, strided<[1], offset: ?>>
  } {smelt.shared = 16 : index}
  return
}

func.func private @later(%x: memref<160xi32>, %y: memref<80xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c80 = arith.constant 80 : index
  %s = memref.subview %x[16] [80] [1] : memref<160xi32> to memref<80xi32, strided<[1], offset: 16>>
  scf.for %i = %c0 to %c80 step %c1 {
    %a = memref.load %s[%i] : memref<80xi32, strided<[1], offset: 16>>
    memref.store %a, %y[%i] : memref<80xi32>
  } {smelt.shared = 16 : index}
  return
}

func.func private @first(%x: memref<160xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c80 = arith.constant 80 : index
  %v = arith.constant 1 : i32
  scf.for %i = %c0 to %c80 step %c1 {
    memref.store %v, %x[%i] : memref<160xi32>
  } {smelt.shared = 16 : index}
  return
}

// Parts of views that begin elsewhere are others.
// CHECK-LABEL: func.func private @views_part
// CHECK: call @fill(
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @elements(
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @first(
// CHECK-NEXT: call @thread_barrier()
// CHECK-NEXT: call @later(
// CHECK-NEXT: return
func.func @views(%a: memref<160xi32>, %b: memref<80xi32>, %c: memref<80xi32>) {
  %low = memref.subview %a[0] [80] [1] : memref<160xi32> to memref<80xi32, strided<[1]>>
  %0 = memref.cast %low : memref<80xi32, strided<[1]>> to memref<80xi32, strided<[1], offset: ?>>
  %high = memref.subview %a[16] [80] [1] : memref<160xi32> to memref<80xi32, strided<[1], offset: 16>>
  %1 = memref.cast %high : memref<80xi32, strided<[1], offset: 16>> to memref<80xi32, strided<[1], offset: ?>>
  call @fill(%0) : (memref<80xi32, strided<[1], offset: ?>>) -> ()
  call @elements(%1, %b) : (memref<80xi32, strided<[1], offset: ?>>, memref<80xi32>) -> ()
  call @first(%a) : (memref<160xi32>) -> ()
  call @later(%a, %c) : (memref<160xi32>, memref<80xi32>) -> ()
  return
}

// -----

// Of weights, 1,000 bytes a round, fetched and read block by block, each thread
// reads a part. What is read whole is not marked, nor what is not constant.
memref.global "private" constant @w : memref<100000xi8> = dense<1>

// CHECK-LABEL: func.func private @product
// CHECK-SAME: memref<100000xi8> {smelt.thread_part = array<i64: 100000, 1000>}
// CHECK-SAME: memref<100xi32>
// CHECK-SAME: memref<100000xi8>, %{{[a-z0-9]+}}: index
func.func private @product(%w: memref<100000xi8>, %y: memref<100xi32>, %z: memref<100000xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c100 = arith.constant 100 : index
  %c1000 = arith.constant 1000 : index
  %zero = arith.constant 0 : i32
  scf.for %i = %c0 to %c100 step %c1 {
    %first = arith.muli %i, %c1000 : index
    %sum:2 = scf.for %j = %c0 to %c100 step %c1 iter_args(%partial = %zero, %byte = %first) -> (i32, index) {
      memref.prefetch %w[%byte], read, locality<3>, data : memref<100000xi8>
      %bytes = vector.load %w[%byte] : memref<100000xi8>, vector<10xi8>
      %code = vector.extract %bytes[0] : i8 from vector<10xi8>
      %wide = arith.extsi %code : i8 to i32
      %c10 = arith.constant 10 : index
      %next = arith.addi %byte, %c10 : index
      %added = arith.addi %partial, %wide : i32
      %other = memref.load %z[%j] : memref<100000xi8>
      scf.yield %added, %next : i32, index
    }
    memref.store %sum#0, %y[%i] : memref<100xi32>
  } {smelt.shared = 1 : index}
  return
}

// CHECK-LABEL: func.func private @copy
// CHECK-SAME: (%{{[a-z0-9]+}}: memref<100000xi8>, %{{[a-z0-9]+}}: memref<100000xi8>, %{{[a-z0-9]+}}: index
func.func private @copy(%x: memref<100000xi8>, %y: memref<100000xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %count = arith.constant 100000 : index
  scf.for %i = %c0 to %count step %c1 {
    %a = memref.load %x[%i] : memref<100000xi8>
    memref.store %a, %y[%i] : memref<100000xi8>
  } {smelt.shared = 16 : index}
  return
}

func.func @main(%w: memref<100000xi8>, %y: memref<100xi32>, %z: memref<100000xi8>) {
  %weights = memref.get_global @w : memref<100000xi8>
  call @product(%weights, %y, %weights) : (memref<100000xi8>, memref<100xi32>, memref<100000xi8>) -> ()
  call @copy(%w, %z) : (memref<100000xi8>, memref<100000xi8>) -> ()
  return
}
