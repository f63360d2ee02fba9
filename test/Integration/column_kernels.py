# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares products with weights by columns with the reference.

Makes a function of matrix products and convolutions, of rows, columns and planes that
fill vectors, tiles and stretches and that do not, many with the largest sums that there
are, compiles it to C and to native code, and compares every result with that of the
NumPy reference.

usage: column_kernels.py FOLDER
"""

import ctypes
import sys
from pathlib import Path
from typing import NamedTuple

from vector_kernels import Case, Network, check, run

from smelt.reference import Interpreter
from smelt.reference.weights import pack

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wstrict-prototypes", "-Werror"]
SHARED = ["-shared", "-fPIC"]
SANITIZE = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
# Of processors with AVX10, clang 19 combines features that it then warns of.
QUIET_NATIVE = "-Wno-invalid-feature-combination"
# Compilers and their options, and whether threads share the work.
BUILDS = (
    (["gcc", "-O0", *SANITIZE], False),
    (["gcc", "-O2", *SANITIZE], False),
    (["gcc", "-O2"], False),
    (["gcc", "-O3", "-march=native"], True),
    (["clang-19", "-O2"], False),
    (["clang-19", "-O3", "-march=native", QUIET_NATIVE], True),
)


class Convolution(NamedTuple):
    """Of an image of 9 by 8, with weights that have a scale for each row."""

    batch: int
    channels: int
    rows: int
    kernel: tuple
    planes: int = 1
    pad: tuple = (0, 0, 0, 0)
    stride: tuple = (1, 1)
    dilation: tuple = (1, 1)

    def result_shape(self):
        padded = (9 + self.pad[0] + self.pad[1], 8 + self.pad[2] + self.pad[3])
        sizes = zip(padded, self.kernel, self.stride, self.dilation, strict=True)
        lines, columns = ((n - (k - 1) * d - 1) // s + 1 for n, k, s, d in sizes)
        return self.batch, lines, columns, self.rows


def add_convolution(net, case):
    shape = case.rows, *case.kernel, case.channels
    columns = case.kernel[0] * case.kernel[1] * case.channels
    _, w = net.extremes(1, case.planes, case.rows, columns, 1)
    x = net.integers(-128, 127, (case.batch, 9, 8, case.channels), 8)
    x[0, :5] = -128
    data = pack(w, "dense")
    kind = "x".join(map(str, shape)) + " : dense"
    kind += f", planes = {case.planes}" if case.planes > 1 else ""
    weights = net.define(
        f'ternary.weights dense<"0x{data.tobytes().hex()}"> : tensor<{data.size}xi8>'
        f" -> <{kind}>"
    )
    scales, scales_kind = net.scales((case.planes, case.rows, 1), 99)
    names, types = net.requantization(case.rows, 8, 6000 * columns**0.5)
    x_name, x_kind = net.input(x)
    lists = {"pad": case.pad, "stride": case.stride, "dilation": case.dilation}
    attributes = ", ".join(
        f"{name} = array<i64: {', '.join(map(str, values))}>"
        for name, values in lists.items()
    )
    kinds = ", ".join([x_kind, f"!ternary.weights<{kind}>", scales_kind, *types])
    net.result(
        f"ternary.conv2d {x_name}, {weights} scales ({scales}){names} {{{attributes}}}"
        f" : ({kinds})",
        case.result_shape(),
        8,
    )


def add_convolutions(net):
    """Windows that are copied, and those that are read as one stretch, line by line,
    tap by tap and in parts of taps."""
    around = (2, 1, 1, 3)
    cases = (
        Convolution(1, 1, 8, (5, 5), 2),
        Convolution(2, 3, 10, (3, 3), 1, around, (2, 1)),
        Convolution(1, 30, 9, (3, 3), 1, around, (1, 1), (2, 1)),
        Convolution(1, 8, 16, (5, 5), 2, (2, 2, 2, 2)),
        Convolution(2, 12, 17, (1, 1), 3),
        Convolution(1, 28, 16, (3, 3), 1, around, (1, 2)),
        Convolution(1, 84, 9, (2, 3), 1, around),
        Convolution(1, 88, 8, (2, 3), 2, around, (2, 2)),
        Convolution(1, 260, 8, (2, 2), 1, around, (3, 3), (3, 1)),
        Convolution(1, 4, 150, (3, 3), 2, (1, 1, 1, 1)),
        # Not by columns.
        Convolution(1, 4, 8, (3, 3), 1, around, (1, 1), (1, 2)),
    )
    for case in cases:
        add_convolution(net, case)


def build():
    """One stretch has 255 columns of i8 at most, one tile 128 lanes."""
    net = Network(3)
    for columns in (1, 3, 4, 5, 16, 252, 255, 256, 257, 511, 1021, 1024):
        for rows, planes in ((8, 1), (10, 2), (17, 3)):
            groups = 1 if planes > 1 else net.pick((0, 1))
            finish = net.pick((-32, -64, 8, 16, 32))
            batch = net.pick((1, 1, 3))
            case = Case(batch, rows, columns, None, planes, groups, finish)
            net.matmul(case, extreme=True)
    for rows, planes in ((64, 1), (129, 1), (300, 1), (128, 2), (65, 3)):
        for columns in (37, 784):
            case = Case(2, rows, columns, None, planes, int(planes > 1), 8)
            net.matmul(case, extreme=columns == 784)
    # Not by columns: groups that have scales, and weights of few rows.
    net.matmul(Case(1, 33, 96, None, 2, 3))
    net.matmul(Case(1, 3, 784), extreme=True)
    add_convolutions(net)
    return net


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    net = build()
    source = folder / "kernels.mlir"
    source.write_text(net.text())
    expected = Interpreter(run("smelt-opt", "--mlir-print-op-generic", source)).run(
        net.inputs
    )
    command = ["smelt", "compile", source, "--strategy", "axpy", "--name", "kernels"]
    run(*command, "-o", folder / "kernels.c")
    run(*command, "-o", folder / "threads.c", "--openmp")
    run(*command, "-o", folder / "native.so", "--cpu", "native")
    openmp = ctypes.CDLL("libgomp.so.1", mode=ctypes.RTLD_GLOBAL)
    wrong = check(folder / "native.so", net, expected, "native")
    for i, (compiler, threads) in enumerate(BUILDS):
        library = folder / f"kernels{i}.so"
        options = [*STRICT, *SHARED, "-o", library]
        if threads:
            openmp.omp_set_num_threads(3)
        text = folder / ("threads.c" if threads else "kernels.c")
        run(*compiler, *options, *(["-fopenmp"] if threads else []), text)
        wrong += check(library, net, expected, " ".join(compiler))
    print(f"{len(expected)} results in {len(BUILDS) + 1} forms, {wrong} wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
