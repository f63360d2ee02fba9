# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares products that are compiled for x86's vectors with the reference.

Makes a function of many matrix products, of rows, columns and batches that fill
vectors, tiles and blocks and that do not, of attention and of maps of bytes, compiles
it for each level of x86 that this machine can run, and compares every result with that
of the NumPy reference.

usage: vector_kernels.py STRATEGY FOLDER
"""

import ctypes
import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np

from smelt.reference import Interpreter
from smelt.reference.weights import pack

ROWS = (1, 10, 16, 33, 64)
COLUMNS = (1, 5, 16, 64, 95, 96, 97, 384)
BATCHES = (1, 2, 7, 12, 13, 33)
# Columns and groups that blocks divide; some have a short or empty last group.
GROUPS = {"twobit": ((96, 3), (384, 12), (95, 6), (256, 17), (496, 33), (2304, 2))}
GROUPS["base3"] = GROUPS["twobit"] + ((384, 4), (382, 4), (192, 2))
# Tokens, heads, groups, elements of a head, capacity and position of attention: one
# token and several, that fill rounds and blocks and that do not, up to and beyond the
# capacity.
ATTENTION = (
    (1, 1, 1, 16, 1, 0),
    (1, 5, 5, 64, 70, 40),
    (1, 20, 5, 128, 200, 130),
    (2, 4, 4, 128, 40, 37),
    (7, 4, 1, 48, 30, 3),
    (41, 3, 3, 16, 64, 0),
    (33, 6, 2, 80, 129, 110),
    (3, 40, 1, 32, 66, 63),
    (5, 2, 1, 256, 5000, 4900),
)
# Numbers of bytes that are mapped: too few for a table, whole vectors, and a rest.
MAPPED = (100, 256, 1024, 1337)
# The largest magnitudes of weights that are not ternary.
LIMITS = {"int8": 127, "int4": 7}
# Rows, columns and batches of products that are looked up: tiles by twos and by
# eights, blocks by twos and one that is cut, one round and a part of another.
LOOKUPS = ((32, 64, 96, 128), (1, 95, 192, 289, 384, 500), (4, 7, 130))
DTYPES = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}
# A processor, features that are added, what /proc/cpuinfo calls all it needs, and
# the strategies that have kernels of their own for it.
V3 = "avx2 bmi2 fma movbe f16c abm"
V4 = f"{V3} avx512f avx512bw avx512cd avx512dq avx512vl"
AMX = "+avx512vnni,+avx512vbmi,+amx-int8"
LEVELS = (
    ("x86-64", "", "", "masked dot"),
    ("x86-64-v2", "", "sse4_2 ssse3 popcnt", "dot"),
    ("x86-64-v3", "", V3, "masked dot"),
    ("x86-64-v3", "+avxvnni", f"{V3} avx_vnni", "masked dot"),
    ("x86-64-v4", "", V4, "masked dot"),
    ("x86-64-v4", "+avx512vbmi", f"{V4} avx512vbmi", "base3"),
    ("x86-64-v4", AMX, f"{V4} avx512_vnni avx512vbmi amx_int8", "masked dot base3"),
    ("native", "", "", "masked dot base3"),
)
# The levels that are also compiled for threads.
THREADED = (("x86-64-v3", ""), ("x86-64-v4", AMX), ("native", ""))


class Case(NamedTuple):
    """A product: `finish` is the bits of an accumulator, negative, or those of a
    requantized result. Without groups it has no scales."""

    batch: int
    rows: int
    columns: int
    layout: str | None = None
    planes: int = 1
    groups: int = 0
    finish: int = -32


def tensor(shape, bits):
    return "tensor<" + "".join(f"{d}x" for d in shape) + f"i{bits}>"


class Network:
    """A function of many products, each with an input and a result of its own."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.inputs, self.arguments, self.body, self.results = [], [], [], []
        self.descriptions = []

    def pick(self, choices):
        return choices[self.rng.integers(len(choices))]

    def integers(self, low, high, shape, bits):
        """Random integers from `low` to `high`."""
        return self.rng.integers(low, high, shape, DTYPES[bits], endpoint=True)

    def input(self, values):
        name = f"%x{len(self.inputs)}"
        kind = tensor(values.shape, 8 * values.dtype.itemsize)
        self.inputs.append(np.ascontiguousarray(values))
        self.arguments.append(f"{name}: {kind}")
        return name, kind

    def define(self, text):
        name = f"%v{len(self.body)}"
        self.body.append(f"{name} = {text}")
        return name

    def constant(self, values):
        kind = tensor(values.shape, 8 * values.dtype.itemsize)
        data = f'dense<"0x{values.tobytes().hex()}">'
        return self.define(f"arith.constant {data} : {kind}"), kind

    def weights(self, values, layout):
        """Weights `planes x rows x columns`; `layout` is int8, int4, or what they
        become, or None for the strategy's."""
        planes, rows, columns = values.shape
        stored = layout if layout in LIMITS else "dense"
        values = pack(values, stored)
        kind = f"<{rows}x{columns} : {stored}"
        kind += f", planes = {planes}>" if planes > 1 else ">"
        data = f'dense<"0x{values.tobytes().hex()}"> : tensor<{values.size}xi8>'
        wish = ""
        if layout is not None and layout not in LIMITS:
            wish = f' {{smelt.layout = "{layout}"}}'
        name = self.define(f"ternary.weights {data}{wish} -> {kind}")
        return name, f"!ternary.weights{kind}"

    def requantization(self, rows, bits, magnitude):
        """Operands and rescale that make values of a magnitude fill `bits` bits."""
        low, high = self.pick(
            {
                8: ((-128, 127), (0, 127), (-100, 90)),
                16: ((0, 255), (-32768, 32767)),
                32: ((-(2**31), 2**31 - 1), (-9999, 99999)),
            }[bits]
        )
        goal = max(high, -low) / 2
        shift = int(np.clip(np.log2(magnitude * 2**19 / goal), 0, 62))
        sizes = [self.pick((1, rows)) for _ in range(2)]
        multiplier = self.integers(2**18, 2**20, sizes[0], 32)
        multiplier *= self.pick((1, -1))
        offset = self.integers(-(1 << shift + 3), 1 << shift + 3, sizes[1], 64)
        operands = [self.constant(multiplier), self.constant(offset)]
        names = f" requantize ({operands[0][0]}, {operands[1][0]})"
        names += f" <shift = {shift}, min = {low}, max = {high}>"
        return names, [kind for _, kind in operands]

    def result(self, text, shape, bits):
        kind = tensor(shape, bits)
        self.results.append((self.define(f"{text} -> {kind}"), kind))
        self.descriptions.append(text)

    def extremes(self, batch, planes, rows, columns, limit):
        """Rows of inputs and of weights that are at their limits everywhere."""
        x = self.integers(-128, 127, (batch, columns), 8)
        first = self.rng.integers(3)
        for n in range(batch):
            if (n + first) % 3 < 2:
                x[n] = (-128, 127)[(n + first) % 3]
        w = self.integers(-limit, limit, (planes, rows, columns), 8)
        w[:, 0::4] = limit
        w[:, 1::4] = -limit
        w[:, 2::4, ::2] = limit
        w[:, 2::4, 1::2] = -limit
        return x, w

    def scales(self, shape, most):
        """Scales `planes x rows x groups` up to a magnitude, which one has."""
        values = self.integers(-most, most, shape, 16)
        values.flat[0] = most
        return self.constant(values)

    def matmul(self, case, extreme=False):
        """A product with weights of its own, which it returns."""
        limit = LIMITS.get(case.layout, 1)
        shape = case.planes, case.rows, case.columns
        x, w = self.extremes(case.batch, *shape, limit)
        if not extreme:
            x = self.integers(-128, 127, x.shape, 8)
            w = self.integers(-limit, limit, w.shape, 8)
        weights = self.weights(w, case.layout)
        self.multiply(x, weights, case)
        return weights

    def multiply(self, x, weights, case):
        limit = LIMITS.get(case.layout, 1)
        accumulator = -case.finish if case.finish < 0 else self.pick((32, 64))
        operands, kinds = "", []
        magnitude = 60 * limit * case.columns**0.5
        if case.groups:
            most = 2**30 // (128 * limit * case.columns * case.planes)
            most = 32767 if accumulator == 64 else min(most, 32767)
            shape = case.planes, case.rows, case.groups
            name, kind = self.scales(shape, most)
            operands, kinds = f" scales ({name})", [kind]
            magnitude *= most * case.planes**0.5
        bits = accumulator
        if case.finish > 0:
            bits = case.finish
            names, types = self.requantization(case.rows, bits, magnitude)
            operands, kinds = operands + names, kinds + types
        attributes = f" {{accumulator = i{accumulator}}}" if accumulator == 64 else ""
        x_name, x_kind = self.input(x)
        self.result(
            f"ternary.matmul {x_name}, {weights[0]}{operands}{attributes}"
            f" : ({', '.join([x_kind, weights[1], *kinds])})",
            (case.batch, case.rows),
            bits,
        )

    def attention(self, tokens, heads, groups, size, capacity, position):
        """Attention of queries and a cache with random scales for each row."""
        operands = []
        for rows in ((tokens, heads), (capacity, groups), (capacity, groups)):
            codes = self.integers(-128, 127, (*rows, size), 8)
            codes[:: self.pick((2, 3))] = self.pick((-128, 127))
            operands.append(self.input(codes))
            scales = self.integers(1, 2**20, rows, 32) >> self.pick((0, 0, 9))
            operands.append(self.input(np.maximum(scales, 1)))
        operands.append(self.input(np.array([position], np.int32)))
        score = f"{2**30 + self.pick(range(2**30))}, {self.pick((36, 40, 44))}"
        finish = f"{2**30 + self.pick(range(2**30))}, {self.pick((4, 10, 16))}"
        q, qa, k, ka, v, va, at = (name for name, _ in operands)
        self.result(
            f"ternary.attention {q} by {qa} keys {k} by {ka} values {v} by {va}"
            f" at {at} score ({score}) requantize ({finish})"
            f" : ({', '.join(kind for _, kind in operands)})",
            (tokens, heads, size),
            32,
        )

    def embed(self, weights, case):
        """Rows of weights, those beyond the last as well."""
        ids = self.integers(-1, case.rows, case.batch, 32)
        ids[0], ids[-1] = 0, case.rows - 1
        name, kind = self.input(ids)
        operands, kinds = f"{name}, {weights[0]}", [kind, weights[1]]
        magnitude = (LIMITS.get(case.layout, 1) + 1) // 2
        if case.groups:
            scales = self.scales((case.planes, case.rows, case.groups), 999)
            operands += f" scales ({scales[0]})"
            kinds.append(scales[1])
            magnitude *= 500
        names, types = self.requantization(case.rows, 32, magnitude)
        kinds = ", ".join(kinds + types)
        self.result(
            f"ternary.embed {operands}{names} : ({kinds})",
            (case.batch, case.columns),
            32,
        )

    def map_bytes(self, count):
        """Functions of one byte: any, by its table, and a requantization."""
        x, kind = self.input(self.integers(-128, 127, (1, count), 8))
        table, table_kind = self.constant(self.integers(-128, 127, 256, 8))
        kinds = f"{kind}, {table_kind}"
        self.result(f"ternary.lookup {x}, {table} : ({kinds})", (1, count), 8)
        rescale, kinds = self.requantization(1, 8, 60)
        operands, rescale = rescale.split("(")[1].split(")")
        self.result(
            f"ternary.requantize {x}, {operands}{rescale}"
            f" : ({', '.join([kind, *kinds])})",
            (1, count),
            8,
        )

    def text(self):
        names = ", ".join(name for name, _ in self.results)
        kinds = ", ".join(kind for _, kind in self.results)
        return (
            f"func.func @kernels({', '.join(self.arguments)}) -> ({kinds}) {{\n  "
            + "\n  ".join(self.body)
            + f"\n  return {names} : {kinds}\n}}\n"
        )


def add_products(net, layout):
    """Each number of columns with one vector and several, with random rest."""
    finishes = itertools.cycle((-32, 8, -64, 32, 16, 8))
    rows, batches = itertools.cycle(ROWS), itertools.cycle(BATCHES[1:])
    for columns, several in itertools.product(COLUMNS, (False, True)):
        batch = next(batches) if several else 1
        planes = 1 if layout in LIMITS else net.pick((1, 1, 2, 3))
        groups = 1 if planes > 1 else net.pick((0, 0, 1))
        case = Case(batch, next(rows), columns, layout, planes, groups, next(finishes))
        net.matmul(case, extreme=bool(net.pick((0, 1))))


def add_groups(net, layout, kind):
    """Products whose groups blocks divide, of one vector or several."""
    batches = itertools.cycle((1, 7, 13))
    for columns, groups in GROUPS.get(kind, GROUPS["twobit"]):
        planes = 1 if layout in LIMITS else net.pick((1, 2, 3))
        finish = net.pick((-32, -64, 8, 16, 32))
        batch, rows = next(batches), net.pick(ROWS)
        case = Case(batch, rows, columns, layout, planes, groups, finish)
        net.matmul(case, extreme=bool(net.pick((0, 1))))


def add_tied(net, layout):
    """Weights that products and embeddings share, in groups of their own."""
    for rows, columns, groups in ((33, 97, 0), (50, 384, 4)):
        planes = 1 if layout in LIMITS or not groups else 2
        case = Case(7, rows, columns, layout, planes, groups)
        weights = net.matmul(case)
        net.embed(weights, case)
        x = net.integers(-128, 127, (1, columns), 8)
        net.multiply(x, weights, case._replace(batch=1))
        # Blocks need not divide the groups of an embedding.
        net.embed(weights, case._replace(batch=3, groups=5))


def add_large(net, layout):
    """Rows whose sums need nearly 32 bits, or 64."""
    wide = 140_000 if layout == "int8" else 300_000
    for batch in (1, 3):
        finish = -64 if layout == "int8" else -32
        net.matmul(Case(batch, 3, wide, layout, finish=finish), extreme=True)
    net.matmul(Case(13, 16, 90_000, layout, finish=-64), extreme=True)


def add_lookups(net):
    rows, columns, batches = LOOKUPS
    batches = itertools.cycle(batches)
    for row, column in itertools.product(rows, columns):
        extreme = bool(net.pick((0, 1)))
        net.matmul(Case(next(batches), row, column), extreme=extreme)


def build(strategy):
    net = Network(1)
    # What `masked` makes of ternary weights is not interleaved.
    layout = "int8" if strategy == "masked" else None
    kind = {"masked": "int8", "dot": "twobit", "base3": "base3"}[strategy]
    add_products(net, layout)
    add_groups(net, layout, kind)
    add_tied(net, layout)
    add_large(net, layout)
    for shape in ATTENTION:
        net.attention(*shape)
    for count in MAPPED:
        net.map_bytes(count)
    if strategy == "masked":
        add_groups(net, "int4", "int4")
        add_tied(net, "int4")
        for batch, rows, columns in ((1, 33, 97), (7, 16, 384), (13, 10, 5)):
            net.matmul(Case(batch, rows, columns, "int4", 1, 0, 8), extreme=True)
    if strategy == "base3":
        add_lookups(net)
    if strategy == "dot":
        # Without vectors that can look bytes up, these are read row by row.
        for batch, groups in ((1, 0), (7, 2)):
            net.matmul(Case(batch, 33, 192, "base3", 1, groups, 8))
    return net


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{done.stderr[:4000]}")
    return done.stdout


def list_levels(strategy):
    """The levels that this machine can run, and whether with threads."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    line = next(line for line in info if line.startswith("flags"))
    flags = set(line.split(":")[1].split())
    levels = [
        (cpu, added)
        for cpu, added, needs, strategies in LEVELS
        if flags.issuperset(needs.split()) and strategy in strategies.split()
    ]
    threaded = [level for level in levels if level in THREADED and strategy != "masked"]
    return [(*level, False) for level in levels] + [
        (*level, True) for level in threaded
    ]


def is_wrong(label, text, value, result):
    """Whether a result differs from its value; says where."""
    places = np.argwhere(value != result)
    if not places.size:
        return False
    at = tuple(places[0])
    print(f"{label}: {text}: {len(places)} of {value.size} differ")
    print(f"  {result[at]} instead of {value[at]} at {at}")
    return True


def check(library, net, expected, label):
    """Calls a library and returns the number of results that are wrong."""
    function = ctypes.CDLL(str(library.resolve())).kernels
    function.restype = None
    results = [np.full(e.shape, 85, e.dtype) for e in expected]
    inputs = [x.copy() for x in net.inputs]
    function(*(ctypes.c_void_p(a.ctypes.data) for a in (*inputs, *results)))
    cases = zip(net.descriptions, expected, results, strict=True)
    return sum(is_wrong(label, *case) for case in cases)


def main():
    strategy, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    net = build(strategy)
    source = folder / "kernels.mlir"
    source.write_text(net.text())

    def compile(numbered):
        i, (cpu, features, threads) = numbered
        library = folder / f"kernels{i}.so"
        command = ["smelt", "compile", str(source), "-o", str(library)]
        command += ["--strategy", strategy, "--name", "kernels", "--cpu", cpu]
        command += ["--features", features] if features else []
        run(*command, *(["--openmp"] if threads else []))
        return library

    levels = list_levels(strategy)
    openmp = ctypes.CDLL("libgomp.so.1", mode=ctypes.RTLD_GLOBAL)
    with ThreadPoolExecutor(2) as pool:
        libraries = pool.map(compile, enumerate(levels))
        generic = run("smelt-opt", "--mlir-print-op-generic", str(source))
        expected = Interpreter(generic).run(net.inputs)
        wrong = 0
        for (cpu, features, threads), library in zip(levels, libraries, strict=True):
            for count in (1, 2, 3) if threads else (0,):
                if count:
                    openmp.omp_set_num_threads(count)
                label = f"{cpu}{features} {strategy} threads {count}"
                wrong += check(library, net, expected, label)
    print(f"{len(expected)} results on {len(levels)} levels, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
