// RUN: smelt-opt %s --convert-threads-to-openmp | mlir-translate --mlir-to-llvmir -o %t.ll
// RUN: clang -w -c %t.ll -o %t.o
// RUN: gcc -fopenmp %S/Inputs/places.c %t.o -o %t
// RUN: %t
// RUN: env OMP_NUM_THREADS=4 OMP_THREAD_LIMIT=2 %t 2

// Threads of any team divide all of the work. Where the part of the first of two
// ends moves from region to region, if one takes longer than the other.
// `places.c` checks both.

llvm.func @thread_index() -> i32
llvm.func @thread_count() -> i32
llvm.func @thread_place(i32, i32) -> i32
llvm.func @thread_reads(i64, i64, i64)
llvm.func @thread_barrier()
llvm.func @work(i32, i32, i32)

llvm.func internal @part(%x: !llvm.ptr) {
  %one = llvm.mlir.constant(1 : i32) : i32
  %zero = llvm.mlir.constant(0 : i64) : i64
  %0 = llvm.call @thread_index() : () -> i32
  %1 = llvm.call @thread_count() : () -> i32
  %2 = llvm.add %0, %one : i32
  %from = llvm.call @thread_place(%0, %1) : (i32, i32) -> i32
  %to = llvm.call @thread_place(%2, %1) : (i32, i32) -> i32
  llvm.call @work(%0, %from, %to) : (i32, i32, i32) -> ()
  %thread = llvm.zext %0 : i32 to i64
  llvm.call @thread_reads(%thread, %zero, %zero) : (i64, i64, i64) -> ()
  llvm.call @thread_barrier() : () -> ()
  llvm.return
}

llvm.func @region(%x: !llvm.ptr) {
  llvm.call @part(%x) {smelt.parallel} : (!llvm.ptr) -> ()
  llvm.return
}
