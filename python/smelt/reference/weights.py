# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packed weights: bytes to integers and back.

Weights are `planes` matrices of `rows x columns`, the first dimension of the shape
counting rows and the others, row-major, columns. Planes follow one another in
memory, rows within a plane.
"""

from __future__ import annotations

import math

import numpy as np

from . import columns as by_columns
from . import interleaved

_WEIGHTS_PER_BYTE = {"dense": 1, "int8": 1, "int4": 2, "twobit": 4, "base3": 5}
LAYOUTS = (*_WEIGHTS_PER_BYTE, "bitplane", "columns")
# Values of a digit, and that of weight 0.
_DIGITS = {"int4": (16, 8), "twobit": (4, 1), "base3": (3, 1)}


def _matrix(shape) -> tuple[int, int]:
    if len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"weights: bad shape {tuple(shape)}")
    return shape[0], math.prod(shape[1:])


def max_magnitude(layout: str) -> int:
    """The largest magnitude of a weight."""
    return {"int8": 127, "int4": 7}.get(layout, 1)


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def is_row_aligned(shape, layout: str) -> bool:
    """Whether each row starts on a byte.

    In twobit and base3 it does unless that makes a plane more than 2.5 % (1/40)
    larger than one run of all its weights without padding.
    """
    rows, columns = _matrix(shape)
    if layout not in ("twobit", "base3"):
        return True
    per_byte = _WEIGHTS_PER_BYTE[layout]
    flat = _ceil_div(rows * columns, per_byte)
    aligned = rows * _ceil_div(columns, per_byte)
    return 40 * aligned <= 41 * flat


def plane_bytes(shape, layout: str) -> int:
    """The bytes of one plane, if the planes are apart."""
    rows, columns = _matrix(shape)
    if layout == "bitplane":
        return rows * 2 * _ceil_div(columns, 8)
    per_byte = _WEIGHTS_PER_BYTE[layout]
    if is_row_aligned(shape, layout):
        return rows * _ceil_div(columns, per_byte)
    return _ceil_div(rows * columns, per_byte)


def _num_bytes(shape, layout: str, planes: int, is_interleaved: bool) -> int:
    rows, columns = _matrix(shape)
    if is_interleaved:
        return planes * interleaved.plane_bytes(rows, columns, layout)
    if layout == "columns":
        return by_columns.num_bytes(rows, columns, planes)
    return planes * plane_bytes(shape, layout)


def _check_layout(shape, layout: str, planes: int) -> None:
    if layout not in LAYOUTS:
        raise ValueError(f"weights: unknown layout {layout!r}")
    if not 1 <= planes <= (3 if max_magnitude(layout) == 1 else 1):
        raise ValueError(f"weights: {planes} planes of layout {layout}")
    _matrix(shape)


def _digits(data: np.ndarray, layout: str) -> np.ndarray:
    """The digits of each byte along a new last dimension, first weight first."""
    wide = data.astype(np.int64)[..., np.newaxis]
    if layout == "int4":
        return (wide >> np.array([0, 4])) & 15
    if layout == "twobit":
        return (wide >> np.array([0, 2, 4, 6])) & 3
    if data.size and int(data.max()) > 242:
        raise ValueError("weights: a base3 byte is greater than 242")
    return wide // np.array([1, 3, 9, 27, 81]) % 3


def unpack(
    data, shape, layout: str, planes: int = 1, is_interleaved: bool = False
) -> np.ndarray:
    """The weights in `data` as an int8 array `planes x rows x columns`.

    - dense, int8: a two's complement byte a weight (-1..1, -127..127)
    - int4: `w + 8` (-7..7) in four bits, first weight in the lowest
    - twobit: `w + 1` in two bits, first weight in the lowest
    - base3: five digits `w + 1` a byte, `sum(digit[i] * 3**i)`
    - bitplane: per row ceil(columns/8) bytes of bits set where w is 1, then as many
      where w is -1, first weight in the lowest bit
    - columns: for every four columns, a byte of `w + 1` in two bits of each plane of
      each row
    """
    _check_layout(shape, layout, planes)
    rows, columns = _matrix(shape)
    data = np.ascontiguousarray(data)
    if data.dtype.itemsize != 1 or data.ndim != 1:
        raise TypeError("weights: data must be one-dimensional bytes")
    data = data.view(np.uint8)
    size = _num_bytes(shape, layout, planes, is_interleaved)
    if data.size != size:
        raise ValueError(f"weights: {data.size} bytes, but {layout} needs {size}")
    if is_interleaved:
        return interleaved.unpack(data, rows, columns, layout, planes)
    if layout == "columns":
        return by_columns.unpack(data, rows, columns, planes)
    if layout in ("dense", "int8"):
        values = data.view(np.int8).reshape(planes, rows, columns)
        limit = max_magnitude(layout)
        if int(values.min()) < -limit or int(values.max()) > limit:
            raise ValueError(f"weights: a {layout} weight is out of range")
        return values.copy()
    if layout == "bitplane":
        bits = np.unpackbits(
            data.reshape(planes, rows, 2, _ceil_div(columns, 8)),
            axis=-1,
            bitorder="little",
        ).astype(np.int8)
        if bits[..., columns:].any():
            raise ValueError("weights: an unused bit is set")
        plus, minus = bits[:, :, 0, :columns], bits[:, :, 1, :columns]
        if (plus & minus).any():
            raise ValueError("weights: a weight is both plus and minus one")
        return plus - minus
    codes = _digits(data, layout)
    if is_row_aligned(shape, layout):
        codes, used = codes.reshape(planes, rows, -1), columns
    else:
        codes, used = codes.reshape(planes, -1), rows * columns
    zero = _DIGITS[layout][1]
    limit = max_magnitude(layout)
    wrong = codes[np.abs(codes - zero) > limit]
    if wrong.size:
        raise ValueError(f"weights: code {wrong.flat[0]} is not a weight")
    if (codes[..., used:] != zero).any():
        raise ValueError("weights: an unused position is not 0")
    return (codes[..., :used] - zero).astype(np.int8).reshape(planes, rows, columns)


def pack(values, layout: str) -> np.ndarray:
    """The int8 bytes of weights given as `planes x rows x columns`."""
    values = np.asarray(values)
    if values.ndim != 3:
        raise ValueError("weights: expected planes x rows x columns")
    planes, rows, columns = values.shape
    _check_layout((rows, columns), layout, planes)
    if np.abs(values.astype(np.int64)).max() > max_magnitude(layout):
        raise ValueError(f"weights: not in the range of {layout}")
    if layout in ("dense", "int8"):
        return values.astype(np.int8).reshape(-1)
    if layout == "bitplane":
        bits = np.stack([values == 1, values == -1], axis=2)
        return np.packbits(bits, axis=-1, bitorder="little").reshape(-1).view(np.int8)
    if layout == "columns":
        return by_columns.pack(values).view(np.int8)
    per_byte = _WEIGHTS_PER_BYTE[layout]
    base, zero = _DIGITS[layout]
    codes = values.astype(np.int64) + zero
    if not is_row_aligned((rows, columns), layout):
        codes = codes.reshape(planes, 1, -1)
    padding = -codes.shape[-1] % per_byte
    codes = np.pad(codes, ((0, 0), (0, 0), (0, padding)), constant_values=zero)
    place = base ** np.arange(per_byte)
    packed = (codes.reshape(-1, per_byte) * place).sum(axis=1)
    return packed.astype(np.uint8).view(np.int8)
