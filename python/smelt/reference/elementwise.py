# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ternary.requantize, sign, relu, add, mul and lookup."""

from __future__ import annotations

import numpy as np

from .checks import (
    DTYPES,
    Rescale,
    channel_vector,
    checked_add,
    checked_mul,
    rescale_to,
    to_int64,
)


def requantize(x, multiplier, offset, rescale: Rescale, result_bits: int, op=None):
    """`clamp((x * multiplier[c] + offset[c]) >> shift, min, max)` in 64 bits.

    x: any shape. multiplier (i32), offset (i64): one element, or one for each index
    c of the last dimension. The result has x's shape.
    """
    op = op or "ternary.requantize"
    x = to_int64(x)
    channels = x.shape[-1] if x.ndim else 1
    multiplier = channel_vector(multiplier, channels, 32, op, "multiplier")
    offset = channel_vector(offset, channels, 64, op, "offset")
    scaled = checked_mul(x, multiplier, op)
    return rescale_to(checked_add(scaled, offset, op), rescale, result_bits, op)


def sign(x, result_bits: int):
    """`1 | (x >> (width - 1))`: -1 where x is negative, else 1. Any shape."""
    x = np.asarray(x)
    width = 8 * x.dtype.itemsize
    return (1 | (to_int64(x) >> (width - 1))).astype(DTYPES[result_bits])


def relu(x):
    """`x & ~(x >> (width - 1))`: 0 where x is negative. Any shape and width."""
    x = np.asarray(x)
    width = 8 * x.dtype.itemsize
    return x & ~(x >> (width - 1))


def add(
    lhs, rhs, lhs_multiplier, rhs_multiplier, offset, rescale: Rescale, result_bits: int
):
    """`clamp((a*lhs_multiplier + b*rhs_multiplier + offset) >> shift, min, max)`.

    64 bits. Dimensions of size 1 are broadcast.
    """
    op = "ternary.add"
    total = checked_add(
        checked_mul(lhs, lhs_multiplier, op), checked_mul(rhs, rhs_multiplier, op), op
    )
    return rescale_to(checked_add(total, offset, op), rescale, result_bits, op)


def mul(
    lhs,
    rhs,
    multiplier,
    offset,
    rescale: Rescale,
    result_bits: int,
    lhs_offset=0,
    rhs_offset=0,
):
    """`clamp(((a+lhs_offset) * (b+rhs_offset) * multiplier + offset) >> shift, ...)`.

    64 bits, from left to right. Dimensions of size 1 are broadcast.
    """
    op = "ternary.mul"
    a = checked_add(lhs, lhs_offset, op)
    b = checked_add(rhs, rhs_offset, op)
    scaled = checked_mul(checked_mul(a, b, op), multiplier, op)
    return rescale_to(checked_add(scaled, offset, op), rescale, result_bits, op)


def lookup(x, table):
    """`table[x + 128]` for an i8 x of any shape; table has 256 elements."""
    x, table = np.asarray(x), np.asarray(table)
    if x.dtype != np.int8:
        raise TypeError("ternary.lookup: input must be i8")
    if table.shape != (256,):
        raise ValueError("ternary.lookup: table must have 256 elements")
    return table[to_int64(x) + 128]
