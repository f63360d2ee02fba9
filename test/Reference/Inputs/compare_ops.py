# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares compiled integer ops with their NumPy reference, on random operands.

Makes a function of many ops from a seed, each a result of its own, compiles it and
runs it in this process, and runs the reference on the same inputs.
"""

import argparse
import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
from dynamic_ops import (
    add_dynamic,
    add_norms,
    add_sequence,
    add_wide_activations,
    integers,
    segments,
    tensor,
)

from smelt.reference import Interpreter
from smelt.reference.checks import DTYPES
from smelt.reference.weights import max_magnitude, pack

LAYOUTS = ("dense", "int8", "int4", "twobit", "base3", "bitplane", "columns")


def i64s(**attributes):
    """Attributes array<i64: ...>."""
    return ", ".join(
        f"{name} = array<i64: {', '.join(map(str, values))}>"
        for name, values in attributes.items()
    )


def extent(size, pad, kernel, stride, dilation=1):
    """Positions of a window along a dimension."""
    return (size + pad - (kernel - 1) * dilation - 1) // stride + 1


class Network:
    """A function under construction; a value is its name and its type."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.inputs, self.types = [], []
        self.body, self.results, self.operations = [], [], []

    def pick(self, low, high):
        return int(self.rng.integers(low, high, endpoint=True))

    def shape(self, rank, largest=5):
        return tuple(self.pick(1, largest) for _ in range(rank))

    def input(self, shape, bits, low=None, high=None):
        limits = np.iinfo(DTYPES[bits])
        low = limits.min if low is None else low
        high = limits.max if high is None else high
        values = self.rng.integers(low, high, shape, endpoint=True)
        if values.size > 2 and self.pick(0, 1):
            values.flat[0], values.flat[-1] = low, high
        self.inputs.append(values.astype(DTYPES[bits]))
        self.types.append(tensor(shape, bits))
        return f"%arg{len(self.inputs) - 1}", self.types[-1]

    def define(self, op, operands, result, properties=""):
        name = f"%{len(self.body)}"
        names = ", ".join(operand for operand, _ in operands)
        types = ", ".join(kind for _, kind in operands)
        properties = f"<{{{properties}}}> " if properties else ""
        self.body.append(
            f'{name} = "{op}"({names}) {properties}: ({types}) -> {result}'
        )
        return name, result

    def op(self, op, operands, result, properties=""):
        value = self.define(op, operands, result, properties)
        self.results.append(value)
        self.operations.append(self.body[-1])
        return value

    def constant(self, values):
        kind = tensor(values.shape, 8 * values.dtype.itemsize)
        data = f'dense<"0x{values.tobytes().hex()}"> : {kind}'
        return self.define("tosa.const", [], kind, f"value = {data}")

    def weights(self, shape, layout, planes=1):
        limit = max_magnitude(layout)
        size = (planes, shape[0], int(np.prod(shape[1:])))
        data = pack(self.rng.integers(-limit, limit, size, endpoint=True), layout)
        kind = "x".join(map(str, shape)) + f" : {layout}"
        kind += f", planes = {planes}" if planes > 1 else ""
        data = f'dense<"0x{data.tobytes().hex()}"> : tensor<{data.size}xi8>'
        return self.define(
            "ternary.weights", [], f"!ternary.weights<{kind}>", f"data = {data}"
        )

    def planes(self, layout, most):
        return self.pick(1, most) if max_magnitude(layout) == 1 else 1

    def scales(self, *shape):
        return self.constant(self.rng.integers(-500, 500, shape).astype(np.int16))

    def rescale(self, bits, least, most):
        limits = np.iinfo(DTYPES[bits])
        low, high = limits.min, limits.max
        if self.pick(0, 1):
            low, high = sorted((self.pick(low, high), self.pick(low, high)))
        shift = self.pick(least, most)
        return f"rescale = #ternary.rescale<shift = {shift}, min = {low}, max = {high}>"

    def requantization(self, channels, bits):
        sizes = [self.pick(0, 1) and channels or 1 for _ in range(2)]
        multiplier = self.rng.integers(-(2**30), 2**30, sizes[0]).astype(np.int32)
        offset = self.rng.integers(-(2**40), 2**40, sizes[1])
        operands = [self.constant(multiplier), self.constant(offset)]
        return operands, self.rescale(bits, 25, 40)

    def text(self):
        results = ", ".join(kind for _, kind in self.results)
        arguments = [f"%arg{i}: {kind}" for i, kind in enumerate(self.types)]
        body = "\n".join(self.body)
        return f"""
        "builtin.module"() ({{
          "func.func"() <{{sym_name = "compare",
              function_type = ({", ".join(self.types)}) -> ({results})}}> ({{
          ^bb0({", ".join(arguments)}):
            {body}
            "func.return"({", ".join(n for n, _ in self.results)}) : ({results}) -> ()
          }}) : () -> ()
        }}) : () -> ()"""


def add_products(net, layout):
    """Matrix products with and without scales and requantization."""
    n, m, k = net.pick(1, 3), net.pick(1, 9), net.pick(1, 45)
    x = net.input((n, k), net.pick(1, 2) * 8)
    w = net.weights((m, k), layout)
    plain = segments(1, 1, 0, 0, 0, 0)
    net.op("ternary.matmul", [x, w], tensor((n, m), 32), plain)
    operands, rescale = net.requantization(m, 8)
    properties = f"{segments(1, 1, 0, 1, 1, 0)}, {rescale}"
    net.op("ternary.matmul", [x, w, *operands], tensor((n, m), 8), properties)
    planes = net.planes(layout, 3)
    x = net.input((n, k), 8)
    w = net.weights((m, k), layout, planes)
    s = net.scales(planes, m, net.pick(1, k))
    for bits in (32, 64):
        properties = f"accumulator = i{bits}, {segments(1, 1, 1, 0, 0, 0)}"
        net.op("ternary.matmul", [x, w, s], tensor((n, m), bits), properties)


def add_convolution(net, layout):
    """A convolution with any padding, stride, dilation and groups."""
    groups, depth, rows = net.shape(3, 3)
    kernel, stride, dilation = net.shape(2, 3), net.shape(2, 2), net.shape(2, 2)
    pad = [net.pick(0, 2) for _ in range(4)]
    n, height, width = net.pick(1, 2), net.pick(5, 8), net.pick(5, 8)
    channels, planes = groups * rows, net.planes(layout, 2)
    result = (
        n,
        extent(height, pad[0] + pad[1], kernel[0], stride[0], dilation[0]),
        extent(width, pad[2] + pad[3], kernel[1], stride[1], dilation[1]),
        channels,
    )
    x = net.input((n, height, width, groups * depth), 8)
    w = net.weights((channels, *kernel, depth), layout, planes)
    scales = [net.scales(planes, channels, 1)] if planes > 1 else []
    operands, rescale = net.requantization(channels, 16)
    properties = ", ".join(
        [
            i64s(pad=pad, stride=stride, dilation=dilation),
            integers(groups=groups),
            segments(1, 1, len(scales), 1, 1, 0),
            rescale,
        ]
    )
    operands = [x, w, *scales, *operands]
    net.op("ternary.conv2d", operands, tensor(result, 16), properties)


def add_elementwise(net, bits):
    """Ops on single elements, of one or two operands."""
    shape = net.shape(3)
    other = tuple(d if net.pick(0, 1) else 1 for d in shape)
    x, y = net.input(shape, bits), net.input(other, bits)
    result = 8 << net.pick(0, 2)
    operands, rescale = net.requantization(shape[-1], result)
    net.op("ternary.requantize", [x, *operands], tensor(shape, result), rescale)
    net.op("ternary.sign", [x], tensor(shape, 8))
    net.op("ternary.relu", [x], x[1])
    factors = [net.pick(-(2**29), 2**29) for _ in range(3)]
    offset = net.pick(-(2**40), 2**40)
    properties = integers(
        lhs_multiplier=factors[0], rhs_multiplier=factors[1], offset=offset
    )
    properties += ", " + net.rescale(result, 20, 32)
    net.op("ternary.add", [x, y], tensor(shape, result), properties)
    if bits == 32:
        return
    properties = integers(
        lhs_offset=net.pick(-99, 99),
        rhs_offset=net.pick(-99, 99),
        multiplier=factors[2],
        offset=offset,
    )
    properties += ", " + net.rescale(result, 20, 35)
    net.op("ternary.mul", [x, y], tensor(shape, result), properties)


def add_functions(net):
    """Smooth functions and tables."""
    for kind in ("sigmoid", "tanh", "silu", "gelu", "exp"):
        x = net.input((1, 300), 16)
        properties = integers(fraction=net.pick(0, 15))
        properties += f", kind = #ternary.activation_kind<{kind}>"
        net.op("ternary.activation", [x], x[1], properties)
    for op in ("ternary.softmax", "ternary.log_softmax"):
        x = net.input((3, net.pick(1, 9)), 16)
        net.op(op, [x], x[1], integers(fraction=net.pick(0, 15)))
        x = net.input((3, net.pick(1, 400)), 16, -300, 300)
        net.op(op, [x], x[1], integers(fraction=net.pick(5, 9)))
    table = net.constant(net.rng.integers(-999, 999, 256).astype(np.int16))
    x = net.input((2, 9), 8)
    net.op("ternary.lookup", [x, table], tensor((2, 9), 16))


def add_pools(net):
    """Sums and maxima of windows."""
    height, width = net.pick(4, 7), net.pick(4, 7)
    kernel, stride = net.shape(2, 3), net.shape(2, 2)
    pad = [net.pick(0, kernel[i // 2] - 1) for i in range(4)]
    x = net.input((2, height, width, 3), 8)
    for op, bits in (("ternary.sum_pool2d", 32), ("tosa.max_pool2d", 8)):
        if bits == 8:
            # TOSA has a window end where the padding does.
            stride = (1, 1)
        result = (
            2,
            extent(height, pad[0] + pad[1], kernel[0], stride[0]),
            extent(width, pad[2] + pad[3], kernel[1], stride[1]),
            3,
        )
        properties = i64s(kernel=kernel, pad=pad, stride=stride)
        net.op(op, [x], tensor(result, bits), properties)


def add_movement(net):
    """Ops that move elements."""
    a, b, c = shape = net.shape(3)
    x = net.input(shape, 8)
    order = net.rng.permutation(3).astype(np.int32)
    result = tensor([shape[i] for i in order], 8)
    net.op("tosa.transpose", [x, net.constant(order)], result)
    y = net.input((a, 3, c), 8)
    net.op("tosa.concat", [x, y], tensor((a, b + 3, c), 8), "axis = 1 : i32")
    properties = i64s(start=(a - 1, 0, c - 1), size=(1, b, 1))
    net.op("tosa.slice", [x], tensor((1, b, 1), 8), properties)
    amounts = net.constant(np.array([[1, 0], [0, 2], [1, 1]]))
    value = net.constant(np.array(-7, dtype=np.int8))
    net.op("tosa.pad", [x, amounts, value], tensor((a + 1, b + 2, c + 2), 8))
    properties = i64s(multiples=(2, 1, 3))
    net.op("tosa.tile", [x], tensor((2 * a, b, 3 * c), 8), properties)
    net.op("tosa.reverse", [x], x[1], "axis = 1 : i32")
    properties = i64s(new_shape=(c, a * b))
    net.op("tosa.reshape", [x], tensor((c, a * b), 8), properties)
    values, indices = net.input((2, 5, 3), 8), net.input((2, 7), 32, 0, 4)
    net.op("tosa.gather", [values, indices], tensor((2, 7, 3), 8))


def add_tosa_arithmetic(net):
    """The rest of TOSA."""
    a, b, c = shape = net.shape(3)
    x, y = net.input(shape, 8), net.input(shape, 8)
    bounds = integers(min_int=-5, max_int=300)
    bounds += ", min_fp = 0.0 : f32, max_fp = 1.0 : f32"
    net.op("tosa.clamp", [x], x[1], bounds)
    for op in ("tosa.maximum", "tosa.minimum", "tosa.bitwise_xor"):
        net.op(op, [x, y], x[1])
    wide = net.op("tosa.cast", [x], tensor(shape, 32))
    net.op("tosa.cast", [net.input(shape, 32)], tensor(shape, 8))
    net.op("tosa.reduce_sum", [wide], tensor((a, 1, c), 32), "axis = 1 : i32")
    net.op("tosa.reduce_max", [x], tensor((a, b, 1), 8), "axis = 2 : i32")
    net.op("tosa.reduce_min", [x], tensor((1, b, c), 8), "axis = 0 : i32")
    m, n = net.shape(2)
    lhs, rhs = net.input((a, m, c), 8), net.input((a, c, n), 8)
    net.op("tosa.matmul", [lhs, rhs], tensor((a, m, n), 32))


def build(seed):
    net = Network(seed)
    for layout in LAYOUTS:
        add_products(net, layout)
        add_convolution(net, layout)
    for bits in (8, 16, 32):
        add_elementwise(net, bits)
    add_functions(net)
    add_pools(net)
    add_movement(net)
    add_tosa_arithmetic(net)
    add_dynamic(net)
    add_norms(net)
    add_wide_activations(net)
    add_sequence(net, LAYOUTS)
    return net


def pipe(*command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}:\n{done.stderr[:4000]}")
    return done.stdout


def run_compiled(text, strategy, inputs, results, prefix):
    """Fills `results` with those of the compiled function."""
    loops = f"--smelt-integer-to-loops=strategy={strategy}"
    llvm = pipe("smelt-opt", loops, "--smelt-loops-to-llvm", text=text)
    source, library = f"{prefix}.ll", f"{prefix}.so"
    Path(source).write_text(pipe("mlir-translate", "--mlir-to-llvmir", text=llvm))
    pipe("clang", "-w", "-O1", "-shared", "-fPIC", source, "-o", library)
    function = ctypes.CDLL(str(Path(library).resolve())).compare
    function.restype = None
    function(*(ctypes.c_void_p(array.ctypes.data) for array in (*inputs, *results)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--strategy", required=True)
    parser.add_argument("prefix", help="of the files made")
    options = parser.parse_args()
    net = build(options.seed)
    text = net.text()
    generic = pipe("smelt-opt", "--mlir-print-op-generic", text=text)
    interpreter = Interpreter(generic)
    expected = interpreter.run(net.inputs)
    # Twice the same sample gives twice the same.
    for one, two in zip(
        expected, interpreter.run([np.stack([x, x]) for x in net.inputs]), strict=True
    ):
        assert (two == one).all()
    results = [np.zeros(e.shape, dtype=e.dtype) for e in expected]
    run_compiled(text, options.strategy, net.inputs, results, options.prefix)
    failures = 0
    for op, value, result in zip(net.operations, expected, results, strict=True):
        wrong = np.nonzero((value != result).ravel())[0]
        if wrong.size:
            failures += 1
            print(
                f"{op[:300]}\n  {wrong.size} of {value.size} elements differ, at first"
            )
            first = wrong[0]
            print(f"  {result.flat[first]} instead of {value.flat[first]} at {first}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
