// RUN: rm -rf %t && mkdir %t
// RUN: smelt-opt %s --lower-to-emitc | smelt-translate --emit-c --c-name=net > %t/net.c
// RUN: smelt-opt %s --lower-to-emitc | smelt-translate --emit-c-header --c-name=net > %t/net.h
// RUN: FileCheck %s --input-file %t/net.c
// RUN: gcc -std=c99 -pedantic -Wall -Wextra -Werror -c %t/net.c -o %t/net.o
// RUN: gcc -std=c99 -pedantic -Wall -Wextra -Werror -fopenmp -c %t/net.c -o %t/net.o

// CHECK: #ifdef _OPENMP
// CHECK-NEXT: #include <omp.h>
// CHECK-NEXT: #define THREADS (omp_get_max_threads() < 128 ? omp_get_max_threads() : 128)
// CHECK-NEXT: static int32_t thread_index(void) { return omp_get_thread_num(); }
// CHECK-NEXT: static int32_t thread_count(void) { return omp_get_num_threads(); }
// CHECK-NEXT: static void thread_barrier(void) {
// CHECK-NEXT: #pragma omp barrier
// CHECK-NEXT: }
// CHECK-NEXT: #else
// CHECK-NEXT: static int32_t thread_index(void) { return 0; }
// CHECK-NEXT: static int32_t thread_count(void) { return 1; }
// CHECK-NEXT: static void thread_barrier(void) {}
// CHECK-NEXT: #endif
// CHECK-NEXT: static int32_t thread_place(int32_t thread, int32_t threads) {
// CHECK-NEXT:   return (int32_t)((int64_t)65536 * thread / threads);
// CHECK-NEXT: }
func.func private @thread_index() -> i32
func.func private @thread_count() -> i32
func.func private @thread_place(i32, i32) -> i32
func.func private @thread_barrier()

// CHECK: static void net_part(
// CHECK: = thread_index();
// CHECK: = thread_place(
// CHECK: thread_barrier();
func.func private @net_part(%x: memref<8xi32>, %y: memref<8xi32>) {
  %0 = call @thread_index() : () -> i32
  %1 = call @thread_count() : () -> i32
  %place = call @thread_place(%0, %1) : (i32, i32) -> i32
  %t = arith.index_cast %0 : i32 to index
  memref.store %place, %y[%t] : memref<8xi32>
  call @thread_barrier() : () -> ()
  memref.store %0, %y[%t] : memref<8xi32>
  return
}

// CHECK: void net(
// CHECK: {{^}}#ifdef _OPENMP
// CHECK-NEXT: {{^}}#pragma omp parallel num_threads(THREADS)
// CHECK-NEXT: {{^}}#endif
// CHECK-NEXT: net_part(
func.func @net(%x: memref<8xi32> {smelt.name = "x"}, %y: memref<8xi32> {smelt.name = "y"}) {
  call @net_part(%x, %y) {smelt.parallel} : (memref<8xi32>, memref<8xi32>) -> ()
  return
}
