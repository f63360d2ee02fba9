// RUN: smelt-opt %s --ternary-order-loops | FileCheck %s

// An elementwise op becomes one loop; the index of a dimension of size 1 is 0.
// CHECK: #[[SAME:.*]] = affine_map<(d0) -> (d0)>
// CHECK: #[[PIXEL:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3, d2 * 2 + d4, d5)>
// CHECK: #[[WINDOW:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d3, d4)>
// CHECK: #[[RESULT:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d5)>

#in = affine_map<(d0, d1, d2) -> (d0, 0, d2)>
#same = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#rows = affine_map<(d0, d1, d2) -> (d0, d1, 0)>

// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: memref<2x1x3xi8>, %[[Y:.*]]: memref<2x1x3xi8>)
func.func @elementwise(%x: memref<2x1x3xi8>, %y: memref<2x1x3xi8>) {
  // CHECK: %[[FROM:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [6], strides: [1] : memref<2x1x3xi8> to memref<6xi8>
  // CHECK: %[[TO:.*]] = memref.reinterpret_cast %[[Y]] to offset: [0], sizes: [6], strides: [1]
  // CHECK: linalg.generic {indexing_maps = [#[[SAME]], #[[SAME]]], iterator_types = ["parallel"]} ins(%[[FROM]] : memref<6xi8>) outs(%[[TO]] : memref<6xi8>)
  // CHECK: arith.addi
  linalg.generic {indexing_maps = [#in, #same], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<2x1x3xi8>) outs(%y : memref<2x1x3xi8>) {
  ^bb0(%a: i8, %b: i8):
    %sum = arith.addi %a, %a : i8
    linalg.yield %sum : i8
  }
  return
}

// What is repeated along a dimension is not elementwise.
// CHECK-LABEL: func.func @broadcast
func.func @broadcast(%x: memref<2x1x1xi8>, %y: memref<2x1x3xi8>) {
  // CHECK-NOT: reinterpret_cast
  // CHECK: iterator_types = ["parallel", "parallel", "parallel"]
  linalg.generic {indexing_maps = [#rows, #same], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<2x1x1xi8>) outs(%y : memref<2x1x3xi8>) {
  ^bb0(%a: i8, %b: i8):
    linalg.yield %a : i8
  }
  return
}

// Nor is an array with gaps.
// CHECK-LABEL: func.func @gaps
func.func @gaps(%x: memref<2x1x3xi8, strided<[6, 6, 1]>>, %y: memref<2x1x3xi8>) {
  // CHECK-NOT: reinterpret_cast
  // CHECK: iterator_types = ["parallel", "parallel", "parallel"]
  linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x : memref<2x1x3xi8, strided<[6, 6, 1]>>) outs(%y : memref<2x1x3xi8>) {
  ^bb0(%a: i8, %b: i8):
    linalg.yield %a : i8
  }
  return
}

// The innermost loop of pooling is that over channels.
// CHECK-LABEL: func.func @pooling
// CHECK: linalg.generic {indexing_maps = [#[[PIXEL]], #[[WINDOW]], #[[RESULT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]}
// CHECK: arith.maxsi
func.func @pooling(%x: memref<1x4x4x8xi8>, %window: memref<2x2xi8>, %y: memref<1x2x2x8xi8>) {
  linalg.pooling_nhwc_max {strides = dense<2> : tensor<2xi64>}
      ins(%x, %window : memref<1x4x4x8xi8>, memref<2x2xi8>) outs(%y : memref<1x2x2x8xi8>)
  return
}
