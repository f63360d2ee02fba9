// RUN: smelt-translate %s --emit-c --split-input-file --verify-diagnostics

// expected-error @below {{has no public function}}
module {
}

// -----

module {
  // expected-error @below {{operation 'func.func' has no C form here}}
  func.func @f() {
    return
  }
}

// -----

emitc.func @f(%x: i32) {
  // expected-error @below {{operation 'emitc.call_opaque' has no C form here}}
  emitc.call_opaque "printf"(%x) : (i32) -> ()
  emitc.return
}

// -----

// expected-error @below {{type 'f32' has no C form here}}
emitc.func @f(%x: f32) {
  emitc.return
}

// -----

// expected-error @below {{calls itself}}
emitc.func @f() {
  emitc.call @f() : () -> ()
  emitc.return
}

// -----

emitc.global static const @data : !emitc.array<2xi8> = dense<1>
emitc.func @f() {
  %c0 = "emitc.constant"() <{value = 0 : i32}> : () -> i32
  %v = "emitc.constant"() <{value = 0 : i8}> : () -> i8
  %g = emitc.get_global @data : !emitc.array<2xi8>
  %e = emitc.subscript %g[%c0] : (!emitc.array<2xi8>, i32) -> i8
  // expected-error @below {{writes to what is constant or not known}}
  emitc.assign %v : i8 to %e : i8
  emitc.return
}

// -----

// expected-error @below {{has no body}}
emitc.func private @extern()
emitc.func @f() {
  emitc.call @extern() : () -> ()
  emitc.return
}
