// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/memory.mlir %t
// RUN: %c_gate %t | FileCheck %t/memory.mlir
// RUN: FileCheck %t/memory.mlir --check-prefix=CODE --input-file %t/model.c

//--- main.c
#include "model.h"
#include <stdio.h>

static void show(const char *name, const int32_t *x, int n) {
  printf("%s", name);
  for (int i = 0; i < n; i++)
    printf(" %d", (int)x[i]);
  printf("\n");
}

int main(void) {
  int32_t in[12] = {0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23};
  int32_t out[12] = {0}, out2[12] = {0};
  block(in, out, out2);
  show("block", out, 4);
  show("column", out2, 3);
  shifted(in, 4, out);
  show("shifted", out, 4);
  arena_use(in, out);
  show("arena", out, 4);
  tables(out);
  show("tables", out, 12);
  printf("bits %d %d\n", (int)bits(0), (int)bits(1));
  reinterpret(in, out);
  show("reinterpret", out, 4);
  return 0;
}

//--- memory.mlir
// CODE-DAG: static const int8_t small[3] = {-128, 127, 0};
// CODE-DAG: static const int64_t wide[2] = {INT64_MIN, 9223372036854775807};
// CODE-DAG: static const int32_t splat[4] = {7, 7, 7, 7};
// CODE-DAG: static const int32_t zeros[1000] = {0};
// CODE-DAG: static const int16_t resource[2] = {-2, 300};
// CODE-DAG: static const bool flags[3] = {true, false, true};
memref.global "private" constant @small : memref<3xi8> = dense<[-128, 127, 0]>
memref.global "private" constant @wide : memref<2xi64> = dense<[-9223372036854775808, 9223372036854775807]>
memref.global "private" constant @splat : memref<2x2xi32> = dense<7>
memref.global "private" constant @zeros : memref<1000xi32> = dense<0>
memref.global "private" constant @resource : memref<2x1xi16> = dense_resource<numbers>
memref.global "private" constant @flags : memref<3xi1> = dense<[true, false, true]>
memref.global "private" constant @scalar : memref<i32> = dense<-2147483648>
memref.global "private" constant @unused : memref<3xi8> = dense<1>
// CODE: static union {
// CODE-NEXT: int64_t align;
// CODE-NEXT: int8_t bytes[64];
// CODE-NEXT: } arena;
memref.global "private" @arena : memref<64xi8> = uninitialized

// CHECK: block 11 13 21 23
// CHECK: column 2 12 22
func.func @block(%x: memref<3x4xi32>, %y: memref<2x2xi32>, %z: memref<3xi32>) {
  %s = memref.subview %x[1, 1] [2, 2] [1, 2] : memref<3x4xi32> to memref<2x2xi32, strided<[4, 2], offset: 5>>
  memref.copy %s, %y : memref<2x2xi32, strided<[4, 2], offset: 5>> to memref<2x2xi32>
  %c = memref.subview %x[0, 2] [3, 1] [1, 1] : memref<3x4xi32> to memref<3xi32, strided<[4], offset: 2>>
  memref.copy %c, %z : memref<3xi32, strided<[4], offset: 2>> to memref<3xi32>
  return
}

// CHECK: shifted 10 11 12 13
// CODE-LABEL: void shifted(
// CODE: memcpy(out, in + n, 16);
func.func @shifted(%x: memref<12xi32>, %n: index, %y: memref<4xi32>) {
  %s = memref.subview %x[%n] [4] [1] : memref<12xi32> to memref<4xi32, strided<[1], offset: ?>>
  memref.copy %s, %y : memref<4xi32, strided<[1], offset: ?>> to memref<4xi32>
  return
}

func.func private @double(%x: memref<4xi32>, %y: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %i = %c0 to %c4 step %c1 {
    %v = memref.load %x[%i] : memref<4xi32>
    %w = arith.addi %v, %v : i32
    memref.store %w, %y[%i] : memref<4xi32>
  }
  return
}

// CHECK: arena 0 4 8 12
// CODE: NOCLONE static void double_(const int32_t *restrict in, int32_t *restrict out) {
// CODE-LABEL: void arena_use(
// CODE-NEXT: int32_t *buffer = (int32_t *)(arena.bytes + 16);
// CODE: double_(in, buffer);
func.func @arena_use(%x: memref<3x4xi32>, %y: memref<4xi32>) {
  %c16 = arith.constant 16 : index
  %arena = memref.get_global @arena : memref<64xi8>
  %b = memref.view %arena[%c16][] : memref<64xi8> to memref<2x2xi32>
  %flat = memref.collapse_shape %b [[0, 1]] : memref<2x2xi32> into memref<4xi32>
  %s = memref.subview %x[0, 0] [1, 4] [1, 1] : memref<3x4xi32> to memref<4xi32, strided<[1]>>
  %t = memref.cast %s : memref<4xi32, strided<[1]>> to memref<4xi32>
  func.call @double(%t, %flat) : (memref<4xi32>, memref<4xi32>) -> ()
  %c2 = memref.expand_shape %flat [[0, 1]] output_shape [2, 2] : memref<4xi32> into memref<2x2xi32>
  %c3 = memref.collapse_shape %c2 [[0, 1]] : memref<2x2xi32> into memref<4xi32>
  func.call @double(%c3, %y) : (memref<4xi32>, memref<4xi32>) -> ()
  return
}

// CHECK: tables -128 -1 7 0 300 1 -2147483648 2
func.func @tables(%y: memref<12xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %c7 = arith.constant 7 : index
  %c999 = arith.constant 999 : index
  %small = memref.get_global @small : memref<3xi8>
  %v0 = memref.load %small[%c0] : memref<3xi8>
  %w0 = arith.extsi %v0 : i8 to i32
  memref.store %w0, %y[%c0] : memref<12xi32>
  %wide = memref.get_global @wide : memref<2xi64>
  %v1 = memref.load %wide[%c1] : memref<2xi64>
  %w1 = arith.trunci %v1 : i64 to i32
  memref.store %w1, %y[%c1] : memref<12xi32>
  %splat = memref.get_global @splat : memref<2x2xi32>
  %v2 = memref.load %splat[%c1, %c1] : memref<2x2xi32>
  memref.store %v2, %y[%c2] : memref<12xi32>
  %zeros = memref.get_global @zeros : memref<1000xi32>
  %v3 = memref.load %zeros[%c999] : memref<1000xi32>
  memref.store %v3, %y[%c3] : memref<12xi32>
  %resource = memref.get_global @resource : memref<2x1xi16>
  %v4 = memref.load %resource[%c1, %c0] : memref<2x1xi16>
  %w4 = arith.extsi %v4 : i16 to i32
  memref.store %w4, %y[%c4] : memref<12xi32>
  %flags = memref.get_global @flags : memref<3xi1>
  %v5 = memref.load %flags[%c2] : memref<3xi1>
  %w5 = arith.extui %v5 : i1 to i32
  memref.store %w5, %y[%c5] : memref<12xi32>
  %scalar = memref.get_global @scalar : memref<i32>
  %v6 = memref.load %scalar[] : memref<i32>
  memref.store %v6, %y[%c6] : memref<12xi32>
  %d = memref.dim %splat, %c0 : memref<2x2xi32>
  %w7 = arith.index_cast %d : index to i32
  memref.store %w7, %y[%c7] : memref<12xi32>
  return
}

// CHECK: bits 0 1
func.func @bits(%n: i32) -> i32 {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %m = memref.alloca() : memref<2xi1>
  %b = arith.cmpi sgt, %n, %zero : i32
  memref.store %b, %m[%c0] : memref<2xi1>
  %c = memref.load %m[%c0] : memref<2xi1>
  %r = arith.extui %c : i1 to i32
  return %r : i32
}

// CHECK: reinterpret 2 11 20 1
func.func @reinterpret(%x: memref<12xi32>, %y: memref<4xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = memref.reinterpret_cast %x to offset: [2], sizes: [3], strides: [3] : memref<12xi32> to memref<3xi32, strided<[3], offset: 2>>
  scf.for %i = %c0 to %c3 step %c1 {
    %v = memref.load %r[%i] : memref<3xi32, strided<[3], offset: 2>>
    memref.store %v, %y[%i] : memref<4xi32>
  }
  %v = memref.load %x[%c1] : memref<12xi32>
  memref.store %v, %y[%c3] : memref<4xi32>
  return
}

{-#
  dialect_resources: {
    builtin: {
      numbers: "0x02000000FEFF2C01"
    }
  }
#-}
