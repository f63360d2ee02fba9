// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/names.mlir %t
// RUN: %c_gate %t
// RUN: FileCheck %t/names.mlir --input-file %t/model.c
// RUN: FileCheck %t/names.mlir --check-prefix=HEADER --input-file %t/model.h

//--- names.mlir
// HEADER: /* Integer inference code of the model "tïny * /".
module attributes {smelt.model = "tïny */"} {
// CHECK: static const int8_t data_1st[2] = {1, 2};
memref.global "private" constant @"1st" : memref<2xi8> = dense<[1, 2]>
// CHECK: static const int8_t layer_0_weight[2] = {3, 4};
memref.global "private" constant @"layer.0/weight" : memref<2xi8> = dense<[3, 4]>
// CHECK: static const int8_t layer_0_weight2[2] = {5, 6};
memref.global "private" constant @"layer_0_weight" : memref<2xi8> = dense<[5, 6]>

// CHECK: static const int8_t w_a_very_long_name_of_a_layer[30] = {
// CHECK-NEXT: {{^}}    1, 2, 3,
memref.global "private" constant @w_a_very_long_name_of_a_layer_that_no_one_reads_to_its_end : memref<30xi8> = dense<[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]>

// CHECK: NOCLONE static void exp_(const int8_t *restrict weights, int8_t *restrict out)
func.func private @exp(%w: memref<2xi8>, %y: memref<2xi8>) {
  memref.copy %w, %y : memref<2xi8> to memref<2xi8>
  return
}

// CHECK: void while_(const uint8_t *int_, int8_t *out_0, int8_t *out_0_2, int8_t *x_y,
// CHECK-NEXT: int8_t *arena, int8_t *out)
// HEADER: static uint8_t int_[WHILE__INT__SIZE];
// HEADER: #define WHILE__INT__SIZE 2
func.func @while(%x: memref<2xi8> {smelt.name = "int", smelt.unsigned},
                 %a: memref<2xi8> {smelt.name = "0"},
                 %b: memref<2xi8> {smelt.name = "0"},
                 %c: memref<2xi8> {smelt.name = "x::y"},
                 %d: memref<2xi8> {smelt.name = "arena"},
                 %e: memref<2xi8> {smelt.name = "日本"}) {
  %0 = memref.get_global @"1st" : memref<2xi8>
  %1 = memref.get_global @"layer.0/weight" : memref<2xi8>
  %2 = memref.get_global @"layer_0_weight" : memref<2xi8>
  // CHECK: /* conv * / 1: -> 2 */
  // CHECK-NEXT: exp_(data_1st, out_0);
  func.call @exp(%0, %a) : (memref<2xi8>, memref<2xi8>) -> () loc("conv */ 1")
  func.call @exp(%1, %b) : (memref<2xi8>, memref<2xi8>) -> ()
  func.call @exp(%2, %c) : (memref<2xi8>, memref<2xi8>) -> ()
  func.call @exp(%2, %d) : (memref<2xi8>, memref<2xi8>) -> ()
  func.call @exp(%2, %e) : (memref<2xi8>, memref<2xi8>) -> ()
  %long = memref.get_global @w_a_very_long_name_of_a_layer_that_no_one_reads_to_its_end : memref<30xi8>
  %part = memref.subview %long[7] [2] [1] : memref<30xi8> to memref<2xi8, strided<[1], offset: 7>>
  memref.copy %part, %d : memref<2xi8, strided<[1], offset: 7>> to memref<2xi8>
  memref.copy %x, %e : memref<2xi8> to memref<2xi8>
  return
}
}
