"""What the ternary ops compute, straight from their descriptions, in NumPy."""

import numpy as np


def rescale(values, shift, low, high):
    return np.clip(values >> shift, low, high)


def requantize(x, multiplier, offset, shift, low, high):
    return rescale(x.astype(np.int64) * multiplier + offset, shift, low, high)


def matmul(x, weights, scales=None):
    """x: N x K, weights: P x M x K, scales: P x M x G."""
    planes, rows, columns = weights.shape
    if scales is None:
        scales = np.ones((1, rows, 1), np.int64)
    size = -(-columns // scales.shape[2])
    columnwise = np.repeat(scales.astype(np.int64), size, axis=2)[:, :, :columns]
    total = (weights * columnwise).sum(axis=0)
    return x.astype(np.int64) @ total.T


def conv2d(x, weights, scales, pad, stride, dilation, groups):
    """x: N x H x W x C, weights: P x M x KH x KW x C/groups."""
    planes, rows, kh, kw, channels = weights.shape
    if scales is None:
        scales = np.ones((1, rows, 1), np.int64)
    kernel = (weights * scales.astype(np.int64)[:, :, :, None, None]).sum(axis=0)
    x = np.pad(x.astype(np.int64), ((0, 0), pad[:2], pad[2:], (0, 0)))
    span = [(k - 1) * d + 1 for k, d in zip((kh, kw), dilation)]
    oh = (x.shape[1] - span[0]) // stride[0] + 1
    ow = (x.shape[2] - span[1]) // stride[1] + 1
    y = np.zeros((x.shape[0], oh, ow, rows), np.int64)
    for m in range(rows):
        first = m // (rows // groups) * channels
        for i in range(oh):
            for j in range(ow):
                window = x[
                    :,
                    i * stride[0] : i * stride[0] + span[0] : dilation[0],
                    j * stride[1] : j * stride[1] + span[1] : dilation[1],
                    first : first + channels,
                ]
                y[:, i, j, m] = (window * kernel[m]).sum(axis=(1, 2, 3))
    return y


def sum_pool2d(x, kernel, pad, stride):
    channels = x.shape[3]
    ones = np.ones((1, channels, *kernel, 1), np.int64)
    return conv2d(x, ones, None, pad, stride, (1, 1), channels)


EXP2 = [round(2**15 * 2 ** (-i / 256)) for i in range(257)]
LOG2 = [round(float(2**16 * np.log2(1 + i / 256))) for i in range(257)]


def exp2neg(t):
    i, r, n = (t >> 8) & 255, t & 255, t >> 16
    e = EXP2[i] - (((EXP2[i] - EXP2[i + 1]) * r) >> 8)
    return 0 if n > 15 else e >> n


def logistic(x, c, fraction):
    s = 2**30 // (2**15 + exp2neg((abs(x) * c) >> fraction))
    return 2**15 - s if x < 0 else s


def activation(kind, x, fraction):
    if kind == "sigmoid":
        return min(logistic(x, 94548, fraction), 32767)
    if kind == "tanh":
        return min(2 * logistic(x, 189097, fraction) - 2**15, 32767)
    if kind == "silu":
        return (x * logistic(x, 94548, fraction) + 2**14) >> 15
    if kind == "gelu":
        u = x + ((((x * x >> fraction) * x >> fraction) * 2930) >> 16)
        return (x * logistic(u, 150878, fraction) + 2**14) >> 15
    return min(exp2neg((max(-x, 0) * 94548) >> fraction), 32767)


def softmax(row, fraction):
    e = [exp2neg(((max(row) - x) * 94548) >> fraction) for x in row]
    s = sum(e)
    return [min((v * 2**15 + s // 2) // s, 32767) for v in e]


def log_softmax(row, fraction):
    s = sum(exp2neg(((max(row) - x) * 94548) >> fraction) for x in row)
    n = s.bit_length() - 1
    f = ((s << 16) >> n) & 65535
    low, high = LOG2[f >> 8], LOG2[(f >> 8) + 1]
    log = ((n - 15) << 16) + low + (((high - low) * (f & 255)) >> 8)
    return [
        max(x - max(row) - ((log * 45426) >> (32 - fraction)), -32768) for x in row
    ]
