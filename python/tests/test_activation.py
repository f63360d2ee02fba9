# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Smooth functions, against values computed by hand and against the real ones."""

import numpy as np
import pytest

from smelt.reference.activation import (
    EXP2_TABLE,
    LOG2_TABLE,
    activation,
    exp2neg,
    log_softmax,
    softmax,
)


def i16(values):
    return np.array(values, dtype=np.int16)


def i32(values):
    return np.array(values, dtype=np.int32)


def test_tables():
    assert EXP2_TABLE[[0, 1, 128, 255, 256]].tolist() == [
        32768,  # 2^15
        32679,  # 2^15 / 1.0027113 = 32679.4
        23170,  # 2^14.5 = 23170.5
        16428,  # 2^14 * 1.0027113 = 16428.4
        16384,
    ]
    # log2(1 + 1/256) = 0.0056245, log2(1.5) = 0.5849625
    assert LOG2_TABLE[[0, 1, 128, 256]].tolist() == [0, 369, 38336, 65536]


def test_exp2neg():
    t = np.array([0, 1 << 16, 128 << 8, 15 << 16, 16 << 16, 1 << 40])
    assert exp2neg(t).tolist() == [32768, 16384, 23170, 1, 0, 0]
    # Half of the first step: 32768 - ((89 * 128) >> 8)
    assert exp2neg(np.array([128])).tolist() == [32768 - 44]


def test_at_zero():
    assert activation("sigmoid", i16([0]), 8).tolist() == [1 << 14]
    assert activation("tanh", i16([0]), 8).tolist() == [0]
    assert activation("silu", i16([0]), 8).tolist() == [0]
    assert activation("gelu", i16([0]), 8).tolist() == [0]
    assert activation("exp", i16([0]), 8).tolist() == [32767]


def test_sigmoid_of_one():
    # t = (256 * 94548) >> 8; i = 113, r = 84, n = 1;
    # T[113] = 24131, T[114] = 24066: (24131 - ((65 * 84) >> 8)) >> 1 = 12055;
    # 2^30 / (32768 + 12055) = 23955
    assert activation("sigmoid", i16([256, -256]), 8).tolist() == [23955, 8813]
    # (256 * 23955 + 16384) >> 15 and (-256 * 8813 + 16384) >> 15
    assert activation("silu", i16([256, -256]), 8).tolist() == [187, -69]


def test_saturation():
    x = i16([-32768, 32767])
    assert activation("sigmoid", x, 8).tolist() == [0, 32767]
    assert activation("tanh", x, 8).tolist() == [-32768, 32767]
    assert activation("silu", x, 8).tolist() == [0, 32767]
    assert activation("gelu", x, 0).tolist() == [0, 32767]
    assert activation("exp", x, 8).tolist() == [0, 32767]


REAL = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "silu": lambda x: x / (1 + np.exp(-x)),
    "gelu": lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    "exp": lambda x: np.exp(np.minimum(x, 0)),
}


@pytest.mark.parametrize("kind", REAL)
@pytest.mark.parametrize("fraction", range(16))
def test_all_inputs_are_close_to_the_real_function(kind, fraction):
    x = np.arange(-32768, 32768, dtype=np.int16)
    y = activation(kind, x, fraction)
    assert y.dtype == np.int16
    scale = 2.0 ** (fraction if kind in ("silu", "gelu") else 15)
    real = REAL[kind](np.maximum(x / 2.0**fraction, -700))
    tolerance = 4 if kind in ("sigmoid", "exp") else 16
    assert np.abs(y - real * scale).max() <= tolerance


@pytest.mark.parametrize("kind", ["silu", "gelu"])
@pytest.mark.parametrize("fraction", range(16))
def test_i32_agrees_with_i16(kind, fraction):
    x = np.arange(-32768, 32768, dtype=np.int16)
    y = activation(kind, x.astype(np.int32), fraction)
    assert y.dtype == np.int32
    assert (y == activation(kind, x, fraction)).all()


@pytest.mark.parametrize("kind", ["silu", "gelu"])
@pytest.mark.parametrize("fraction", [0, 1, 8, 16, 23, 24])
def test_i32_is_close_to_the_real_function(kind, fraction):
    rng = np.random.default_rng(4)
    near = rng.uniform(-12, 12, 20000) * 2.0**fraction
    far = rng.uniform(-(2.0**31), 2.0**31, 1000)
    x = i32(np.rint(np.clip(np.concatenate([near, far]), -(2**31), 2**31 - 1)))
    y = activation(kind, x, fraction) / 2.0**fraction
    real = REAL[kind](np.maximum(x / 2.0**fraction, -700))
    # The logistic function has 15 bits; gelu rounds its argument to the fraction.
    tolerance = np.minimum(np.abs(x) * 2.0 ** (-fraction - 13), 2e-3)
    units = 2 if kind == "gelu" else 0.51
    assert (np.abs(y - real) <= tolerance + units * 2.0**-fraction).all()


@pytest.mark.parametrize("kind", ["silu", "gelu"])
def test_i32_extremes(kind):
    x = i32([-(2**31), 2**31 - 1])
    for fraction in (0, 24):
        assert activation(kind, x, fraction).tolist() == [0, 2**31 - 1]


def test_relu2():
    # 1.5^2 = 2.25, and 3 * 3 / 2 + 1/2
    assert activation("relu2", i16([384, -384, 0]), 8).tolist() == [576, 0, 0]
    assert activation("relu2", i16([3, 1, 2]), 1).tolist() == [5, 1, 2]
    assert activation("relu2", i16([181, 182, -32768]), 0).tolist() == [32761, 32767, 0]
    y = activation("relu2", i32([46340, 46341, 2**31 - 1, -(2**31)]), 0)
    assert y.dtype == np.int32
    assert y.tolist() == [46340**2, 2**31 - 1, 2**31 - 1, 0]
    assert activation("relu2", i32([5 << 22, 2**29]), 24).tolist() == [
        25 << 20,
        2**31 - 1,
    ]


def test_softmax():
    y = softmax(i16([[7, 7], [0, 32767]]), 8)
    # e = 32768 twice: (2^30 + 32768) / 65536 = 16384.5
    assert y.tolist() == [[16384, 16384], [0, 32767]]
    assert softmax(i16([5]), 0).tolist() == [32767]


def test_softmax_is_close():
    x = np.random.default_rng(2).integers(-2000, 2000, (50, 10)).astype(np.int16)
    real = np.exp(x / 256)
    real /= real.sum(axis=-1, keepdims=True)
    # The exponentials are rounded down, which adds up in the sum.
    assert np.abs(softmax(x, 8) - real * 32768).max() <= 10


def test_log_softmax():
    # S = 2^16, l = 1 in Q16: (65536 * 45426) >> 24 = 177 (ln 2 = 177.4 / 256)
    assert log_softmax(i16([[7, 7]]), 8).tolist() == [[-177, -177]]
    # S = 2^15 + 0: the logarithm is 0; -65535 saturates.
    assert log_softmax(i16([[-32768, 32767]]), 8).tolist() == [[-32768, 0]]
    # S = 3 * 2^15, n = 16, f = 32768: l = 65536 + L[128] = 103872;
    # (103872 * 45426) >> 32 = 1
    assert log_softmax(i16([[0, 0, 0]]), 0).tolist() == [[-1, -1, -1]]


def test_log_softmax_is_close():
    x = np.random.default_rng(3).integers(-2000, 2000, (50, 10)).astype(np.int16)
    real = x / 256 - np.log(np.exp(x / 256).sum(axis=-1, keepdims=True))
    assert np.abs(log_softmax(x, 8) - real * 256).max() <= 1.5


def test_longest_softmax():
    x = np.zeros((1, 65535), dtype=np.int16)
    # e = 2^15, S = 65535 * 2^15: half a unit rounds up.
    assert (softmax(x, 0) == 1).all()
    with pytest.raises(ValueError):
        softmax(np.zeros((1, 65536), dtype=np.int16), 0)


def test_refusals():
    with pytest.raises(TypeError, match="i16"):
        activation("silu", np.zeros(1, dtype=np.int8), 0)
    with pytest.raises(ValueError, match="fraction"):
        activation("silu", i16([0]), 16)
    with pytest.raises(ValueError, match=r"0\.\.15, not 16"):
        activation("relu2", i16([0]), 16)
    with pytest.raises(ValueError, match=r"0\.\.24, not 25"):
        activation("silu", i32([0]), 25)
    with pytest.raises(TypeError, match="must be i16$"):
        activation("sigmoid", i32([0]), 8)
    with pytest.raises(TypeError, match="must be i16 or i32"):
        activation("gelu", np.zeros(1, dtype=np.int64), 8)
    with pytest.raises(ValueError, match="kind"):
        activation("relu6", i16([0]), 1)
