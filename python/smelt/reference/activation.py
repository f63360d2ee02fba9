# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ternary.activation, softmax and log_softmax on fixed-point numbers."""

from __future__ import annotations

import numpy as np

from .checks import DTYPES, narrow, to_int64

# round(2^15 * 2^(-i/256)), 0 <= i <= 256
EXP2_TABLE = np.rint(2.0 ** (15 - np.arange(257) / 256)).astype(np.int64)

# round(2^16 * log2(1 + i/256)), 0 <= i <= 256
LOG2_TABLE = np.rint(65536 * np.log2(1 + np.arange(257) / 256)).astype(np.int64)

LOG2_E = 94548  # round(log2(e) * 2^16)
TWO_LOG2_E = 189097  # round(2 * log2(e) * 2^16)
GELU_SCALE = 150878  # round(2 * sqrt(2/pi) * log2(e) * 2^16)
GELU_CUBIC = 2930  # round(0.044715 * 2^16)
LN_2 = 45426  # round(ln(2) * 2^16)


def exp2neg(t):
    """2^-t in Q15 for t >= 0 in Q16: a table of 257 entries, interpolated."""
    index, rest, whole = (t >> 8) & 255, t & 255, t >> 16
    high = EXP2_TABLE[index]
    fraction = high - (((high - EXP2_TABLE[index + 1]) * rest) >> 8)
    return np.where(whole > 15, 0, fraction >> np.minimum(whole, 15))


def logistic(x, c, fraction):
    """1/(1 + e^(-s*x)) in Q15, where c = round(log2(e) * s * 2^16)."""
    t = (np.abs(x) * c) >> fraction
    s = (1 << 30) // ((1 << 15) + exp2neg(t))
    return np.where(x < 0, (1 << 15) - s, s)


def _gelu_argument(x, fraction):
    # The logistic function has reached its limits at 8 and -8.
    x = np.clip(x, -8 << fraction, 8 << fraction)
    cube = (((x * x) >> fraction) * x) >> fraction
    return x + ((cube * GELU_CUBIC) >> 16)


def _fixed_point(x, fraction, op, widths=(16,)):
    x = np.asarray(x)
    width = 8 * x.dtype.itemsize
    if width not in widths or x.dtype != DTYPES[width]:
        names = " or ".join(f"i{w}" for w in widths)
        raise TypeError(f"{op}: input must be {names}")
    limit = 24 if width == 32 else 15
    if not 0 <= fraction <= limit:
        raise ValueError(f"{op}: fraction must be in 0..{limit}, not {fraction}")
    return to_int64(x)


def activation(kind: str, x, fraction: int):
    """A nonlinear function of numbers `x * 2^-fraction`, of any shape, in x's type.

    x is i16, or i32 for silu, gelu and relu2. The result's fraction is 15 for sigmoid,
    tanh and exp, else the input's. Intermediate values have 64 bits, which no input
    exceeds.
    """
    op = "ternary.activation"
    width = 8 * np.asarray(x).dtype.itemsize
    x = _fixed_point(
        x, fraction, op, (16, 32) if kind in ("silu", "gelu", "relu2") else (16,)
    )
    if kind == "sigmoid":
        y = np.minimum(logistic(x, LOG2_E, fraction), 32767)
    elif kind == "tanh":
        y = np.minimum(2 * logistic(x, TWO_LOG2_E, fraction) - (1 << 15), 32767)
    elif kind == "silu":
        y = (x * logistic(x, LOG2_E, fraction) + (1 << 14)) >> 15
    elif kind == "gelu":
        u = _gelu_argument(x, fraction)
        y = (x * logistic(u, GELU_SCALE, fraction) + (1 << 14)) >> 15
    elif kind == "relu2":
        positive = np.maximum(x, 0)
        y = (positive * positive + ((1 << fraction) >> 1)) >> fraction
        y = np.minimum(y, (1 << (width - 1)) - 1)
    elif kind == "exp":
        y = np.minimum(exp2neg((np.maximum(-x, 0) * LOG2_E) >> fraction), 32767)
    else:
        raise ValueError(f"{op}: unknown kind {kind!r}")
    return narrow(y, width, op)


def _exponentials(x, fraction, op):
    """exp(x - max(x)) in Q15, and its sum, over the last dimension."""
    if x.ndim < 1 or not 1 <= x.shape[-1] <= 65535:
        raise ValueError(f"{op}: last dimension must have 1 to 65535 elements")
    largest = x.max(axis=-1, keepdims=True)
    e = exp2neg(((largest - x) * LOG2_E) >> fraction)
    return largest, e, e.sum(axis=-1, keepdims=True)


def softmax(x, fraction: int):
    """`min((e[i] * 2^15 + S/2) / S, 32767)` over the last dimension.

    x is i16 with `fraction` fractional bits, `e[i]` is exp(x[i] - max(x)) in Q15 and S
    their sum. The result is i16 with 15 fractional bits.
    """
    op = "ternary.softmax"
    x = _fixed_point(x, fraction, op)
    _, e, total = _exponentials(x, fraction, op)
    return narrow(np.minimum(((e << 15) + total // 2) // total, 32767), 16, op)


def log_softmax(x, fraction: int):
    """`x - max(x) - log(sum(exp(x - max(x))))` over the last dimension.

    x and the result are i16 with `fraction` fractional bits. The sum is normalized
    to 1 <= m < 2, whose base-2 logarithm is read from a table of 257 entries and
    interpolated; a result below -32768 is -32768.
    """
    op = "ternary.log_softmax"
    x = _fixed_point(x, fraction, op)
    largest, _, total = _exponentials(x, fraction, op)
    exponent = np.frexp(total.astype(np.float64))[1].astype(np.int64) - 1
    mantissa = ((total << 16) >> exponent) & 65535
    index, rest = mantissa >> 8, mantissa & 255
    low = LOG2_TABLE[index]
    step = ((LOG2_TABLE[index + 1] - low) * rest) >> 8
    logarithm = ((exponent - 15) << 16) + low + step
    y = x - largest - ((logarithm * LN_2) >> (32 - fraction))
    return narrow(np.maximum(y, -32768), 16, op)
