# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ternary.absmax, dynamic_quantize, dequantize, rms_norm and layer_norm.

A row is what the last dimension runs along.
"""

from __future__ import annotations

import numpy as np

from .checks import (
    DTYPES,
    INT64_MAX,
    Rescale,
    channel_vector,
    check_range,
    checked_add,
    checked_mul,
    narrow,
    rescale_to,
    to_int64,
)

ONE_Q30 = 1 << 30


def bit_length(values) -> np.ndarray:
    """`floor(log2(a)) + 1` of int64 a >= 1, elementwise."""
    values = to_int64(values)
    # frexp is exact below 2^53; above, the low bits cannot carry into a new one
    # once they are cleared.
    cleared = np.where(values >> 53 > 0, values & ~np.int64(0x7FF), values)
    return np.frexp(cleared.astype(np.float64))[1].astype(np.int64)


def mantissa(values) -> np.ndarray:
    """a scaled by a power of two to 2^30..2^31-1, rounded down; a >= 1."""
    values = to_int64(values)
    bits = bit_length(values)
    return (values << np.maximum(31 - bits, 0)) >> np.maximum(bits - 31, 0)


def check_absmax(absmax, rows, op: str, what: str = "absmax") -> np.ndarray:
    """One int64, at least 1, for each row."""
    absmax = to_int64(absmax)
    if absmax.shape != rows:
        raise ValueError(f"{op}: needs one {what} for each row")
    if absmax.size and absmax.min() < 1:
        raise ValueError(f"{op}: {what} must be at least 1, not {absmax.min()}")
    return absmax


def _absolute(x: np.ndarray, op: str) -> np.ndarray:
    if x.size and x.min() == -INT64_MAX - 1:
        raise OverflowError(f"{op}: a magnitude does not fit 64 bits")
    return np.abs(x)


def absmax(x, result_bits: int):
    """`min(max(|x[0]|, ..., |x[K-1]|, 1), largest)` of each row.

    x: ... x K. The result: ..., of 32 or 64 bits, `largest` their largest number.
    """
    x = to_int64(x)
    largest = np.maximum(_absolute(x, "ternary.absmax").max(axis=-1), 1)
    limit = (1 << (result_bits - 1)) - 1
    return np.minimum(largest, limit).astype(DTYPES[result_bits])


def dynamic_quantize(x, absmax, result_bits: int):
    """`round(x * L / absmax)` of each row, with L = 127 or 32767.

    x: ... x K. absmax: ..., at least 1. The result: ... x K of 8 or 16 bits. The
    quotient is taken by a reciprocal of 31 bits.
    """
    op = "ternary.dynamic_quantize"
    x = to_int64(x)
    a = check_absmax(absmax, x.shape[:-1], op)[..., np.newaxis]
    most, fraction = (1 << (result_bits - 1)) - 1, 62 - result_bits
    bits = bit_length(a)
    reciprocal = (most << fraction) // mantissa(a)
    dropped = np.maximum(bits - 31, 0)
    shift = fraction - 31 + bits - dropped
    x = np.clip(x >> dropped, -(1 << 31), (1 << 31) - 1)
    product = checked_add(checked_mul(x, reciprocal, op), 1 << (shift - 1), op)
    return np.clip(product >> shift, -most, most).astype(DTYPES[result_bits])


def dequantize(
    acc, absmax, multiplier, bias, shift: int, low: int, high: int, result_bits: int
):
    """`acc * absmax * multiplier[m] * 2^-shift + bias[m]`, clamped.

    acc: ... x M, i32 or i64. absmax: ..., at least 1. multiplier (i32), bias (i64 or
    None): 1 or M elements. The product with the row's absmax is rounded to the
    multiplier's 31 bits, the result to the nearest, halves up.
    """
    op = "ternary.dequantize"
    acc = to_int64(acc)
    a = check_absmax(absmax, acc.shape[:-1], op)[..., np.newaxis]
    columns = acc.shape[-1]
    multiplier = channel_vector(multiplier, columns, 32, op, "multiplier")
    if not 0 <= shift <= 126:
        raise ValueError(f"{op}: shift must be in 0..126, not {shift}")
    factor = (mantissa(a) * multiplier + ONE_Q30) >> 31
    amount = np.clip(shift - bit_length(a), 1, 62)
    product = checked_mul(acc, factor, op)
    y = checked_add(product, np.int64(1) << (amount - 1), op) >> amount
    if bias is not None:
        y = checked_add(y, channel_vector(bias, columns, 64, op, "bias"), op)
    check_range(np.array([low, high]), result_bits, op, "clamp bound")
    return np.clip(y, low, high).astype(DTYPES[result_bits])


def reciprocal_sqrt(f) -> np.ndarray:
    """1/sqrt(f) in Q30 for f in Q30, 2^28 <= f < 2^30: four of Newton's steps."""
    f = to_int64(f)
    r = 2287070085 - ((f * 1299227607) >> 30)
    for _ in range(4):
        r = (r * (3 * ONE_Q30 - ((((r * r) >> 30) * f) >> 30))) >> 31
    return np.minimum(r, 1 << 31)


def _normalize(x, epsilon: int, op: str) -> np.ndarray:
    """x / sqrt(sum of x^2 + epsilon) of each row, in Q30."""
    if not 1 <= x.shape[-1] <= 65536:
        raise ValueError(f"{op}: last dimension must have 1 to 65536 elements")
    if not 0 <= epsilon < 1 << 61:
        raise ValueError(f"{op}: epsilon must be in 0..2^61-1, not {epsilon}")
    largest = np.maximum(_absolute(x, op).max(axis=-1, keepdims=True), 1)
    dropped = np.maximum(bit_length(largest) - 23, 0)
    z = checked_add(x, (np.int64(1) << dropped) >> 1, op) >> dropped
    total = (z * z).sum(axis=-1, keepdims=True)
    total = np.maximum(total + (epsilon >> np.minimum(2 * dropped, 63)), 1)
    exponent = (bit_length(total) + 1) >> 1
    missing = 30 - 2 * exponent
    f = (total << np.maximum(missing, 0)) >> np.maximum(-missing, 0)
    root = reciprocal_sqrt(f)
    return (checked_mul(z, root, op) + (np.int64(1) << (exponent - 1))) >> exponent


def _requantize(u, multiplier, offset, rescale: Rescale | None, result_bits, op):
    if rescale is None:
        return narrow(u, 32, op)
    columns = u.shape[-1]
    multiplier = channel_vector(multiplier, columns, 32, op, "multiplier")
    offset = channel_vector(offset, columns, 64, op, "offset")
    scaled = checked_add(checked_mul(u, multiplier, op), offset, op)
    return rescale_to(scaled, rescale, result_bits, op)


def rms_norm(
    x, epsilon: int, multiplier=None, offset=None, rescale=None, result_bits: int = 32
):
    """x by the root of the sum of its squares, of each row; Q30, or requantized.

    x: ... x K. epsilon is added to the sum of squares. multiplier (i32) and offset
    (i64) have 1 or K elements; sqrt(K) is part of the multiplier.
    """
    op = "ternary.rms_norm"
    u = _normalize(to_int64(x), epsilon, op)
    return _requantize(u, multiplier, offset, rescale, result_bits, op)


def layer_norm(
    x, epsilon: int, multiplier=None, offset=None, rescale=None, result_bits: int = 32
):
    """`rms_norm` of `K * x - sum of x`; x has at most 32 bits."""
    op = "ternary.layer_norm"
    x = to_int64(x)
    check_range(x, 32, op, "input")
    centered = x * x.shape[-1] - x.sum(axis=-1, keepdims=True)
    u = _normalize(centered, epsilon, op)
    return _requantize(u, multiplier, offset, rescale, result_bits, op)
