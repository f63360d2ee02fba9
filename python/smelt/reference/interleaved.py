# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Interleaved weights: bytes to integers, and scales to their usual order.

A plane is tiles of 16 rows, a tile blocks of columns, a block parts of 64 bytes: 4
for each row. Byte `j` of a row's 4 has columns `4*i + j` of the block.
"""

from __future__ import annotations

import numpy as np

TILE_ROWS = 16
# Columns and parts of a block.
_BLOCKS = {"int8": (16, 4), "int4": (16, 2), "twobit": (16, 1), "base3": (96, 5)}
_ZERO_CODES = {"int8": 128, "int4": 8, "twobit": 1, "base3": 1}


def plane_bytes(rows: int, columns: int, layout: str) -> int:
    """The bytes of one plane."""
    if layout not in _BLOCKS:
        raise ValueError(f"weights: {layout} cannot be interleaved")
    block_columns, parts = _BLOCKS[layout]
    return -(-rows // TILE_ROWS) * -(-columns // block_columns) * parts * 64


def _codes(parts: np.ndarray, layout: str) -> np.ndarray:
    """Codes along the last axis, from the bytes of a lane's parts along it."""
    if layout == "int8":
        return parts
    if layout == "int4":
        return (parts[..., np.newaxis] >> np.array([0, 4]) & 15).reshape(
            *parts.shape[:-1], 4
        )
    if layout == "twobit":
        return parts >> np.array([0, 2, 4, 6]) & 3
    a, b, c, d, e = np.moveaxis(parts >> 5, -1, 0)
    high = [4 * a + (b >> 1), 4 * c + (d >> 1), 4 * e + 2 * (d & 1) + (b & 1)]
    fields = np.concatenate([parts & 31, np.stack(high, axis=-1)], axis=-1)
    if fields.size and int(fields.max()) > 26:
        raise ValueError("weights: a field of base3 is greater than 26")
    digits = fields[..., np.newaxis] // np.array([1, 3, 9]) % 3
    return digits.reshape(*parts.shape[:-1], 24)


def unpack(data, rows: int, columns: int, layout: str, planes: int) -> np.ndarray:
    """The weights in `data`, uint8, as an int8 array `planes x rows x columns`."""
    block_columns, parts = _BLOCKS[layout]
    tiles, blocks = -(-rows // TILE_ROWS), -(-columns // block_columns)
    shape = (planes, tiles, blocks, parts, TILE_ROWS, 4)
    lanes = data.reshape(shape).astype(np.int64).transpose(0, 1, 4, 2, 5, 3)
    codes = _codes(lanes, layout)
    if layout == "twobit" and codes.size and int(codes.max()) > 2:
        raise ValueError("weights: code 3 is not a weight")
    # planes, tiles, rows, blocks, bytes, quads
    weights = codes.swapaxes(-1, -2) - _ZERO_CODES[layout]
    weights = weights.reshape(planes, tiles * TILE_ROWS, blocks * block_columns)
    used = weights[:, :rows, :columns]
    if np.count_nonzero(weights) != np.count_nonzero(used):
        raise ValueError("weights: an unused position is not 0")
    if layout in ("int8", "int4") and int(used.min()) <= -_ZERO_CODES[layout]:
        raise ValueError(f"weights: a {layout} weight is out of range")
    return used.astype(np.int8)


def scales_of_rows(scales: np.ndarray, rows: int) -> np.ndarray:
    """Scales `P x M x G`, from `P x tiles x G x 16`."""
    planes, tiles, groups, lanes = scales.shape
    ordered = scales.transpose(0, 1, 3, 2).reshape(planes, tiles * lanes, groups)
    return ordered[:, :rows]
