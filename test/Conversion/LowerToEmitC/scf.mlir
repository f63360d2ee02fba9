// RUN: smelt-opt %s --lower-to-emitc | FileCheck %s

// The carried values change places: one of them is kept in a copy.
// CHECK-LABEL: emitc.func @swap
func.func @swap(%a: i32, %b: i32, %n: index) -> i32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK-DAG: %[[X:.*]] = "emitc.variable"()
  // CHECK-DAG: %[[Y:.*]] = "emitc.variable"()
  // CHECK: emitc.assign %{{.*}} : i32 to %[[X]]
  // CHECK: emitc.assign %{{.*}} : i32 to %[[Y]]
  // CHECK: emitc.for
  // CHECK: %[[COPY:.*]] = "emitc.variable"()
  // CHECK: emitc.assign %[[X]] : i32 to %[[COPY]]
  // CHECK: emitc.assign %[[Y]] : i32 to %[[X]]
  // CHECK: emitc.assign %[[COPY]] : i32 to %[[Y]]
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (i32, i32) {
    scf.yield %y, %x : i32, i32
  }
  return %r#0 : i32
}

// CHECK-LABEL: emitc.func @branch
func.func @branch(%c: i1, %a: i32, %b: i32) -> i32 {
  // CHECK: %[[V:.*]] = "emitc.variable"()
  // CHECK: emitc.if
  // CHECK: emitc.assign %{{.*}} : i32 to %[[V]]
  // CHECK: } else {
  // CHECK: emitc.assign %{{.*}} : i32 to %[[V]]
  // CHECK: emitc.return %[[V]]
  %r = scf.if %c -> i32 {
    scf.yield %a : i32
  } else {
    scf.yield %b : i32
  }
  return %r : i32
}
