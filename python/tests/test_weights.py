# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bytes of every layout, packed by hand."""

import numpy as np
import pytest

from smelt.reference.interleaved import scales_of_rows
from smelt.reference.weights import is_row_aligned, pack, plane_bytes, unpack

# Two rows of five weights, the example of docs/spec.md.
ROWS = np.array([[[1, 0, -1, 1, 1], [-1, -1, 0, 0, 1]]])

BYTES = {
    # Row 0 is digits 2 1 0 2 2: 2 + 1*3 + 0*9 + 2*27 + 2*81 = 221;
    # row 1 is 0 0 1 1 2: 9 + 27 + 162 = 198.
    "base3": [221, 198],
    # Aligned rows would take 4 bytes instead of 3, so all ten codes form one run:
    # 2 1 0 2 | 2 0 0 1 | 1 2 and two codes of weight 0.
    "twobit": [0b10_00_01_10, 0b01_00_00_10, 0b01_01_10_01],
    # Bits where the weight is 1, then where it is -1.
    "bitplane": [0b11001, 0b00100, 0b10000, 0b00011],
    # Codes 9 8 | 7 9 | 9 8 and 7 7 | 8 8 | 9 8, in rows of three bytes.
    "int4": [0x89, 0x97, 0x89, 0x77, 0x88, 0x89],
    # Codes 2 1 0 2 and 0 0 1 1 of columns 0 to 3, 2 and 2 of column 4 and three of
    # weight 0; then 14 bytes of rows that are missing.
    "columns": [0x86, 0x50, 0x56, 0x56] + [0x55] * 14,
    "dense": [1, 0, 255, 1, 1, 255, 255, 0, 0, 1],
    "int8": [1, 0, 255, 1, 1, 255, 255, 0, 0, 1],
}


@pytest.mark.parametrize("layout", BYTES)
def test_example(layout):
    data = np.array(BYTES[layout], dtype=np.uint8)
    assert unpack(data, (2, 5), layout).tolist() == ROWS.tolist()
    assert pack(ROWS, layout).view(np.uint8).tolist() == BYTES[layout]


def test_padding_rule():
    # 64 rows of 157 bytes, 10048, against 10036 in one run: 0.1 %.
    assert is_row_aligned((64, 784), "base3")
    assert plane_bytes((64, 784), "base3") == 10048
    # 4 bytes against 3.
    assert not is_row_aligned((2, 5), "twobit")
    assert plane_bytes((2, 5), "twobit") == 3
    assert is_row_aligned((2, 5), "bitplane")
    assert plane_bytes((2, 5), "bitplane") == 4


def test_limit_of_the_padding_rule():
    # 410 bytes against 400 are 2.5 % exactly; 440 against 429 are more.
    assert is_row_aligned((41, 39), "twobit")
    assert not is_row_aligned((44, 39), "twobit")


def test_aligned_rows_are_padded_with_zeros():
    values = np.ones((1, 10, 39), dtype=np.int8)
    data = pack(values, "twobit").view(np.uint8)
    assert data.tolist() == ([0b10101010] * 9 + [0b01101010]) * 10
    assert (unpack(data, (10, 39), "twobit") == 1).all()


def test_planes_follow_one_another():
    data = np.array([221, 198, 121, 121], dtype=np.uint8)
    values = unpack(data, (2, 5), "base3", planes=2)
    assert values[0].tolist() == ROWS[0].tolist()
    assert (values[1] == 0).all()


def test_int4_rows_are_aligned():
    values = np.array([[[7, -7, 3], [-1, 0, 5]]])
    data = pack(values, "int4").view(np.uint8)
    assert data.tolist() == [0x1F, 0x8B, 0x87, 0x8D]
    assert (unpack(data, (2, 3), "int4") == values).all()
    with pytest.raises(ValueError, match="not in the range of int4"):
        pack(values - 1, "int4")
    with pytest.raises(ValueError, match="2 planes of layout int4"):
        unpack(data, (2, 3), "int4", planes=2)


def test_convolution_shape_is_flattened():
    assert unpack(np.arange(8, dtype=np.int8), (2, 2, 2, 1), "int8").shape == (1, 2, 4)


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (16, 8), (50, 13), (300, 5)])
@pytest.mark.parametrize("planes", [1, 2, 3])
def test_round_trip_of_columns(shape, planes):
    values = np.random.default_rng(0).integers(-1, 2, (planes, *shape))
    data = pack(values, "columns")
    assert (unpack(data, shape, "columns", planes) == values).all()


def test_columns_put_planes_beside_each_other():
    values = np.zeros((2, 3, 5), np.int8)
    values[1, 2, 1] = 1
    values[0, 1, 4] = -1
    data = pack(values, "columns").view(np.uint8)
    # 6 lanes, and a tile of 16
    assert data.size == 6 + 16
    assert [(i, b) for i, b in enumerate(data) if b != 0x55] == [(5, 0x59), (8, 0x54)]


def test_tiles_of_columns():
    # 2 tiles of 80 lanes; of 3 planes and 36 rows, 2 tiles of 18 rows, to a multiple
    # of 16 rows.
    assert pack(np.zeros((1, 150, 4), np.int8), "columns").size == 160
    assert pack(np.zeros((3, 36, 4), np.int8), "columns").size == 2 * 96


@pytest.mark.parametrize("layout", ["dense", "twobit", "base3", "bitplane"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (16, 45), (5, 160), (7, 8)])
def test_round_trip(layout, shape):
    values = np.random.default_rng(0).integers(-1, 2, (3, *shape))
    data = pack(values, layout)
    assert data.size == 3 * plane_bytes(shape, layout)
    assert (unpack(data, shape, layout, planes=3) == values).all()


@pytest.mark.parametrize(
    ("layout", "data", "message"),
    [
        ("twobit", [3, 85, 85], "code 3"),
        ("twobit", [85, 85, 0], "unused position"),
        ("int4", [0x80, 0x88, 0x88, 0x88, 0x88, 0x88], "code 0 is not a weight"),
        ("int4", [0x88, 0x88, 0x78, 0x88, 0x88, 0x88], "unused position"),
        ("base3", [243, 0], "greater than 242"),
        ("columns", [3] + [85] * 17, "code 3"),
        ("columns", [85, 85, 85, 0x95] + [85] * 14, "unused position"),
        ("columns", [85] * 17 + [0], "unused position"),
        ("columns", [85] * 4, "18"),
        ("bitplane", [32, 0, 0, 0], "unused bit"),
        ("bitplane", [1, 1, 0, 0], "both plus and minus"),
        ("dense", [2] * 10, "out of range"),
        ("int8", [128] * 10, "out of range"),
        ("base3", [0], "bytes"),
        ("sparse", [0], "unknown layout"),
    ],
)
def test_bad_data(layout, data, message):
    with pytest.raises(ValueError, match=message):
        unpack(np.array(data, dtype=np.uint8), (2, 5), layout)


def test_interleaved_twobit():
    data = np.full(256, 0x55, np.uint8)
    data[3 * 4 + 1] = 0x65  # row 3, column 2 * 4 + 1
    data[128 + 64 + 3] = 0x54  # row 16, column 16 + 3
    values = unpack(data, (17, 20), "twobit", is_interleaved=True)
    assert values.shape == (1, 17, 20)
    assert [tuple(place) for place in np.argwhere(values)] == [(0, 3, 9), (0, 16, 19)]
    assert values[0, 3, 9] == 1 and values[0, 16, 19] == -1


def test_interleaved_base3():
    data = np.empty((5, 16, 4), np.uint8)
    # 13 in each field: of the last three, bits 2 to 4 are 3 and bits 0 and 1 are 1.
    data[:] = np.array([3, 0b011, 3, 0b010, 3]).reshape(5, 1, 1) * 32 + 13
    data[3, 1, 1] += 13  # row 1, field 3 is 26
    data[1, 1, 0] -= 32  # field 7 of byte 0 is 14
    data[3, 1, 0] += 32
    values = unpack(data.reshape(-1), (2, 96), "base3", is_interleaved=True)
    columns = [[0, 1, 37], [0, 1, 41], [0, 1, 45], [0, 1, 84]]
    assert np.argwhere(values).tolist() == columns
    assert values.sum() == 4


def test_interleaved_int8():
    data = np.full((2, 4, 16, 4), 128, np.uint8)
    data[1, 2, 5, 3] = 1
    values = unpack(data.reshape(-1), (16, 32), "int8", is_interleaved=True)
    assert np.argwhere(values).tolist() == [[0, 5, 16 + 2 * 4 + 3]]
    assert values.min() == -127


def test_interleaved_int4():
    data = np.full((2, 2, 16, 4), 0x88, np.uint8)
    data[1, 1, 5, 3] = 0xF1  # row 5, columns 16 + 2 * 4 + 3 and 16 + 3 * 4 + 3
    values = unpack(data.reshape(-1), (16, 32), "int4", is_interleaved=True)
    assert np.argwhere(values).tolist() == [[0, 5, 27], [0, 5, 31]]
    assert values[0, 5, 27] == -7 and values[0, 5, 31] == 7


def test_interleaved_padding_is_zero():
    data = np.full(64, 0x55, np.uint8)
    data[63] = 0x56
    with pytest.raises(ValueError, match="unused position"):
        unpack(data, (15, 16), "twobit", is_interleaved=True)


def test_scales_of_interleaved_weights():
    scales = np.zeros((1, 2, 2, 16), np.int16)
    scales[0, 1, 0, 1] = 7
    ordered = scales_of_rows(scales, 18)
    assert ordered.shape == (1, 18, 2)
    assert np.argwhere(ordered).tolist() == [[0, 17, 0]]
