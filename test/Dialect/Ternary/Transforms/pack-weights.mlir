// RUN: smelt-opt %s --ternary-pack-weights="layout=twobit" | FileCheck %s --check-prefix=TWOBIT
// RUN: smelt-opt %s --ternary-pack-weights="layout=base3" | FileCheck %s --check-prefix=BASE3
// RUN: smelt-opt %s --ternary-pack-weights="layout=bitplane" | FileCheck %s --check-prefix=BITPLANE
// RUN: smelt-opt %s --ternary-pack-weights="layout=base3" --ternary-pack-weights="layout=dense" | FileCheck %s --check-prefix=DENSE
// RUN: not smelt-opt %s --ternary-pack-weights="layout=int8" 2>&1 | FileCheck %s --check-prefixes=ERROR,INT8
// RUN: not smelt-opt %s --ternary-pack-weights="layout=int4" 2>&1 | FileCheck %s --check-prefixes=ERROR,INT4

// INT8: unknown layout 'int8'
// INT4: unknown layout 'int4'
// ERROR-SAME: ; expected dense, twobit, base3, bitplane or columns

func.func @weights() {
  // One byte a row would waste a fifth, so the rows follow one another.
  // Codes 2 1 0 2 | 2 0 0 1 | 2 1: 2+4+0+128, 2+0+0+64, 2+4+(1<<4)+(1<<6).
  // TWOBIT: ternary.weights dense<[-122, 66, 86]> : tensor<3xi8> -> <2x5 : twobit>
  // 2+3+0+54+162 = 221 and 0+0+9+54+81 = 144.
  // BASE3: ternary.weights dense<[-35, -112]> : tensor<2xi8> -> <2x5 : base3>
  // BITPLANE: ternary.weights dense<[25, 4, 8, 3]> : tensor<4xi8> -> <2x5 : bitplane>
  // DENSE: ternary.weights dense<[1, 0, -1, 1, 1, -1, -1, 0, 1, 0]> : tensor<10xi8> -> <2x5 : dense>
  %w = ternary.weights dense<[1, 0, -1, 1, 1,  -1, -1, 0, 1, 0]> : tensor<10xi8> -> <2x5 : dense>
  // TWOBIT: -> <1x4 : bitplane>
  %o = ternary.weights dense<[1, 0, -1, 1]> : tensor<4xi8> {smelt.layout = "bitplane"} -> <1x4 : dense>
  // BASE3: ternary.weights dense<[7, -127]> : tensor<2xi8> -> <1x2 : int8>
  %i = ternary.weights dense<[7, -127]> : tensor<2xi8> -> <1x2 : int8>
  // BASE3: ternary.weights dense<[31, -117]> : tensor<2xi8> -> <1x3 : int4>
  %j = ternary.weights dense<[31, -117]> : tensor<2xi8> -> <1x3 : int4>
  return
}
