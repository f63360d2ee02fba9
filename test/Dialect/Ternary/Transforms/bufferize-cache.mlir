// RUN: smelt-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --drop-equivalent-buffer-results | FileCheck %s

// A cache is written in place, and read after that.
// CHECK-LABEL: func.func @attend
// CHECK-SAME: (%[[CACHE:arg0]]: memref<16x2xi8>
// CHECK-NOT: memref.copy
// CHECK: ternary.cache_write rows %{{.*}} at %{{.*}} into %[[CACHE]]
// CHECK: ternary.absmax %[[CACHE]]
func.func @attend(%cache: tensor<16x2xi8> {bufferization.writable = true}, %rows: tensor<1x2xi8> {bufferization.writable = false}, %p: tensor<1xi32> {bufferization.writable = false}) -> (tensor<16x2xi8>, tensor<16xi32>) {
  %0 = ternary.cache_write %cache, rows %rows at %p : (tensor<16x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<16x2xi8>
  %1 = ternary.absmax %0 : (tensor<16x2xi8>) -> tensor<16xi32>
  return %0, %1 : tensor<16x2xi8>, tensor<16xi32>
}

// What is read later as it was is copied before.
// CHECK-LABEL: func.func @keep
// CHECK: %[[COPY:.*]] = memref.alloc
// CHECK: memref.copy %{{.*}}, %[[COPY]]
// CHECK: ternary.cache_write rows %{{.*}} at %{{.*}} into %[[COPY]]
func.func @keep(%cache: tensor<16x2xi8> {bufferization.writable = true}, %rows: tensor<1x2xi8> {bufferization.writable = false}, %p: tensor<1xi32> {bufferization.writable = false}) -> (tensor<16x2xi8>, tensor<16xi32>) {
  %0 = ternary.cache_write %cache, rows %rows at %p : (tensor<16x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<16x2xi8>
  %1 = ternary.absmax %cache : (tensor<16x2xi8>) -> tensor<16xi32>
  return %0, %1 : tensor<16x2xi8>, tensor<16xi32>
}

// An estimate that is read no more is refined in place.
// CHECK-LABEL: func.func @refine
// CHECK: ternary.matmul %{{.*}} into %[[ESTIMATE:[a-z0-9_]*]]
// CHECK: ternary.best %[[ESTIMATE]] into %[[IDS:[a-z0-9_]*]]
// CHECK-NOT: memref.copy
// CHECK: ternary.refine at %[[IDS]] from %{{.*}} into %[[ESTIMATE]]
func.func @refine(%x: tensor<1x8xi8> {bufferization.writable = false}, %a: tensor<1xi32> {bufferization.writable = false}, %m: tensor<1xi32> {bufferization.writable = false}) -> tensor<1x9xi32> {
  %w = ternary.weights dense<1> : tensor<72xi8> -> <9x8 : dense>
  %8 = ternary.weights dense<1> : tensor<72xi8> -> <9x8 : int8>
  %0 = ternary.matmul %x, %w : (tensor<1x8xi8>, !ternary.weights<9x8 : dense>) -> tensor<1x9xi32>
  %1 = ternary.best %0 : (tensor<1x9xi32>) -> tensor<1x2xi32>
  %2 = ternary.refine %0, at %1 from %x by %a, %8, %m shift 3 to [-9, 9] : (tensor<1x9xi32>, tensor<1x2xi32>, tensor<1x8xi8>, tensor<1xi32>, !ternary.weights<9x8 : int8>, tensor<1xi32>) -> tensor<1x9xi32>
  return %2 : tensor<1x9xi32>
}
