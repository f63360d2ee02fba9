# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Normalization, against float64 and by hand."""

import numpy as np
import pytest

from smelt.reference.checks import Rescale
from smelt.reference.dynamic import layer_norm, reciprocal_sqrt, rms_norm


def test_reciprocal_sqrt():
    rng = np.random.default_rng(0)
    f = np.concatenate(
        [
            np.arange(2**28, 2**28 + 1000),
            np.arange(2**30 - 1000, 2**30),
            rng.integers(2**28, 2**30, 200_000),
        ]
    )
    r = reciprocal_sqrt(f)
    real = 2.0**30 / np.sqrt(f / 2.0**30)
    assert np.abs(r / real - 1).max() <= 1.01 * 2.0**-30
    assert reciprocal_sqrt(np.array([2**28])).tolist() == [2**31 - 1]
    assert r.min() >= 2**30


def test_rms_norm_by_hand():
    x = np.array([[3, -4], [0, 0]], dtype=np.int16)
    # V = 25, e = 3, f = 25/64: 3/5 and -4/5 in Q30.
    u = rms_norm(x, 0)
    assert u.dtype == np.int32
    assert u.tolist() == [[644245094, -858993459], [0, 0]]
    y = rms_norm(x, 0, [1000], [2**29], Rescale(30, -700, 700), 16)
    assert y.dtype == np.int16
    assert y.tolist() == [[600, -700], [0, 0]]
    # V = 25 + 11: 1/2 and -2/3.
    y = rms_norm(x, 11, [300, 3], [2**29, 2**29], Rescale(30, -700, 700), 16)
    assert y.tolist() == [[150, -2], [0, 0]]


def test_layer_norm_by_hand():
    # 3x - 9 = -6 -3 9, V = 126.
    x = np.array([[1, 2, 6]], dtype=np.int16)
    y = layer_norm(x, 0, [1000], [2**29], Rescale(30, -1000, 1000), 16)
    assert y.tolist() == [[-535, -267, 802]]
    # -6/15, -3/15, 9/15
    y = layer_norm(x, 99, [1000], [2**29], Rescale(30, -1000, 1000), 16)
    assert y.tolist() == [[-400, -200, 600]]
    assert layer_norm(np.full((2, 5), -7, dtype=np.int32), 0).tolist() == [[0] * 5] * 2


WIDTHS = {16: np.int16, 32: np.int32, 64: np.int64}


def rows(width, size, rng):
    """Rows of every magnitude; some with one element far larger than the others."""
    scales = 2.0 ** np.arange(1, min(width, 63) - 1)
    x = rng.uniform(-1, 1, (len(scales), size))
    outliers = x * 2.0**-10
    outliers[:, 0] = 1
    x = np.concatenate([x, outliers]) * np.tile(scales, 2)[:, np.newaxis]
    return x.round().astype(WIDTHS[width])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", [1, 2, 3, 64, 1000, 65536])
@pytest.mark.parametrize("epsilon", [0, 1, 12345, 2**61 - 1])
def test_rms_norm_is_close(width, size, epsilon):
    x = rows(width, size, np.random.default_rng(size))
    u = rms_norm(x, epsilon)
    squares = (x.astype(float) ** 2).sum(axis=-1, keepdims=True) + epsilon
    real = x / np.sqrt(np.maximum(squares, 1)) * 2.0**30
    # Elements are rounded to 23 bits of the largest, the result to integers.
    largest = np.abs(real).max(axis=-1, keepdims=True)
    assert (np.abs(u - real) <= largest * 2.0**-22 + 0.51).all()
    exact = np.abs(x).max(axis=-1) < 2**23
    error = np.abs(u - real) - np.abs(real) * 2.0**-28
    assert error[exact].max(initial=0) <= 0.51
    assert np.abs(u.astype(np.int64)).max() <= 2**30 + 3


@pytest.mark.parametrize("width", [16, 32])
@pytest.mark.parametrize("size", [1, 2, 64, 1000, 65536])
@pytest.mark.parametrize("epsilon", [0, 2**61 - 1])
def test_layer_norm_is_close(width, size, epsilon):
    x = rows(width, size, np.random.default_rng(size))
    x += x.dtype.type(100)
    u = layer_norm(x, epsilon)
    distance = x.astype(np.int64) * size - x.sum(axis=-1, keepdims=True, dtype=np.int64)
    squares = (distance.astype(float) ** 2).sum(axis=-1, keepdims=True) + epsilon
    real = distance / np.sqrt(np.maximum(squares, 1)) * 2.0**30
    largest = np.abs(real).max(axis=-1, keepdims=True)
    assert (np.abs(u - real) <= largest * 2.0**-22 + 0.51).all()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("size", [1, 65536])
def test_extremes(width, size):
    limits = np.iinfo(WIDTHS[width])
    # 64 bits must hold x + 2^39, too.
    low, high = (limits.min, limits.max) if width < 64 else (1 - 2**63, 2**63 - 2**39)
    high -= width == 64
    for value in (low, high):
        x = np.full((1, size), value, dtype=WIDTHS[width])
        for epsilon in (0, 2**61 - 1):
            u = rms_norm(x, epsilon)
            real = 2.0**30 * value / np.sqrt(size * float(value) ** 2 + epsilon)
            assert np.abs(u - real).max() <= 2.0**30 * 2.0**-22 / size**0.5 + 0.51
    if width < 64:
        x[0, 0] = low
        u = layer_norm(x, 0)
        # All but one are equal: 1/K from the mean, where the one is (K-1)/K.
        real = -(2.0**30) * np.sqrt((size - 1) / size)
        assert np.abs(u[0, 0] - real) <= 1024


def test_limits_of_64_bits():
    with pytest.raises(OverflowError, match="ternary.rms_norm"):
        rms_norm(np.array([[-(2**63)]]), 0)
    with pytest.raises(OverflowError, match="ternary.rms_norm"):
        rms_norm(np.array([[2**63 - 2**39]]), 0)
    x = np.array([[1]], dtype=np.int16)
    # u = 2^30 - 1, or a little more than 2^30.
    y = rms_norm(x, 0, [-(2**31)], [-(2**62)], Rescale(62, -9, 9), 8)
    assert y.tolist() == [[-2]]
    with pytest.raises(OverflowError, match="ternary.rms_norm"):
        rms_norm(x, 0, [2**31 - 1], [2**63 - 2**60], Rescale(62, -9, 9), 8)


def test_refusals():
    with pytest.raises(ValueError, match="epsilon"):
        rms_norm(np.array([1], dtype=np.int16), 2**61)
    with pytest.raises(ValueError, match="epsilon"):
        layer_norm(np.array([1], dtype=np.int16), -1)
    with pytest.raises(ValueError, match="65536"):
        rms_norm(np.zeros(65537, dtype=np.int16), 0)
    with pytest.raises(OverflowError, match="32 bits"):
        layer_norm(np.array([2**31]), 0)
