# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights of the layout `columns`: bytes to integers and back.

Lane `r * planes + p` is plane `p` of row `r`. For every four columns there is a byte
of each lane; the last ones are followed by those of lanes that are missing to whole
tiles.
"""

from __future__ import annotations

import math

import numpy as np

_PER_BYTE = 4
_GRANULE = 16
_MOST_LANES = 128
_PLACES = 4 ** np.arange(_PER_BYTE)
# Four weights of 0.
_ZEROS = 0x55


def _ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def tiles_and_lanes(rows: int, planes: int) -> tuple[int, int]:
    """How many tiles there are, and the lanes of each."""
    lanes, granule = rows * planes, _GRANULE * planes
    tiles = _ceil_div(lanes, _MOST_LANES // granule * granule)
    if tiles == 1:
        granule = _GRANULE
    return tiles, _ceil_div(_ceil_div(lanes, tiles), granule) * granule


def num_bytes(rows: int, columns: int, planes: int) -> int:
    """The bytes of all planes."""
    return (_ceil_div(columns, _PER_BYTE) - 1) * rows * planes + math.prod(
        tiles_and_lanes(rows, planes)
    )


def unpack(data: np.ndarray, rows: int, columns: int, planes: int) -> np.ndarray:
    """The weights in `data`, uint8, as an int8 array `planes x rows x columns`."""
    lanes, quads = rows * planes, _ceil_div(columns, _PER_BYTE)
    if (data[quads * lanes :] != _ZEROS).any():
        raise ValueError("weights: an unused position is not 0")
    quads = data[: quads * lanes].reshape(quads, rows, planes, 1).astype(np.int64)
    codes = quads // _PLACES % 4
    if int(codes.max()) > 2:
        raise ValueError("weights: code 3 is not a weight")
    weights = codes.transpose(2, 1, 0, 3).reshape(planes, rows, -1) - 1
    if weights[..., columns:].any():
        raise ValueError("weights: an unused position is not 0")
    return weights[..., :columns].astype(np.int8)


def pack(values: np.ndarray) -> np.ndarray:
    """The bytes, uint8, of ternary weights `planes x rows x columns`."""
    planes, rows, columns = values.shape
    padding = -columns % _PER_BYTE
    codes = np.pad(values.astype(np.int64), ((0, 0), (0, 0), (0, padding))) + 1
    quads = (codes.reshape(planes, rows, -1, _PER_BYTE) * _PLACES).sum(axis=-1)
    data = np.full(num_bytes(rows, columns, planes), _ZEROS, np.uint8)
    data[: quads.size] = quads.transpose(2, 1, 0).reshape(-1)
    return data
