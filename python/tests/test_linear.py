# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products, convolutions and sums of windows."""

import numpy as np
import pytest

from smelt.reference.checks import Rescale
from smelt.reference.linear import conv2d, matmul, sum_pool2d


def i8(values):
    return np.array(values, dtype=np.int8)


def test_matmul():
    y = matmul(i8([[1, 2, 3], [-4, 5, 6]]), i8([[[1, 0, -1], [1, 1, 1]]]))
    assert y.dtype == np.int32
    assert y.tolist() == [[-2, 6], [-10, 7]]


def test_matmul_samples():
    x = np.arange(12, dtype=np.int8).reshape(2, 3, 2)
    y = matmul(x, i8([[[1, -1]]]))
    assert y.tolist() == [[[-1]] * 3] * 2


def test_matmul_planes_and_groups():
    # ceil(5/2) = 3: columns 0..2 and 3..4.
    x = i8([[1, 2, 3, 4, 5]])
    weights = i8([[[1, 1, 1, 1, 1]], [[1, 0, 0, 0, -1]]])
    scales = np.array([[[10, 100]], [[1, 1000]]], dtype=np.int16)
    # 10*6 + 100*9 + 1*1 + 1000*-5
    assert matmul(x, weights, scales).tolist() == [[-4039]]


def test_matmul_last_groups_may_be_empty():
    # ceil(5/4) = 2: columns 0..1, 2..3, 4 and none.
    scales = np.array([[[1, 10, 100, 1000]]], dtype=np.int16)
    assert matmul(i8([[1, 1, 1, 1, 1]]), i8([[[1] * 5]]), scales).tolist() == [[122]]


def test_matmul_requantizes():
    y = matmul(
        i8([[1, 2, 3]]),
        i8([[[1, 0, -1], [1, 1, 1]]]),
        multiplier=np.array([3, 100], dtype=np.int32),
        offset=np.array([1, 0], dtype=np.int64),
        rescale=Rescale(1, -127, 127),
        result_bits=8,
    )
    # (-2*3 + 1) >> 1 = -3; 600 >> 1 clamped.
    assert y.dtype == np.int8
    assert y.tolist() == [[-3, 127]]


def test_accumulator_overflow():
    x = np.full((1, 70000), 32767, dtype=np.int16)
    weights = np.ones((1, 1, 70000), dtype=np.int8)
    with pytest.raises(OverflowError, match="ternary.matmul"):
        matmul(x, weights)
    y = matmul(x, weights, accumulator_bits=64)
    assert y.dtype == np.int64
    assert y.tolist() == [[70000 * 32767]]


def test_partial_sums_must_fit_in_any_order():
    x = np.full((1, 140000), 32767, dtype=np.int16)
    weights = np.ones((1, 1, 140000), dtype=np.int8)
    weights[..., ::2] = -1
    with pytest.raises(OverflowError, match="positive terms"):
        matmul(x, weights)


def test_scaled_term_overflow():
    x = np.full((1, 1000), 127, dtype=np.int8)
    weights = np.ones((1, 1, 1000), dtype=np.int8)
    scales = np.full((1, 1, 1), 32767, dtype=np.int16)
    with pytest.raises(OverflowError, match="does not fit 32 bits"):
        matmul(x, weights, scales)


def test_conv2d():
    x = i8(np.arange(9).reshape(1, 3, 3, 1))
    weights = i8([[[1, 0, 0, -1]]])
    y = conv2d(x, weights, (1, 2, 2, 1))
    assert y.shape == (1, 2, 2, 1)
    assert (y == -4).all()


def test_conv2d_padding_stride_dilation():
    x = i8(np.arange(16).reshape(1, 4, 4, 1))
    weights = i8([[[1, 1, 1, 1]]])
    # Padded by one row above and one column left; windows span 3.
    y = conv2d(
        x, weights, (1, 2, 2, 1), pad=(1, 0, 1, 0), stride=(2, 2), dilation=(2, 2)
    )
    # Rows -1, 1 and columns -1, 1: x[1,1]; and so on.
    assert y[0, :, :, 0].tolist() == [[5, 5 + 7], [5 + 13, 5 + 7 + 13 + 15]]


def test_conv2d_channel_order():
    # Columns of a row are height x width x channels.
    x = i8([[[[1, 2], [3, 4]]]])
    weights = i8([[[1, 10, 100, -100]]])
    assert conv2d(x, weights, (1, 1, 2, 2)).tolist() == [[[[1 + 20 + 300 - 400]]]]


def test_conv2d_groups():
    x = i8([[[[1, 2, 3, 4]]]])
    weights = i8([[[1, 1], [1, -1], [1, 1], [0, 1]]])
    y = conv2d(x, weights, (4, 1, 1, 2), groups=2)
    assert y.tolist() == [[[[3, -1, 7, 4]]]]


def test_conv2d_planes_of_groups():
    x = i8([[[[5, 7]]]])
    weights = i8([[[1], [1]], [[-1], [1]]])
    scales = np.array([[[2], [3]], [[1], [4]]], dtype=np.int16)
    y = conv2d(x, weights, (2, 1, 1, 1), groups=2, scales=scales)
    assert y.tolist() == [[[[2 * 5 - 5, 3 * 7 + 4 * 7]]]]


def test_conv2d_depthwise_agrees_with_direct_sums():
    rng = np.random.default_rng(1)
    x = rng.integers(-128, 128, (2, 5, 6, 3)).astype(np.int8)
    weights = rng.integers(-1, 2, (1, 3, 9))
    y = conv2d(x, weights, (3, 3, 3, 1), pad=(1, 1, 1, 1), groups=3)
    padded = np.pad(x.astype(int), ((0, 0), (1, 1), (1, 1), (0, 0)))
    expected = np.zeros((2, 5, 6, 3), dtype=int)
    for i in range(3):
        for j in range(3):
            taps = weights[0, :, 3 * i + j]
            expected += padded[:, i : i + 5, j : j + 6, :] * taps
    assert (y == expected).all()


def test_sum_pool2d():
    x = i8(np.arange(9).reshape(1, 3, 3, 1))
    y = sum_pool2d(x, (2, 2), (0, 1, 0, 1), (2, 2))
    assert y.dtype == np.int32
    assert y[0, :, :, 0].tolist() == [[0 + 1 + 3 + 4, 2 + 5], [6 + 7, 8]]


def test_sum_pool2d_overflow():
    x = np.full((1, 1, 2, 1), 2**30, dtype=np.int32)
    with pytest.raises(OverflowError, match="ternary.sum_pool2d"):
        sum_pool2d(x, (1, 2))


def test_window_too_large():
    with pytest.raises(ValueError, match="window"):
        sum_pool2d(np.zeros((1, 2, 2, 1), dtype=np.int8), (3, 3))
