# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ternary.matmul, conv2d and sum_pool2d."""

from __future__ import annotations

import numpy as np

from .checks import (
    INT64_MAX,
    Rescale,
    check_range,
    checked_add,
    checked_mul,
    magnitude,
    narrow,
    to_int64,
)
from .elementwise import requantize


def _product(x: np.ndarray, w: np.ndarray, bound: int, op: str) -> np.ndarray:
    """`x @ w.T`, exactly, where no partial sum exceeds `bound`.

    float32 holds integers up to 2^24 exactly, float64 up to 2^53, and matrices of
    them are multiplied far faster than matrices of integers.
    """
    if bound > INT64_MAX:
        raise OverflowError(f"{op}: a sum may exceed 64 bits")
    kind = np.int64
    if bound < 1 << 53:
        kind = np.float32 if bound < 1 << 24 else np.float64
    return (x.astype(kind) @ w.T.astype(kind)).astype(np.int64)


def _dot(x: np.ndarray, w: np.ndarray, bits: int, op: str) -> np.ndarray:
    """`x @ w.T` of which no partial sum, in any order, exceeds `bits`."""
    bound = magnitude(x) * int(np.abs(w).sum(axis=1).max())
    dot = _product(x, w, bound, op)
    if bound >= 1 << (bits - 1):
        total = _product(np.abs(to_int64(x)), np.abs(w), bound, op)
        check_range((total + dot) // 2, bits, op, "sum of positive terms")
        check_range((dot - total) // 2, bits, op, "sum of negative terms")
    return dot


def _accumulate(x, weights, scales, bits: int, op: str) -> np.ndarray:
    """`sum over p, g of scales[p,m,g] * dot over group g of x[n,k] * w[p,m,k]`.

    x: N x K. weights: P x M x K. scales: P x M x G or None. Returns N x M int64.
    """
    planes, rows, columns = weights.shape
    if scales is None:
        if planes != 1:
            raise ValueError(f"{op}: weights of several planes need scales")
        return _dot(x, weights[0], bits, op)
    groups = scales.shape[2] if scales.ndim == 3 else 0
    if scales.shape != (planes, rows, groups) or not 1 <= groups <= columns:
        raise ValueError(f"{op}: scales do not fit the weights")
    check_range(scales, 16, op, "scale")
    size = -(-columns // groups)
    positive = np.zeros((x.shape[0], rows), dtype=np.int64)
    negative = np.zeros_like(positive)
    for p in range(planes):
        for g in range(groups):
            part = slice(g * size, (g + 1) * size)
            if part.start >= columns:
                continue
            dot = _dot(x[:, part], weights[p][:, part], bits, op)
            term = checked_mul(dot, scales[p, :, g], op)
            positive = checked_add(positive, np.maximum(term, 0), op)
            negative = checked_add(negative, np.minimum(term, 0), op)
    check_range(positive, bits, op, "sum of positive terms")
    check_range(negative, bits, op, "sum of negative terms")
    return positive + negative


def _check_input(x, op) -> np.ndarray:
    x = np.asarray(x)
    if x.dtype not in (np.int8, np.int16):
        raise TypeError(f"{op}: input must be i8 or i16, not {x.dtype}")
    return x


def _finish(acc, multiplier, offset, rescale, result_bits, accumulator_bits, op):
    given = [v is not None for v in (multiplier, offset, rescale)]
    if any(given) != all(given):
        raise ValueError(f"{op}: needs a multiplier, an offset and a rescale")
    if not given[0]:
        return narrow(acc, accumulator_bits, op)
    return requantize(acc, multiplier, offset, rescale, result_bits, op)


def matmul(
    x,
    weights,
    scales=None,
    multiplier=None,
    offset=None,
    rescale: Rescale | None = None,
    result_bits: int = 32,
    accumulator_bits: int = 32,
):
    """The product of an integer matrix with weights.

    x: ... x N x K, i8 or i16. weights: P x M x K unpacked. scales: P x M x G, i16.
    Result: ... x N x M.

    dot[n,p,m,g] = sum over k in group g of x[n,k] * w[p,m,k]
    acc[n,m]     = sum over p, g of scales[p,m,g] * dot[n,p,m,g]

    Group g holds columns g*ceil(K/G) up to the next group's. Neither sum, in any
    order of its terms, may leave `accumulator_bits`. With a multiplier, offset and
    rescale, the result is ternary.requantize of acc, else acc.
    """
    op = "ternary.matmul"
    x, weights = _check_input(x, op), to_int64(weights)
    if x.ndim < 2 or weights.ndim != 3 or x.shape[-1] != weights.shape[2]:
        raise ValueError(f"{op}: {x.shape} does not fit weights {weights.shape}")
    scales = None if scales is None else to_int64(scales)
    flat = x.reshape(-1, x.shape[-1])
    acc = _accumulate(flat, weights, scales, accumulator_bits, op)
    acc = acc.reshape(*x.shape[:-1], weights.shape[1])
    return _finish(acc, multiplier, offset, rescale, result_bits, accumulator_bits, op)


def windows(x, kernel, pad, stride, dilation=(1, 1), padding_value=0):
    """Views of the windows of images: ... x OH x OW x C x KH x KW.

    x: ... x H x W x C. pad: top, bottom, left, right.
    """
    top, bottom, left, right = pad
    border = [(0, 0)] * (x.ndim - 3) + [(top, bottom), (left, right), (0, 0)]
    padded = np.pad(x, border, constant_values=padding_value)
    span = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True))
    if padded.shape[-3] < span[0] or padded.shape[-2] < span[1]:
        raise ValueError("window is larger than the padded input")
    view = np.lib.stride_tricks.sliding_window_view(padded, span, axis=(-3, -2))
    return view[..., :: stride[0], :: stride[1], :, :: dilation[0], :: dilation[1]]


def conv2d(
    x,
    weights,
    shape,
    pad=(0, 0, 0, 0),
    stride=(1, 1),
    dilation=(1, 1),
    groups: int = 1,
    scales=None,
    multiplier=None,
    offset=None,
    rescale: Rescale | None = None,
    result_bits: int = 32,
    accumulator_bits: int = 32,
):
    """The convolution of an integer image with weights.

    x: ... x H x W x C, i8 or i16. weights: P x M x K unpacked, of the given shape
    M x KH x KW x C/groups. scales: P x M x G. Result: ... x OH x OW x M with
    OH = (H + pad_top + pad_bottom - (KH-1)*dilation_h - 1) / stride_h + 1. Positions
    outside of the image count as 0. Output channel m reads the input channels of
    group m / (M/groups). For each position, as ternary.matmul.
    """
    op = "ternary.conv2d"
    x, weights = _check_input(x, op), to_int64(weights)
    rows, kernel_height, kernel_width, depth = shape
    if x.ndim < 3 or x.shape[-1] != depth * groups or rows % groups:
        raise ValueError(f"{op}: {x.shape} does not fit weights {tuple(shape)}")
    scales = None if scales is None else to_int64(scales)
    view = windows(x, (kernel_height, kernel_width), pad, stride, dilation)
    positions = view.shape[:-3]
    parts = []
    for group in range(groups):
        channels = view[..., group * depth : (group + 1) * depth, :, :]
        columns = np.moveaxis(channels, -3, -1).reshape(-1, weights.shape[2])
        own = slice(group * (rows // groups), (group + 1) * (rows // groups))
        own_scales = None if scales is None else scales[:, own]
        parts.append(
            _accumulate(columns, weights[:, own], own_scales, accumulator_bits, op)
        )
    acc = np.concatenate(parts, axis=-1).reshape(*positions, rows)
    return _finish(acc, multiplier, offset, rescale, result_bits, accumulator_bits, op)


def sum_pool2d(x, kernel, pad=(0, 0, 0, 0), stride=(1, 1)):
    """The sum of each window of images, in i32.

    x: ... x H x W x C. Result: ... x OH x OW x C. Positions outside count as 0.
    """
    op = "ternary.sum_pool2d"
    view = windows(to_int64(x), kernel, pad, stride)
    if magnitude(view) * kernel[0] * kernel[1] >= 1 << 31:
        for part in (np.maximum(view, 0), np.minimum(view, 0)):
            check_range(part.sum(axis=(-2, -1)), 32, op, "sum of a window's part")
    return narrow(view.sum(axis=(-2, -1)), 32, op)
