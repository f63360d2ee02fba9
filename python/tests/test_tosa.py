# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The TOSA ops of integer functions."""

import numpy as np
import pytest

from smelt.reference import tosa

X = np.array([[1, -2, 3], [4, 5, -6]], dtype=np.int8)


def test_movement():
    assert tosa.identity(X).tolist() == X.tolist()
    assert tosa.const(X).tolist() == X.tolist()
    assert tosa.reshape(X, [3, -1]).tolist() == [[1, -2], [3, 4], [5, -6]]
    assert tosa.transpose(X, np.array([1, 0])).tolist() == [[1, 4], [-2, 5], [3, -6]]
    assert tosa.concat([X, X[:, :1]], 1).tolist() == [[1, -2, 3, 1], [4, 5, -6, 4]]
    assert tosa.slice_(X, [0, 1], [2, 2]).tolist() == [[-2, 3], [5, -6]]
    assert tosa.tile(X[:1], [2, 2]).tolist() == [[1, -2, 3, 1, -2, 3]] * 2
    assert tosa.reverse(X, 1).tolist() == [[3, -2, 1], [-6, 5, 4]]


def test_transpose_of_three_dimensions():
    x = np.arange(24).reshape(2, 3, 4)
    y = tosa.transpose(x, [2, 0, 1])
    assert y.shape == (4, 2, 3)
    assert y[3, 1, 2] == x[1, 2, 3]


def test_pad():
    y = tosa.pad(X, [[0, 1], [1, 0]], -7)
    assert y.dtype == np.int8
    assert y.tolist() == [[-7, 1, -2, 3], [-7, 4, 5, -6], [-7] * 4]
    with pytest.raises(OverflowError, match="tosa.pad"):
        tosa.pad(X, [[0, 1], [1, 0]], 128)


def test_slice_outside():
    with pytest.raises(ValueError, match="tosa.slice"):
        tosa.slice_(X, [1, 0], [2, 3])


def test_gather():
    values = np.arange(8, dtype=np.int8).reshape(1, 4, 2)
    y = tosa.gather(values, np.array([[3, 0, 3]], dtype=np.int32))
    assert y.tolist() == [[[6, 7], [0, 1], [6, 7]]]
    with pytest.raises(IndexError, match="tosa.gather"):
        tosa.gather(values, np.array([[4]]))


def test_matmul():
    a = np.array([[[1, -128], [3, 4]]], dtype=np.int8)
    b = np.array([[[5, 0], [-128, 8]]], dtype=np.int8)
    y = tosa.matmul(a, b)
    assert y.dtype == np.int32
    assert y.tolist() == [[[5 + 16384, -1024], [15 - 512, 32]]]


def test_max_pool2d():
    x = np.array([[-5, -6], [-7, -8]], dtype=np.int8).reshape(1, 2, 2, 1)
    y = tosa.max_pool2d(x, (2, 2), (1, 0, 1, 0), (1, 1))
    assert y[0, :, :, 0].tolist() == [[-5, -5], [-5, -5]]
    y = tosa.max_pool2d(x, (1, 2), (0, 0, 0, 0), (1, 1))
    assert y.dtype == np.int8
    assert y[0, :, :, 0].tolist() == [[-5], [-7]]


def test_cast():
    x = np.array([-1, 200, 256], dtype=np.int16)
    assert tosa.cast(x, 32).tolist() == [-1, 200, 256]
    assert tosa.cast(x, 8).tolist() == [-1, -56, 0]
    assert tosa.cast(x, 1).tolist() == [True, True, True]
    assert tosa.cast(np.array([True, False]), 8).tolist() == [1, 0]


def test_elementwise():
    assert tosa.clamp(X, -1, 4).tolist() == [[1, -1, 3], [4, 4, -1]]
    assert tosa.clamp(X, -(2**40), 2**40).tolist() == X.tolist()
    assert tosa.clamp(X, 0, 4).dtype == np.int8
    column = np.array([[0], [4]], dtype=np.int8)
    assert tosa.maximum(X, column).tolist() == [[1, 0, 3], [4, 5, 4]]
    assert tosa.minimum(X, column).tolist() == [[0, -2, 0], [4, 4, -6]]


def test_xor_with_the_top_bit_makes_unsigned_signed():
    unsigned = np.array([0, 127, 128, 255], dtype=np.uint8).view(np.int8)
    y = tosa.bitwise_xor(unsigned, np.array([-128], dtype=np.int8))
    assert y.tolist() == [-128, -1, 0, 127]


def test_reductions():
    assert tosa.reduce_sum(X, 0).tolist() == [[5, 3, -3]]
    assert tosa.reduce_max(X, 1).tolist() == [[3], [5]]
    assert tosa.reduce_min(X, 1).tolist() == [[-2], [-6]]
    assert tosa.reduce_sum(X, 1).dtype == np.int8
    with pytest.raises(OverflowError, match="tosa.reduce_sum"):
        tosa.reduce_sum(np.array([100, 100, -100], dtype=np.int8), 0)
