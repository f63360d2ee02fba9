// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/tiny.mlir %t
// RUN: %c_gate %t | FileCheck %t/tiny.mlir --check-prefix=RUN-OUT
// RUN: FileCheck %t/tiny.mlir --check-prefix=HEADER --input-file %t/model.h
// RUN: FileCheck %t/tiny.mlir --check-prefix=CODE --input-file %t/model.c
// RUN: %c_emit %t/tiny.mlir %t --c-name=other
// RUN: FileCheck %t/tiny.mlir --check-prefix=NAME --input-file %t/model.h

//--- main.c
#include "model.h"
#include <stdio.h>

int main(void) {
  uint8_t input[TINY_INPUT_SIZE] = {0, 128, 255};
  int8_t signs[TINY_SIGNS_SIZE];
  int32_t sum[TINY_SUM_SIZE];
  tiny(input, signs, sum);
  printf("%d %d %d, %d\n", signs[0], signs[1], signs[2], (int)sum[0]);
  printf("%g %d\n", TINY_INPUT_SCALE, TINY_INPUT_ZERO_POINT);
  return 0;
}

//--- tiny.mlir
module attributes {smelt.model = "tiny"} {
memref.global "private" constant @w : memref<3xi8> = dense<[1, -1, 1]>
memref.global "private" @arena : memref<16xi8> = uninitialized

func.func private @flip_3(%x: memref<1x3xi8>, %y: memref<1x3xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %sign = arith.constant -128 : i8
  scf.for %i = %c0 to %c3 step %c1 {
    %v = memref.load %x[%c0, %i] : memref<1x3xi8>
    %w = arith.xori %v, %sign : i8
    memref.store %w, %y[%c0, %i] : memref<1x3xi8>
  }
  return
}

// CODE: /* in: 1x3 int8_t, weights: 3 int8_t -> out: 1 int32_t */
// CODE-NEXT: NOCLONE static void dot_3(const int8_t *restrict in,
// CODE-NEXT:     const int8_t *restrict weights, int32_t *restrict out) {
// CODE-NEXT:   int32_t acc = 0;
// CODE-NEXT:   for (int32_t i = 0; i < 3; i++) {
// CODE-NEXT:     acc += (int32_t)in[i] * weights[i];
// CODE-NEXT:   }
// CODE-NEXT:   out[0] = acc;
// CODE-NEXT: }
func.func private @dot_3(%x: memref<1x3xi8>, %w: memref<3xi8>, %y: memref<1xi32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0 : i32
  %acc = scf.for %i = %c0 to %c3 step %c1 iter_args(%a = %zero) -> i32 {
    %v = memref.load %x[%c0, %i] : memref<1x3xi8>
    %u = memref.load %w[%i] : memref<3xi8>
    %ve = arith.extsi %v : i8 to i32
    %ue = arith.extsi %u : i8 to i32
    %p = arith.muli %ve, %ue : i32
    %s = arith.addi %a, %p : i32
    scf.yield %s : i32
  }
  memref.store %acc, %y[%c0] : memref<1xi32>
  return
}

// HEADER:      /* Integer inference code of the model "tiny".
// HEADER:       *     static uint8_t input[TINY_INPUT_SIZE];
// HEADER-NEXT:  *     static int8_t signs[TINY_SIGNS_SIZE];
// HEADER-NEXT:  *     static int32_t sum[TINY_SUM_SIZE];
// HEADER-NEXT:  *     tiny(input, signs, sum);
// HEADER:       * A call uses static memory
// HEADER:      #ifndef MODEL_H
// HEADER:      /* Input "input": 1x3 uint8_t. */
// HEADER-NEXT: #define TINY_INPUT_SIZE 3
// HEADER-NEXT: #define TINY_INPUT_RANK 2
// HEADER-NEXT: #define TINY_INPUT_DIM0 1
// HEADER-NEXT: #define TINY_INPUT_DIM1 3
// HEADER-NEXT: #define TINY_INPUT_SCALE 0.003921568859368563
// HEADER-NEXT: #define TINY_INPUT_ZERO_POINT 128
// HEADER:      /* Output "signs": 1x3 int8_t. */
// HEADER:      #define TINY_SIGNS_SCALE 2.0
// HEADER-NEXT: #define TINY_SIGNS_ZERO_POINT (-3)
// HEADER:      /* Output "sum": 1 int32_t. */
// HEADER:      #define TINY_ARENA_BYTES 16
// HEADER-NEXT: #define TINY_WEIGHT_BYTES 3
// HEADER:      extern "C" {
// HEADER:      void tiny(const uint8_t *input, int8_t *signs, int32_t *sum);

// NAME: the model "other"
// NAME: #define OTHER_ARENA_BYTES 16

// CODE:      void tiny(const uint8_t *input, int8_t *signs, int32_t *sum) {
// CODE-NEXT:   /* flip: 1x3 -> 1x3 */
// CODE-NEXT:   flip_3((const int8_t *)input, arena);
// CODE-EMPTY:
// CODE-NEXT:   /* dot: 1x3 -> 1 */
// CODE-NEXT:   dot_3(arena, w, sum);
// CODE-NEXT:   memcpy(signs, arena, 3);
// CODE-NEXT: }

// RUN-OUT: -128 0 127, -1
// RUN-OUT: 0.00392157 128
func.func @main(%x: memref<1x3xi8> {smelt.name = "input", smelt.unsigned, smelt.scale = 0.003921568859368563 : f64, smelt.zero_point = 128 : i64},
                %y: memref<1x3xi8> {smelt.name = "signs", smelt.scale = 2.0 : f64, smelt.zero_point = -3 : i64},
                %z: memref<1xi32> {smelt.name = "sum"}) {
  %c0 = arith.constant 0 : index
  %arena = memref.get_global @arena : memref<16xi8>
  %t = memref.view %arena[%c0][] : memref<16xi8> to memref<1x3xi8>
  %w = memref.get_global @w : memref<3xi8>
  func.call @flip_3(%x, %t) : (memref<1x3xi8>, memref<1x3xi8>) -> () loc("flip"("m.onnx":0:0))
  func.call @dot_3(%t, %w, %z) : (memref<1x3xi8>, memref<3xi8>, memref<1xi32>) -> () loc("dot"("m.onnx":0:0))
  memref.copy %t, %y : memref<1x3xi8> to memref<1x3xi8>
  return
}
}
