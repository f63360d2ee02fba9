# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ternary.embed, rope, cache_write and attention.

A block of N tokens starts at `position` of a sequence of at most C.
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
    rescale_to,
    to_int64,
)
from .dynamic import bit_length, dynamic_quantize, mantissa

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1
BLOCK = 64


def _position(position) -> int:
    position = np.asarray(position)
    if position.size != 1:
        raise ValueError("position must be one number")
    return int(position.ravel()[0])


def embed(ids, weights, scales, multiplier, offset, rescale: Rescale, result_bits: int):
    """Rows of weights, scaled: `clamp((w * multiplier[id] + offset[id]) >> shift)`.

    ids: N. weights: P x V x K. scales: P x V x G (i16) or None where P is 1.
    multiplier (i32), offset (i64): 1 or V elements. Ids are clamped to 0..V-1. The
    result is N x K.
    """
    op = "ternary.embed"
    planes, rows, columns = weights.shape
    ids = np.clip(to_int64(ids), 0, rows - 1)
    picked = to_int64(weights[:, ids])
    if scales is None:
        if planes != 1:
            raise ValueError(f"{op}: weights of several planes need scales")
        w = picked[0]
    else:
        size = -(-columns // scales.shape[2])
        spread = np.repeat(to_int64(scales[:, ids]), size, axis=2)
        w = (picked * spread[:, :, :columns]).sum(axis=0)
    multiplier = np.broadcast_to(
        channel_vector(multiplier, rows, 32, op, "multiplier"), rows
    )
    offset = np.broadcast_to(channel_vector(offset, rows, 64, op, "offset"), rows)
    scaled = checked_mul(w, multiplier[ids][:, np.newaxis], op)
    total = checked_add(scaled, offset[ids][:, np.newaxis], op)
    return rescale_to(total, rescale, result_bits, op)


def rope(x, table, position):
    """x: N x H x D (i32) turned by the angles of its positions; table: C x R (i16).

    table[p] holds R/2 cosines, then R/2 sines, in Q15. Element i < R/2 pairs with
    R/2 + i; elements from R on stay. Positions are clamped to 0..C-1.
    """
    x, table = to_int64(x), to_int64(table)
    half = table.shape[1] // 2
    positions = np.clip(_position(position) + np.arange(len(x)), 0, len(table) - 1)
    cosine = table[positions, np.newaxis, :half]
    sine = table[positions, np.newaxis, half:]
    low, high = x[:, :, :half], x[:, :, half : 2 * half]
    turned = np.concatenate(
        [low * cosine - high * sine, high * cosine + low * sine], axis=2
    )
    turned = np.clip((turned + (1 << 14)) >> 15, INT32_MIN, INT32_MAX)
    return np.concatenate([turned, x[:, :, 2 * half :]], axis=2).astype(np.int32)


def cache_write(cache, rows, position):
    """The cache (C x ...) with row n of `rows` as its row `position + n`, if any."""
    cache, rows, start = np.array(cache), np.asarray(rows), _position(position)
    for n, row in enumerate(rows):
        if 0 <= start + n < len(cache):
            cache[start + n] = row
    return cache


def exp2neg30(t):
    """2^-t in Q30 for t >= 0 in Q16, from the table of `exp2neg`."""
    index, rest, whole = (t >> 8) & 255, t & 255, t >> 16
    high = EXP2_TABLE[index]
    fraction = high - (((high - EXP2_TABLE[index + 1]) * rest) >> 8)
    return np.where(whole > 30, 0, (fraction << 15) >> np.minimum(whole, 30))


def _scores(q, qa, k, ka, multiplier, shift, op):
    """log2 of the weights, in Q16, of one query to T keys: q: D, k: T x D, ka: T."""
    dot = to_int64(k) @ to_int64(q)
    dot >>= 8 * (q.dtype.itemsize + k.dtype.itemsize - 2)
    factor = (mantissa(qa) * multiplier) >> 46
    amount = np.clip(shift - bit_length(qa), 1, 62)
    return checked_mul(checked_mul(dot, ka, op) >> 8, factor, op) >> amount


def _weighted_values(weights, v, va, op):
    """Sums of D values over T positions, and the bits dropped of their steps."""
    products = checked_mul(weights, va, op)
    check_range(products, 63, op, "weight")
    starts = range(0, len(products), BLOCK)
    steps = np.array([max(1, int(products[s : s + BLOCK].max())) for s in starts])
    dropped = max(int(bit_length(steps.max())) - 24, 0)
    total = np.zeros(v.shape[1], dtype=np.int64)
    for start, step in zip(starts, steps, strict=True):
        part = slice(start, start + BLOCK)
        codes = dynamic_quantize(products[np.newaxis, part], step[np.newaxis], 16)[0]
        inner = to_int64(codes) @ to_int64(v[part])
        if v.dtype == np.int16:
            inner >>= 8
        total = checked_add(total, checked_mul(inner, step >> dropped, op), op)
    return total, dropped


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
    """Causal attention of N tokens to a cache: sum(w * v) / sum(w), w = 2^score.

    q: N x H x D codes (i8 or i16), qa: N x H. k, v: C x G x D codes, ka, va: C x G. A
    code stands for `code * absmax / L`. Token n sees positions up to position + n.
    The result is N x H x D in i32.
    """
    op = "ternary.attention"
    tokens, heads, size = q.shape
    capacity, groups = k.shape[:2]
    ka, va, qa = to_int64(ka), to_int64(va), to_int64(qa)
    result = np.empty(q.shape, dtype=np.int32)
    start = max(_position(position), 0)
    for n in range(tokens):
        seen = min(start + n + 1, capacity)
        for h in range(heads):
            g = h // (heads // groups)
            scores = _scores(
                q[n, h], qa[n, h], k[:seen, g], ka[:seen, g],
                score_multiplier, score_shift, op,
            )  # fmt: skip
            weights = exp2neg30(scores.max() - scores)
            total = weights.sum()
            sums, dropped = _weighted_values(weights, v[:seen, g], va[:seen, g], op)
            reciprocal = (1 << 61) // mantissa(total)
            quotient = checked_mul(sums >> 30, reciprocal, op) >> 31
            amount = int(np.clip(shift + bit_length(total) - dropped, 1, 62))
            y = checked_add(
                checked_mul(quotient, multiplier, op), 1 << (amount - 1), op
            )
            result[n, h] = np.clip(y >> amount, INT32_MIN, INT32_MAX)
    return result
