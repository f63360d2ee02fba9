# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention: against float64, by hand, and in Python's integers."""

import math

import numpy as np
import pytest

from smelt.reference import sequence
from smelt.reference.activation import EXP2_TABLE
from smelt.reference.sequence import attention, exp2neg30

LARGEST = {8: 127, 16: 32767}
UNIT = 2.0**-16


def i32(values):
    return np.array(values, dtype=np.int32)


def test_exp2neg30():
    d = np.arange(0, 32 << 16, 7)
    real = 2.0 ** (30 - d / 65536)
    # Entries have 15 bits, and interpolation rounds down.
    y = exp2neg30(d)
    assert (np.abs(y - real) <= real * 2.0**-13.4 + 1).all()
    assert exp2neg30(np.array([0, 31 << 16, 1 << 60])).tolist() == [2**30, 0, 0]


def test_attention_by_hand():
    # c = 2^14, dot = 0 1, u = 0 256, l = 0 2^16: w = 2^29 2^30, S = 3 * 2^29.
    # p = 3 * 2^29, 2^30; W = 3 * 2^29; R = 1431612074: P = 32767 21845;
    # j = 7; the sum is 32767 * 10 - 21845 * 20 = -109230;
    # acc = 3 * 2^22 * -109230; o = -854, y = (-854 * m + 2^29) >> 30.
    # It is (3 * 10 / 2 - 20) / 1.5, in units of 1/256.
    def one(*values):
        return np.array(values, dtype=np.int8).reshape(-1, 1, 1)

    y = attention(
        *(one(1), i32([[1]])),
        *(one(0, 1), i32([[1], [2**16]])),
        *(one(10, -20), i32([[3], [1]])),
        *(i32([1]), 2**30, 7, 1073774593, 6),
    )
    assert y.dtype == np.int32
    assert y.tolist() == [[[-854]]]


def quantize(x, width):
    """Codes, absmaxes in units of 2^-16, and what they stand for."""
    a = np.maximum(1, np.rint(np.abs(x).max(axis=-1) / UNIT))
    a = np.minimum(a, 2**31 - 1).astype(np.int32)
    step = (a * UNIT / LARGEST[width])[..., np.newaxis]
    limit = LARGEST[width]
    q = np.rint(x / step).clip(-limit, limit).astype(f"i{width // 8}")
    return q, a, q * step


def multiplier_of(real):
    """A multiplier in 2^30..2^31-1 and a shift."""
    fraction, exponent = math.frexp(real)
    return min(round(fraction * 2**31), 2**31 - 1), 31 - exponent


def attributes(depth, q_width, width):
    """For scores over sqrt(depth), and a result in units of 2^-16."""
    dropped = 8 * ((q_width == 16) + (width == 16))
    unit = UNIT**2 / (LARGEST[q_width] * LARGEST[width] * depth**0.5)
    score = multiplier_of(unit * math.log2(math.e) * 2.0 ** (16 + 23 + dropped))
    dropped = sequence._SUM_DROP[width // 8]
    return *score, *multiplier_of(2.0 ** (31 + dropped) / 32767 / LARGEST[width])


def real_attention(q, k, v, position):
    """The definition, in float64."""
    count, heads, depth = q.shape
    length, groups, _ = k.shape
    y = np.zeros(q.shape)
    for n in range(count):
        used = min(max(position, 0) + n + 1, length)
        for h in range(heads):
            g = h * groups // heads
            scores = k[:used, g] @ q[n, h] / np.sqrt(depth)
            w = np.exp(scores - scores.max())
            y[n, h] = w @ v[:used, g] / w.sum()
    return y


def check_attention(q, k, v, position, widths, tolerance=1e-3):
    """The error must be below `tolerance` of the largest value; returns the result."""
    (q, qa, q_real), (k, ka, k_real), (v, va, v_real) = (
        quantize(x, width)
        for x, width in ((q, widths[0]), (k, widths[1]), (v, widths[1]))
    )
    given = attributes(q.shape[2], *widths)
    y = attention(q, qa, k, ka, v, va, i32([position]), *given)
    real = real_attention(q_real, k_real, v_real, position)
    assert np.abs(y * UNIT - real).max() <= tolerance * np.abs(v_real).max()
    for n in range(len(q)):
        here = slice(n, n + 1)
        at = i32([position + n])
        alone = attention(q[here], qa[here], k, ka, v, va, at, *given)
        assert (alone == y[here]).all()
    return y


WIDTHS = [(8, 8), (8, 16), (16, 8), (16, 16)]

# N, H, G, D, C, position
SHAPES = [
    (1, 1, 1, 1, 1, 0),
    (3, 2, 2, 5, 8, 0),
    (70, 4, 2, 16, 130, 30),
    (5, 6, 1, 32, 300, 125),
    (6, 2, 2, 64, 100, 97),  # Runs beyond the end.
    (3, 2, 1, 8, 64, 64),
    (2, 1, 1, 8, 64, 2**31 - 5),
    (1, 1, 1, 256, 5000, 4000),
]


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("shape", SHAPES)
def test_attention_is_close(shape, widths):
    count, heads, groups, depth, length, position = shape
    rng = np.random.default_rng(depth)
    q = rng.normal(size=(count, heads, depth)) * 2
    k = rng.normal(size=(length, groups, depth)) * 2
    v = rng.normal(size=k.shape) * 2.0 ** rng.uniform(-3, 3, (length, groups, 1))
    check_attention(q, k, v, position, widths, 3e-4)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("bias", [1, 8, 12, 15, 16.25, 17.25, 18.25, 21.5, 30])
def test_attention_to_a_sink_with_a_long_flat_tail(bias, widths):
    length, depth = 32768, 16
    q = np.ones((1, 1, depth))
    k = np.zeros((length, 1, depth))
    k[0] = bias * math.log(2) / math.sqrt(depth)
    v = np.ones(k.shape)
    v[0] = -1
    # The blocks of the tail have few bits of the sink's.
    check_attention(q, k, v, length, widths, 1e-3 if bias < 16 else 4e-3)


def test_attention_of_single_keys():
    # One key gets all of the weight, in each of the blocks in turn.
    rng = np.random.default_rng(3)
    k = np.zeros((200, 1, 200))
    k[np.arange(200), 0, np.arange(200)] = 40
    v = rng.normal(size=k.shape)
    q = k[[0, 63, 64, 127, 128]] * 30
    check_attention(q, k, v, 199, (8, 8))


def exact_attention(q, qa, k, ka, v, va, position, attributes, i, step_bits):
    """The specification in Python's integers, which do not overflow."""

    def fits(value):
        assert -(2**63) <= value < 2**63
        return value

    def mantissa(a):
        return (a << 31) >> a.bit_length()

    def clamp(value, low, high):
        return min(max(value, low), high)

    score_multiplier, score_shift, multiplier, shift = attributes
    e = 8 * ((q.dtype == np.int16) + (k.dtype == np.int16))
    count, heads, _ = q.shape
    length, groups, _ = k.shape
    y = np.zeros(q.shape, dtype=object)
    for n in range(count):
        used = min(max(position, 0) + n + 1, length)
        for h in range(heads):
            g = h // (heads // groups)
            a = int(qa[n, h])
            c = fits(mantissa(a) * score_multiplier) >> 46
            assert 2**14 <= c < 2**16
            scores = []
            for t in range(used):
                dot = int(q[n, h].astype(np.int64) @ k[t, g].astype(np.int64)) >> e
                u = fits(dot * int(ka[t, g])) >> 8
                scores.append(fits(u * c) >> clamp(score_shift - a.bit_length(), 1, 62))
            largest, w = max(scores), []
            for score in scores:
                d = fits(largest - score)
                j, rest, whole = (d >> 8) & 255, d & 255, d >> 16
                high, low = int(EXP2_TABLE[j]), int(EXP2_TABLE[j + 1])
                fraction = high - (((high - low) * rest) >> 8)
                w.append(0 if whole > 30 else (fraction << 15) >> whole)
            total = sum(w)
            p = [fits(w[t] * int(va[t, g])) for t in range(used)]
            blocks = [p[b : b + 64] for b in range(0, used, 64)]
            steps = [max(1, *block) for block in blocks]
            j = max(max(steps).bit_length() - step_bits, 0)
            acc = [0] * q.shape[2]
            for b, (block, step) in enumerate(zip(blocks, steps, strict=True)):
                bits = step.bit_length()
                drop = max(bits - 31, 0)
                r = (32767 << 46) // mantissa(step)
                s = 15 + bits - drop
                codes = [fits((x >> drop) * r + (1 << (s - 1))) >> s for x in block]
                assert 0 <= min(codes) and max(codes) <= 32767
                values = v[64 * b : 64 * b + len(block), g].astype(np.int64)
                sums = (np.array(codes) @ values).tolist()
                for d, value in enumerate(sums):
                    acc[d] = fits(acc[d] + fits((step >> j) * (value >> i)))
            s = clamp(shift + total.bit_length() - j, 1, 62)
            for d, value in enumerate(acc):
                o = fits((value >> 30) * (2**61 // mantissa(total))) >> 31
                rounded = fits(o * multiplier + (1 << (s - 1))) >> s
                y[n, h, d] = clamp(rounded, -(2**31), 2**31 - 1)
    return y


def check_exactly(q, qa, k, ka, v, va, position, given):
    drop, bits = sequence._SUM_DROP[v.dtype.itemsize], sequence._STEP_BITS
    y = attention(q, qa, k, ka, v, va, i32([position]), *given)
    expected = exact_attention(q, qa, k, ka, v, va, position, given, drop, bits)
    assert (y == expected).all()


@pytest.mark.parametrize("widths", WIDTHS)
def test_attention_exactly(widths):
    rng = np.random.default_rng(4)
    for _ in range(30):
        length, groups, depth = rng.integers(1, (140, 4, 12)).tolist()
        count, heads = int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
        position = int(rng.integers(-3, length + 3))
        operands = []
        for shape, width in (
            ((count, heads), widths[0]),
            ((length, groups), widths[1]),
            ((length, groups), widths[1]),
        ):
            info = np.iinfo(f"i{width // 8}")
            codes = rng.integers(info.min, info.max + 1, (*shape, depth))
            absmaxes = rng.integers(1, 2**31, shape) >> rng.integers(0, 31, shape)
            operands += [
                codes.astype(info.dtype),
                np.maximum(absmaxes, 1).astype(np.int32),
            ]
        given = (
            int(rng.integers(2**30, 2**31)),
            int(rng.integers(20, 90)),
            int(rng.integers(2**30, 2**31)),
            int(rng.integers(-10, 70)),
        )
        check_exactly(*operands, position, given)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize(
    ("opposite", "absmax"), [(False, 1), (False, 2**31 - 1), (True, 2**31 - 1)]
)
def test_attention_of_extremes(widths, opposite, absmax):
    length, depth = 32768, 256
    lows = [np.iinfo(f"i{width // 8}").min for width in widths]
    q = np.full((1, 1, depth), lows[0], dtype=f"i{widths[0] // 8}")
    k = np.full((length, 1, depth), lows[1], dtype=f"i{widths[1] // 8}")
    v = k.copy()
    if opposite:
        k[::2] = -1 - lows[1]
        v[1::2] = -1 - lows[1]
    a = np.full((length, 1), absmax, dtype=np.int32)
    for score_shift, shift in ((0, 0), (62, 62)):
        given = (2**31 - 1, score_shift, 2**31 - 1, shift)
        check_exactly(q, a[:1], k, a, v, a, length - 1, given)


def test_attention_of_zeros():
    zeros = np.zeros((70, 1, 4), dtype=np.int8)
    ones = np.ones((70, 1), dtype=np.int32)
    y = attention(
        *(zeros[:3], ones[:3], zeros, ones, zeros, ones),
        *(i32([66]), *attributes(4, 8, 8)),
    )
    assert not y.any()


def test_attention_reads_no_more_than_it_should():
    rng = np.random.default_rng(5)
    q, k = (rng.integers(-127, 128, (n, 2, 4)).astype(np.int8) for n in (3, 90))
    qa, a = (rng.integers(1, 10**5, (n, 2)).astype(np.int32) for n in (3, 90))
    given = attributes(4, 8, 8)
    y = attention(q, qa, k, a, k, a, i32([64]), *given)
    k[67:], a[67:] = 127, 0
    assert (attention(q, qa, k, a, k, a, i32([64]), *given) == y).all()
    with pytest.raises(ValueError, match="absmax of k must be at least 1, not 0"):
        attention(q, qa, k, a, k, a, i32([65]), *given)


def test_attention_in_chunks(monkeypatch):
    rng = np.random.default_rng(6)
    q, k = (rng.integers(-127, 128, (n, 2, 4)).astype(np.int8) for n in (30, 90))
    qa, a = (rng.integers(1, 10**5, (n, 2)).astype(np.int32) for n in (30, 90))
    given = (q, qa, k, a, k, a, i32([50]), *attributes(4, 8, 8))
    y = attention(*given)
    monkeypatch.setattr(sequence, "_CHUNK_ELEMENTS", 3000)
    assert (attention(*given) == y).all()


def test_attention_refusals():
    q = np.zeros((1, 3, 4), dtype=np.int8)
    k = np.zeros((5, 2, 4), dtype=np.int8)
    qa, a = np.ones((1, 3), dtype=np.int32), np.ones((5, 2), dtype=np.int32)
    given = (i32([0]), 2**30, 1, 2**30, 1)
    with pytest.raises(ValueError, match="does not fit"):
        attention(q, qa, k, a, k, a, *given)
    with pytest.raises(ValueError, match="but v"):
        attention(q, qa, k, a, k.astype(np.int16), a, *given)
    q, qa = q[:, :2], qa[:, :2]
    with pytest.raises(ValueError, match="score_multiplier"):
        attention(q, qa, k, a, k, a, i32([0]), 2**31, 1, 2**30, 1)
    with pytest.raises(TypeError, match="absmax of q"):
        attention(q, qa.astype(np.int64), k, a, k, a, *given)
    with pytest.raises(ValueError, match="absmax of q must be"):
        attention(q, qa * 0, k, a, k, a, *given)
