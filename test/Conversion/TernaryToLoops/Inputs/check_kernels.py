"""Compiles random ops through smelt-opt, runs them, and compares each result
with the reference.

usage: check_kernels.py STRATEGY WORK_FOLDER
"""

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np

from smelt.reference import activation, linear

rng = np.random.default_rng(0)
DTYPES = {"i8": np.int8, "i16": np.int16, "i32": np.int32, "i64": np.int64}


def tensor(array):
    name = next(k for k, v in DTYPES.items() if v == array.dtype)
    return "tensor<" + "".join(f"{d}x" for d in array.shape) + name + ">"


def constant(array):
    return f"arith.constant dense<{array.tolist()}> : {tensor(array)}"


def integers(element, shape, low=None, high=None):
    info = np.iinfo(DTYPES[element])
    low = info.min if low is None else low
    high = info.max if high is None else high
    return rng.integers(low, high + 1, shape).astype(DTYPES[element])


class Case:
    """A function of some inputs, and the result that it must have."""

    def __init__(self, text, inputs, body, expected):
        self.text, self.inputs, self.body = text, inputs, body
        self.expected = expected

    def mlir(self, name):
        arguments = ", ".join(f"%x{i}: {tensor(x)}" for i, x in enumerate(self.inputs))
        result = tensor(self.expected)
        return (
            f"func.func @{name}({arguments}) -> {result} {{\n"
            f"{self.body}\n  return %y : {result}\n}}\n"
        )

    def check(self, function):
        inputs = [np.ascontiguousarray(x) for x in self.inputs]
        result = np.full(self.expected.shape, 85, self.expected.dtype)
        copies = [x.copy() for x in inputs]
        function(*(ctypes.c_void_p(x.ctypes.data) for x in [*inputs, result]))
        assert all((a == b).all() for a, b in zip(inputs, copies, strict=True)), (
            self.text
        )
        if (result != self.expected).any():
            print(f"{self.text}\n{self.body}\n{result}\nexpected\n{self.expected}")
            return False
        return True


def requantized(values, multiplier, offset, rescale, element):
    product = values.astype(np.int64) * multiplier + offset
    return rescaled(product, *rescale).astype(DTYPES[element])


def rescaled(values, shift, low, high):
    return np.clip(values >> shift, low, high)


def linear_case(op, x, weights, shape, scales, attributes, accumulate):
    """A case of matmul or conv2d, with a random epilogue."""
    planes, rows = weights.shape[:2]
    is_int8 = np.abs(weights).max() > 1
    layout = "int8" if is_int8 else "dense"
    lines, operands, types = [], "", ""
    flat = weights.reshape(-1).astype(np.int8)
    suffix = f", planes = {planes}" if planes > 1 else ""
    kind = f"<{'x'.join(map(str, weights.shape[1:]))} : {layout}{suffix}>"
    lines.append(
        f"  %w = ternary.weights dense<{flat.tolist()}> : {tensor(flat)} -> {kind}"
    )
    if scales is not None:
        lines.append(f"  %s = {constant(scales)}")
        operands, types = " scales(%s)", f", {tensor(scales)}"
    result = accumulate()
    accumulator = "i64" if is_int8 else rng.choice(["i32", "i64"])
    attributes = attributes + [f"accumulator = {accumulator}"]
    if rng.integers(3) == 0:
        expected = result.astype(DTYPES[accumulator])
    else:
        count = rng.choice([1, rows])
        multiplier = integers("i32", (count,), 1, 2**20)
        offset = integers("i64", (count,), -(2**35), 2**35)
        element = rng.choice(["i8", "i16", "i32"])
        low, high = (-100, 127) if element == "i8" else (-32768, 30000)
        shift = int(rng.integers(15, 30))
        lines.append(f"  %m = {constant(multiplier)}")
        lines.append(f"  %b = {constant(offset)}")
        operands += f" requantize(%m, %b) <shift = {shift}, min = {low}, max = {high}>"
        types += f", {tensor(multiplier)}, {tensor(offset)}"
        expected = requantized(result, multiplier, offset, (shift, low, high), element)
    lines.append(
        f"  %y = ternary.{op} %x0, %w{operands} {{{', '.join(attributes)}}}"
        f" : ({tensor(x)}, !ternary.weights{kind}{types}) -> {tensor(expected)}"
    )
    text = f"{op} {x.shape} {weights.shape} {attributes}"
    return Case(text, [x], "\n".join(lines), expected)


def random_weights(shape):
    if shape[0] == 1 and rng.integers(4) == 0:
        return rng.integers(-127, 128, shape)
    return rng.integers(-1, 2, shape)


def random_scales(planes, rows, groups):
    if planes == 1 and groups == 1 and rng.integers(2):
        return None
    return integers("i16", (planes, rows, groups), -50, 50)


def matmul():
    planes = int(rng.integers(1, 4))
    batch = int(rng.choice([1, 1, 3]))
    rows = int(rng.choice([1, 2, 3, 5, 7, 8, 10, 33, 140]))
    columns = int(rng.choice([1, 2, 4, 5, 7, 8, 13, 37, 64, 160, 201, 255, 517]))
    groups = int(rng.integers(1, min(columns, 6) + 1)) if rng.integers(2) else 1
    x = integers(rng.choice(["i8", "i16"]), (batch, columns))
    weights = random_weights((planes, rows, columns))
    scales = random_scales(planes, rows, groups)
    return linear_case(
        "matmul",
        x,
        weights,
        None,
        scales,
        [],
        lambda: linear.matmul(x, weights, scales, accumulator_bits=64),
    )


def conv2d():
    planes = int(rng.integers(1, 4))
    groups = int(rng.choice([1, 1, 1, 2, 5, 7]))
    channels = 1 if groups > 2 else int(rng.choice([1, 2, 3, 4, 5, 12, 68]))
    rows = groups * int(rng.choice([1, 2, 9]))
    kernel = rng.integers(1, 5, 2)
    stride = rng.integers(1, 4, 2)
    dilation = rng.integers(1, 4, 2) if rng.integers(3) == 0 else np.array([1, 1])
    pad = rng.integers(0, 5, 4) if rng.integers(3) else np.zeros(4, int)
    size = (kernel - 1) * dilation + rng.integers(1, 6, 2)
    x = integers(
        rng.choice(["i8", "i16"]),
        (int(rng.integers(1, 3)), *map(int, size), groups * channels),
    )
    weights = random_weights((planes, rows, *map(int, kernel), channels))
    scales = random_scales(planes, rows, 1)
    attributes = [
        f"pad = array<i64: {', '.join(map(str, pad))}>",
        f"stride = array<i64: {', '.join(map(str, stride))}>",
        f"dilation = array<i64: {', '.join(map(str, dilation))}>",
        f"groups = {groups} : i64",
    ]
    return linear_case(
        "conv2d",
        x,
        weights,
        None,
        scales,
        attributes,
        lambda: linear.conv2d(
            x,
            weights.reshape(*weights.shape[:2], -1),
            weights.shape[1:],
            pad,
            stride,
            dilation,
            groups,
            scales,
            accumulator_bits=64,
        ),
    )


def requantize():
    element = rng.choice(["i8", "i16", "i32"])
    x = integers(element, (2, 3, 5))
    count = rng.choice([1, 5])
    multiplier = integers("i32", (count,))
    offset = integers("i64", (count,), -(2**45), 2**45)
    expected = requantized(x, multiplier, offset, (31, -90, 110), "i8")
    body = (
        f"  %m = {constant(multiplier)}\n  %b = {constant(offset)}\n"
        "  %y = ternary.requantize %x0, %m, %b <shift = 31, min = -90, max = 110>"
        f" : ({tensor(x)}, {tensor(multiplier)}, {tensor(offset)})"
        f" -> {tensor(expected)}"
    )
    return Case("requantize", [x], body, expected)


def unary(op, x, expected, extra=""):
    body = f"  %y = ternary.{op} %x0{extra} : ({tensor(x)}) -> {tensor(expected)}"
    return Case(op + extra, [x], body, expected)


def sign():
    x = integers(rng.choice(["i8", "i16", "i32"]), (3, 7), -3, 3)
    expected = np.where(x >= 0, 1, -1)
    return unary("sign", x, expected.astype(rng.choice([np.int8, np.int16])))


def relu():
    x = integers(rng.choice(["i8", "i16", "i32"]), (3, 7))
    return unary("relu", x, np.maximum(x, 0))


def lookup():
    x = integers("i8", (2, 40))
    table = integers(rng.choice(["i8", "i16"]), (256,))
    expected = table[x.astype(int) + 128]
    body = (
        f"  %t = {constant(table)}\n  %y = ternary.lookup %x0, %t"
        f" : ({tensor(x)}, {tensor(table)}) -> {tensor(expected)}"
    )
    return Case("lookup", [x], body, expected)


def binary():
    shape = tuple(int(d) for d in rng.integers(1, 5, 4))
    shapes = [tuple(d if rng.integers(4) else 1 for d in shape) for _ in range(2)]
    if rng.integers(2):
        shapes = [shape, shape]
    a, b = (integers(rng.choice(["i8", "i16"]), s) for s in shapes)
    wide = [v.astype(np.int64) for v in (a, b)]
    if rng.integers(2):
        values = wide[0] * 300 + wide[1] * -77 + 99
        text = "ternary.add %x0, %x1 by (300, -77) plus 99"
        attributes = ""
    else:
        values = (wide[0] + 3) * (wide[1] - 5) * 1234 + 77
        text = "ternary.mul %x0, %x1 by 1234 plus 77"
        attributes = " {lhs_offset = 3 : i64, rhs_offset = -5 : i64}"
    expected = rescaled(values, 9, -32768, 32000).astype(np.int16)
    body = (
        f"  %y = {text} <shift = 9, min = -32768, max = 32000>{attributes}"
        f" : ({tensor(a)}, {tensor(b)}) -> {tensor(expected)}"
    )
    return Case("binary", [a, b], body, expected)


def activate():
    kind = rng.choice(["sigmoid", "tanh", "silu", "gelu", "exp"])
    fraction = int(rng.integers(0, 16))
    x = integers("i16", (4, 50))
    x[0, :5] = [0, 1, -1, 32767, -32768]
    expected = activation.activation(kind, x, fraction)
    extra = f" fraction {fraction}"
    body = (
        f"  %y = ternary.activation <{kind}> %x0{extra} : ({tensor(x)}) -> {tensor(x)}"
    )
    return Case(kind + extra, [x], body, expected.astype(np.int16))


def softmax():
    op = str(rng.choice(["softmax", "log_softmax"]))
    fraction = int(rng.integers(0, 16))
    x = integers("i16", (3, int(rng.integers(1, 60))))
    x[1] = rng.integers(-3, 3)
    expected = getattr(activation, op)(x, fraction).astype(np.int16)
    return unary(op, x, expected, f" fraction {fraction}")


def sum_pool2d():
    x = integers(rng.choice(["i8", "i16"]), (2, 5, 6, 3))
    kernel, stride = rng.integers(1, 4, 2), rng.integers(1, 3, 2)
    pad = rng.integers(0, 3, 4)
    expected = linear.sum_pool2d(x, kernel, pad, stride).astype(np.int32)
    values = {"kernel": kernel, "pad": pad, "stride": stride}
    extra = ", ".join(
        f"{k} = array<i64: {', '.join(map(str, v))}>" for k, v in values.items()
    )
    return unary("sum_pool2d", x, expected, f" {{{extra}}}")


def tosa(text, inputs, expected, attributes=""):
    operands = ", ".join(f"%x{i}" for i in range(len(inputs)))
    types = ", ".join(map(tensor, inputs))
    body = f"  %y = tosa.{text} {operands} {attributes}"
    body += f" : ({types}) -> {tensor(expected)}"
    return Case(text, inputs, body, expected)


def tosa_cases():
    """One case of each TOSA op that integer networks hold."""
    x, z = integers("i8", (2, 3, 4, 5)), integers("i8", (2, 2, 4, 5))
    yield tosa("reshape", [x], x.reshape(6, 20), "{new_shape = array<i64: 6, 20>}")
    yield tosa("concat", [x, z], np.concatenate([x, z], 1), "{axis = 1 : i32}")
    yield tosa(
        "slice",
        [x],
        x[1:, :2, 1:3, 2:],
        "{start = array<i64: 1, 0, 1, 2>, size = array<i64: 1, 2, 2, 3>}",
    )
    tiled = np.tile(z, (1, 2, 1, 3))
    yield tosa("tile", [z], tiled, "{multiples = array<i64: 1, 2, 1, 3>}")
    clamp = "{min_int = -9 : i64, max_int = 20 : i64"
    clamp += ", min_fp = 0.0 : f32, max_fp = 0.0 : f32}"
    yield tosa("clamp", [x], np.clip(x, -9, 20), clamp)
    yield tosa("cast", [x], x.astype(np.int32))
    yield tosa("bitwise_xor", [x, x[:1, :1]], x ^ x[:1, :1])
    pool = x.reshape(2, 3, 2, 2, 5)[:, :2].max(axis=3)
    pool = np.maximum(pool[:, :1], pool[:, 1:])
    yield tosa(
        "max_pool2d",
        [x],
        pool,
        "{kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>,"
        " stride = array<i64: 2, 2>}",
    )
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-128)
    pool = np.stack(
        [padded[:, i : i + 3, j : j + 4] for i in range(3) for j in range(3)]
    )
    yield tosa(
        "max_pool2d",
        [x],
        pool.max(axis=0),
        "{kernel = array<i64: 3, 3>, pad = array<i64: 1, 1, 1, 1>,"
        " stride = array<i64: 1, 1>}",
    )
    a, b = integers("i8", (2, 3, 7)), integers("i8", (2, 7, 4))
    yield tosa("matmul", [a, b], a.astype(np.int32) @ b.astype(np.int32))
    values, indices = integers("i8", (1, 6, 3)), integers("i32", (1, 4), 0, 5)
    yield tosa("gather", [values, indices], values[:, indices[0]])
    permutation = "  %p = arith.constant dense<[0, 3, 1, 2]> : tensor<4xi32>\n"
    y = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    body = f"  %y = tosa.transpose %x0, %p : ({tensor(x)}, tensor<4xi32>)"
    body += f" -> {tensor(y)}"
    yield Case("transpose", [x], permutation + body, y)
    y = np.pad(x, ((0, 0), (1, 2), (0, 1), (0, 0)), constant_values=-3)
    pads = "  %p = arith.constant dense<[[0, 0], [1, 2], [0, 1], [0, 0]]>"
    pads += " : tensor<4x2xi32>\n"
    pads += "  %c = arith.constant dense<-3> : tensor<i8>\n"
    body = (
        f"  %y = tosa.pad %x0, %p, %c : ({tensor(x)}, tensor<4x2xi32>, tensor<i8>)"
        f" -> {tensor(y)}"
    )
    yield Case("pad", [x], pads + body, y)
    yield from tosa_chains(x)


def tosa_chains(x):
    """Ops that read views with gaps, and results that are views."""
    y = np.maximum(x[:, :, 1:3], 0)
    body = (
        "  %s = tosa.slice %x0"
        " {start = array<i64: 0, 0, 1, 0>, size = array<i64: 2, 3, 2, 5>}"
        f" : ({tensor(x)}) -> {tensor(y)}\n"
        f"  %y = ternary.relu %s : ({tensor(y)}) -> {tensor(y)}"
    )
    yield Case("relu of a slice", [x], body, y)
    flat = y.reshape(12, 5)
    body = body.replace("%y =", "%r =") + (
        f"\n  %y = tosa.reshape %r {{new_shape = array<i64: 12, 5>}} : ({tensor(y)})"
        f" -> {tensor(flat)}"
    )
    yield Case("reshaped relu", [x], body, flat)
    flat = x[:, :, 1:3].reshape(12, 5)
    body = (
        "  %s = tosa.slice %x0"
        " {start = array<i64: 0, 0, 1, 0>, size = array<i64: 2, 3, 2, 5>}"
        f" : ({tensor(x)}) -> {tensor(y)}\n"
        f"  %y = tosa.reshape %s {{new_shape = array<i64: 12, 5>}} : ({tensor(y)})"
        f" -> {tensor(flat)}"
    )
    yield Case("reshaped slice", [x], body, flat)
    signs = np.where(x >= 0, 1, -1).astype(np.int8)
    both = np.concatenate([np.maximum(x, 0), signs], 3)
    body = (
        f"  %a = ternary.relu %x0 : ({tensor(x)}) -> {tensor(x)}\n"
        f"  %b = ternary.sign %x0 : ({tensor(x)}) -> {tensor(x)}\n"
        f"  %y = tosa.concat %a, %b {{axis = 3 : i32}} : ({tensor(x)}, {tensor(x)})"
        f" -> {tensor(both)}"
    )
    yield Case("concat", [x], body, both)
    body = "  %y = tosa.reshape %x0 {new_shape = array<i64: 2, 3, 4, 5>}"
    yield Case("identity", [x], f"{body} : ({tensor(x)}) -> {tensor(x)}", x)
    constant_result = integers("i16", (3,))
    yield Case("constant", [x], f"  %y = {constant(constant_result)}", constant_result)


def compile_cases(cases, strategy, folder):
    source = folder / "cases.mlir"
    source.write_text("".join(c.mlir(f"case{i}") for i, c in enumerate(cases)))
    lowered = subprocess.run(
        [
            "smelt-opt",
            str(source),
            f"--smelt-integer-to-loops=strategy={strategy} widen=true",
            "--smelt-loops-to-llvm",
        ],
        check=True,
        capture_output=True,
    ).stdout
    ir = subprocess.run(
        ["mlir-translate", "--mlir-to-llvmir"],
        input=lowered,
        check=True,
        capture_output=True,
    ).stdout
    (folder / "cases.ll").write_bytes(ir)
    library = folder / "cases.so"
    command = ["clang", "-w", "-shared", "-fPIC", "-O1", "-o", str(library)]
    subprocess.run([*command, str(folder / "cases.ll")], check=True)
    return ctypes.CDLL(str(library))


def main():
    strategy, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    kinds = [(matmul, 60), (conv2d, 60), (requantize, 4), (sign, 4), (relu, 3)]
    kinds += [(lookup, 2), (binary, 16), (activate, 20), (softmax, 10)]
    kinds += [(sum_pool2d, 8)]
    cases = [kind() for kind, count in kinds for _ in range(count)]
    cases += tosa_cases()
    library = compile_cases(cases, strategy, folder)
    wrong = sum(
        not case.check(getattr(library, f"case{i}")) for i, case in enumerate(cases)
    )
    print(f"{len(cases)} cases, {wrong} wrong")
    sys.exit(wrong > 0)


main()
