// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/flow.mlir %t
// RUN: %c_gate %t | FileCheck %t/flow.mlir
// RUN: FileCheck %t/flow.mlir --check-prefix=CODE --input-file %t/model.c

//--- main.c
#include "model.h"
#include <stdio.h>

int main(void) {
  printf("swap %d %d\n", (int)swap(1, 2, 3), (int)swap(1, 2, 4));
  printf("rotate %d\n", (int)rotate(1, 2, 3, 2));
  printf("fibonacci %d\n", (int)fibonacci(10));
  printf("sign %d %d %d\n", (int)sign(-5), (int)sign(0), (int)sign(9));
  printf("pair %d %d\n", (int)pair(1, 7), (int)pair(0, 7));
  printf("largest %d\n", (int)largest((const int8_t[4]){-3, 9, 4, -9}));
  printf("last %d\n", (int)last(5));
  printf("steps %d\n", (int)steps(10));
  printf("stale %d\n", (int)stale(5));
  int8_t cells[2] = {3, 4};
  printf("late %d", (int)late(cells));
  printf(" %d\n", (int)cells[0]);
  return 0;
}

//--- flow.mlir
// CHECK: swap 2 1
// CODE-LABEL: int32_t swap(int32_t n, int32_t n2, int32_t n3) {
// CODE: for (int32_t i = 0; i < n3; i++) {
// CODE-NEXT: int32_t [[COPY:.*]] = [[X:.*]];
// CODE-NEXT: [[X]] = [[Y:.*]];
// CODE-NEXT: [[Y]] = [[COPY]];
// CODE-NEXT: }
// CODE-NEXT: return [[X]];
func.func @swap(%a: i32, %b: i32, %n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (i32, i32) {
    scf.yield %y, %x : i32, i32
  }
  return %r#0 : i32
}

// CHECK: rotate 312
func.func @rotate(%a: i32, %b: i32, %c: i32, %n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:3 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b, %z = %c) -> (i32, i32, i32) {
    scf.yield %y, %z, %x : i32, i32, i32
  }
  %hundred = arith.constant 100 : i32
  %ten = arith.constant 10 : i32
  %h = arith.muli %r#0, %hundred : i32
  %t = arith.muli %r#1, %ten : i32
  %s = arith.addi %h, %t : i32
  %u = arith.addi %s, %r#2 : i32
  return %u : i32
}

// CHECK: fibonacci 55
func.func @fibonacci(%n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %zero, %y = %one) -> (i32, i32) {
    %s = arith.addi %x, %y : i32
    scf.yield %y, %s : i32, i32
  }
  return %r#0 : i32
}

// CHECK: sign -1 0 1
func.func @sign(%x: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %minus = arith.constant -1 : i32
  %neg = arith.cmpi slt, %x, %zero : i32
  %r = scf.if %neg -> i32 {
    scf.yield %minus : i32
  } else {
    %pos = arith.cmpi sgt, %x, %zero : i32
    %s = scf.if %pos -> i32 {
      scf.yield %one : i32
    } else {
      scf.yield %zero : i32
    }
    scf.yield %s : i32
  }
  return %r : i32
}

// CHECK: pair 15 8
func.func @pair(%c: i32, %x: i32) -> i32 {
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %test = arith.cmpi ne, %c, %zero : i32
  %r:2 = scf.if %test -> (i32, i32) {
    %y = arith.addi %x, %one : i32
    scf.yield %x, %y : i32, i32
  } else {
    scf.yield %one, %x : i32, i32
  }
  %s = arith.addi %r#0, %r#1 : i32
  return %s : i32
}

// CHECK: largest 9
// CODE-LABEL: int8_t largest(const int8_t *in) {
// CODE: best = {{.*}} > {{.*}} ? {{.*}} : {{.*}};
func.func @largest(%x: memref<4xi8>) -> i8 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %low = arith.constant -128 : i8
  %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%best = %low) -> i8 {
    %v = memref.load %x[%i] : memref<4xi8>
    %m = arith.maxsi %best, %v : i8
    scf.yield %m : i8
  }
  return %r : i8
}

// The loop's own counter is carried out of it.
// CHECK: last 4
func.func @last(%n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %c0) -> index {
    scf.yield %i : index
  }
  %v = arith.index_cast %r : index to i32
  return %v : i32
}

// CHECK: steps 18
// CODE-LABEL: int32_t steps(
// CODE: for (int32_t i = 0; i < n; i += 3) {
func.func @steps(%n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0 : i32
  %r = scf.for %i = %c0 to %n step %c3 iter_args(%x = %zero) -> i32 {
    %v = arith.index_cast %i : index to i32
    %s = arith.addi %x, %v : i32
    scf.yield %s : i32
  }
  return %r : i32
}

// What is computed from a carried value is not computed again after it changed.
// CHECK: stale 10
func.func @stale(%n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %zero, %sum = %zero) -> (i32, i32) {
    %next = arith.addi %x, %one : i32
    %s = arith.addi %sum, %x : i32
    scf.yield %next, %s : i32, i32
  }
  return %r#1 : i32
}

// A value that was loaded before a store keeps its value.
// CHECK: late 34 7
func.func @late(%x: memref<2xi8>) -> i8 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7 : i8
  %ten = arith.constant 10 : i8
  %a = memref.load %x[%c0] : memref<2xi8>
  memref.store %seven, %x[%c0] : memref<2xi8>
  %b = memref.load %x[%c1] : memref<2xi8>
  %t = arith.muli %a, %ten : i8
  %s = arith.addi %t, %b : i8
  return %s : i8
}
