// RUN: smelt-opt %s --ternary-protect-arguments --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" | FileCheck %s

// A kernel reads plain arrays: a slice is copied first.
// CHECK-LABEL: func.func @slice
// CHECK-SAME: %[[X:.*]]: memref<4x4xi8>
// CHECK: %[[SLICE:.*]] = memref.subview %[[X]]
// CHECK: %[[COPY:.*]] = memref.alloc() {{.*}}: memref<4x2xi8>
// CHECK: memref.copy %[[SLICE]], %[[COPY]]
// CHECK: %[[Y:.*]] = memref.alloc() {{.*}}: memref<4x2xi8>
// CHECK: ternary.relu %[[COPY]] into %[[Y]]
// CHECK: return %[[Y]]
func.func @slice(%x: tensor<4x4xi8>) -> tensor<4x2xi8> {
  %s = tensor.extract_slice %x[0, 1] [4, 2] [1, 1] : tensor<4x4xi8> to tensor<4x2xi8>
  %y = ternary.relu %s : (tensor<4x2xi8>) -> tensor<4x2xi8>
  return %y : tensor<4x2xi8>
}

// CHECK-LABEL: func.func @linear
// CHECK: ternary.matmul %{{.*}}, %{{.*}} scales (%{{.*}}) into %{{.*}} {accumulator = i64} : (memref<1x2xi8>, !ternary.weights<3x2 : dense>, memref<1x3x1xi16>, memref<1x3xi64>) -> ()
func.func @linear(%x: tensor<1x2xi8>, %s: tensor<1x3x1xi16>) -> tensor<1x3xi64> {
  %w = ternary.weights dense<1> : tensor<6xi8> -> <3x2 : dense>
  %y = ternary.matmul %x, %w scales(%s) {accumulator = i64} : (tensor<1x2xi8>, !ternary.weights<3x2 : dense>, tensor<1x3x1xi16>) -> tensor<1x3xi64>
  return %y : tensor<1x3xi64>
}

// An input is never written to.
// CHECK-LABEL: func.func @protected
// CHECK: memref.alloc
func.func @protected(%x: tensor<4xi8>, %v: i8, %i: index) -> tensor<4xi8> {
  %y = tensor.insert %v into %x[%i] : tensor<4xi8>
  return %y : tensor<4xi8>
}
