# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The TOSA ops of integer functions.

Integers are signed. Where two operands are broadcast, dimensions of size 1 repeat.
"""

from __future__ import annotations

import numpy as np

from .checks import DTYPES, check_range, magnitude, narrow, to_int64
from .linear import windows


def _bits(x: np.ndarray) -> int:
    return 1 if x.dtype == np.bool_ else 8 * x.dtype.itemsize


def const(value):
    """The value itself; also arith.constant."""
    return np.asarray(value)


def identity(x):
    """x."""
    return np.asarray(x)


def reshape(x, new_shape):
    """The same elements in row-major order; one dimension may be -1."""
    return np.asarray(x).reshape(tuple(new_shape))


def transpose(x, perms):
    """`y[i[perms[0]], i[perms[1]], ...] = x[i[0], i[1], ...]`.

    Dimension d of the result is dimension perms[d] of x.
    """
    return np.transpose(np.asarray(x), [int(p) for p in np.asarray(perms).ravel()])


def concat(inputs, axis: int):
    """The inputs one after the other along `axis`."""
    return np.concatenate([np.asarray(x) for x in inputs], axis=axis)


def slice_(x, start, size):
    """`size[d]` elements from index `start[d]` of each dimension d."""
    x = np.asarray(x)
    for begin, count, extent in zip(start, size, x.shape, strict=True):
        if begin < 0 or count < 0 or begin + count > extent:
            raise ValueError("tosa.slice: outside of the input")
    return x[tuple(slice(b, b + n) for b, n in zip(start, size, strict=True))]


def pad(x, padding, value=0):
    """padding[d] = (elements before, elements after) dimension d, equal to value."""
    x = np.asarray(x)
    amounts = np.asarray(padding).reshape(-1, 2)
    if len(amounts) != x.ndim:
        raise ValueError("tosa.pad: needs two amounts for each dimension")
    value = to_int64(value).reshape(-1)[0]
    value = narrow(value, _bits(x), "tosa.pad", "padding value")
    return np.pad(x, [(int(a), int(b)) for a, b in amounts], constant_values=value)


def tile(x, multiples):
    """x repeated multiples[d] times along each dimension d."""
    return np.tile(np.asarray(x), tuple(int(m) for m in multiples))


def reverse(x, axis: int):
    """The elements along `axis` in reverse order."""
    return np.flip(np.asarray(x), axis=axis)


def gather(values, indices):
    """`y[n, w, c] = values[n, indices[n, w], c]`.

    values: N x K x C. indices: N x W, 0 <= index < K.
    """
    values, indices = np.asarray(values), to_int64(indices)
    if indices.size and (indices.min() < 0 or indices.max() >= values.shape[1]):
        raise IndexError("tosa.gather: index outside of the values")
    return np.take_along_axis(values, indices[..., np.newaxis], axis=1)


def matmul(a, b):
    """`y[n, h, w] = sum over c of a[n, h, c] * b[n, c, w]` in i32, of i8 operands."""
    op = "tosa.matmul"
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype != np.int8 or b.dtype != np.int8:
        raise TypeError(f"{op}: operands must be i8")
    a, b = to_int64(a), to_int64(b)
    bound = magnitude(a) * magnitude(b) * a.shape[-1]
    if bound >= 1 << 53:
        raise OverflowError(f"{op}: the sums are too long")

    def product(x, y):
        return np.matmul(x.astype(np.float64), y.astype(np.float64)).astype(np.int64)

    result = product(a, b)
    if bound >= 1 << 31:
        total = product(np.abs(a), np.abs(b))
        check_range((total + result) // 2, 32, op, "sum of positive terms")
        check_range((result - total) // 2, 32, op, "sum of negative terms")
    return narrow(result, 32, op)


def max_pool2d(x, kernel, pad=(0, 0, 0, 0), stride=(1, 1)):
    """The maximum of each window; positions outside of the image do not count.

    x: ... x H x W x C. Result: ... x OH x OW x C.
    """
    x = np.asarray(x)
    least = np.iinfo(x.dtype).min
    return windows(x, kernel, pad, stride, padding_value=least).max(axis=(-2, -1))


def cast(x, result_bits: int):
    """Sign extension, or the low bits of a wider integer.

    i1 is 0 or 1; to i1, everything but 0 is 1.
    """
    return np.asarray(x).astype(DTYPES[result_bits])


def clamp(x, min_int: int, max_int: int):
    """`min(max(x, min_int), max_int)`."""
    x = np.asarray(x)
    return np.clip(to_int64(x), min_int, max_int).astype(x.dtype)


def bitwise_xor(a, b):
    """The exclusive or of the bits, with broadcasting."""
    return np.bitwise_xor(a, b)


def maximum(a, b):
    """The larger of two, with broadcasting."""
    return np.maximum(a, b)


def minimum(a, b):
    """The smaller of two, with broadcasting."""
    return np.minimum(a, b)


def reduce_sum(x, axis: int):
    """The sum along `axis`, which stays as a dimension of 1, in x's type.

    No partial sum, in any order, may leave that type.
    """
    x = np.asarray(x)
    wide = to_int64(x)
    if magnitude(wide) * x.shape[axis] > (1 << 63) - 1:
        raise OverflowError("tosa.reduce_sum: the sums may exceed 64 bits")
    for part in (np.maximum(wide, 0), np.minimum(wide, 0)):
        check_range(part.sum(axis=axis), _bits(x), "tosa.reduce_sum", "partial sum")
    return wide.sum(axis=axis, keepdims=True).astype(x.dtype)


def reduce_max(x, axis: int):
    """The largest element along `axis`, which stays as a dimension of 1."""
    return np.asarray(x).max(axis=axis, keepdims=True)


def reduce_min(x, axis: int):
    """The smallest element along `axis`, which stays as a dimension of 1."""
    return np.asarray(x).min(axis=axis, keepdims=True)
