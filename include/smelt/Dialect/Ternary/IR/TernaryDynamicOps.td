//===- TernaryDynamicOps.td --------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops whose scales are found while the network runs: quantization with a step
// for each row, and normalization. A row is what the last dimension runs along.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYDYNAMICOPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYDYNAMICOPS_TD

include "smelt/Dialect/Ternary/IR/TernaryBase.td"

def Ternary_AbsmaxOp : Ternary_ComputeOp<"absmax"> {
  let summary = "largest magnitude of each row";
  let description = [{
    `x` is `... x K`, the result `...`, in i32 or i64 of `w` bits:
    `a = min(max(|x[0]|, ..., |x[K-1]|, 1), 2^(w-1) - 1)`.
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let assemblyFormat = [{
    $input (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_DynamicQuantizeOp : Ternary_ComputeOp<"dynamic_quantize"> {
  let summary = "round rows to 8 or 16 bits, with a step for each";
  let description = [{
    `x` is `... x K`, `absmax` (`a`, at least 1) is `...`, the result `... x K`
    in i8 (`L = 127`, `F = 54`) or i16 (`L = 32767`, `F = 46`). A code `q` stands
    for `q * a / L`.

    ```
    bits(a)     = floor(log2(a)) + 1
    mantissa(a) = n <= 31 ? a << (31 - n) : a >> (n - 31)       // n = bits(a)

    h = max(n - 31, 0)
    r = floor(L * 2^F / mantissa(a))
    q = clamp((clamp(x >> h, -2^31, 2^31 - 1) * r + 2^(s-1)) >> s, -L, L)
                                                          // s = F - 31 + n - h
    ```
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Ternary_IntegerBuffer:$absmax,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let assemblyFormat = [{
    $input `by` $absmax (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    /// The largest code: 127 or 32767.
    int64_t getLargestCode() {
      return (int64_t(1) << (getResultType().getElementTypeBitWidth() - 1)) - 1;
    }
  }];
}

def Ternary_DequantizeOp
    : Ternary_ComputeOp<"dequantize", [AttrSizedOperandSegments]> {
  let summary = "fixed-point numbers from accumulators and the rows' steps";
  let description = [{
    `acc` is `... x M` in i32 or i64, `absmax` (`a`, at least 1) is `...`;
    `multiplier` (i32) and `bias` (i64, 0 where absent) have 1 or `M` elements.
    With `bits` and `mantissa` as in `ternary.dynamic_quantize`:

    ```
    c = (mantissa(a) * multiplier[m] + 2^30) >> 31
    s = clamp(shift - bits(a), 1, 62)
    y = clamp(((acc[m] * c + 2^(s-1)) >> s) + bias[m], min, max)
    ```

    It stands for `acc * a * multiplier * 2^-shift + bias`, with a shift of at
    most 126. All in 64 bits.
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Ternary_IntegerBuffer:$absmax,
                       Ternary_IntegerBuffer:$multiplier,
                       Optional<Ternary_IntegerBuffer>:$bias,
                       Optional<Ternary_Destination>:$into,
                       Ternary_I64Attr:$shift,
                       Ternary_I64Attr:$min,
                       Ternary_I64Attr:$max);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let hasCanonicalizer = 1;
  let assemblyFormat = [{
    $input `by` $absmax `,` $multiplier (`plus` $bias^)? `shift` $shift
    `to` ` ` `[` $min `,` $max `]` (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

class Ternary_NormOp<string mnemonic>
    : Ternary_ComputeOp<mnemonic, [AttrSizedOperandSegments]> {
  let arguments = (ins Ternary_Buffer:$input,
                       Optional<Ternary_IntegerBuffer>:$multiplier,
                       Optional<Ternary_IntegerBuffer>:$offset,
                       Optional<Ternary_Destination>:$into,
                       TypedAttrInterface:$epsilon,
                       OptionalAttr<Ternary_RescaleAttr>:$rescale);
  let results = (outs
      Optional<StaticShapeTensorOf<[I8, I16, I32, I64, F32]>>:$result);
  let assemblyFormat = [{
    $input `epsilon` ` ` `(` $epsilon `)`
    (`requantize` ` ` `(` $multiplier^ `,` $offset `)` $rescale)?
    (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_RMSNormOp : Ternary_NormOp<"rms_norm"> {
  let summary = "divide rows by their root mean square";
  let description = [{
    On f32 tensors: `x / sqrt(mean(x^2) + epsilon)`.

    On integers (`K` at most 65,536), with `bits` as in
    `ternary.dynamic_quantize` and an i64 `epsilon` from 0 to `2^61 - 1`:

    ```
    h = max(bits(max(1, max |x|)) - 23, 0)
    z = h > 0 ? (x + 2^(h-1)) >> h : x
    v = max(1, sum of z^2 + (epsilon >> min(2*h, 63)))
    e = (bits(v) + 1) >> 1
    f = 2*e <= 30 ? v << (30 - 2*e) : v >> (2*e - 30)
    u = (z * rsqrt(f) + 2^(e-1)) >> e           // x / sqrt(sum of x^2) in Q30

    rsqrt(f):                                   // 1 / sqrt(f), all in Q30
      r = 2287070085 - ((f * 1299227607) >> 30)
      four times: r = (r * (3 * 2^30 - ((((r * r) >> 30) * f) >> 30))) >> 31
      min(r, 2^31)
    ```

    Without `requantize` the result is `u` in i32. With it, the result is
    `clamp((u * multiplier[k] + offset[k]) >> shift, min, max)`. The factor
    `sqrt(K)` belongs to the multiplier; `epsilon` is that of the float form
    times `K` by the square of the scale of `x`. All in 64 bits.
  }];
}

def Ternary_LayerNormOp : Ternary_NormOp<"layer_norm"> {
  let summary = "subtract the mean of rows, divide them by their deviation";
  let description = [{
    On f32 tensors: `(x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon)`.

    On integers of at most 32 bits: `ternary.rms_norm` of `K * x - sum of x`,
    which is `K` times the difference. So `epsilon` is that of the float form
    times `K^3` by the square of the scale of `x`.
  }];
}

#endif
