//===- TernaryElementwiseOps.td ----------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYELEMENTWISEOPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYELEMENTWISEOPS_TD

include "smelt/Dialect/Ternary/IR/TernaryBase.td"

def Ternary_RequantizeOp : Ternary_ComputeOp<"requantize"> {
  let summary = "multiply, add, shift and clamp";
  let description = [{
    `y = clamp((x * multiplier[c] + offset[c]) >> shift, min, max)`, computed in
    64 bits. `multiplier` (i32) and `offset` (i64) have one element, or one for
    each index `c` of the last dimension. Zero points, biases and the rounding
    constant (`1 << (shift - 1)` for rounding half up) are part of `offset`.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$input,
    Ternary_IntegerBuffer:$multiplier,
    Ternary_IntegerBuffer:$offset,
    Optional<Ternary_Destination>:$into,
    Ternary_RescaleAttr:$rescale);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let assemblyFormat = [{
    $input `,` $multiplier `,` $offset $rescale (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_SignOp : Ternary_ComputeOp<"sign"> {
  let summary = "plus one where not negative, else minus one";
  let description = [{
    `y = 1 | (x >> (width - 1))`
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let assemblyFormat = [{
    $input (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_ReluOp : Ternary_ComputeOp<"relu"> {
  let summary = "zero where negative, by the sign mask";
  let description = [{
    `y = x & ~(x >> (width - 1))`; input and result have the same type.
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let assemblyFormat = [{
    $input (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_ActivationOp : Ternary_ComputeOp<"activation"> {
  let summary = "a smooth nonlinear function by shifts and one small table";
  let description = [{
    On f32 tensors: the function itself (`gelu` in its tanh form, `relu2` the
    square of the positive part). On i16: `x` stands for `x * 2^-fraction`
    (`0 <= fraction <= 15`). `silu`, `gelu` and `relu2` also take i32
    (`fraction <= 24`).

    Let `T[i] = round(2^15 * 2^(-i/256))` for `i` in 0..256 (u16), and

    ```
    exp2neg(t):                    // 2^-t in Q15, t >= 0 in Q16
      i = (t >> 8) & 255; r = t & 255; n = t >> 16
      e = T[i] - (((T[i] - T[i+1]) * r) >> 8)
      n > 15 ? 0 : e >> n
    logistic(x, c):                // 1/(1+e^-x) in Q15; c = round(log2(e)*s*2^16)
      t = (|x| * c) >> fraction
      s = 2^30 / (2^15 + exp2neg(t))        // truncating
      x < 0 ? 2^15 - s : s
    ```

    | kind      | result                                                | fraction of the result |
    |-----------|-------------------------------------------------------|----|
    | `sigmoid` | `min(logistic(x, 94548), 32767)`                      | 15 |
    | `tanh`    | `min(2*logistic(x, 189097) - 2^15, 32767)`            | 15 |
    | `silu`    | `(x * logistic(x, 94548) + 2^14) >> 15`               | the input's |
    | `gelu`    | `c = clamp(x, -8 << fraction, 8 << fraction)`; `u = c + ((((c*c >> fraction) * c >> fraction) * 2930) >> 16)`; `(x * logistic(u, 150878) + 2^14) >> 15` | the input's |
    | `relu2`   | `min((max(x, 0)^2 + ((1 << fraction) >> 1)) >> fraction, M)`, with `M` the largest of the type | the input's |
    | `exp`     | `min(exp2neg((max(-x, 0) * 94548) >> fraction), 32767)` | 15 |


    Intermediate values are 64-bit. `exp` treats a positive input as 0.
  }];
  let arguments = (ins
    Ternary_ActivationAttr:$kind,
    Ternary_Buffer:$input,
    Optional<Ternary_Destination>:$into,
    OptionalAttr<Ternary_I64Attr>:$fraction);
  let results = (outs Optional<StaticShapeTensorOf<[I16, I32, F32]>>:$result);
  let assemblyFormat = [{
    $kind $input (`fraction` $fraction^)? (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_SoftmaxOp : Ternary_ComputeOp<"softmax"> {
  let summary = "softmax over the last dimension";
  let description = [{
    On f32 tensors: softmax. On i16, where `x` stands for `x * 2^-fraction`, with
    `exp2neg` as in `ternary.activation`:

    ```
    e[i] = exp2neg(((max(x) - x[i]) * 94548) >> fraction)
    y[i] = min((e[i] * 2^15 + S/2) / S, 32767)     // S = sum of e, truncating
    ```

    The result is i16 with fraction 15. `S` is 32-bit, so the last dimension has
    at most 65,535 elements.
  }];
  let arguments = (ins
    Ternary_Buffer:$input,
    Optional<Ternary_Destination>:$into,
    OptionalAttr<Ternary_I64Attr>:$fraction);
  let results = (outs Optional<StaticShapeTensorOf<[I16, F32]>>:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $input (`fraction` $fraction^)? (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_LogSoftmaxOp : Ternary_ComputeOp<"log_softmax"> {
  let summary = "logarithm of softmax over the last dimension";
  let description = [{
    On f32 tensors: `x - max(x) - log(sum(exp(x - max(x))))`. On i16, where `x`
    stands for `x * 2^-fraction`, with `exp2neg` as in `ternary.activation` and
    `L[i] = round(2^16 * log2(1 + i/256))` for `i` in 0..256:

    ```
    S = sum of exp2neg(((max(x) - x[i]) * 94548) >> fraction)
    n = floor(log2(S))             // 15 <= n <= 30
    f = ((S << 16) >> n) & 65535
    l = ((n - 15) << 16) + L[f >> 8] + (((L[(f >> 8) + 1] - L[f >> 8]) * (f & 255)) >> 8)
    y[i] = max(x[i] - max(x) - ((l * 45426) >> (32 - fraction)), -32768)
    ```

    Intermediate values are 64-bit. The result is i16 with the input's fraction.
    The last dimension has at most 65,535 elements.
  }];
  let arguments = (ins
    Ternary_Buffer:$input,
    Optional<Ternary_Destination>:$into,
    OptionalAttr<Ternary_I64Attr>:$fraction);
  let results = (outs Optional<StaticShapeTensorOf<[I16, F32]>>:$result);
  let hasFolder = 1;
  let assemblyFormat = [{
    $input (`fraction` $fraction^)? (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_AddOp : Ternary_ComputeOp<"add"> {
  let summary = "sum of two integer tensors of different scales";
  let description = [{
    `y = clamp((a*lhs_multiplier + b*rhs_multiplier + offset) >> shift, min, max)`
    in 64 bits. The operands have equal ranks; dimensions of size 1 are broadcast.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$lhs,
    Ternary_IntegerBuffer:$rhs,
    Optional<Ternary_Destination>:$into,
    Ternary_I64Attr:$lhs_multiplier,
    Ternary_I64Attr:$rhs_multiplier,
    Ternary_I64Attr:$offset,
    Ternary_RescaleAttr:$rescale);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs `by` ` ` `(` $lhs_multiplier `,` $rhs_multiplier `)` `plus` $offset
    $rescale (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_MulOp : Ternary_ComputeOp<"mul"> {
  let summary = "product of two integer tensors";
  let description = [{
    `y = clamp(((a + lhs_offset) * (b + rhs_offset) * multiplier + offset) >> shift, min, max)`
    in 64 bits. The operands have equal ranks; dimensions of size 1 are broadcast.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$lhs,
    Ternary_IntegerBuffer:$rhs,
    Optional<Ternary_Destination>:$into,
    DefaultValuedAttr<Ternary_I64Attr, "0">:$lhs_offset,
    DefaultValuedAttr<Ternary_I64Attr, "0">:$rhs_offset,
    Ternary_I64Attr:$multiplier,
    Ternary_I64Attr:$offset,
    Ternary_RescaleAttr:$rescale);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $lhs `,` $rhs `by` $multiplier `plus` $offset $rescale (`into` $into^)?
    attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_LookupOp : Ternary_ComputeOp<"lookup"> {
  let summary = "any function of an 8-bit value, by table";
  let description = [{
    `y = table[x + 128]` for an i8 input; the table has 256 elements of the
    result's element type.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$input,
    Ternary_IntegerBuffer:$table,
    Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let hasFolder = 1;
  let assemblyFormat = [{
    $input `,` $table (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_SumPool2DOp : Ternary_ComputeOp<"sum_pool2d"> {
  let summary = "sum over windows of an image";
  let description = [{
    `x` is `N x H x W x C`, the result `N x OH x OW x C` in i32: the sum of each
    window. Positions outside of the image count as 0. An average pooling is this
    and a `ternary.requantize`.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$input,
    Optional<Ternary_Destination>:$into,
    DenseI64ArrayAttr:$kernel,
    DenseI64ArrayAttr:$pad,
    DenseI64ArrayAttr:$stride);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $input (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif
