//===- TernaryTypes.td -------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYTYPES_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "smelt/Dialect/Ternary/IR/TernaryDialect.td"

//===----------------------------------------------------------------------===//
// Enums
//===----------------------------------------------------------------------===//

def Ternary_Layout : I32EnumAttr<"Layout", "how weights lie in memory", [
    I32EnumAttrCase<"Dense", 0, "dense">,
    I32EnumAttrCase<"Int8", 1, "int8">,
    I32EnumAttrCase<"TwoBit", 2, "twobit">,
    I32EnumAttrCase<"Base3", 3, "base3">,
    I32EnumAttrCase<"Bitplane", 4, "bitplane">,
    I32EnumAttrCase<"Int4", 5, "int4">,
    I32EnumAttrCase<"Columns", 6, "columns">]> {
  let cppNamespace = "::smelt::ternary";
  let genSpecializedAttr = 0;
}

def Ternary_Activation : I32EnumAttr<"ActivationKind", "a nonlinear function", [
    I32EnumAttrCase<"Sigmoid", 0, "sigmoid">,
    I32EnumAttrCase<"Tanh", 1, "tanh">,
    I32EnumAttrCase<"SiLU", 2, "silu">,
    I32EnumAttrCase<"GELU", 3, "gelu">,
    I32EnumAttrCase<"Exp", 4, "exp">,
    I32EnumAttrCase<"ReLU2", 5, "relu2">]> {
  let cppNamespace = "::smelt::ternary";
  let genSpecializedAttr = 0;
}

def Ternary_ActivationAttr
    : EnumAttr<TernaryDialect, Ternary_Activation, "activation_kind"> {
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Ternary_WeightsType : TypeDef<TernaryDialect, "Weights"> {
  let mnemonic = "weights";
  let summary = "packed weights of a matrix product or convolution";
  let description = [{
    ```
    !ternary.weights<64x784 : base3>
    !ternary.weights<16x5x5x8 : twobit, planes = 2>
    ```

    The first dimension counts rows (output features or channels); the others
    are flattened, row-major, into `K` columns. A convolution's are
    `rows x height x width x channels`. With more than one plane the weights are
    a sum: plane `p` of row `r` counts `scales[p, r]` times (see
    `ternary.matmul`).

    | layout     | a weight is        | bytes                                    |
    |------------|--------------------|------------------------------------------|
    | `dense`    | -1, 0, 1           | one two's complement byte a weight       |
    | `int8`     | -127..127          | one two's complement byte a weight       |
    | `int4`     | -7..7              | code `w+8` in 4 bits, first weight lowest |
    | `twobit`   | -1, 0, 1           | code `w+1` in 2 bits, first weight lowest |
    | `base3`    | -1, 0, 1           | five digits `w+1` a byte, first weight least significant: `sum(digit[i] * 3^i)` |
    | `bitplane` | -1, 0, 1           | per row `ceil(K/8)` bytes of plus bits, then as many of minus bits, first weight lowest |
    | `columns`  | -1, 0, 1           | per four columns a byte for each plane of each row: code `w+1` in 2 bits, first weight lowest |

    Planes follow one another; within a plane, rows do. Weights of more bits than
    a ternary one's have one plane. In `twobit` and `base3` each row starts on a
    byte, unless the padding would cost more than 2.5 % of the plane: then the
    weights of all rows form one run without padding
    (`WeightsType::isRowAligned`). In the other layouts it always does. Unused
    positions at the end of a run hold the code of weight 0 (in `bitplane`: clear
    bits).

    `columns` is for code that adds four columns at a time to the sums of all
    rows. Its planes do not follow one another: lane `r * planes + p` is plane `p`
    of row `r`, and a byte of each lane follows for every four columns. Lanes are
    added in tiles; the bytes go on, with weights 0, to the end of the last tile
    of the last four columns.

    ```
    !ternary.weights<2560x6912 : twobit, interleaved>
    ```

    Interleaved weights are for kernels with vectors. A plane is a sequence of
    tiles of 16 rows, a tile one of blocks of columns, a block one of parts of 64
    bytes: 4 for each row of the tile. Byte `j` of a row's 4 has

    | layout   | columns of a block | its parts | in byte `j`, `d(i)` being the code of column `4*i + j` of the block |
    |----------|----|---|---|
    | `int8`   | 16 | 4 | part `i`: `d(i)`, which is `w + 128` |
    | `int4`   | 16 | 2 | part `i`: `d(2*i) + 16*d(2*i+1)` |
    | `twobit` | 16 | 1 | `d(0) + 4*d(1) + 16*d(2) + 64*d(3)` |
    | `base3`  | 96 | 5 | fields `f(s) = d(3*s) + 3*d(3*s+1) + 9*d(3*s+2)` of 5 bits: the low 5 bits of part `i < 5` are `f(i)`; above them, part 0 has bits 2 to 4 of `f(5)`, part 1 bit 0 of `f(7)` and bits 0 and 1 of `f(5)`, part 2 bits 2 to 4 of `f(6)`, part 3 bit 1 of `f(7)` and bits 0 and 1 of `f(6)`, part 4 bits 2 to 4 of `f(7)` |

    Missing rows and columns have weight 0.
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$shape,
    "Layout":$layout,
    "int64_t":$planes,
    "bool":$interleaved);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape, "Layout":$layout,
                     CArg<"int64_t", "1">:$planes), [{
      return $_get($_ctxt, shape, layout, planes, /*interleaved=*/false);
    }]>];
  let extraClassDeclaration = [{
    /// Output features or channels.
    int64_t getRows() const { return getShape().front(); }
    /// Weights in a row: the product of all dimensions but the first.
    int64_t getColumns() const;
    /// Weights in a plane.
    int64_t getNumWeights() const { return getRows() * getColumns(); }
    /// Whether each row of a plane starts on a byte of its own. Those of
    /// interleaved weights do not.
    bool isRowAligned() const;
    /// Bytes from one row of a plane to the next; rows must be aligned.
    int64_t getRowBytes() const;
    /// Rows of a tile of interleaved weights.
    static constexpr int64_t kTileRows = 16;
    /// Bytes of a part of a block of interleaved weights.
    static constexpr int64_t kPartBytes = 64;
    /// Whether weights of this layout and these columns, with scales for each of
    /// `groups` groups, can be multiplied where they are interleaved.
    bool canInterleave(int64_t groups = 1) const;
    /// These weights interleaved, or as they are where they cannot be. `base3`
    /// becomes `twobit` where its blocks are too long for the columns.
    WeightsType interleave(int64_t groups = 1) const;
    int64_t getNumTiles() const;
    /// Columns and bytes of a block, and blocks of a tile.
    int64_t getBlockColumns() const;
    int64_t getBlockBytes() const;
    int64_t getNumBlocks() const;
    int64_t getTileBytes() const { return getNumBlocks() * getBlockBytes(); }
    /// The code of weight 0 in interleaved weights: what each code is above its
    /// weight.
    int64_t getZeroCode() const;
    /// The shape of the scales of each plane, row and group of columns: planes,
    /// rows and groups, or planes, tiles, groups and rows of a tile.
    ::llvm::SmallVector<int64_t> getScalesShape(int64_t groups) const;
    /// Where the scale of a row's group is among them.
    int64_t getScaleIndex(int64_t plane, int64_t row, int64_t group,
                          int64_t groups) const;
    /// Bytes of one plane; not of `columns`, whose planes are not apart.
    int64_t getPlaneBytes() const;
    /// Bytes of all planes.
    int64_t getNumBytes() const;
    /// Lanes of `columns` that a loop over them is worth while for.
    static constexpr int64_t kFewestLanes = 8;
    /// Columns in a byte of `columns`.
    static constexpr int64_t kLaneColumns = 4;
    /// Bytes of a lane of `columns`.
    int64_t getLaneBytes() const;
    /// The bytes of `columns` for the same columns: one for each plane of each
    /// row.
    int64_t getNumLanes() const { return getRows() * getPlanes(); }
    /// Lanes whose sums are made together, and how often, the last ones being
    /// more than there are. A tile of several has all planes of its rows.
    int64_t getTileLanes() const;
    int64_t getNumLaneTiles() const;
    /// The largest magnitude that a weight of the layout can have.
    static int64_t getMaxMagnitude(Layout layout);
    int64_t getMaxMagnitude() const { return getMaxMagnitude(getLayout()); }
    /// Whether weights are -1, 0 and 1.
    static bool isTernary(Layout layout) { return getMaxMagnitude(layout) == 1; }
    bool isTernary() const { return isTernary(getLayout()); }
  }];
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

def Ternary_RescaleAttr : AttrDef<TernaryDialect, "Rescale"> {
  let mnemonic = "rescale";
  let summary = "the shift and clamp that end a requantization";
  let description = [{
    `#ternary.rescale<shift = 40, min = -127, max = 127>`:
    `y = clamp(v >> shift, min, max)` of a 64-bit `v`.
    `0 <= shift <= 62`; `min <= max`.
  }];
  let parameters = (ins "int64_t":$shift, "int64_t":$min, "int64_t":$max);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

#endif
