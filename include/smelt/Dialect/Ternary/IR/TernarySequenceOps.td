//===- TernarySequenceOps.td -------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ops of language models: a block of N tokens that starts at a run-time position
// of a sequence of at most C.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYSEQUENCEOPS_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYSEQUENCEOPS_TD

include "smelt/Dialect/Ternary/IR/TernaryBase.td"

def Ternary_EmbedOp : Ternary_ComputeOp<"embed", [AttrSizedOperandSegments]> {
  let summary = "rows of weights, by index";
  let description = [{
    `ids` is `N` in i32, the weights `V x K` in `P` planes, with `scales`
    (`P x V x G` i16) as in `ternary.matmul`; `multiplier` (i32) and `offset`
    (i64) have 1 or `V` elements. The result is `N x K`:

    ```
    id     = clamp(ids[n], 0, V-1)
    w[k]   = sum over p of scales[p,id,g(k)] * weights[p,id,k]
    y[n,k] = clamp((w[k] * multiplier[id] + offset[id]) >> shift, min, max)
    ```

    Without `scales`, which one plane may lack, `w` is the weight. All in 64
    bits.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$ids,
    Ternary_WeightsType:$weights,
    Optional<Ternary_IntegerBuffer>:$scales,
    Ternary_IntegerBuffer:$multiplier,
    Ternary_IntegerBuffer:$offset,
    Optional<Ternary_Destination>:$into,
    Ternary_RescaleAttr:$rescale);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let assemblyFormat = [{
    $ids `,` $weights (`scales` ` ` `(` $scales^ `)`)?
    `requantize` ` ` `(` $multiplier `,` $offset `)` $rescale
    (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_BestOp : Ternary_ComputeOp<"best"> {
  let summary = "indices of the greatest elements of rows";
  let description = [{
    `x` is `N x M` in i32, the result `N x B` in i32 with `1 <= B <= M`: for each
    row the indices of its `B` greatest elements, in ascending order of the index.
    Of equal elements the first ones count as greater.
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let assemblyFormat = [{
    $input (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_RefineOp
    : Ternary_ComputeOp<"refine", [AttrSizedOperandSegments]> {
  let summary = "compute some products exactly, in place of estimates";
  let description = [{
    `estimate` is `N x M` in i32, `ids` `N x B` in i32, `x` `N x K` in i8 or i16
    with `absmax` `N`, the weights `M x K` in one plane. The result is the
    estimate, in which for each `n` and `j`, with
    `m = clamp(ids[n,j], 0, M-1)`,

    ```
    y[n,m] = (sum over k of x[n,k] * w[m,k]) as ternary.dequantize gives it
    ```

    with `absmax`, `multiplier`, `bias`, `shift`, `min` and `max`. All in 64
    bits.

    In memref form there is no `estimate`: `into` is changed in place.
  }];
  let arguments = (ins
    Optional<Ternary_IntegerBuffer>:$estimate,
    Ternary_IntegerBuffer:$ids,
    Ternary_IntegerBuffer:$input,
    Ternary_IntegerBuffer:$absmax,
    Ternary_WeightsType:$weights,
    Ternary_IntegerBuffer:$multiplier,
    Optional<Ternary_IntegerBuffer>:$bias,
    Optional<Ternary_Destination>:$into,
    Ternary_I64Attr:$shift,
    Ternary_I64Attr:$min,
    Ternary_I64Attr:$max);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let assemblyFormat = [{
    ($estimate^ `,`)? `at` $ids `from` $input `by` $absmax `,` $weights `,`
    $multiplier (`plus` $bias^)? `shift` $shift `to` ` ` `[` $min `,` $max `]`
    (`into` $into^)? attr-dict `:` functional-type(operands, results)
  }];
}

def Ternary_RopeOp : Ternary_ComputeOp<"rope"> {
  let summary = "rotate pairs of elements by angles of their position";
  let description = [{
    `x` is `N x H x D` in i32, `table` `C x R` in i16 with an even `R <= D`,
    `position` i32, one for all or one for each row. With `r = R/2`, `p` the
    row's position, or the only one plus `n`, within `0..C-1`, `cos = table[p,i]`
    and `sin = table[p,r+i]` in Q15, for `i < r`:

    ```
    y[n,h,i]   = saturate((x[n,h,i] * cos - x[n,h,r+i] * sin + 2^14) >> 15)
    y[n,h,r+i] = saturate((x[n,h,r+i] * cos + x[n,h,i] * sin + 2^14) >> 15)
    ```

    where `saturate` clamps to i32. Elements from `R` on stay as they are.
  }];
  let arguments = (ins Ternary_IntegerBuffer:$input,
                       Ternary_IntegerBuffer:$table,
                       Ternary_IntegerBuffer:$position,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let extraClassDeclaration = [{
    /// Whether each row has a position of its own.
    bool hasPositionPerRow();
  }];
  let assemblyFormat = [{
    $input `,` $table `at` $position (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_CacheWriteOp : Ternary_ComputeOp<"cache_write", [AttrSizedOperandSegments]> {
  let summary = "write rows into a cache, from a position on";
  let description = [{
    `cache` is `C x ...`, `rows` `N x ...` with the same other dimensions and
    elements, `position` one i32. The result is the cache with row `n` in place
    of its row `position + n`, for each `n` where that is in `0..C-1`.

    Of several sequences `cache` is `N x C x ...` and has row `n` in its part
    `n`, at `position[n]`.

    In memref form there is no `cache`: `into` is changed in place.
  }];
  let arguments = (ins Optional<Ternary_IntegerBuffer>:$cache,
                       Ternary_IntegerBuffer:$rows,
                       Ternary_IntegerBuffer:$position,
                       Optional<Ternary_Destination>:$into);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let extraClassDeclaration = [{
    /// Whether each row is of a sequence of its own.
    bool hasSequences();
  }];
  let assemblyFormat = [{
    ($cache^ `,`)? `rows` $rows `at` $position (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Ternary_AttentionOp
    : Ternary_ComputeOp<"attention"> {
  let summary = "causal attention of a block of tokens to a cache";
  let description = [{
    `q` is `N x H x D` in i8 or i16 with `q_absmax` `N x H`; `k` and `v` are
    `C x G x D` in one type, i8 or i16, with `k_absmax` and `v_absmax` `C x G`;
    `position` is one i32. The absmaxes are i32 and at least 1 where they are
    read. `H` is a multiple of `G`, `D` at most 256, `C` at most 32,768. The
    result is `N x H x D` in i32.

    For row `n` and head `h`, with `g = h / (H/G)`, over the positions
    `t < T = min(max(position, 0) + n + 1, C)`, with `bits`, `mantissa` and the
    codes of `ternary.dynamic_quantize`:

    ```
    dot[t] = (sum over d of q[n,h,d] * k[t,g,d]) >> e
    c      = (mantissa(q_absmax[n,h]) * score_multiplier) >> 46
    l[t]   = (((dot[t] * k_absmax[t,g]) >> 8) * c)
             >> clamp(score_shift - bits(q_absmax[n,h]), 1, 62)
    w[t]   = exp2neg30(max(l) - l[t])
    S      = sum of w[t]
    ```

    where `e` is 0 if `q` and `k` are i8, 8 if one is i16, 16 if both are, and
    `exp2neg30(d)` is `n > 30 ? 0 : (m << 15) >> n` with the `m` (there `e`) and
    `n` of `exp2neg` in `ternary.activation`. Then in blocks `b` of 64 positions:

    ```
    p[t]   = w[t] * v_absmax[t,g]
    W[b]   = max(1, max of p[t] in b)
    P[t]   = the i16 code of p[t] by W[b]
    j      = max(bits(max of W) - 24, 0)
    acc[d] = sum over b of (W[b] >> j)
             * ((sum over t in b of P[t] * v[t,g,d]) >> i)   // i: 0, or 8 for i16
    o[d]   = ((acc[d] >> 30) * floor(2^61 / mantissa(S))) >> 31
    y[n,h,d] = saturate((o[d] * multiplier + 2^(s-1)) >> s)
                                          // s = clamp(shift + bits(S) - j, 1, 62)
    ```

    Both multipliers are in `2^30..2^31-1`; `saturate` clamps to i32. All in 64
    bits.

    Of several sequences, `k`, `v` and their absmaxes have `N` as one more
    dimension before the others, and there are `N` positions: row `n` reads part
    `n` alone, with `T = min(max(position[n], 0) + 1, C)`.
  }];
  let arguments = (ins
    Ternary_IntegerBuffer:$q,
    Ternary_IntegerBuffer:$q_absmax,
    Ternary_IntegerBuffer:$k,
    Ternary_IntegerBuffer:$k_absmax,
    Ternary_IntegerBuffer:$v,
    Ternary_IntegerBuffer:$v_absmax,
    Ternary_IntegerBuffer:$position,
    Optional<Ternary_Destination>:$into,
    Ternary_I64Attr:$score_multiplier,
    Ternary_I64Attr:$score_shift,
    Ternary_I64Attr:$multiplier,
    Ternary_I64Attr:$shift);
  let results = (outs Optional<Ternary_ResultTensor>:$result);
  let extraClassDeclaration = [{
    /// Whether each row is of a sequence of its own.
    bool hasSequences();
    /// Positions, heads and head size of a cache.
    ::llvm::ArrayRef<int64_t> getCacheShape();
  }];
  let assemblyFormat = [{
    $q `by` $q_absmax `keys` $k `by` $k_absmax `values` $v `by` $v_absmax
    `at` $position `score` ` ` `(` $score_multiplier `,` $score_shift `)`
    `requantize` ` ` `(` $multiplier `,` $shift `)` (`into` $into^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

#endif
