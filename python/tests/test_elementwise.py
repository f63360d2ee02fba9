# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Requantization and ops on single elements."""

import numpy as np
import pytest

from smelt.reference.checks import Rescale
from smelt.reference.elementwise import add, lookup, mul, relu, requantize, sign


def test_requantize_rounds_half_up():
    x = np.array([-6, -5, -2, -1, 0, 1, 2, 3, 1000], dtype=np.int32)
    # Quarters of x: -1.5, -1.25, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 250.
    y = requantize(x, [1], [2], Rescale(2, -128, 127), 8)
    assert y.dtype == np.int8
    assert y.tolist() == [-1, -1, 0, 0, 0, 0, 1, 1, 127]


def test_requantize_shift_rounds_down():
    y = requantize(np.array([-1, 1], dtype=np.int8), [1], [0], Rescale(1, -8, 8), 8)
    assert y.tolist() == [-1, 0]


def test_requantize_channels():
    x = np.array([[1, 2], [3, 4]], dtype=np.int32)
    y = requantize(x, [10, -1], [0, 5], Rescale(0, -100, 100), 16)
    assert y.tolist() == [[10, 3], [30, 1]]


def test_requantize_uses_64_bits():
    x = np.array([2**31 - 1], dtype=np.int32)
    y = requantize(x, [2**31 - 1], [2**61], Rescale(62, -128, 127), 8)
    # (2^31 - 1)^2 + 2^61 = 1.5 * 2^62 - 2^32 + 1
    assert y.tolist() == [1]
    with pytest.raises(OverflowError, match="ternary.requantize"):
        requantize(x, [2**31 - 1], [2**62 + 2**61 + 2**33], Rescale(62, 0, 1), 8)


def test_requantize_limit_of_64_bits():
    x = np.array([2**62 - 1], dtype=np.int64)
    y = requantize(x, [2], [1], Rescale(0, -(2**63), 2**63 - 1), 64)
    assert y.tolist() == [2**63 - 1]
    with pytest.raises(OverflowError):
        requantize(x, [2], [2], Rescale(0, 0, 1), 8)
    with pytest.raises(OverflowError):
        requantize(np.array([2**62], dtype=np.int64), [2], [-1], Rescale(0, 0, 1), 8)


def test_clamp_must_fit_the_result():
    with pytest.raises(OverflowError, match="clamp"):
        requantize(np.array([1], dtype=np.int8), [1], [0], Rescale(0, -129, 127), 8)


def test_sign():
    x = np.array([-32768, -1, 0, 1, 32767], dtype=np.int16)
    y = sign(x, 8)
    assert y.dtype == np.int8
    assert y.tolist() == [-1, -1, 1, 1, 1]


def test_relu():
    x = np.array([-128, -1, 0, 127], dtype=np.int8)
    assert relu(x).dtype == np.int8
    assert relu(x).tolist() == [0, 0, 0, 127]


def test_add_broadcasts():
    a = np.array([[1], [2]], dtype=np.int8)
    b = np.array([[10, -20]], dtype=np.int8)
    y = add(a, b, 4, 2, 1, Rescale(1, -19, 100), 8)
    # (4a + 2b + 1) >> 1
    assert y.tolist() == [[12, -18], [14, -16]]
    assert add(a, b, 4, 2, 1, Rescale(1, -17, 13), 8).tolist() == [[12, -17], [13, -16]]


def test_mul():
    a = np.array([5], dtype=np.int8)
    b = np.array([-3], dtype=np.int16)
    # (5 + 1) * (-3 - 1) * 3 + 4 = -68; -68 >> 3 = -9 (-8.5 rounded down)
    assert mul(a, b, 3, 4, Rescale(3, -50, 50), 8, 1, -1).tolist() == [-9]


def test_mul_overflow():
    a = np.array([2**31 - 1], dtype=np.int32)
    with pytest.raises(OverflowError, match="ternary.mul"):
        mul(a, a, 3, 0, Rescale(0, 0, 1), 8)


def test_lookup():
    table = np.arange(256, dtype=np.int16) * 3
    x = np.array([[-128, 0, 127]], dtype=np.int8)
    y = lookup(x, table)
    assert y.dtype == np.int16
    assert y.tolist() == [[0, 384, 765]]


def test_floats_are_refused():
    with pytest.raises(TypeError):
        requantize(np.array([1.0]), [1], [0], Rescale(0, 0, 1), 8)
