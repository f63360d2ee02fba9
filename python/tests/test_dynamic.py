# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ops whose scales are found at run time, against arithmetic in float64."""

from fractions import Fraction

import numpy as np
import pytest

from smelt.reference import Rescale, dynamic

LARGEST = {8: 127, 16: 32767}
RNG = np.random.default_rng(7)
EXTREMES = np.array([1, 2, 3, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**62, 2**63 - 1])


def i32(values):
    return np.array(values, dtype=np.int32)


def i64(values):
    return np.array(values, dtype=np.int64)


def test_bit_length_is_that_of_python():
    values = np.concatenate([EXTREMES, RNG.integers(1, 2**63 - 1, 500)])
    assert dynamic.bit_length(values).tolist() == [
        v.bit_length() for v in values.tolist()
    ]


def test_mantissa_keeps_31_bits():
    values = np.concatenate([EXTREMES, RNG.integers(1, 2**40, 500)])
    mantissas = dynamic.mantissa(values)
    assert (mantissas >> 30 == 1).all()
    scaled = mantissas * 2.0 ** (dynamic.bit_length(values) - 31)
    np.testing.assert_allclose(scaled, values, rtol=2.0**-30)


def test_absmax():
    x = np.array([[3, -5, 4], [0, 0, 0], [-(2**31), 1, 2]], dtype=np.int32)
    assert dynamic.absmax(x, 32).tolist() == [5, 1, 2**31 - 1]
    assert dynamic.absmax(x, 64).tolist() == [5, 1, 2**31]
    with pytest.raises(OverflowError):
        dynamic.absmax(np.array([[-(2**63)]]), 64)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("scale", [1, 1000, 2**30, 2**45, 2**62])
def test_dynamic_quantize_rounds_to_the_nearest(bits, scale):
    x = RNG.integers(-scale, scale, (20, 33), endpoint=True)
    a = dynamic.absmax(x, 64)
    most = 2 ** (bits - 1) - 1
    exact = x * (most / a[:, np.newaxis].astype(np.longdouble))
    codes = dynamic.dynamic_quantize(x, a, bits)
    # Off by one only within an error of the reciprocal of a half.
    assert np.abs(codes - exact).max() < 0.5 + most * 2.0**-22
    assert np.abs(codes.max(axis=-1)).max() <= most


def test_dynamic_quantize_example():
    x = np.array([[100, -50, 25, 0]], dtype=np.int32)
    codes = dynamic.dynamic_quantize(x, np.array([100]), 8)
    assert codes.tolist() == [[127, -63, 32, 0]]


def test_dynamic_quantize_clamps_what_exceeds_its_absmax():
    codes = dynamic.dynamic_quantize(np.array([[2**40, -(2**40)]]), np.array([3]), 8)
    assert codes.tolist() == [[127, -127]]


def test_absmax_of_zero_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        dynamic.dynamic_quantize(np.array([[1]]), np.array([0]), 8)


def test_dequantize_is_the_product():
    acc = RNG.integers(-(2**20), 2**20, (6, 9)).astype(np.int32)
    a = np.array([1, 7, 1000, 2**20, 2**30, 2**31 - 1], dtype=np.int32)
    multiplier = RNG.integers(2**29, 2**31 - 1, 9).astype(np.int32)
    bias = RNG.integers(-1000, 1000, 9)
    exact = acc.astype(np.float64) * a[:, np.newaxis] * multiplier * 2.0**-70 + bias
    y = dynamic.dequantize(acc, a, multiplier, bias, 70, -(2**31), 2**31 - 1, 32)
    np.testing.assert_allclose(y, exact, atol=0.5 + 1e-3, rtol=2.0**-28)


def test_dequantize_clamps():
    acc = np.array([[1000, -1000]], dtype=np.int32)
    y = dynamic.dequantize(acc, np.array([4]), np.array([2**20]), None, 20, -99, 50, 8)
    assert y.tolist() == [[50, -99]]


def test_reciprocal_sqrt():
    f = np.concatenate([[2**28, 2**30 - 1], RNG.integers(2**28, 2**30, 1000)])
    exact = 2.0**30 / np.sqrt(f * 2.0**-30)
    np.testing.assert_allclose(dynamic.reciprocal_sqrt(f), exact, rtol=2.0**-28)


@pytest.mark.parametrize("columns", [1, 2, 100, 65536])
@pytest.mark.parametrize("scale", [1, 300, 2**20, 2**31 - 1])
def test_rms_norm_divides_by_the_root(columns, scale):
    x = RNG.integers(-scale, scale, (3, columns), endpoint=True)
    x[:, 0] = scale
    exact = x / np.sqrt((x.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    u = dynamic.rms_norm(x, 0)
    # A value is rounded to 23 bits of the largest, the quotient to 30.
    assert np.abs(u * 2.0**-30 - exact).max() < 2.0**-22


def test_rms_norm_of_zeros_and_wide_values():
    assert (
        dynamic.rms_norm(np.zeros((2, 5), dtype=np.int32), 0).tolist() == [[0] * 5] * 2
    )
    x = RNG.integers(-(2**61), 2**61, (4, 300))
    exact = x / np.sqrt((x.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    assert np.abs(dynamic.rms_norm(x, 0) * 2.0**-30 - exact).max() < 2.0**-22


def test_epsilon_is_added_to_the_sum_of_squares():
    x = np.array([[3, -4]], dtype=np.int32)
    u = dynamic.rms_norm(x, 75)
    np.testing.assert_allclose(u * 2.0**-30, [[0.3, -0.4]], atol=1e-8)
    x = np.array([[3 << 20, -4 << 20]], dtype=np.int32)
    u = dynamic.rms_norm(x, 75 << 40)
    np.testing.assert_allclose(u * 2.0**-30, [[0.3, -0.4]], atol=1e-6)


def test_layer_norm_subtracts_the_mean():
    x = RNG.integers(-30000, 30000, (5, 768)).astype(np.int16)
    centered = x - x.mean(axis=1, keepdims=True, dtype=np.float64)
    exact = centered / np.sqrt((centered**2).sum(axis=1, keepdims=True))
    assert np.abs(dynamic.layer_norm(x, 0) * 2.0**-30 - exact).max() < 2.0**-22
    assert (dynamic.layer_norm(np.full((1, 9), 77, dtype=np.int8), 0) == 0).all()


def test_norms_are_requantized():
    x = np.array([[3, -4]], dtype=np.int16)
    multiplier, offset = np.array([10, 20], dtype=np.int32), np.array([1 << 29])
    y = dynamic.rms_norm(x, 0, multiplier, offset, Rescale(30, -10, 127), 8)
    assert y.tolist() == [[6, -10]]


@pytest.mark.parametrize("result_bits", [8, 16])
@pytest.mark.parametrize("width", [16, 32, 64])
def test_dynamic_quantize_against_fractions(width, result_bits):
    largest = LARGEST[result_bits]
    rng = np.random.default_rng(0)
    for n in range(1, width):
        # 62 bits keep the products of the check within numpy's range.
        a = np.clip(rng.integers(1, 1 << n, 20), 1 << (n - 1), None)
        a[0], a[1] = 1 << (n - 1), (1 << n) - 1
        fractions = rng.uniform(-1, 1, (20, 40))
        x = np.trunc(fractions * (a[:, np.newaxis] * (1 - 2.0**-52))).astype(np.int64)
        x[:, 0], x[:, 1], x[:, 2] = a, -a, 0
        kind = np.dtype(f"i{width // 8}")
        q = dynamic.dynamic_quantize(x.astype(kind), a, result_bits)
        assert q[:, :3].tolist() == [[largest, -largest, 0]] * 20
        for row, step, codes in zip(x.tolist(), a.tolist(), q.tolist(), strict=True):
            for value, code in zip(row, codes, strict=True):
                real = Fraction(value * largest, step)
                assert abs(code - real) <= Fraction(1, 2) + Fraction(largest, 1 << 29)


@pytest.mark.parametrize("result_bits", [8, 16])
def test_dynamic_quantize_of_more_than_the_absmax(result_bits):
    largest = LARGEST[result_bits]
    limits = i64([[2**63 - 1, -(2**63)]] * 3)
    y = dynamic.dynamic_quantize(limits, i64([1, 2**31, 2**62]), result_bits)
    assert y.tolist() == [[largest, -largest]] * 3
    with pytest.raises(ValueError, match="at least 1"):
        dynamic.dynamic_quantize(limits, i64([1, 0, 1]), result_bits)


def test_dequantize_extremes():
    low, high = -(2**31), 2**31 - 1
    # c = -(2^31 - 1) for the mantissa 2^31 - 1, and -2^30 for 2^30.
    acc = i32([[low, high]])
    y = dynamic.dequantize(acc, i32([high]), [low], None, 93, low, high, 32)
    # (2^62 - 2^31 + 2^61) >> 62 and (-(2^31 - 1)^2 + 2^61) >> 62
    assert y.tolist() == [[1, -1]]
    y = dynamic.dequantize(acc, i32([1]), [low], None, 31, low, high, 32)
    assert y.tolist() == [[high, -high]]
    y = dynamic.dequantize(acc, i32([1]), [low], None, 0, low, high, 32)
    assert y.tolist() == [[high, low]]
    with pytest.raises(OverflowError, match="ternary.dequantize"):
        dynamic.dequantize(i64([[2**34]]), i64([1]), [low], None, 31, 0, 1, 32)
    with pytest.raises(OverflowError, match="does not fit 64 bits"):
        dynamic.dequantize(acc, i32([1]), [1], i64([2**63 - 1]), 2, 0, 1, 32)
    with pytest.raises(ValueError, match="shift"):
        dynamic.dequantize(acc, i32([1]), [1], None, 127, 0, 1, 32)
