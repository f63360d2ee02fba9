//===- TernaryLinearOps.td ---------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYLINEAROPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYLINEAROPS_TD

include "smelt/Dialect/Ternary/IR/TernaryBase.td"

def Ternary_WeightsOp : Ternary_Op<"weights", [Pure]> {
  let summary = "packed weights";
  let description = [{
    Names the bytes of a weight matrix. `data` is a one-dimensional tensor of i8
    whose length is what the type's layout needs.

    ```
    %w = ternary.weights dense_resource<fc1> : tensor<10048xi8>
        -> <64x784 : base3>
    ```
  }];
  let arguments = (ins ElementsAttr:$data);
  let results = (outs Ternary_WeightsType:$result);
  let assemblyFormat = "$data attr-dict `->` type($result)";
  let hasVerifier = 1;
}

class Ternary_LinearOp<string mnemonic>
    : Ternary_ComputeOp<mnemonic, [AttrSizedOperandSegments]> {
  code commonDeclaration = [{
    /// The accumulator's type: i32 unless said otherwise.
    ::mlir::Type getAccumulatorType();
  }];
  let extraClassDeclaration = commonDeclaration;
  let assemblyFormat = [{
    $input `,` $weights (`scales` ` ` `(` $scales^ `)`)?
    (`requantize` ` ` `(` $multiplier^ `,` $offset `)` $rescale)?
    (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_MatmulOp : Ternary_LinearOp<"matmul"> {
  let summary = "product of an integer matrix with weights";
  let description = [{
    `x` is `N x K`, the weights `M x K` in `P` planes, the result `N x M`.

    ```
    dot[n,p,m,g] = sum over k in group g of x[n,k] * w[p,m,k]
    acc[n,m]     = sum over p, g of scales[p,m,g] * dot[n,p,m,g]
    ```

    Without `scales`, which one plane may lack, `acc` is `dot`. Group `g` holds
    columns `g*ceil(K/G)` up to the next group's, with `scales` `P x M x G` i16.
    Both are computed in `accumulator` (i32, or i64 where that is given).

    Without `requantize` the result is `acc`. With it, the result is
    `clamp((acc * multiplier[m] + offset[m]) >> shift, min, max)` in 64 bits, as
    in `ternary.requantize`, without the accumulators going through memory.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$input,
    Ternary_WeightsType:$weights,
    Optional<Ternary_IntegerBuffer>:$scales,
    Optional<Ternary_IntegerBuffer>:$multiplier,
    Optional<Ternary_IntegerBuffer>:$offset,
    Optional<Ternary_Destination>:$into,
    OptionalAttr<Ternary_RescaleAttr>:$rescale,
    OptionalAttr<TypeAttr>:$accumulator);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let extraClassDeclaration = commonDeclaration # [{
    /// Whether a kernel can multiply ternary weights of the layout `columns`:
    /// by i8, with a scale for each row.
    bool canMultiplyColumns();
  }];
}

def Ternary_Conv2DOp : Ternary_LinearOp<"conv2d"> {
  let summary = "two-dimensional convolution of an integer image with weights";
  let description = [{
    `x` is `N x H x W x C`, the weights `M x KH x KW x C/groups` in `P` planes,
    the result `N x OH x OW x M` with
    `OH = (H + pad_top + pad_bottom - (KH-1)*dilation_h - 1) / stride_h + 1`.
    Output channel `m` reads the input channels of group `m / (M/groups)`.
    Positions outside of the image count as 0.

    The sum over planes, `scales` (`P x M x 1`), `accumulator` and `requantize`
    are as in `ternary.matmul`, for each output position.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$input,
    Ternary_WeightsType:$weights,
    Optional<Ternary_IntegerBuffer>:$scales,
    Optional<Ternary_IntegerBuffer>:$multiplier,
    Optional<Ternary_IntegerBuffer>:$offset,
    Optional<Ternary_Destination>:$into,
    OptionalAttr<Ternary_RescaleAttr>:$rescale,
    OptionalAttr<TypeAttr>:$accumulator,
    DenseI64ArrayAttr:$pad,
    DenseI64ArrayAttr:$stride,
    DenseI64ArrayAttr:$dilation,
    DefaultValuedAttr<Ternary_I64Attr, "1">:$groups);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let extraClassDeclaration = commonDeclaration # [{
    /// Whether a kernel can copy windows, of whose lines all bytes are
    /// neighbours, from an image that fits in a cache with its padding, and
    /// multiply them with all weights.
    bool isProductOfWindows();
    /// As for `ternary.matmul`: also, the inputs of a line of a window are
    /// neighbours.
    bool canMultiplyColumns();
  }];
}

#endif
