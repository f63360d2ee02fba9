// RUN: smelt-opt %s --smelt-integer-to-loops="strategy=masked" | FileCheck %s
// RUN: smelt-opt %s --smelt-integer-to-loops="strategy=dot" | FileCheck %s
// RUN: smelt-opt %s --smelt-integer-to-loops="strategy=base3" | FileCheck %s
// RUN: smelt-opt %s --smelt-integer-to-loops --smelt-loops-to-llvm | FileCheck %s --check-prefix=LLVM
// RUN: not smelt-opt %s --smelt-integer-to-loops="strategy=lut" 2>&1 | FileCheck %s --check-prefix=ERROR

// ERROR: unknown layout 'lut'

// CHECK-NOT: linalg.
// CHECK-NOT: ternary.
// CHECK-NOT: memref.alloc()
// CHECK: func.func @main(%{{.*}}: memref<1x5xi8> {smelt.name = "in"}, %[[OUT:.*]]: memref<1x2xi8> {bufferize.result, smelt.name = "out"})
// CHECK: call @matmul_2x5
// CHECK-NEXT: memref.view
// CHECK-NEXT: call @relu_1x2
// CHECK-NEXT: call @add_1x2(%{{.*}}, %{{.*}}, %[[OUT]])
// CHECK-NEXT: return

// LLVM: llvm.func @main(%{{.*}}: !llvm.ptr {{.*}}, %{{.*}}: !llvm.ptr
func.func @main(%x: tensor<1x5xi8> {smelt.name = "in"}) -> (tensor<1x2xi8> {smelt.name = "out"}) {
  %w = ternary.weights dense<[1, 0, -1, 1, 1,  -1, -1, 0, 1, 0]> : tensor<10xi8> -> <2x5 : dense>
  %m = arith.constant dense<[3, 5]> : tensor<2xi32>
  %b = arith.constant dense<[10, 20]> : tensor<2xi64>
  %y = ternary.matmul %x, %w requantize(%m, %b) <shift = 2, min = -127, max = 127>
      : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  %r = ternary.relu %y : (tensor<1x2xi8>) -> tensor<1x2xi8>
  %z = ternary.add %r, %y by (1, 1) plus 0 <shift = 0, min = -127, max = 127> : (tensor<1x2xi8>, tensor<1x2xi8>) -> tensor<1x2xi8>
  return %z : tensor<1x2xi8>
}
