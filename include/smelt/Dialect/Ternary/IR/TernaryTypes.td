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
    I32EnumAttrCase<"Bitplane", 4, "bitplane">]> {
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
    | `twobit`   | -1, 0, 1           | code `w+1` in 2 bits, first weight lowest |
    | `base3`    | -1, 0, 1           | five digits `w+1` a byte, first weight least significant: `sum(digit[i] * 3^i)` |
    | `bitplane` | -1, 0, 1           | per row `ceil(K/8)` bytes of plus bits, then as many of minus bits, first weight lowest |

    Planes follow one another; within a plane, rows do. In `twobit` and `base3`
    each row starts on a byte, unless the padding would cost more than 2.5 % of
    the plane: then the weights of all rows form one run without padding
    (`WeightsType::isRowAligned`). Unused positions at the end of a run hold the
    code of weight 0 (in `bitplane`: clear bits).
  }];
  let parameters = (ins
    ArrayRefParameter<"int64_t">:$shape,
    "Layout":$layout,
    "int64_t":$planes);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "::llvm::ArrayRef<int64_t>":$shape, "Layout":$layout,
                     CArg<"int64_t", "1">:$planes)>];
  let extraClassDeclaration = [{
    /// Output features or channels.
    int64_t getRows() const { return getShape().front(); }
    /// Weights in a row: the product of all dimensions but the first.
    int64_t getColumns() const;
    /// Weights in a plane.
    int64_t getNumWeights() const { return getRows() * getColumns(); }
    /// Whether each row of a plane starts on a byte of its own.
    bool isRowAligned() const;
    /// Bytes from one row of a plane to the next; rows must be aligned.
    int64_t getRowBytes() const;
    /// Bytes of one plane.
    int64_t getPlaneBytes() const;
    /// Bytes of all planes.
    int64_t getNumBytes() const { return getPlanes() * getPlaneBytes(); }
    /// The largest magnitude that a weight can have: 1 or 127.
    int64_t getMaxMagnitude() const {
      return getLayout() == Layout::Int8 ? 127 : 1;
    }
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
