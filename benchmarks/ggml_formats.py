"""Weights in the formats of llama.cpp, ik_llama.cpp and bitnet.cpp.

Each function takes a matrix of rows by columns and returns its bytes as a flat
uint8 array; a file holds them in that order. The layouts are those of the public
sources:

    TQ1_0, TQ2_0, Q6_K  ggml-common.h and ggml-quants.c of llama.cpp
    IQ1_BN, IQ2_BN      ggml-common.h and iqk/iqk_quantize.cpp of ik_llama.cpp
    I2_S                src/ggml-bitnet-mad.cpp of bitnet.cpp

Ternary weights come as codes: int8 of -1, 0 and 1, times one scale.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

BLOCK = 256
"""Columns of a block of TQ1_0, TQ2_0 and Q6_K."""
BLOCK_BN = 64
"""Columns of a block of IQ1_BN and IQ2_BN."""
BLOCK_I2 = 128
"""Columns of a block of I2_S."""

POWERS = np.array([81, 27, 9, 3, 1], np.uint16)


def shifted(codes):
    """0, 1 and 2 for -1, 0 and 1."""
    return (codes + np.int8(1)).view(np.uint8)


def in_blocks(values, block):
    """`values` as (rows, blocks of a row, block)."""
    rows, columns = values.shape
    if columns % block:
        raise ValueError(f"{columns} columns are not a multiple of {block}")
    return values.reshape(rows, columns // block, block)


def two_bit_planes(codes, planes_first):
    """Joins four planes of 2-bit codes, axis -2, the first in the low bits."""
    order = range(4) if planes_first else range(3, -1, -1)
    packed = np.zeros(codes.shape[:-2] + codes.shape[-1:], np.uint8)
    for shift, plane in enumerate(order):
        packed |= codes[..., plane, :] << np.uint8(2 * shift)
    return packed


def fractions(digits, powers):
    """Bytes whose product with 3, a digit at a time, overflows into the digits of
    axis -2: the number that they make, times 256 / 243, rounded up."""
    number = np.zeros(digits.shape[:-2] + digits.shape[-1:], np.uint16)
    for place, power in enumerate(powers):
        number += digits[..., place, :] * power
    return ((number * np.uint16(256) + np.uint16(242)) // np.uint16(243)).astype(
        np.uint8
    )


def with_half_scales(packed, scale):
    """Adds a float16 after each block."""
    half = np.broadcast_to(
        np.array([scale], "<f2").view(np.uint8), packed.shape[:-1] + (2,)
    )
    return np.concatenate([packed, half], axis=-1).ravel()


def pack_tq2_0(codes, scale):
    """2.06 bits a weight: two times 32 bytes of four planes, and a float16."""
    blocks = in_blocks(shifted(codes), BLOCK)
    planes = blocks.reshape(*blocks.shape[:2], 2, 4, 32)
    packed = two_bit_planes(planes, planes_first=True)
    return with_half_scales(packed.reshape(*blocks.shape[:2], 64), scale)


def pack_tq1_0(codes, scale):
    """1.69 bits a weight: five digits a byte in 48, four in 4, and a float16."""
    blocks = in_blocks(shifted(codes), BLOCK)
    shape = blocks.shape[:2]
    parts = [
        fractions(blocks[..., :160].reshape(*shape, 5, 32), POWERS),
        fractions(blocks[..., 160:240].reshape(*shape, 5, 16), POWERS),
        fractions(blocks[..., 240:].reshape(*shape, 4, 4), POWERS[:4]),
    ]
    return with_half_scales(np.concatenate(parts, axis=-1), scale)


def pack_i2_s(codes, scale):
    """2 bits a weight: 32 bytes of four planes, the first in the high bits; after
    the matrix a float32 in 32 bytes."""
    blocks = in_blocks(shifted(codes), BLOCK_I2)
    planes = blocks.reshape(*blocks.shape[:2], 4, 32)
    packed = two_bit_planes(planes, planes_first=False).ravel()
    tail = np.zeros(32, np.uint8)
    tail[:4] = np.array([scale], "<f4").view(np.uint8)
    return np.concatenate([packed, tail])


def pack_iq2_bn(codes, scale):
    """2 bits a weight: 16 bytes of four planes; before each row a float32."""
    blocks = in_blocks(shifted(codes), BLOCK_BN)
    planes = blocks.reshape(*blocks.shape[:2], 4, 16)
    packed = two_bit_planes(planes, planes_first=True)
    return with_row_scale(packed, np.array([scale], "<f4"))


def pack_iq1_bn(codes, scale):
    """1.63 bits a weight: of 16 weights 15 in three bytes, and the last of each of
    four such in a byte more; before each row a float16. The first digit of a byte
    is the lowest."""
    blocks = in_blocks(shifted(codes), BLOCK_BN)
    sixteens = blocks.reshape(*blocks.shape[:2], 4, 16)
    fives = sixteens[..., :15].reshape(*blocks.shape[:2], 12, 5)
    low_first = POWERS[::-1]
    parts = [
        fractions(np.swapaxes(fives, -1, -2), low_first),
        fractions(sixteens[..., 15][..., None], low_first[:4]),
    ]
    return with_row_scale(np.concatenate(parts, axis=-1), np.array([scale], "<f2"))


def with_row_scale(packed, scale):
    """Adds `scale` before each row."""
    rows = packed.shape[0]
    head = np.broadcast_to(scale.view(np.uint8), (rows, scale.nbytes))
    return np.concatenate([head, packed.reshape(rows, -1)], axis=-1).ravel()


def pack_q6_k(values):
    """6.56 bits a weight: 6-bit integers, an 8-bit scale for each 16 of them and a
    float16 for 256. `values` are float32; they are rounded to the nearest of steps
    of the largest magnitude of each 16."""
    blocks = in_blocks(np.asarray(values, np.float32), BLOCK)
    rows, count, _ = blocks.shape
    sixteens = blocks.reshape(rows, count, 16, 16)
    steps = np.abs(sixteens).max(axis=-1) / 31
    unit = (steps.max(axis=-1, keepdims=True) / 127).astype("<f2")
    safe = np.where(unit > 0, unit, 1).astype(np.float32)
    scales = np.ceil(steps / safe).clip(0, 127).astype(np.int8)
    step = (scales * safe)[..., None]
    integers = np.rint(sixteens / np.where(step > 0, step, 1)).clip(-32, 31)
    codes = (integers.astype(np.int8) + np.int8(32)).view(np.uint8)
    # Of each half block, lanes 0 to 3 are 32 weights each.
    lanes = codes.reshape(rows, count, 2, 4, 32)
    low, high = lanes & np.uint8(15), lanes >> np.uint8(4)
    nibbles = low[..., :2, :] | (low[..., 2:, :] << np.uint8(4))
    parts = [
        nibbles.reshape(rows, count, 128),
        two_bit_planes(high, planes_first=True).reshape(rows, count, 64),
        scales.view(np.uint8),
        unit.view(np.uint8),
    ]
    return np.concatenate(parts, axis=-1).ravel()


def pack_f16(values):
    """16 bits a weight."""
    return np.asarray(values).astype("<f2").view(np.uint8).ravel()


def pack_f32(values):
    """32 bits a weight."""
    return np.asarray(values).astype("<f4").view(np.uint8).ravel()


@dataclass(frozen=True)
class Format:
    """How a matrix lies in a file.

    number: ggml_type in GGUF.
    file_type: general.file_type of a model whose layers have this format.
    row_size: bytes of a row of so many columns.
    tail: bytes after the last row.
    """

    number: int
    file_type: int
    pack: Callable
    row_size: Callable
    tail: int = 0

    def size(self, rows, columns):
        """Bytes of a matrix."""
        return rows * self.row_size(columns) + self.tail


TERNARY = {
    "tq1_0": Format(34, 36, pack_tq1_0, lambda n: n // BLOCK * 54),
    "tq2_0": Format(35, 37, pack_tq2_0, lambda n: n // BLOCK * 66),
    "i2_s": Format(36, 40, pack_i2_s, lambda n: n // 4, tail=32),
    "iq1_bn": Format(134, 136, pack_iq1_bn, lambda n: n // BLOCK_BN * 13 + 2),
    "iq2_bn": Format(135, 137, pack_iq2_bn, lambda n: n // 4 + 4),
}
"""Formats of codes and a scale."""

FLOATS = {
    "f32": Format(0, 0, pack_f32, lambda n: 4 * n),
    "f16": Format(1, 1, pack_f16, lambda n: 2 * n),
    "q6_k": Format(14, 18, pack_q6_k, lambda n: n // BLOCK * 210),
}
"""Formats of floats."""
