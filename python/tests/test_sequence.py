# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The ops of language models, against arithmetic in float64."""

import numpy as np
import pytest

from smelt.reference import Rescale, dynamic, sequence
from smelt.reference.activation import activation

RNG = np.random.default_rng(11)


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
