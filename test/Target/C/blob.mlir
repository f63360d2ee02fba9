// RUN: rm -rf %t && split-file %s %t
// RUN: %c_emit %t/blob.mlir %t --c-blob-threshold=4
// RUN: smelt-translate --emit-c-blob --c-blob-threshold=4 %t/model.mlir -o %t/weights.bin
// RUN: %c_gate %t | FileCheck %t/blob.mlir
// RUN: FileCheck %t/blob.mlir --check-prefix=CODE --input-file %t/model.c
// RUN: FileCheck %t/blob.mlir --check-prefix=HEADER --input-file %t/model.h

//--- main.c
#include "model.h"
#include <stdio.h>

int main(void) {
  static int8_t data[4096];
  int8_t out[4];
  FILE *file = fopen("weights.bin", "rb");
  if (!file)
    return 1;
  printf("%d bytes\n", (int)fread(data, 1, sizeof(data), file));
  fclose(file);
  net_weights = data;
  net(out);
  printf("%d %d %d %d\n", out[0], out[1], out[2], out[3]);
  return 0;
}

//--- blob.mlir
// CHECK: 68 bytes
// CHECK: 5 -8 9 6
// CODE: const int8_t *net_weights;
// CODE: #define large (net_weights + 0)
// CODE: #define splat (net_weights + 64)
// CODE: static const int8_t small[2] = {9, 10};
// CODE: static const int32_t wide[2] = {6, 7};
// HEADER: #define NET_WEIGHT_BYTES 19
// HEADER: extern const int8_t *net_weights;
module attributes {smelt.model = "net"} {
memref.global "private" constant @large : memref<5xi8> = dense<[1, 2, 3, 4, 5]>
memref.global "private" constant @splat : memref<4xi8> = dense<-8>
memref.global "private" constant @small : memref<2xi8> = dense<[9, 10]>
memref.global "private" constant @wide : memref<2xi32> = dense<[6, 7]>
func.func @main(%y: memref<4xi8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %0 = memref.get_global @large : memref<5xi8>
  %v0 = memref.load %0[%c4] : memref<5xi8>
  memref.store %v0, %y[%c0] : memref<4xi8>
  %1 = memref.get_global @splat : memref<4xi8>
  %v1 = memref.load %1[%c3] : memref<4xi8>
  memref.store %v1, %y[%c1] : memref<4xi8>
  %2 = memref.get_global @small : memref<2xi8>
  %v2 = memref.load %2[%c0] : memref<2xi8>
  memref.store %v2, %y[%c2] : memref<4xi8>
  %3 = memref.get_global @wide : memref<2xi32>
  %v3 = memref.load %3[%c0] : memref<2xi32>
  %w3 = arith.trunci %v3 : i32 to i8
  memref.store %w3, %y[%c3] : memref<4xi8>
  return
}
}
