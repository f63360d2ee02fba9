# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""int64 arithmetic that refuses to overflow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

DTYPES = {1: np.bool_, 8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}

INT64_MAX = (1 << 63) - 1

# The error of a float64 sum or product of two int64 near 2^63 is below this.
_FLOAT_MARGIN = 1 << 13


class Rescale(NamedTuple):
    """`clamp(v >> shift, min, max)`, the attribute #ternary.rescale."""

    shift: int
    min: int
    max: int


def to_int64(values) -> np.ndarray:
    """The values as int64; anything but integers is a TypeError."""
    array = np.asarray(values)
    if array.dtype.kind not in "iub":
        raise TypeError(f"expected integers, not {array.dtype}")
    return array.astype(np.int64)


def magnitude(values: np.ndarray) -> int:
    """The largest absolute value, exactly (0 of an empty array)."""
    return max(int(values.max()), -int(values.min())) if values.size else 0


def check_range(values: np.ndarray, bits: int, op: str, what: str) -> None:
    """Raises OverflowError unless all int64 values fit a signed `bits` integer."""
    if bits == 64 or not values.size:
        return
    low, high = int(values.min()), int(values.max())
    limit = 1 << (bits - 1)
    if low < -limit or high >= limit:
        bad = low if low < -limit else high
        raise OverflowError(f"{op}: {what} {bad} does not fit {bits} bits")


def narrow(values: np.ndarray, bits: int, op: str, what: str = "result") -> np.ndarray:
    """The values in the `bits` type, which they must fit."""
    check_range(values, bits, op, what)
    return values.astype(DTYPES[bits])


def _check_suspects(a, b, estimate, exact, op, what) -> None:
    """Redoes in Python integers what is too close to the limit to tell."""
    suspects = np.abs(estimate) >= float((1 << 63) - _FLOAT_MARGIN)
    if not suspects.any():
        return
    a, b = np.broadcast_arrays(a, b)
    for x, y in zip(a[suspects].tolist(), b[suspects].tolist(), strict=True):
        value = exact(x, y)
        if not -INT64_MAX - 1 <= value <= INT64_MAX:
            raise OverflowError(f"{op}: {what} {value} does not fit 64 bits")


def checked_mul(a, b, op: str, what: str = "product") -> np.ndarray:
    """`a * b` in 64 bits."""
    a, b = to_int64(a), to_int64(b)
    if magnitude(a) * magnitude(b) > INT64_MAX:
        estimate = a.astype(np.float64) * b.astype(np.float64)
        _check_suspects(a, b, estimate, lambda x, y: x * y, op, what)
    return a * b


def checked_add(a, b, op: str, what: str = "sum") -> np.ndarray:
    """`a + b` in 64 bits."""
    a, b = to_int64(a), to_int64(b)
    if magnitude(a) + magnitude(b) > INT64_MAX:
        estimate = a.astype(np.float64) + b.astype(np.float64)
        _check_suspects(a, b, estimate, lambda x, y: x + y, op, what)
    return a + b


def rescale_to(values, rescale: Rescale, result_bits: int, op: str) -> np.ndarray:
    """`clamp(values >> shift, min, max)` in the result's type."""
    if not 0 <= rescale.shift <= 62:
        raise ValueError(f"{op}: shift must be in 0..62, not {rescale.shift}")
    if rescale.min > rescale.max:
        raise ValueError(f"{op}: min is greater than max")
    bounds = np.array([rescale.min, rescale.max], dtype=np.int64)
    check_range(bounds, result_bits, op, "clamp bound")
    shifted = np.right_shift(values, rescale.shift)
    return np.clip(shifted, rescale.min, rescale.max).astype(DTYPES[result_bits])


def channel_vector(values, channels: int, bits: int, op: str, name: str):
    """A vector of one element, or one for each channel; one element as a scalar."""
    vector = to_int64(values)
    if vector.ndim != 1 or vector.size not in (1, channels):
        raise ValueError(f"{op}: {name} must have 1 or {channels} elements")
    check_range(vector, bits, op, name)
    return vector[0] if vector.size == 1 else vector
