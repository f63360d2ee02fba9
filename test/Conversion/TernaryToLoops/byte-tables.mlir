// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx512bw,avx512vbmi" --canonicalize --cse | FileCheck %s
// RUN: smelt-opt %s --convert-ternary-to-loops="features=avx512bw" --canonicalize --cse | FileCheck %s --check-prefix=WITHOUT

// Functions of one byte are looked up in registers, 64 bytes at a time; what is
// left, in the table.

// WITHOUT-NOT: vector<

// CHECK-LABEL: func.func private @lookup
// CHECK-SAME: (%[[X:.*]]: memref<300xi8>, %[[TABLE:.*]]: memref<256xi8>, %[[Y:.*]]: memref<300xi8>)
// CHECK-COUNT-4: vector.load %[[TABLE]]
// CHECK: scf.for %{{.*}} = %c0 to %c4 step %c1
// CHECK: %[[BYTES:.*]] = vector.load %[[X]]
// CHECK: %[[NEGATIVE:.*]] = arith.cmpi slt, %{{.*}} : vector<64xi8>
// CHECK: %[[LOW:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
// CHECK: %[[HIGH:.*]] = llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
// CHECK: arith.select %[[NEGATIVE]], %[[LOW]], %[[HIGH]]
// CHECK: } {smelt.shared = 1 : index}
// CHECK: scf.for %{{.*}} = %c0 to %c44 step %c1
// CHECK: memref.load %[[TABLE]]
// CHECK: } {smelt.shared = 16 : index}
func.func private @lookup(%x: memref<300xi8>, %table: memref<256xi8>, %y: memref<300xi8>) {
  ternary.lookup %x, %table into %y : (memref<300xi8>, memref<256xi8>, memref<300xi8>) -> ()
  return
}

// CHECK-LABEL: func.func private @requantize
// CHECK: %[[MADE:.*]] = memref.alloca() {{.*}} : memref<256xi8>
// CHECK: scf.for %{{.*}} = %c0 to %c256 step %c1
// CHECK: memref.store %{{.*}}, %[[MADE]]
// CHECK: vpermi2var
func.func private @requantize(%x: memref<2048xi8>, %m: memref<1xi32>, %b: memref<1xi64>, %y: memref<2048xi8>) {
  ternary.requantize %x, %m, %b <shift = 20, min = -127, max = 127> into %y : (memref<2048xi8>, memref<1xi32>, memref<1xi64>, memref<2048xi8>) -> ()
  return
}

// A table that must be made first is not worth it for a few bytes.
// CHECK-LABEL: func.func private @few
// CHECK-NOT: vpermi2var
func.func private @few(%x: memref<300xi8>, %m: memref<1xi32>, %b: memref<1xi64>, %y: memref<300xi8>) {
  ternary.requantize %x, %m, %b <shift = 20, min = -127, max = 127> into %y : (memref<300xi8>, memref<1xi32>, memref<1xi64>, memref<300xi8>) -> ()
  return
}
