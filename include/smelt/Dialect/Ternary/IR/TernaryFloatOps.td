//===- TernaryFloatOps.td ----------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYFLOATOPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYFLOATOPS_TD

include "mlir/Interfaces/InferTypeOpInterface.td"
include "smelt/Dialect/Ternary/IR/TernaryBase.td"

def Ternary_FakeQuantOp : Ternary_Op<"fake_quant", [
    Pure, SameOperandsAndResultType]> {
  let summary = "round a float tensor to the grid of an integer type";
  let description = [{
    `y = (clamp(round(x / scale) + zero_point, min, max) - zero_point) * scale`,
    with `round` to nearest, ties to even, all in f32. With several scales, one
    for each index of dimension `axis`.

    ```
    %y = ternary.fake_quant %x scale [5.0e-01] to [-1, 1] : tensor<1x64xf32>
    %z = ternary.fake_quant %x scale [2.0e-02] zero_point -3 to [-128, 127] : tensor<1x64xf32>
    ```
  }];
  let arguments = (ins
    RankedTensorOf<[F32]>:$input,
    DenseF32ArrayAttr:$scale,
    DefaultValuedAttr<Ternary_I64Attr, "0">:$zero_point,
    Ternary_I64Attr:$min,
    Ternary_I64Attr:$max,
    OptionalAttr<Ternary_I64Attr>:$axis);
  let results = (outs RankedTensorOf<[F32]>:$result);
  let assemblyFormat = [{
    $input `scale` custom<Scales>($scale) (`axis` $axis^)? (`zero_point` $zero_point^)?
    `to` ` ` `[` $min `,` $max `]` attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ternary_BinarizeOp : Ternary_Op<"binarize", [
    Pure, SameOperandsAndResultType]> {
  let summary = "round a float tensor to plus or minus a scale";
  let description = [{
    `y = x >= 0 ? scale : -scale`
  }];
  let arguments = (ins RankedTensorOf<[F32]>:$input, F32Attr:$scale);
  let results = (outs RankedTensorOf<[F32]>:$result);
  let assemblyFormat = "$input `scale` $scale attr-dict `:` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Ternary_DequantizeWeightsOp : Ternary_Op<"dequantize_weights", [Pure]> {
  let summary = "the float values of packed weights";
  let description = [{
    `y[r, k] = sum over planes p of w[p, r, k] * scales[p, r, k / group]`, where
    `group = ceil(K / groups)` and `scales` is `[planes, rows, groups]`.
    The result has the weights' shape.
  }];
  let arguments = (ins Ternary_WeightsType:$weights, ElementsAttr:$scales);
  let results = (outs RankedTensorOf<[F32]>:$result);
  let assemblyFormat =
      "$weights `scales` ` ` `(` $scales `)` attr-dict `:` type($weights) `->` type($result)";
  let hasVerifier = 1;
}

#endif
