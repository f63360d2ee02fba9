# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ops of language models, against arithmetic in float64."""

import numpy as np
import pytest

from smelt.reference import Rescale, dynamic, sequence
from smelt.reference.activation import activation

RNG = np.random.default_rng(11)


def int32(values):
    return np.array(values, dtype=np.int32)


def test_embed_scales_rows():
    weights = RNG.integers(-127, 127, (1, 6, 10)).astype(np.int8)
    multiplier = RNG.integers(1, 2**30, 6).astype(np.int32)
    ids, offset = np.array([5, 0, 9, -3], dtype=np.int32), np.array([1 << 19])
    rescale = Rescale(20, -(2**31), 2**31 - 1)
    y = sequence.embed(ids, weights, None, multiplier, offset, rescale, 32)
    for row, i in zip(y, [5, 0, 5, 0], strict=True):
        exact = weights[0, i] * multiplier[i].astype(np.float64) * 2.0**-20
        assert np.abs(row - exact).max() <= 0.5


def test_embed_sums_planes_and_groups():
    weights = RNG.integers(-1, 1, (2, 4, 10), endpoint=True).astype(np.int8)
    scales = RNG.integers(-99, 99, (2, 4, 3)).astype(np.int16)
    one = np.array([1], dtype=np.int32)
    y = sequence.embed(
        np.arange(4), weights, scales, one, np.array([0]), Rescale(0, -999, 999), 16
    )
    spread = np.repeat(scales, 4, axis=2)[:, :, :10].astype(np.int64)
    assert (y == (weights * spread).sum(axis=0)).all()


def make_table(positions, size):
    angles = np.arange(positions)[:, np.newaxis] * 100.0 ** (
        -2.0 * np.arange(size // 2) / size
    )
    table = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    return np.clip(np.rint(table * 2**15), -32768, 32767).astype(np.int16)


def test_rope_turns_pairs():
    table = make_table(20, 8)
    x = RNG.integers(-(2**28), 2**28, (3, 2, 10)).astype(np.int32)
    y = sequence.rope(x, table, np.array([4], dtype=np.int32))
    for n in range(3):
        angle = (4 + n) * 100.0 ** (-2.0 * np.arange(4) / 8)
        low = x[n, :, :4] * np.cos(angle) - x[n, :, 4:8] * np.sin(angle)
        high = x[n, :, 4:8] * np.cos(angle) + x[n, :, :4] * np.sin(angle)
        exact = np.concatenate([low, high], axis=1)
        assert np.abs(y[n, :, :8] - exact).max() < 2**29 * 2.0**-14
    assert (y[:, :, 8:] == x[:, :, 8:]).all()


def test_rope_stays_in_its_table():
    table = make_table(5, 8)
    x = RNG.integers(-999, 999, (3, 1, 8)).astype(np.int32)
    last = sequence.rope(x[2:], table, np.array([4]))
    assert (sequence.rope(x, table, np.array([3]))[2:] == last).all()


@pytest.mark.parametrize("position", [-5, -1, 0, 3, 5, 6, 9])
def test_cache_write_keeps_to_the_cache(position):
    cache = np.zeros((7, 2), dtype=np.int8)
    rows = np.array([[1, 1], [2, 2], [3, 3]], dtype=np.int8)
    written = sequence.cache_write(cache, rows, np.array([position]))
    for c in range(7):
        n = c - position
        assert (written[c] == (n + 1 if 0 <= n < 3 else 0)).all()
    assert not cache.any()


def encode(x, bits):
    """Fixed point with 16 fractional bits, as codes and absmax."""
    fixed = np.rint(x * 65536).astype(np.int32)
    a = dynamic.absmax(fixed, 32)
    return dynamic.dynamic_quantize(fixed, a, bits), a


def decode(codes, a):
    most = np.iinfo(codes.dtype).max
    return codes * (a[..., np.newaxis] / most) / 65536


def attention_constants(size, q_bits, kv_bits):
    """The multipliers that give a softmax of q*k/sqrt(size), values in 16 bits."""
    most = {8: 127, 16: 32767}
    # score = dot * 2^e * qa * ka / (Lq * Lk) * 2^-32 * log2(e) / sqrt(size) in Q16;
    # the op computes (dot * ka >> 8) * (qa * m >> 77 - bits) >> shift - bits.
    e = 8 * (q_bits // 8 + kv_bits // 8 - 2)
    factor = np.log2(np.e) / np.sqrt(size) / (most[q_bits] * most[kv_bits])
    factor *= 2.0 ** (e - 32 + 16 + 8)
    bits = 30 - int(np.floor(np.log2(factor)))
    score = int(np.floor(factor * 2.0**bits)), bits - 46 + 31
    inner = 0 if kv_bits == 8 else 8
    factor = 2.0**inner / (32767.0 * most[kv_bits])
    bits = 30 - int(np.floor(np.log2(factor)))
    return *score, int(np.floor(factor * 2.0**bits)), bits - 31


def float_attention(q, k, v, position):
    tokens, heads, size = q.shape
    groups = k.shape[1]
    result = np.empty((tokens, heads, size))
    for n in range(tokens):
        seen = position + n + 1
        for h in range(heads):
            g = h // (heads // groups)
            scores = k[:seen, g] @ q[n, h] / np.sqrt(size)
            weights = np.exp(scores - scores.max())
            result[n, h] = weights @ v[:seen, g] / weights.sum()
    return result


@pytest.mark.parametrize("q_bits, kv_bits", [(8, 8), (16, 8), (8, 16), (16, 16)])
@pytest.mark.parametrize("size, position", [(8, 0), (16, 61), (64, 200)])
def test_attention_is_a_softmax_of_the_codes(q_bits, kv_bits, size, position):
    capacity, heads, groups, tokens = 256, 4, 2, 5
    q, qa = encode(RNG.standard_normal((tokens, heads, size)) * 3, q_bits)
    k, ka = encode(RNG.standard_normal((capacity, groups, size)), kv_bits)
    v, va = encode(RNG.standard_normal((capacity, groups, size)), kv_bits)
    constants = attention_constants(size, q_bits, kv_bits)
    y = sequence.attention(q, qa, k, ka, v, va, np.array([position]), *constants)
    exact = float_attention(decode(q, qa), decode(k, ka), decode(v, va), position)
    assert np.abs(y / 65536 - exact).max() < 1e-3


def test_attention_keeps_a_long_tail_beside_a_sink():
    capacity, size = 4096, 8
    k = np.full((capacity, 1, size), 0.1)
    k[0] = 2.0
    v = np.full((capacity, 1, size), 1.0)
    v[0] = -1.0
    q, qa = encode(np.full((1, 1, size), 1.9), 16)
    (k, ka), (v, va) = encode(k, 8), encode(v, 8)
    constants = attention_constants(size, 16, 8)
    y = sequence.attention(q, qa, k, ka, v, va, np.array([capacity - 1]), *constants)
    exact = float_attention(decode(q, qa), decode(k, ka), decode(v, va), capacity - 1)
    assert 0.05 < (exact[0, 0, 0] + 1) / 2 < 0.95
    assert np.abs(y / 65536 - exact).max() < 2e-3


def test_a_block_of_tokens_is_as_one_after_the_other():
    q, qa = encode(RNG.standard_normal((6, 4, 8)), 8)
    k, ka = encode(RNG.standard_normal((80, 2, 8)), 8)
    v, va = encode(RNG.standard_normal((80, 2, 8)), 8)
    constants = attention_constants(8, 8, 8)
    block = sequence.attention(q, qa, k, ka, v, va, np.array([60]), *constants)
    for n in range(6):
        one = sequence.attention(
            q[n : n + 1], qa[n : n + 1], k, ka, v, va, np.array([60 + n]), *constants
        )
        assert (one[0] == block[n]).all()


def test_sequences_are_as_each_alone():
    positions = int32([60, 0, 79, 200, -3])
    q, qa = encode(RNG.standard_normal((5, 4, 8)), 8)
    k, ka = encode(RNG.standard_normal((5, 80, 2, 8)), 8)
    v, va = encode(RNG.standard_normal((5, 80, 2, 8)), 8)
    constants = attention_constants(8, 8, 8)
    y = sequence.attention(q, qa, k, ka, v, va, positions, *constants)
    for n, position in enumerate(positions):
        own, row = (k[n], ka[n], v[n], va[n]), slice(n, n + 1)
        one = sequence.attention(q[row], qa[row], *own, position, *constants)
        assert (one[0] == y[n]).all()
    with pytest.raises(ValueError, match="position must have 5 elements"):
        sequence.attention(q, qa, k, ka, v, va, positions[:1], *constants)
    with pytest.raises(ValueError, match="ternary.attention: 5 rows"):
        sequence.attention(q, qa, k[:4], ka, v, va, positions, *constants)


@pytest.mark.parametrize("kind", ["silu", "gelu", "relu2"])
def test_wide_activations(kind):
    x = np.concatenate([RNG.uniform(-12, 12, 500), [-30000, 30000, 0, 8, -8]])
    fixed = np.rint(x * 65536).astype(np.int32)
    functions = {
        "silu": lambda x: x / (1 + np.exp(-np.maximum(x, -500))),
        "gelu": lambda x: 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))),
        "relu2": lambda x: np.minimum(np.maximum(x, 0) ** 2, 2.0**15),
    }
    exact = functions[kind](fixed / 65536)
    y = activation(kind, fixed, 16) / 65536
    np.testing.assert_allclose(y, exact, rtol=1e-4, atol=6e-4)


def test_rope_by_hand():
    table = np.array([[32767, 0], [23170, 23170]], dtype=np.int16)
    x = int32([[[100, 200, 7]]] * 2)
    # 45 degrees: (-100 * 23170 + 2^14) >> 15 and (300 * 23170 + 2^14) >> 15
    assert sequence.rope(x, table, int32([0])).tolist() == [
        [[100, 200, 7]],
        [[-71, 212, 7]],
    ]
    # Positions outside of the table are those at its ends.
    assert sequence.rope(x, table, int32([-5])).tolist() == [[[100, 200, 7]]] * 2
    assert sequence.rope(x, table, int32([2**31 - 1])).tolist() == [[[-71, 212, 7]]] * 2


def test_rope_saturates():
    table = np.array([[32767, -32768]], dtype=np.int16)
    low, high = -(2**31), 2**31 - 1
    x = int32([[[high, high], [low, low], [low, high]]])
    # cos * x + sin * x, and cos * y - sin * x, where sin is -1.
    assert sequence.rope(x, table, int32([0])).tolist() == [
        [
            [high, -(2**16)],
            [low, 2**16],
            [(-(2**31) * 32767 + high * 32768) // 2**15, high],
        ]
    ]


def test_rope_is_close():
    rng = np.random.default_rng(0)
    angles = np.arange(50)[:, np.newaxis] * 10000.0 ** (-np.arange(8) / 8)
    table = np.concatenate([np.cos(angles), np.sin(angles)], axis=1) * 32768
    table = table.round().clip(-32768, 32767).astype(np.int16)
    x = rng.integers(-(10**6), 10**6, (20, 3, 24)).astype(np.int32)
    pairs = x[..., :8] + 1j * x[..., 8:16]
    turned = pairs * np.exp(1j * angles[11:31, np.newaxis])
    y = sequence.rope(x, table, int32([11]))
    assert y.dtype == np.int32
    assert (y[..., 16:] == x[..., 16:]).all()
    assert np.abs(y[..., :8] - turned.real).max() <= 50
    assert np.abs(y[..., 8:16] - turned.imag).max() <= 50
    alone = [sequence.rope(x[n : n + 1], table, int32([11 + n])) for n in range(20)]
    assert (np.concatenate(alone) == y).all()


def test_rope_of_a_position_for_each_row():
    table = np.array([[32767, 0], [23170, 23170]], dtype=np.int16)
    x = int32([[[100, 200, 7]]] * 4)
    y = sequence.rope(x, table, int32([1, 0, 9, -1]))
    turned, straight = [[-71, 212, 7]], [[100, 200, 7]]
    assert y.tolist() == [turned, straight, turned, straight]
    with pytest.raises(ValueError, match="position must have 4 elements"):
        sequence.rope(x, table, int32([0, 1]))


def test_embed():
    weights = np.array([[[1, 0, -1], [1, 1, 1]]], dtype=np.int8)
    rescale = Rescale(1, -9, 40)
    y = sequence.embed(
        int32([1, 0, -1, 9]), weights, None, [3, 100], [1, 0], rescale, 8
    )
    # (w * 3 + 1) >> 1 and (w * 100) >> 1
    assert y.dtype == np.int8
    assert y.tolist() == [[40] * 3, [2, 0, -1], [2, 0, -1], [40] * 3]


def test_embed_planes_and_groups():
    weights = np.array([[[1, 1, -1, 0, 1]], [[1, 0, 0, 0, -1]]], dtype=np.int8)
    # ceil(5/2) = 3: columns 0..2 and 3..4.
    scales = np.array([[[10, 100]], [[1, -32768]]], dtype=np.int16)
    rescale = Rescale(0, -(10**9), 10**9)
    y = sequence.embed(int32([0]), weights, scales, [2], [5], rescale, 32)
    assert y.tolist() == [[27, 25, -15, 5, 2 * 32868 + 5]]
    with pytest.raises(ValueError, match="ternary.embed"):
        sequence.embed(int32([0]), weights, None, [2], [5], rescale, 32)


def test_embed_overflow():
    weights = np.array([[[-127]]], dtype=np.int8)
    with pytest.raises(OverflowError, match="ternary.embed"):
        sequence.embed(
            int32([0]), weights, None, [-(2**31)], [2**63 - 1], Rescale(0, 0, 1), 8
        )


@pytest.mark.parametrize("position", range(-4, 8))
def test_cache_write(position):
    cache = np.zeros((5, 2), dtype=np.int16)
    rows = np.array([[1, 10], [2, 20], [3, 30]], dtype=np.int16)
    expected = cache.copy()
    for n in range(3):
        if 0 <= position + n < 5:
            expected[position + n] = rows[n]
    y = sequence.cache_write(cache, rows, int32([position]))
    assert y.dtype == np.int16
    assert y.tolist() == expected.tolist()
    assert not cache.any()


def test_cache_write_far_outside():
    cache, rows = np.zeros((2, 1), dtype=np.int8), np.ones((3, 1), dtype=np.int8)
    for position in (-(2**31), 2**31 - 1):
        assert not sequence.cache_write(cache, rows, int32([position])).any()
    with pytest.raises(ValueError, match="ternary.cache_write"):
        sequence.cache_write(cache, rows.astype(np.int16), int32([0]))


def test_cache_write_of_sequences():
    cache = np.zeros((4, 3, 2), dtype=np.int8)
    rows = np.array([[1, 10], [2, 20], [3, 30], [4, 40]], dtype=np.int8)
    y = sequence.cache_write(cache, rows, int32([2, 0, -1, 3]))
    expected = cache.copy()
    expected[0, 2], expected[1, 0] = rows[0], rows[1]
    assert y.tolist() == expected.tolist()
    assert not cache.any()
    with pytest.raises(ValueError, match="rows .* do not fit"):
        sequence.cache_write(cache[:3], rows, int32([0] * 4))
    with pytest.raises(ValueError, match="position must have 4 elements"):
        sequence.cache_write(cache, rows, int32([0]))


def test_best():
    x = int32([[5, 7, 5, -1, 7], [0, 0, 0, 0, 0]])
    assert sequence.best(x, 1).tolist() == [[1], [0]]
    assert sequence.best(x, 3).tolist() == [[0, 1, 4], [0, 1, 2]]
    assert sequence.best(x, 5).tolist() == [[0, 1, 2, 3, 4]] * 2
    with pytest.raises(ValueError, match="ternary.best"):
        sequence.best(x, 6)


def test_refine():
    weights = np.array([[[1, 2], [3, -4], [5, 6]]], dtype=np.int8)
    x = np.array([[10, -20]], dtype=np.int8)
    estimate = int32([[7, 8, 9]])
    # 110 of the second row, times 2^30 / 2^31 and a shift of 32 - bits(1).
    arguments = (x, int32([1]), weights, int32([1 << 30]), None, 32, -1000, 1000)
    y = sequence.refine(estimate, int32([[1, 1]]), *arguments)
    assert y.tolist() == [[7, 28, 9]]
    assert estimate.tolist() == [[7, 8, 9]]
    # Indices outside are the nearest row's.
    y = sequence.refine(estimate, int32([[-3, 4]]), *arguments)
    assert y.tolist() == [[-7, 8, -17]]
    with pytest.raises(ValueError, match="ternary.refine"):
        sequence.refine(int32([[7, 8]]), int32([[0]]), *arguments)
