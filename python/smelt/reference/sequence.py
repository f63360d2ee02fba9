# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops of language models: blocks of tokens at a position.

A block is N tokens, of which the first has the index `position` (one i32) in a
sequence of at most C. Sums of a position and an index are in 64 bits. Or each of the N
tokens is of a sequence of its own, and `position` has its index there.
"""

from __future__ import annotations

import numpy as np

from .activation import EXP2_TABLE
from .checks import (
    Rescale,
    channel_vector,
    check_range,
    checked_add,
    checked_mul,
    narrow,
    rescale_to,
    to_int64,
)
from .dynamic import bit_length, check_absmax, dequantize, dynamic_quantize, mantissa

_INT32_MIN, _INT32_MAX = -(1 << 31), (1 << 31) - 1

# Positions that share a step of their weights.
_BLOCK = 64

# What keeps the sums over all positions below 2^62: the bits of a block's step, and
# those dropped of its sum, by the type of the values.
_STEP_BITS = 24
_SUM_DROP = {1: 0, 2: 8}

# Elements of the intermediate arrays of a chunk of rows.
_CHUNK_ELEMENTS = 1 << 22


def _check_type(x, dtypes, op: str, what: str) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype not in dtypes:
        raise TypeError(f"{op}: {what} of type {x.dtype}")
    return x


def _position(position, op: str) -> int:
    position = to_int64(position)
    if position.size != 1:
        raise ValueError(f"{op}: position must have one element")
    check_range(position, 32, op, "position")
    return int(position.reshape(-1)[0])


def _positions(position, count: int, op: str) -> np.ndarray:
    """The position of each of `count` sequences."""
    position = to_int64(position)
    if position.shape != (count,):
        raise ValueError(f"{op}: position must have {count} elements")
    check_range(position, 32, op, "position")
    return position


def rope(x, table, position):
    """Pairs of elements rotated by the angles of their row's position.

    x: N x H x D, i32. table: C x R, i16, the cosines and then the sines in Q15, with an
    even R <= D. position: 1 or N elements. Result: as x. With r = R/2, i < r, and p the
    row's position, or the only one plus n, clamped to 0..C-1,

    y[n,h,i]   = (x[n,h,i] * table[p,i] - x[n,h,r+i] * table[p,r+i] + 2^14) >> 15
    y[n,h,r+i] = (x[n,h,r+i] * table[p,i] + x[n,h,i] * table[p,r+i] + 2^14) >> 15

    clamped to 32 bits. Elements from R on stay as they are.
    """
    op = "ternary.rope"
    x = to_int64(_check_type(x, (np.int32,), op, "input"))
    table = to_int64(_check_type(table, (np.int16,), op, "table"))
    if x.ndim != 3 or table.ndim != 2:
        raise ValueError(f"{op}: {x.shape} or table {table.shape} has a bad shape")
    width = table.shape[1]
    if width % 2 or not 2 <= width <= x.shape[2]:
        raise ValueError(f"{op}: table {table.shape} does not fit {x.shape}")
    r = width // 2
    if np.size(position) == 1:
        p = np.arange(x.shape[0]) + _position(position, op)
    else:
        p = _positions(position, x.shape[0], op)
    rows = table[np.clip(p, 0, table.shape[0] - 1), np.newaxis]
    cos, sin = rows[..., :r], rows[..., r:]
    first, second = x[..., :r], x[..., r:width]
    y = x.copy()
    y[..., :r] = (first * cos - second * sin + (1 << 14)) >> 15
    y[..., r:width] = (second * cos + first * sin + (1 << 14)) >> 15
    return narrow(np.clip(y, _INT32_MIN, _INT32_MAX), 32, op)


def embed(ids, weights, scales, multiplier, offset, rescale: Rescale, result_bits: int):
    """Rows of weights, by index.

    ids: N, i32. weights: P x V x K unpacked. scales: P x V x G, i16, or None.
    multiplier (i32), offset (i64): 1 or V elements. Result: N x K. With
    id = clamp(ids[n], 0, V-1),

    w[k]   = sum over p of scales[p,id,g(k)] * weights[p,id,k]
    y[n,k] = clamp((w[k] * multiplier[id] + offset[id]) >> shift, min, max)

    where g(k) is the group of column k as in ternary.matmul. Without scales there is
    one plane and w is the weight.
    """
    op = "ternary.embed"
    ids, weights = to_int64(ids), np.asarray(weights)
    if ids.ndim != 1 or weights.ndim != 3:
        raise ValueError(f"{op}: {ids.shape} or {weights.shape} has a bad shape")
    planes, rows, columns = weights.shape
    index = np.clip(ids, 0, rows - 1)
    w = to_int64(weights[:, index])
    if scales is not None:
        scales = to_int64(scales)
        groups = scales.shape[2] if scales.ndim == 3 else 0
        if scales.shape != (planes, rows, groups) or not 1 <= groups <= columns:
            raise ValueError(f"{op}: scales do not fit the weights")
        check_range(scales, 16, op, "scale")
        group = np.arange(columns) // -(-columns // groups)
        w = w * scales[:, index][..., group]
    elif planes != 1:
        raise ValueError(f"{op}: weights of several planes need scales")
    w = w.sum(axis=0)

    def of_row(values, width, name):
        vector = channel_vector(values, rows, width, op, name)
        return vector[index, np.newaxis] if vector.ndim else vector

    scaled = checked_mul(w, of_row(multiplier, 32, "multiplier"), op)
    total = checked_add(scaled, of_row(offset, 64, "offset"), op)
    return rescale_to(total, rescale, result_bits, op)


def best(x, count: int):
    """The indices of the `count` greatest elements of each row, in ascending order.

    x: N x M, i32. Result: N x count, i32, with 1 <= count <= M. Of equal elements the
    first ones count as greater.
    """
    op = "ternary.best"
    x = to_int64(_check_type(x, (np.int32,), op, "input"))
    if x.ndim != 2 or not 1 <= count <= x.shape[1]:
        raise ValueError(f"{op}: {x.shape} has no {count} elements in a row")
    order = np.argsort(-x, axis=-1, kind="stable")
    return np.sort(order[:, :count], axis=-1).astype(np.int32)


def refine(
    estimate, ids, x, absmax, weights, multiplier, bias, shift: int, low: int, high: int
):
    """The estimate with exact products at the indices `ids` of each row.

    estimate: N x M, i32. ids: N x B, i32. x: N x K, i8 or i16. absmax: N, i32, at least
    1. weights: 1 x M x K unpacked. multiplier (i32), bias (i64 or None): 1 or M
    elements. Result: as estimate. For m = clamp(ids[n,j], 0, M-1), y[n,m] is what
    ternary.dequantize makes of the sum over k of x[n,k] * weights[0,m,k].
    """
    op = "ternary.refine"
    result = _check_type(estimate, (np.int32,), op, "estimate").copy()
    ids = to_int64(_check_type(ids, (np.int32,), op, "ids"))
    x = to_int64(_check_type(x, (np.int8, np.int16), op, "input"))
    weights = np.asarray(weights)
    if (
        weights.ndim != 3
        or len(weights) != 1
        or x.ndim != 2
        or x.shape[1] != weights.shape[2]
        or result.shape != (len(x), weights.shape[1])
        or ids.ndim != 2
        or len(ids) != len(x)
    ):
        raise ValueError(f"{op}: {x.shape} or {weights.shape} has a bad shape")
    exact = dequantize(
        x @ to_int64(weights[0]).T, absmax, multiplier, bias, shift, low, high, 32
    )
    index = np.clip(ids, 0, weights.shape[1] - 1)
    np.put_along_axis(result, index, np.take_along_axis(exact, index, 1), 1)
    return result


def cache_write(cache, rows, position):
    """The cache with rows[n] in place of its row `position + n`, where it has that.

    cache: C x ... . rows: N x ..., of the same other dimensions and type. Result: as
    cache. Of several sequences the cache is N x C x ..., and rows[n] comes in place of
    row position[n] of cache[n].
    """
    op = "ternary.cache_write"
    cache, rows = np.asarray(cache), np.asarray(rows)
    if cache.ndim == rows.ndim + 1:
        if len(cache) != len(rows):
            raise ValueError(f"{op}: rows {rows.shape} do not fit {cache.shape}")
        own = _positions(position, len(rows), op)
        parts = zip(cache, rows[:, np.newaxis], own, strict=True)
        return np.stack([cache_write(*part) for part in parts])
    if cache.shape[1:] != rows.shape[1:] or cache.dtype != rows.dtype:
        raise ValueError(f"{op}: rows {rows.shape} do not fit {cache.shape}")
    start = _position(position, op)
    begin, end = max(start, 0), min(start + rows.shape[0], cache.shape[0])
    result = cache.copy()
    if begin < end:
        result[begin:end] = rows[begin - start : end - start]
    return result


def exp2neg30(d):
    """2^-d in Q30 for d >= 0 in Q16: the table of exp2neg, with 15 more bits."""
    index, rest, whole = (d >> 8) & 255, d & 255, d >> 16
    high = EXP2_TABLE[index]
    fraction = high - (((high - EXP2_TABLE[index + 1]) * rest) >> 8)
    return np.where(whole > 30, 0, (fraction << 15) >> np.minimum(whole, 30))


def _check_attention(q, qa, k, ka, v, va, op: str) -> None:
    narrow_types, wide = (np.int8, np.int16), (np.int32,)
    for name, codes_, absmax in (("q", q, qa), ("k", k, ka), ("v", v, va)):
        _check_type(codes_, narrow_types, op, name)
        _check_type(absmax, wide, op, f"absmax of {name}")
        if codes_.ndim != 3 or absmax.shape != codes_.shape[:2]:
            raise ValueError(f"{op}: {name} has shapes {codes_.shape}, {absmax.shape}")
    if k.shape != v.shape or k.dtype != v.dtype:
        raise ValueError(f"{op}: k {k.shape} {k.dtype}, but v {v.shape} {v.dtype}")
    (_, heads, depth), (length, groups, _) = q.shape, k.shape
    if depth != k.shape[2] or heads % groups:
        raise ValueError(f"{op}: q {q.shape} does not fit k {k.shape}")
    if not 1 <= depth <= 256 or not 1 <= length <= 32768:
        raise ValueError(f"{op}: k {k.shape} is too large")


def _matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """`a @ b` in int64. The sums are below 2^39, which float64 holds exactly."""
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(np.int64)


def _weights(q, qa, k, ka, lengths, score_multiplier, score_shift):
    """The weights of positions: G x N x H/G x T, 0 from a row's length on.

    q: G x N x H/G x D. qa: G x N x H/G x 1. k: T x G x D. ka: T x G. lengths: N.
    """
    drop = 8 * ((q.dtype == np.int16) + (k.dtype == np.int16))
    groups, rows, shared, depth = q.shape
    keys = k.transpose(1, 2, 0)
    dot = _matmul(q.reshape(groups, rows * shared, depth), keys) >> drop
    dot = dot.reshape(groups, rows, shared, -1)
    u = (dot * ka.T[:, np.newaxis, np.newaxis]) >> 8  # at most 2^45
    c = (mantissa(qa) * score_multiplier) >> 46  # 2^14 <= c < 2^16
    scores = (u * c) >> np.clip(score_shift - bit_length(qa), 1, 62)
    read = np.arange(k.shape[0]) < lengths[:, np.newaxis, np.newaxis]
    largest = np.where(read, scores, -(1 << 62)).max(axis=-1, keepdims=True)
    return np.where(read, exp2neg30(np.where(read, largest - scores, 0)), 0)


def _average(w, v, va):
    """`acc` and `j`: the sum of w * v by blocks, and the bits dropped of its steps.

    w: G x N x H/G x T. v: T x G x D. va: T x G. Returns G x N x H/G x D and
    G x N x H/G x 1.
    """
    groups, rows, shared, positions = w.shape
    p = w * va.T[:, np.newaxis, np.newaxis]  # below 2^61
    padding = -positions % _BLOCK
    p = np.pad(p, [(0, 0)] * 3 + [(0, padding)])
    p = p.reshape(groups, rows * shared, -1, _BLOCK).swapaxes(1, 2)
    values = np.pad(v, [(0, padding), (0, 0), (0, 0)])
    values = values.reshape(-1, _BLOCK, groups, v.shape[2]).transpose(2, 0, 1, 3)
    step = np.maximum(p.max(axis=-1, keepdims=True), 1)
    # Sums of at most 2^28, before the drop for i16 of 2^36.
    sums = _matmul(dynamic_quantize(p, step[..., 0], 16), values)
    sums >>= _SUM_DROP[v.dtype.itemsize]
    j = np.maximum(bit_length(step.max(axis=1, keepdims=True)) - _STEP_BITS, 0)
    acc = ((step >> j) * sums).sum(axis=1)  # at most 512 * 2^24 * 2^28
    shape = (groups, rows, shared, -1)
    return acc.reshape(shape), j.reshape(shape)


def attention(
    q,
    qa,
    k,
    ka,
    v,
    va,
    position,
    score_multiplier: int,
    score_shift: int,
    multiplier: int,
    shift: int,
):
    """Causal attention of a block of tokens to a cache: `sum(w * v) / sum(w)`.

    q: N x H x D, i8 or i16, with absmaxes qa: N x H. k, v: C x G x D, both i8 or both
    i16, with absmaxes ka, va: C x G; H is a multiple of G. Absmaxes are i32, at least 1
    where they are read. Result: N x H x D in i32. For row n and head h, with
    g = h / (H/G), over t < T = min(max(position, 0) + n + 1, C):

    dot[t] = (sum over d of q[n,h,d] * k[t,g,d]) >> e    e = 0, 8 or 16: |dot| <= 2^22
    c      = (mantissa(qa[n,h]) * score_multiplier) >> 46
    l[t]   = (((dot[t] * ka[t,g]) >> 8) * c)
             >> clamp(score_shift - bit_length(qa[n,h]), 1, 62)
    w[t]   = exp2neg30(max(l) - l[t]);  S = sum of w

    and in blocks b of 64 positions

    p[t]   = w[t] * va[t,g];  W[b] = max(1, max of p in b)
    P[t]   = the i16 code of p[t] by W[b]
    j      = max(bit_length(max of W) - 24, 0)
    acc[d] = sum over b of (W[b] >> j) * ((sum over t in b of P[t] * v[t,g,d]) >> i)
    o[d]   = ((acc[d] >> 30) * floor(2^61 / mantissa(S))) >> 31
    y[n,h,d] = clamp((o[d] * multiplier + 2^(s-1)) >> s) to 32 bits
    s      = clamp(shift + bit_length(S) - j, 1, 62)

    where i is 0 for i8 and 8 for i16. Both multipliers are in 2^30..2^31-1. For all
    such operands everything fits 64 bits.

    Of several sequences k, v: N x C x G x D, ka, va: N x C x G, and position: N; row n
    reads part n alone, with T = min(max(position[n], 0) + 1, C).
    """
    op = "ternary.attention"
    q, k, v = (np.asarray(x) for x in (q, k, v))
    qa, ka, va = (np.asarray(x) for x in (qa, ka, va))
    if k.ndim == 4:
        own = _positions(position, len(q), op)
        if {len(x) for x in (qa, k, ka, v, va)} != {len(q)}:
            raise ValueError(f"{op}: {len(q)} rows, but k {k.shape}, v {v.shape}")
        constants = (score_multiplier, score_shift, multiplier, shift)
        rows = zip(q[:, None], qa[:, None], k, ka, v, va, own, strict=True)
        return np.concatenate([attention(*row, *constants) for row in rows])
    _check_attention(q, qa, k, ka, v, va, op)
    for name, value in (
        ("score_multiplier", score_multiplier),
        ("multiplier", multiplier),
    ):
        if not 1 << 30 <= value < 1 << 31:
            raise ValueError(f"{op}: {name} must be in 2^30..2^31-1, not {value}")
    count, heads, depth = q.shape
    length, groups, _ = k.shape
    qa = check_absmax(qa, q.shape[:2], op, "absmax of q")
    lengths = np.minimum(max(_position(position, op), 0) + np.arange(count) + 1, length)
    used = int(lengths.max()) if count else 0
    ka, va = (
        check_absmax(a[:used], (used, groups), op, f"absmax of {name}")
        for a, name in ((ka, "k"), (va, "v"))
    )
    result = np.empty(q.shape, dtype=np.int32)
    chunk = max(
        1, _CHUNK_ELEMENTS // (heads * (used + _BLOCK + used * depth // _BLOCK))
    )
    for start in range(0, count, chunk):
        rows = slice(start, min(start + chunk, count))
        own = lengths[rows]
        read = slice(0, int(own.max()))
        grouped = (rows.stop - start, groups, heads // groups, -1)
        x = q[rows].reshape(grouped).swapaxes(0, 1)
        a = qa[rows].reshape(grouped).swapaxes(0, 1)
        w = _weights(x, a, k[read], ka[read], own, score_multiplier, score_shift)
        total = w.sum(axis=-1, keepdims=True)  # 2^30 <= S <= 2^45
        acc, j = _average(w, v[read], va[read])
        o = ((acc >> 30) * ((1 << 61) // mantissa(total))) >> 31
        s = np.clip(shift + bit_length(total) - j, 1, 62)
        y = np.clip((o * multiplier + (1 << (s - 1))) >> s, _INT32_MIN, _INT32_MAX)
        result[rows] = y.swapaxes(0, 1).reshape(result[rows].shape)
    return result
