// RUN: smelt-opt %s --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @fuse_matmul
// CHECK: %[[Y:.*]] = ternary.matmul %arg0, %{{.*}} requantize (%arg1, %arg2) <shift = 20, min = -127, max = 127> :
// CHECK-NEXT: return %[[Y]] : tensor<1x2xi8>
func.func @fuse_matmul(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>) -> tensor<1x2xi8> {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  return %y : tensor<1x2xi8>
}

// -----

// Through a reshape that keeps the channels; the scales of the planes stay.
// CHECK-LABEL: func.func @fuse_through_reshape
// CHECK: %[[Y:.*]] = ternary.matmul %arg0, %{{.*}} scales (%arg3) requantize (%arg1, %arg2) <shift = 20, min = -127, max = 127> {accumulator = i64} :
// CHECK: tosa.reshape %[[Y]] {new_shape = array<i64: 1, 1, 2>} : (tensor<1x2xi8>) -> tensor<1x1x2xi8>
func.func @fuse_through_reshape(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>, %s: tensor<1x2x1xi16>) -> tensor<1x1x2xi8> {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w scales (%s) {accumulator = i64} : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>, tensor<1x2x1xi16>) -> tensor<1x2xi64>
  %r = tosa.reshape %a {new_shape = array<i64: 1, 1, 2>} : (tensor<1x2xi64>) -> tensor<1x1x2xi64>
  %y = ternary.requantize %r, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x1x2xi64>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x1x2xi8>
  return %y : tensor<1x1x2xi8>
}

// -----

// Not where the accumulators have another use, and not across a reshape that
// moves the channels.
// CHECK-LABEL: func.func @do_not_fuse
// CHECK: %[[A:.*]] = ternary.matmul
// CHECK: ternary.requantize %[[A]]
// CHECK: %[[R:.*]] = tosa.reshape
// CHECK: ternary.requantize %[[R]]
func.func @do_not_fuse(%x: tensor<1x5xi8>, %m: tensor<2xi32>, %b: tensor<2xi64>, %i: tensor<1x4xi32>) -> (tensor<1x2xi32>, tensor<1x2xi8>, tensor<2x2xi8>) {
  %w = ternary.weights dense<[1, 0, -1, 1, 1, 1, 1, 0, 0, 0]> : tensor<10xi8> -> <2x5 : dense>
  %a = ternary.matmul %x, %w : (tensor<1x5xi8>, !ternary.weights<2x5 : dense>) -> tensor<1x2xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<1x2xi8>
  %r = tosa.reshape %i {new_shape = array<i64: 2, 2>} : (tensor<1x4xi32>) -> tensor<2x2xi32>
  %z = ternary.requantize %r, %m, %b <shift = 20, min = -127, max = 127> : (tensor<2x2xi32>, tensor<2xi32>, tensor<2xi64>) -> tensor<2x2xi8>
  return %a, %y, %z : tensor<1x2xi32>, tensor<1x2xi8>, tensor<2x2xi8>
}

// -----

// CHECK-LABEL: func.func @fuse_conv2d
// CHECK: ternary.conv2d %arg0, %{{.*}} requantize (%arg1, %arg2) <shift = 20, min = 0, max = 127> {dilation
// CHECK-NEXT: return
func.func @fuse_conv2d(%x: tensor<1x2x2x1xi8>, %m: tensor<1xi32>, %b: tensor<1xi64>) -> tensor<1x2x2x1xi8> {
  %w = ternary.weights dense<1> : tensor<1xi8> -> <1x1x1x1 : dense>
  %a = ternary.conv2d %x, %w {pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x2x2x1xi8>, !ternary.weights<1x1x1x1 : dense>) -> tensor<1x2x2x1xi32>
  %y = ternary.requantize %a, %m, %b <shift = 20, min = -127, max = 127> : (tensor<1x2x2x1xi32>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2x2x1xi8>
  %z = ternary.relu %y : (tensor<1x2x2x1xi8>) -> tensor<1x2x2x1xi8>
  return %z : tensor<1x2x2x1xi8>
}

// -----

// The operands change places, and what belongs to them.
// CHECK-LABEL: func.func @constant_to_right
// CHECK-SAME: %[[X:.*]]: tensor<1x4xi8>
// CHECK: %[[C:.*]] = "tosa.const"
// CHECK: %[[A:.*]] = ternary.add %[[X]], %[[C]] by (-4, 3) plus 8
// CHECK: %[[M:.*]] = ternary.mul %[[X]], %[[C]] by 3 plus 8 <shift = 4, min = -5, max = 5> {rhs_offset = 7 : i64}
// CHECK: return %[[A]], %[[M]]
func.func @constant_to_right(%x: tensor<1x4xi8>) -> (tensor<1x4xi8>, tensor<1x4xi8>) {
  %c = "tosa.const"() {value = dense<[[1, 2, 3, 4]]> : tensor<1x4xi8>} : () -> tensor<1x4xi8>
  %a = ternary.add %c, %x by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  %m = ternary.mul %c, %x by 3 plus 8 <shift = 4, min = -5, max = 5> {lhs_offset = 7 : i64} : (tensor<1x4xi8>, tensor<1x4xi8>) -> tensor<1x4xi8>
  return %a, %m : tensor<1x4xi8>, tensor<1x4xi8>
}

// -----

// Two constants stay where they are.
// CHECK-LABEL: func.func @constants_stay
// CHECK: ternary.add %{{.*}}, %{{.*}} by (3, -4) plus 8
func.func @constants_stay() -> tensor<2xi8> {
  %c = "tosa.const"() {value = dense<[1, 2]> : tensor<2xi8>} : () -> tensor<2xi8>
  %d = "tosa.const"() {value = dense<[3, 4]> : tensor<2xi8>} : () -> tensor<2xi8>
  %a = ternary.add %c, %d by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<2xi8>, tensor<2xi8>) -> tensor<2xi8>
  return %a : tensor<2xi8>
}

// -----

// 3x - 4*5 + 8, and (x + 7) * (5 - 2) * 3 + 8.
// CHECK-LABEL: func.func @number_to_requantize
// CHECK-DAG: %[[AM:.*]] = "tosa.const"() <{value = dense<3> : tensor<1xi32>}>
// CHECK-DAG: %[[AB:.*]] = "tosa.const"() <{value = dense<-12> : tensor<1xi64>}>
// CHECK-DAG: %[[MM:.*]] = "tosa.const"() <{value = dense<9> : tensor<1xi32>}>
// CHECK-DAG: %[[MB:.*]] = "tosa.const"() <{value = dense<71> : tensor<1xi64>}>
// CHECK: %[[A:.*]] = ternary.requantize %arg0, %[[AM]], %[[AB]] <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x4xi8>
// CHECK: %[[M:.*]] = ternary.requantize %arg0, %[[MM]], %[[MB]] <shift = 4, min = -5, max = 5> :
// CHECK: return %[[A]], %[[M]]
func.func @number_to_requantize(%x: tensor<1x4xi16>) -> (tensor<1x4xi8>, tensor<1x4xi8>) {
  %c = "tosa.const"() {value = dense<5> : tensor<1x1xi16>} : () -> tensor<1x1xi16>
  %a = ternary.add %x, %c by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x1xi16>) -> tensor<1x4xi8>
  %m = ternary.mul %c, %x by 3 plus 8 <shift = 4, min = -5, max = 5> {lhs_offset = -2 : i64, rhs_offset = 7 : i64} : (tensor<1x1xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  return %a, %m : tensor<1x4xi8>, tensor<1x4xi8>
}

// -----

// Not where the other operand is repeated, where the multiplier is too large, or
// where the offset is.
// CHECK-LABEL: func.func @number_stays
// CHECK: ternary.add
// CHECK: ternary.mul
// CHECK: ternary.add
// CHECK-NOT: ternary.requantize
func.func @number_stays(%x: tensor<1x1xi16>, %z: tensor<1x4xi16>) -> (tensor<1x4xi8>, tensor<1x4xi8>, tensor<1x4xi8>) {
  %c = "tosa.const"() {value = dense<5> : tensor<1x4xi16>} : () -> tensor<1x4xi16>
  %a = ternary.add %x, %c by (3, -4) plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x1xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  %m = ternary.mul %z, %c by 1000000000 plus 8 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  %o = ternary.add %z, %c by (1, 1) plus 9223372036854775807 <shift = 4, min = -5, max = 5> : (tensor<1x4xi16>, tensor<1x4xi16>) -> tensor<1x4xi8>
  return %a, %m, %o : tensor<1x4xi8>, tensor<1x4xi8>, tensor<1x4xi8>
}

// -----

// The sums of one element each are the elements, wide as sums are; what
// requantizes them reads the elements.
// CHECK-LABEL: func.func @single_sums
// CHECK-SAME: %[[X:.*]]: tensor<1x2x2x3xi8>, %[[Y:[^:]*]]: tensor<1x2x2x3xi32>
// CHECK: %[[W:.*]] = tosa.cast %[[X]] : (tensor<1x2x2x3xi8>) -> tensor<1x2x2x3xi32>
// CHECK: %[[Q:.*]] = ternary.requantize %[[X]]
// CHECK: return %[[W]], %[[Y]], %[[Q]]
func.func @single_sums(%x: tensor<1x2x2x3xi8>, %y: tensor<1x2x2x3xi32>, %m: tensor<3xi32>, %b: tensor<1xi64>) -> (tensor<1x2x2x3xi32>, tensor<1x2x2x3xi32>, tensor<1x2x2x3xi8>) {
  %0 = ternary.sum_pool2d %x {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x2x2x3xi8>) -> tensor<1x2x2x3xi32>
  %1 = ternary.sum_pool2d %y {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x2x2x3xi32>) -> tensor<1x2x2x3xi32>
  %2 = ternary.requantize %0, %m, %b <shift = 4, min = -5, max = 5> : (tensor<1x2x2x3xi32>, tensor<3xi32>, tensor<1xi64>) -> tensor<1x2x2x3xi8>
  return %0, %1, %2 : tensor<1x2x2x3xi32>, tensor<1x2x2x3xi32>, tensor<1x2x2x3xi8>
}

// -----

// Not where positions are left out or added, or where the input is wider than
// the sums.
// CHECK-LABEL: func.func @sums_stay
// CHECK-COUNT-3: ternary.sum_pool2d
func.func @sums_stay(%x: tensor<1x3x3x1xi8>, %y: tensor<1x3x3x1xi64>) -> (tensor<1x2x2x1xi32>, tensor<1x5x3x1xi32>, tensor<1x3x3x1xi32>) {
  %0 = ternary.sum_pool2d %x {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>} : (tensor<1x3x3x1xi8>) -> tensor<1x2x2x1xi32>
  %1 = ternary.sum_pool2d %x {kernel = array<i64: 1, 1>, pad = array<i64: 1, 1, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x3x1xi8>) -> tensor<1x5x3x1xi32>
  %2 = ternary.sum_pool2d %y {kernel = array<i64: 1, 1>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>} : (tensor<1x3x3x1xi64>) -> tensor<1x3x3x1xi32>
  return %0, %1, %2 : tensor<1x2x2x1xi32>, tensor<1x5x3x1xi32>, tensor<1x3x3x1xi32>
}

// -----

// Only what keeps the value is looked through.
// CHECK-LABEL: func.func @narrowing_stays
// CHECK: %[[N:.*]] = tosa.cast
// CHECK: ternary.requantize %[[N]]
// CHECK: %[[B:.*]] = tosa.cast
// CHECK: ternary.requantize %[[B]]
func.func @narrowing_stays(%x: tensor<4xi16>, %i: tensor<4xi1>, %m: tensor<1xi32>, %b: tensor<1xi64>) -> (tensor<4xi8>, tensor<4xi8>) {
  %n = tosa.cast %x : (tensor<4xi16>) -> tensor<4xi8>
  %0 = ternary.requantize %n, %m, %b <shift = 4, min = -5, max = 5> : (tensor<4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  %w = tosa.cast %i : (tensor<4xi1>) -> tensor<4xi8>
  %1 = ternary.requantize %w, %m, %b <shift = 4, min = -5, max = 5> : (tensor<4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return %0, %1 : tensor<4xi8>, tensor<4xi8>
}

// -----

// What follows a table goes into the table: here the other table, which
// negates, a sign, and (x * 2 + 1) >> 1.
// CHECK-LABEL: func.func @tables
// CHECK-SAME: %[[X:.*]]: tensor<4xi8>
// CHECK-DAG: %[[TT:.*]] = "tosa.const"() <{value = dense<-3> : tensor<256xi16>}>
// CHECK-DAG: %[[TS:.*]] = "tosa.const"() <{value = dense<1> : tensor<256xi32>}>
// CHECK-DAG: %[[TQ:.*]] = "tosa.const"() <{value = dense<4> : tensor<256xi8>}>
// CHECK-DAG: %[[T:.*]] = ternary.lookup %[[X]], %[[TT]] : (tensor<4xi8>, tensor<256xi16>) -> tensor<4xi16>
// CHECK-DAG: %[[S:.*]] = ternary.lookup %[[X]], %[[TS]]
// CHECK-DAG: %[[Q:.*]] = ternary.lookup %[[X]], %[[TQ]]
// CHECK: return %[[T]], %[[S]], %[[Q]]
func.func @tables(%x: tensor<4xi8>) -> (tensor<4xi16>, tensor<4xi32>, tensor<4xi8>) {
  %three = arith.constant dense<3> : tensor<256xi8>
  %negate = arith.constant dense<[128, 127, 126, 125, 124, 123, 122, 121, 120, 119, 118, 117, 116, 115, 114, 113, 112, 111, 110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100, 99, 98, 97, 96, 95, 94, 93, 92, 91, 90, 89, 88, 87, 86, 85, 84, 83, 82, 81, 80, 79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 69, 68, 67, 66, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -12, -13, -14, -15, -16, -17, -18, -19, -20, -21, -22, -23, -24, -25, -26, -27, -28, -29, -30, -31, -32, -33, -34, -35, -36, -37, -38, -39, -40, -41, -42, -43, -44, -45, -46, -47, -48, -49, -50, -51, -52, -53, -54, -55, -56, -57, -58, -59, -60, -61, -62, -63, -64, -65, -66, -67, -68, -69, -70, -71, -72, -73, -74, -75, -76, -77, -78, -79, -80, -81, -82, -83, -84, -85, -86, -87, -88, -89, -90, -91, -92, -93, -94, -95, -96, -97, -98, -99, -100, -101, -102, -103, -104, -105, -106, -107, -108, -109, -110, -111, -112, -113, -114, -115, -116, -117, -118, -119, -120, -121, -122, -123, -124, -125, -126, -127]> : tensor<256xi16>
  %m = arith.constant dense<2> : tensor<1xi32>
  %b = arith.constant dense<3> : tensor<1xi64>
  %0 = ternary.lookup %x, %three : (tensor<4xi8>, tensor<256xi8>) -> tensor<4xi8>
  %t = ternary.lookup %0, %negate : (tensor<4xi8>, tensor<256xi16>) -> tensor<4xi16>
  %1 = ternary.lookup %x, %three : (tensor<4xi8>, tensor<256xi8>) -> tensor<4xi8>
  %s = ternary.sign %1 : (tensor<4xi8>) -> tensor<4xi32>
  %2 = ternary.lookup %x, %three : (tensor<4xi8>, tensor<256xi8>) -> tensor<4xi8>
  %q = ternary.requantize %2, %m, %b <shift = 1, min = -5, max = 5> : (tensor<4xi8>, tensor<1xi32>, tensor<1xi64>) -> tensor<4xi8>
  return %t, %s, %q : tensor<4xi16>, tensor<4xi32>, tensor<4xi8>
}

// -----

// CHECK-LABEL: func.func @relu_into_table
// CHECK: %[[T:.*]] = "tosa.const"() <{value = dense<0> : tensor<256xi8>}>
// CHECK: ternary.lookup %{{.*}}, %[[T]]
// CHECK-NOT: ternary.relu
func.func @relu_into_table(%x: tensor<4xi8>) -> tensor<4xi8> {
  %t = arith.constant dense<-3> : tensor<256xi8>
  %0 = ternary.lookup %x, %t : (tensor<4xi8>, tensor<256xi8>) -> tensor<4xi8>
  %y = ternary.relu %0 : (tensor<4xi8>) -> tensor<4xi8>
  return %y : tensor<4xi8>
}

// -----

// Not where the looked-up value has another use, where channels differ, or where
// a table is not constant.
// CHECK-LABEL: func.func @tables_stay
// CHECK: %[[A:.*]] = ternary.lookup
// CHECK: ternary.sign %[[A]]
// CHECK: %[[B:.*]] = ternary.lookup
// CHECK: ternary.requantize %[[B]]
// CHECK: %[[C:.*]] = ternary.lookup
// CHECK: ternary.lookup %[[C]]
func.func @tables_stay(%x: tensor<2xi8>, %u: tensor<256xi8>) -> (tensor<2xi8>, tensor<2xi8>, tensor<2xi8>, tensor<2xi8>) {
  %t = arith.constant dense<3> : tensor<256xi8>
  %m = arith.constant dense<2> : tensor<1xi32>
  %b = arith.constant dense<[1, 3]> : tensor<2xi64>
  %0 = ternary.lookup %x, %t : (tensor<2xi8>, tensor<256xi8>) -> tensor<2xi8>
  %s = ternary.sign %0 : (tensor<2xi8>) -> tensor<2xi8>
  %1 = ternary.lookup %x, %t : (tensor<2xi8>, tensor<256xi8>) -> tensor<2xi8>
  %q = ternary.requantize %1, %m, %b <shift = 1, min = -5, max = 5> : (tensor<2xi8>, tensor<1xi32>, tensor<2xi64>) -> tensor<2xi8>
  %2 = ternary.lookup %x, %u : (tensor<2xi8>, tensor<256xi8>) -> tensor<2xi8>
  %y = ternary.lookup %2, %t : (tensor<2xi8>, tensor<256xi8>) -> tensor<2xi8>
  return %0, %s, %q, %y : tensor<2xi8>, tensor<2xi8>, tensor<2xi8>, tensor<2xi8>
}
