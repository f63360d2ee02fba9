// RUN: smelt-opt %s --pass-pipeline="builtin.module(func.func(ternary-protect-arguments))" | FileCheck %s

// CHECK-LABEL: func.func @public
// CHECK-SAME: tensor<4xi8> {bufferization.writable = false, smelt.name = "x"}, %{{[^:]*}}: memref<4xi8>, %{{[^:]*}}: i8)
func.func @public(%x: tensor<4xi8> {smelt.name = "x"}, %m: memref<4xi8>, %i: i8) {
  return
}

// CHECK-LABEL: func.func private @private
// CHECK-SAME: (%{{[^:]*}}: tensor<4xi8>)
func.func private @private(%x: tensor<4xi8>) {
  return
}

// CHECK: func.func private @declared(tensor<4xi8>)
func.func private @declared(tensor<4xi8>)
