// RUN: smelt-opt %s --ternary-pack-weights="layout=twobit interleave=true" | FileCheck %s
// RUN: smelt-opt %s --ternary-pack-weights="layout=base3 interleave=true" | FileCheck %s --check-prefix=BASE3
// RUN: smelt-opt %s --ternary-pack-weights="layout=bitplane interleave=true" | FileCheck %s --check-prefix=BITPLANE
// RUN: smelt-opt %s --ternary-pack-weights="layout=twobit interleave=true" --ternary-pack-weights="layout=twobit interleave=true" | FileCheck %s

// Row 0 is 1 0 -1 1 1: byte j of the first lane has columns j, 4+j, 8+j and
// 12+j, so that column 4 is above column 0: 2 + 2*4 + 16 + 64. Others are 0.
// CHECK-LABEL: func.func @bytes
// CHECK: ternary.weights dense<[90, 85, 84, 86, 85, {{[85, ]+}}]> : tensor<64xi8> -> <1x5 : twobit, interleaved>
// CHECK: -> <2x2 : int8, interleaved>
// CHECK: -> <1x3 : int4, interleaved>
// CHECK: ternary.matmul %{{.*}}, %{{.*}} : (tensor<1x5xi8>, !ternary.weights<1x5 : twobit, interleaved>) -> tensor<1x1xi32>
// Neither has one, but `int8` does not become what it lacks.
// BITPLANE-LABEL: func.func @bytes
// BITPLANE: -> <1x5 : bitplane>
// BITPLANE: -> <2x2 : int8, interleaved>
func.func @bytes(%x: tensor<1x5xi8>, %y: tensor<1x2xi8>, %z: tensor<1x3xi8>) -> (tensor<1x1xi32>, tensor<1x2xi32>, tensor<1x1xi32>) {
  %w = ternary.weights dense<[1, 0, -1, 1, 1]> : tensor<5xi8> -> <1x5 : dense>
  %i = ternary.weights dense<[7, -127, 1, 2]> : tensor<4xi8> -> <2x2 : int8>
  %f = ternary.weights dense<[-113, -118]> : tensor<2xi8> -> <1x3 : int4>
  %0 = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<1x5 : dense>) -> tensor<1x1xi32>
  %1 = ternary.matmul %y, %i : (tensor<1x2xi8>, !ternary.weights<2x2 : int8>) -> tensor<1x2xi32>
  %2 = ternary.matmul %z, %f : (tensor<1x3xi8>, !ternary.weights<1x3 : int4>) -> tensor<1x1xi32>
  return %0, %1, %2 : tensor<1x1xi32>, tensor<1x2xi32>, tensor<1x1xi32>
}

// Products of i16 have no vectors, nor do weights that one of them reads.
// CHECK-LABEL: func.func @wide
// CHECK: -> <4x8 : twobit>
// CHECK: -> <4x8 : twobit>
// BITPLANE-LABEL: func.func @wide
func.func @wide(%x: tensor<1x8xi16>, %y: tensor<1x8xi8>) -> (tensor<1x4xi32>, tensor<1x4xi32>, tensor<1x4xi32>) {
  %w = ternary.weights dense<1> : tensor<32xi8> -> <4x8 : dense>
  %v = ternary.weights dense<0> : tensor<32xi8> -> <4x8 : dense>
  %0 = ternary.matmul %x, %w : (tensor<1x8xi16>, !ternary.weights<4x8 : dense>) -> tensor<1x4xi32>
  %1 = ternary.matmul %y, %v : (tensor<1x8xi8>, !ternary.weights<4x8 : dense>) -> tensor<1x4xi32>
  %2 = ternary.matmul %x, %v : (tensor<1x8xi16>, !ternary.weights<4x8 : dense>) -> tensor<1x4xi32>
  return %0, %1, %2 : tensor<1x4xi32>, tensor<1x4xi32>, tensor<1x4xi32>
}

// A convolution is a product of windows, unless it has groups.
// CHECK-LABEL: func.func @convolution
// CHECK: -> <2x3x3x1 : twobit, interleaved>
// CHECK: -> <2x1x1x1 : twobit>
func.func @convolution(%x: tensor<1x4x4x1xi8>, %y: tensor<1x2x2x2xi8>) -> (tensor<1x2x2x2xi32>, tensor<1x2x2x2xi32>) {
  %w = ternary.weights dense<1> : tensor<18xi8> -> <2x3x3x1 : dense>
  %v = ternary.weights dense<1> : tensor<2xi8> -> <2x1x1x1 : dense>
  %1 = ternary.conv2d %y, %v {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x2x2x2xi8>, !ternary.weights<2x1x1x1 : dense>) -> tensor<1x2x2x2xi32>
  %0 = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x4x1xi8>, !ternary.weights<2x3x3x1 : dense>) -> tensor<1x2x2x2xi32>
  return %0, %1 : tensor<1x2x2x2xi32>, tensor<1x2x2x2xi32>
}

// Rows that are read one by one alone are left in order, and so are weights
// that something else uses.
// CHECK-LABEL: func.func @others
// CHECK: -> <4x8 : twobit>
// CHECK: -> <4x8 : twobit>
func.func @others(%ids: tensor<2xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>, %x: tensor<1x8xi8>) -> (tensor<2x8xi32>, tensor<1x4xi32>) {
  %w = ternary.weights dense<1> : tensor<32xi8> -> <4x8 : dense>
  %v = ternary.weights dense<0> : tensor<32xi8> -> <4x8 : dense>
  %0 = ternary.embed %ids, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<2xi32>, !ternary.weights<4x8 : dense>, tensor<1xi32>, tensor<1xi64>) -> tensor<2x8xi32>
  %1 = ternary.matmul %x, %v : (tensor<1x8xi8>, !ternary.weights<4x8 : dense>) -> tensor<1x4xi32>
  %u = builtin.unrealized_conversion_cast %v : !ternary.weights<4x8 : dense> to i32
  return %0, %1 : tensor<2x8xi32>, tensor<1x4xi32>
}

// What an embedding and a product share, with the scales of both: 17 rows in 2
// groups are 2 tiles of 2 groups of 16 rows.
// CHECK-LABEL: func.func @tied
// CHECK: -> <17x32 : twobit, interleaved>
// Scales 0, 2, 4, ... of the first group, 1, 3, ... of the second, of 16 rows;
// then those of row 16, of which nothing follows.
// CHECK: "tosa.const"() <{value = dense<{{\[\[\[\[}}0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30], [1, 3, 5, {{.*}}, 31]], {{\[\[}}32, 0, {{.*}}, 0], [33, 0, {{.*}}, 0]]]]> : tensor<1x2x2x16xi16>}>
// CHECK: ternary.embed %{{.*}}, %{{.*}} scales (%{{.*}}) requantize {{.*}} !ternary.weights<17x32 : twobit, interleaved>, tensor<1x2x2x16xi16>
// CHECK: ternary.matmul %{{.*}}, %{{.*}} scales (%{{.*}}) : (tensor<3x32xi8>, !ternary.weights<17x32 : twobit, interleaved>, tensor<1x2x2x16xi16>) -> tensor<3x17xi32>
// Blocks of 96 columns do not divide groups of 16, but those of 2 bits do.
// BASE3-LABEL: func.func @tied
// BASE3: -> <17x32 : twobit, interleaved>
// BASE3: ternary.matmul %{{.*}} tensor<1x2x2x16xi16>) -> tensor<3x17xi32>
func.func @tied(%ids: tensor<2xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>, %x: tensor<3x32xi8>) -> (tensor<2x32xi32>, tensor<3x17xi32>) {
  %w = ternary.weights dense<1> : tensor<544xi8> -> <17x32 : dense>
  %s = arith.constant dense<[[[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 11], [12, 13], [14, 15], [16, 17], [18, 19], [20, 21], [22, 23], [24, 25], [26, 27], [28, 29], [30, 31], [32, 33]]]> : tensor<1x17x2xi16>
  %0 = ternary.embed %ids, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<2xi32>, !ternary.weights<17x32 : dense>, tensor<1x17x2xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<2x32xi32>
  %1 = ternary.matmul %x, %w scales (%s) : (tensor<3x32xi8>, !ternary.weights<17x32 : dense>, tensor<1x17x2xi16>) -> tensor<3x17xi32>
  return %0, %1 : tensor<2x32xi32>, tensor<3x17xi32>
}

// Groups of 17 columns are not whole blocks. Those of 48, of which the last has
// 46, are, but not of 96.
// CHECK-LABEL: func.func @groups
// CHECK: -> <4x34 : twobit>
// CHECK: -> <4x190 : twobit, planes = 2, interleaved>
// CHECK: ternary.matmul %{{.*}} tensor<1x4x2xi16>) -> tensor<1x4xi32>
// CHECK: ternary.matmul %{{.*}} tensor<2x1x4x16xi16>) -> tensor<1x4xi32>
// BASE3-LABEL: func.func @groups
// BASE3: -> <4x34 : base3>
// BASE3: -> <4x190 : twobit, planes = 2, interleaved>
func.func @groups(%x: tensor<1x34xi8>, %y: tensor<1x190xi8>) -> (tensor<1x4xi32>, tensor<1x4xi32>) {
  %w = ternary.weights dense<1> : tensor<136xi8> -> <4x34 : dense>
  %v = ternary.weights dense<1> : tensor<1520xi8> -> <4x190 : dense, planes = 2>
  %s = arith.constant dense<3> : tensor<1x4x2xi16>
  %t = arith.constant dense<3> : tensor<2x4x4xi16>
  %0 = ternary.matmul %x, %w scales (%s) : (tensor<1x34xi8>, !ternary.weights<4x34 : dense>, tensor<1x4x2xi16>) -> tensor<1x4xi32>
  %1 = ternary.matmul %y, %v scales (%t) : (tensor<1x190xi8>, !ternary.weights<4x190 : dense, planes = 2>, tensor<2x4x4xi16>) -> tensor<1x4xi32>
  return %0, %1 : tensor<1x4xi32>, tensor<1x4xi32>
}

// Each product must have groups of whole blocks; embeddings need not.
// CHECK-LABEL: func.func @unlike_groups
// CHECK: -> <4x48 : twobit>
// CHECK: -> <4x48 : twobit, interleaved>
func.func @unlike_groups(%x: tensor<1x48xi8>, %ids: tensor<2xi32>, %m: tensor<1xi32>, %b: tensor<1xi64>) -> (tensor<1x4xi32>, tensor<1x4xi32>, tensor<1x4xi32>, tensor<2x48xi32>) {
  %w = ternary.weights dense<1> : tensor<192xi8> -> <4x48 : dense>
  %v = ternary.weights dense<0> : tensor<192xi8> -> <4x48 : dense>
  %s = arith.constant dense<3> : tensor<1x4x3xi16>
  %t = arith.constant dense<4> : tensor<1x4x2xi16>
  %0 = ternary.matmul %x, %w scales (%s) : (tensor<1x48xi8>, !ternary.weights<4x48 : dense>, tensor<1x4x3xi16>) -> tensor<1x4xi32>
  %1 = ternary.matmul %x, %w scales (%t) : (tensor<1x48xi8>, !ternary.weights<4x48 : dense>, tensor<1x4x2xi16>) -> tensor<1x4xi32>
  %2 = ternary.matmul %x, %v scales (%s) : (tensor<1x48xi8>, !ternary.weights<4x48 : dense>, tensor<1x4x3xi16>) -> tensor<1x4xi32>
  %3 = ternary.embed %ids, %v scales (%t) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<2xi32>, !ternary.weights<4x48 : dense>, tensor<1x4x2xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<2x48xi32>
  return %0, %1, %2, %3 : tensor<1x4xi32>, tensor<1x4xi32>, tensor<1x4xi32>, tensor<2x48xi32>
}

// What is interleaved already, by an importer that chose how, stays as it is, and
// so do its scales.
// CHECK-LABEL: func.func @interleaved
// CHECK: -> <2x32 : twobit, interleaved>
// BASE3-LABEL: func.func @interleaved
// BASE3: -> <2x32 : twobit, interleaved>
// BASE3: %[[S:.*]] = arith.constant dense<{{\[\[\[\[}}1, 2, 0, {{.*}}0], [3, 4, 0, {{.*}}]]]]> : tensor<1x1x2x16xi16>
// BASE3: ternary.matmul %{{.*}}, %{{.*}} scales (%[[S]])
func.func @interleaved(%x: tensor<1x32xi8>) -> tensor<1x2xi32> {
  %w = ternary.weights dense<85> : tensor<128xi8> -> <2x32 : twobit, interleaved>
  %s = arith.constant dense<[[[[1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]]]> : tensor<1x1x2x16xi16>
  %0 = ternary.matmul %x, %w scales (%s) : (tensor<1x32xi8>, !ternary.weights<2x32 : twobit, interleaved>, tensor<1x1x2x16xi16>) -> tensor<1x2xi32>
  return %0 : tensor<1x2xi32>
}

// Scales that are known only at run time stay in their order.
// CHECK-LABEL: func.func @argument
// CHECK: -> <4x8 : twobit>
func.func @argument(%x: tensor<1x8xi8>, %s: tensor<1x4x1xi16>) -> tensor<1x4xi32> {
  %w = ternary.weights dense<1> : tensor<32xi8> -> <4x8 : dense>
  %0 = ternary.matmul %x, %w scales (%s) : (tensor<1x8xi8>, !ternary.weights<4x8 : dense>, tensor<1x4x1xi16>) -> tensor<1x4xi32>
  return %0 : tensor<1x4xi32>
}

// Blocks of 96 are left unfilled by at most an eighth of the columns.
// BASE3-LABEL: func.func @blocks
// BASE3: -> <1x96 : base3, interleaved>
// BASE3: -> <1x97 : twobit, interleaved>
func.func @blocks(%x: tensor<1x96xi8>, %y: tensor<1x97xi8>) -> (tensor<1x1xi32>, tensor<1x1xi32>) {
  %w = ternary.weights dense<1> : tensor<96xi8> -> <1x96 : dense>
  %v = ternary.weights dense<1> : tensor<97xi8> -> <1x97 : dense>
  %0 = ternary.matmul %x, %w : (tensor<1x96xi8>, !ternary.weights<1x96 : dense>) -> tensor<1x1xi32>
  %1 = ternary.matmul %y, %v : (tensor<1x97xi8>, !ternary.weights<1x97 : dense>) -> tensor<1x1xi32>
  return %0, %1 : tensor<1x1xi32>, tensor<1x1xi32>
}

// Sums of 8-bit weights in 32 bits can be those of 131072 columns.
// CHECK-LABEL: func.func @long
// CHECK: -> <1x131072 : int8, interleaved>
// CHECK: -> <1x131073 : int8>
// CHECK: -> <1x131073 : twobit, interleaved>
func.func @long(%x: tensor<1x131072xi8>, %y: tensor<1x131073xi8>) -> (tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>) {
  %u = ternary.weights dense<5> : tensor<131072xi8> -> <1x131072 : int8>
  %v = ternary.weights dense<5> : tensor<131073xi8> -> <1x131073 : int8>
  %w = ternary.weights dense<1> : tensor<131073xi8> -> <1x131073 : dense>
  %0 = ternary.matmul %x, %u : (tensor<1x131072xi8>, !ternary.weights<1x131072 : int8>) -> tensor<1x1xi32>
  %1 = ternary.matmul %y, %v : (tensor<1x131073xi8>, !ternary.weights<1x131073 : int8>) -> tensor<1x1xi32>
  %2 = ternary.matmul %y, %w : (tensor<1x131073xi8>, !ternary.weights<1x131073 : dense>) -> tensor<1x1xi32>
  return %0, %1, %2 : tensor<1x1xi32>, tensor<1x1xi32>, tensor<1x1xi32>
}
