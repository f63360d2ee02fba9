// RUN: smelt-opt %s --convert-threads-to-openmp --split-input-file --verify-diagnostics | FileCheck %s

llvm.func @thread_index() -> i32
llvm.func @thread_count() -> i32
llvm.func @thread_barrier()
llvm.func @thread_reads(i64, i64, i64)
llvm.func @thread_place(i32, i32) -> i32

// CHECK-DAG: llvm.func @GOMP_parallel(!llvm.ptr, !llvm.ptr, i32, i32)
// CHECK-DAG: llvm.func @omp_get_max_threads() -> i32
// CHECK-DAG: llvm.func @sched_yield() -> i32
// CHECK-DAG: llvm.mlir.global internal @thread_lines() {{.*}}alignment = 64 : i64} : !llvm.array<2056 x i64>
// CHECK-DAG: llvm.mlir.global internal @thread_places() {{.*}} : !llvm.array<129 x i64>
// CHECK-LABEL: llvm.func internal @thread_place(%{{.*}}: i32, %{{.*}}: i32) -> i32
// CHECK-LABEL: llvm.func internal @begin_threads
// CHECK: llvm.call @omp_get_num_procs()
// CHECK-LABEL: llvm.func internal @thread_reads(%{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64)
// CHECK-LABEL: llvm.func internal @thread_barrier()
// CHECK: llvm.call @omp_get_thread_num()
// CHECK: llvm.call @omp_get_num_threads()
// CHECK: llvm.store %{{.*}}, %{{.*}} atomic release
// CHECK: llvm.load %{{.*}} atomic acquire
// CHECK-COUNT-2: llvm.intr.prefetch
// CHECK: llvm.call @sched_yield()
// CHECK: llvm.func @omp_get_thread_num() -> i32
// CHECK: llvm.func @omp_get_num_threads() -> i32
// CHECK-LABEL: llvm.func internal @f_part
// CHECK: llvm.call @omp_get_thread_num()
// CHECK: llvm.call @thread_place
// CHECK: llvm.call @thread_reads
// CHECK: llvm.call @thread_barrier()
llvm.func internal @f_part(%x: !llvm.ptr, %y: !llvm.ptr) {
  %0 = llvm.call @thread_index() : () -> i32
  %thread = llvm.zext %0 : i32 to i64
  %address = llvm.ptrtoint %x : !llvm.ptr to i64
  %bytes = llvm.mlir.constant(1000 : i64) : i64
  %place = llvm.call @thread_place(%0, %0) : (i32, i32) -> i32
  llvm.call @thread_reads(%thread, %address, %bytes) : (i64, i64, i64) -> ()
  %1 = llvm.call @thread_count() : () -> i32
  llvm.call @thread_barrier() : () -> ()
  llvm.return
}

// CHECK-LABEL: llvm.func internal @f_part_worker
// CHECK-SAME: (%[[DATA:.*]]: !llvm.ptr)
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[DATA]][0]
// CHECK: %[[X:.*]] = llvm.load %[[AT]]
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[DATA]][1]
// CHECK: %[[Y:.*]] = llvm.load %[[AT]]
// CHECK: llvm.call @f_part(%[[X]], %[[Y]])
// CHECK-LABEL: llvm.func @f(
// CHECK: %[[DATA:.*]] = llvm.alloca %{{.*}} x !llvm.ptr
// CHECK-COUNT-2: llvm.store
// CHECK: %[[MOST:.*]] = llvm.call @omp_get_max_threads()
// CHECK: %[[THREADS:.*]] = llvm.intr.umin(%[[MOST]], %{{.*}})
// CHECK: llvm.call @begin_threads(%[[THREADS]])
// CHECK: %[[WORKER:.*]] = llvm.mlir.addressof @f_part_worker
// CHECK: llvm.call @GOMP_parallel(%[[WORKER]], %[[DATA]], %[[THREADS]], %{{.*}})
llvm.func @f(%x: !llvm.ptr, %y: !llvm.ptr) {
  llvm.call @f_part(%x, %y) {smelt.parallel} : (!llvm.ptr, !llvm.ptr) -> ()
  llvm.return
}

// -----

llvm.func @g(i32)

llvm.func @f(%x: i32) {
  // expected-error @below {{cannot be made in parallel: it must name a function of pointers without a result}}
  llvm.call @g(%x) {smelt.parallel} : (i32) -> ()
  llvm.return
}

// -----

llvm.func @omp_get_thread_num()
// expected-error @below {{name "omp_get_thread_num" is taken}}
llvm.func @thread_index() -> i32

// -----

// expected-error @below {{name "thread_reads" is taken}}
llvm.func @thread_reads() {
  llvm.return
}
llvm.func @thread_barrier()

// -----

// Of places alone the others are made, too.
// CHECK-LABEL: llvm.func internal @thread_barrier()
// CHECK-LABEL: llvm.func @places_part
llvm.func @thread_place(i32, i32) -> i32
llvm.func @places_part(%x: !llvm.ptr) {
  %0 = llvm.mlir.constant(1 : i32) : i32
  %1 = llvm.call @thread_place(%0, %0) : (i32, i32) -> i32
  llvm.store %1, %x : i32, !llvm.ptr
  llvm.return
}

// -----

// expected-error @below {{name "thread_lines" is taken}}
llvm.func @thread_lines()
llvm.func @thread_barrier()

// -----

// What a thread runs is for the same processor.
// CHECK: llvm.func internal @h_part_worker
// CHECK-SAME: target_cpu = "x86-64-v3", target_features = #llvm.target_features<["+avx2"]>
llvm.func internal @h_part() attributes {target_cpu = "x86-64-v3", target_features = #llvm.target_features<["+avx2"]>} {
  llvm.return
}
llvm.func @h() {
  llvm.call @h_part() {smelt.parallel} : () -> ()
  llvm.return
}
