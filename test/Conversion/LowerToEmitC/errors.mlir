// RUN: smelt-opt %s --lower-to-emitc --split-input-file --verify-diagnostics

func.func @dynamic(%n: index) {
  // expected-error @below {{type 'memref<?xi8>' has no C form}}
  %m = memref.alloca(%n) : memref<?xi8>
  return
}

// -----

// expected-error @below {{type 'f32' has no C form}}
func.func @float(%x: f32) {
  return
}

// -----

// expected-error @below {{type 'memref<65536x65536xi8>' has no C form}}
func.func @large(%x: memref<65536x65536xi8>) {
  return
}

// -----

func.func @loop(%n: i32) {
  // expected-error @below {{failed to legalize operation 'scf.while'}}
  %r = scf.while (%x = %n) : (i32) -> i32 {
    %c = arith.cmpi sgt, %x, %n : i32
    scf.condition(%c) %x : i32
  } do {
  ^bb0(%x: i32):
    scf.yield %x : i32
  }
  return
}

// -----

func.func @heap() {
  // expected-error @below {{failed to legalize operation 'memref.alloc'}}
  %m = memref.alloc() : memref<4xi8>
  return
}

// -----

func.func @far() {
  // expected-error @below {{index does not fit into 32 bits}}
  %m = arith.constant 4294967296 : index
  return
}
