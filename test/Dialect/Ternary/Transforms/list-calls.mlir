// RUN: smelt-opt %s --ternary-list-calls | FileCheck %s

// CHECK: module attributes {smelt.layer_calls = [
// CHECK-SAME: {arrays = ["w"], function = "net", kernel = "product", layer = "fc1"},
// CHECK-SAME: {arrays = [], function = "net", kernel = "copy", layer = ""}
// CHECK-SAME: ]}
memref.global "private" constant @w : memref<2x4xi8> = dense<1>
memref.global "private" @arena : memref<8xi8> = uninitialized

func.func private @product(%w: memref<8xi8>, %x: memref<8xi8>) {
  return
}
func.func private @copy(%x: memref<8xi8>, %y: memref<8xi8>) {
  call @inner() : () -> ()
  return
}
func.func private @inner() {
  return
}
func.func private @elsewhere()

func.func @net(%y: memref<8xi8>) {
  %w = memref.get_global @w : memref<2x4xi8>
  %row = memref.collapse_shape %w [[0, 1]] : memref<2x4xi8> into memref<8xi8>
  %arena = memref.get_global @arena : memref<8xi8>
  call @product(%row, %arena) : (memref<8xi8>, memref<8xi8>) -> () loc("fc1")
  call @elsewhere() : () -> ()
  call @copy(%arena, %y) : (memref<8xi8>, memref<8xi8>) -> ()
  return
}
