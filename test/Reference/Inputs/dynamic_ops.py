# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Ops with scales found at run time, and those of language models, for compare_ops."""

import numpy as np


def tensor(shape, bits):
    """The spelling of a tensor type."""
    return "tensor<" + "".join(f"{d}x" for d in shape) + f"i{bits}>"


def integers(**attributes):
    """Attributes of type i64."""
    return ", ".join(f"{name} = {value} : i64" for name, value in attributes.items())


def segments(*sizes):
    return f"operandSegmentSizes = array<i32: {', '.join(map(str, sizes))}>"


def rows(net, shape, bits):
    """A value whose rows have magnitudes of their own."""
    if bits == 64:
        return product(net, shape, 2**61 - 1)
    name, kind = net.input(shape, bits)
    values = net.inputs[-1]
    for index in np.ndindex(*shape[:-1]):
        values[index] >>= net.pick(0, bits - 3)
    values.flat[: shape[-1]] *= net.pick(0, 1)
    return name, kind


def product(net, shape, most):
    """An i64 value of magnitudes up to `most`, which no argument can promise."""
    operands = [rows(net, shape, 32), rows(net, shape, 32)]
    properties = integers(lhs_offset=0, rhs_offset=0, multiplier=1, offset=0)
    rescale = f"#ternary.rescale<shift = 0, min = {-most}, max = {most}>"
    properties += f", rescale = {rescale}"
    return net.define("ternary.mul", operands, tensor(shape, 64), properties)


def add_dynamic(net):
    """Quantization with a step for each row, and back."""
    for bits in (16, 32, 64):
        shape = (net.pick(1, 3), net.pick(1, 3), net.pick(1, 40))
        x = rows(net, shape, bits)
        width = 32 << net.pick(0, 1)
        a = net.op("ternary.absmax", [x], tensor(shape[:-1], width))
        for result in (8, 16):
            net.op("ternary.dynamic_quantize", [x, a], tensor(shape, result))
        if bits == 16:
            continue
        acc = rows(net, shape, 32) if bits == 32 else product(net, shape, 2**36 - 1)
        most = 2**31 - 1 if bits == 32 else 2**25
        sizes = [net.pick(0, 1) and shape[-1] or 1 for _ in range(2)]
        m = net.constant(net.rng.integers(-most, most, sizes[0]).astype(np.int32))
        b = net.constant(net.rng.integers(-1000, 1000, sizes[1]))
        bounds = integers(shift=net.pick(30, 80), min=-(2**31), max=2**31 - 1)
        for bias in ([], [b]):
            properties = f"{segments(1, 1, 1, len(bias), 0)}, {bounds}"
            net.op(
                "ternary.dequantize", [acc, a, m, *bias], tensor(shape, 32), properties
            )


def add_norms(net):
    for op, widths in (("rms_norm", (8, 16, 32, 64)), ("layer_norm", (8, 16, 32))):
        for bits in widths:
            shape = (net.pick(1, 3), net.pick(1, 70))
            x = rows(net, shape, bits)
            epsilon = integers(epsilon=net.pick(0, 1) << net.pick(0, 60))
            properties = f"{segments(1, 0, 0, 0)}, {epsilon}"
            net.op(f"ternary.{op}", [x], tensor(shape, 32), properties)
            operands, rescale = net.requantization(shape[-1], 8)
            properties = f"{segments(1, 1, 1, 0)}, {epsilon}, {rescale}"
            net.op(f"ternary.{op}", [x, *operands], tensor(shape, 8), properties)


def add_wide_activations(net):
    for kind in ("silu", "gelu", "relu2"):
        x = net.input((1, 200), 32)
        properties = integers(fraction=net.pick(0, 24))
        properties += f", kind = #ternary.activation_kind<{kind}>"
        net.op("ternary.activation", [x], x[1], properties)
        y = net.input((1, 200), 32, -(2**20), 2**20)
        net.op("ternary.activation", [y], y[1], properties)


def add_embedding(net, layout):
    count, columns = net.pick(1, 9), net.pick(1, 40)
    ids = net.input((4,), 32, -2, count + 2)
    planes = net.planes(layout, 3)
    weights = net.weights((count, columns), layout, planes)
    is_scaled = planes > 1 or net.pick(0, 1)
    scales = [net.scales(planes, count, net.pick(1, columns))] if is_scaled else []
    operands, rescale = net.requantization(count, 32)
    properties = f"{segments(1, 1, len(scales), 1, 1, 0)}, {rescale}"
    operands = [ids, weights, *scales, *operands]
    net.op("ternary.embed", operands, tensor((4, columns), 32), properties)


def add_refinement(net, layout):
    """Exact products of a few rows; ids may be anything, and equal."""
    tokens, count = net.pick(1, 3), net.pick(1, 60)
    columns, best = net.pick(1, 150), net.pick(1, count)
    estimate = net.input((tokens, count), 32, -4, 4) if net.pick(0, 1) else None
    estimate = estimate or net.input((tokens, count), 32)
    ids = net.op("ternary.best", [estimate], tensor((tokens, best), 32), "")
    if net.pick(0, 1):
        ids = net.input((tokens, best), 32, -2, count + 1)
    x = net.input((tokens, columns), 8 << net.pick(0, 1))
    a = net.input((tokens,), 32, 1, 1 << net.pick(1, 30))
    weights = net.weights((count, columns), layout, 1)
    m = net.constant(net.rng.integers(-(2**20), 2**20, count).astype(np.int32))
    bias = [net.constant(net.rng.integers(-1000, 1000, count))] * net.pick(0, 1)
    bounds = integers(shift=net.pick(30, 60), min=-(2**31), max=2**31 - 1)
    properties = f"{segments(1, 1, 1, 1, 1, 1, len(bias), 0)}, {bounds}"
    operands = [estimate, ids, x, a, weights, m, *bias]
    net.op("ternary.refine", operands, estimate[1], properties)


def add_choice(net):
    """A few of long rows; of small numbers, more are equal than are chosen."""
    tokens, count = net.pick(1, 3), net.pick(320, 2000)
    best = net.pick(1, count // 32)
    largest = (2**31 - 1, 10**6, 4)[net.pick(0, 2)]
    estimate = net.input((tokens, count), 32, -largest, largest)
    net.op("ternary.best", [estimate], tensor((tokens, best), 32), "")


def add_rotation(net):
    tokens, heads, size = net.pick(1, 3), net.pick(1, 3), 2 * net.pick(1, 6)
    capacity, rotated = net.pick(1, 9), 2 * net.pick(1, size // 2)
    x = net.input((tokens, heads, size), 32)
    table = net.constant(
        net.rng.integers(-32768, 32767, (capacity, rotated), endpoint=True).astype(
            np.int16
        )
    )
    position = net.input((1,), 32, -2, capacity + 1)
    net.op("ternary.rope", [x, table, position], x[1])
    cache, position = net.input((5, heads, size), 8), net.input((1,), 32, -3, 6)
    new = net.input((tokens, heads, size), 8)
    properties = segments(1, 1, 1, 0)
    net.op("ternary.cache_write", [cache, new, position], cache[1], properties)
    positions = net.input((tokens,), 32, -2, capacity + 1)
    net.op("ternary.rope", [x, table, positions], x[1])
    caches = net.input((tokens, 5, heads, size), 8)
    properties = segments(1, 1, 1, 0)
    net.op("ternary.cache_write", [caches, new, positions], caches[1], properties)


def add_attention(
    net, query_bits, cache_bits, capacity, position, size=None, sequences=0
):
    """Of a block of tokens, or of one token of each of some sequences."""
    groups, size = net.pick(1, 2), size or net.pick(1, 20)
    heads, tokens = groups * net.pick(1, 3), sequences or net.pick(1, 3)
    lead = (sequences, capacity) if sequences else (capacity,)
    q = net.input((tokens, heads, size), query_bits)
    qa = net.input((tokens, heads), 32, 1, 1 << net.pick(1, 30))
    k = net.input((*lead, groups, size), cache_bits)
    ka = net.input((*lead, groups), 32, 1, 1 << net.pick(1, 30))
    v = net.input((*lead, groups, size), cache_bits)
    va = net.input((*lead, groups), 32, 1, 1 << net.pick(1, 30))
    if sequences:
        at = net.input((sequences,), 32, -2, capacity + 1)
    else:
        at = net.input((1,), 32, position, position)
    # Scores from nearly equal to far apart.
    properties = integers(
        score_multiplier=net.pick(2**30, 2**31 - 1),
        score_shift=net.pick(20, 60),
        multiplier=net.pick(2**30, 2**31 - 1),
        shift=net.pick(0, 60),
    )
    net.op(
        "ternary.attention",
        [q, qa, k, ka, v, va, at],
        tensor((tokens, heads, size), 32),
        properties,
    )


def add_sequence(net, layouts):
    for layout in layouts:
        add_embedding(net, layout)
        add_refinement(net, layout)
    add_choice(net)
    add_rotation(net)
    for bits in ((8, 8), (16, 8), (8, 16), (16, 16)):
        capacity = net.pick(1, 200)
        add_attention(net, *bits, capacity, net.pick(-2, capacity))
    # Sizes that kernels with vectors take.
    for size in (16, 48, 64, 128):
        capacity = net.pick(1, 200)
        add_attention(net, 8, 8, capacity, net.pick(-2, capacity), size)
        add_attention(net, 8, 8, net.pick(1, 200), 0, size, sequences=net.pick(1, 4))
    add_attention(net, 16, 8, net.pick(1, 200), 0, sequences=net.pick(1, 4))
