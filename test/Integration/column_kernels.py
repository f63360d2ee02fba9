# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares products with weights by columns with the reference.

Makes a function of matrix products, of rows, columns and planes that fill vectors,
tiles and stretches and that do not, many with the largest sums that there are,
compiles it to C and to native code, and compares every result with that of the NumPy
reference.

usage: column_kernels.py FOLDER
"""

import ctypes
import sys
from pathlib import Path

from vector_kernels import Case, Network, check, run

from smelt.reference import Interpreter

STRICT = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wstrict-prototypes", "-Werror"]
SHARED = ["-shared", "-fPIC"]
SANITIZE = ["-fsanitize=undefined", "-fno-sanitize-recover=all"]
# Compilers and their options, and whether threads share the work.
BUILDS = (
    (["gcc", "-O0", *SANITIZE], False),
    (["gcc", "-O2", *SANITIZE], False),
    (["gcc", "-O2"], False),
    (["gcc", "-O3", "-march=native"], True),
    (["clang-19", "-O2"], False),
    (["clang-19", "-O3", "-march=native"], True),
)


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
