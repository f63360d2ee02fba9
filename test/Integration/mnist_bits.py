"""Checks that a network gives the same bits in every form, and its accuracy.

usage: mnist_bits.py MODEL DATA DIRECTORY --accuracy PERCENT [smelt options]
"""

import sys

import numpy as np
from harness import (
    check_equal,
    read_mnist,
    run_c,
    run_jit,
    run_object,
    run_reference,
    smelt_compile,
    undefined_symbols,
)

SENSOR = ["--input-type", "u8", "--input-range", "0:255=0:1"]
STRATEGIES = ["axpy", "masked", "dot", "base3"]
BUILDS = [
    ("gcc", "-O0"),
    ("gcc", "-O2", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"),
    ("gcc", "-O3"),
    ("clang-19", "-O0"),
    ("clang-19", "-O3"),
]


def main():
    model, data, directory, _, least, *options = sys.argv[1:]
    images, labels = read_mnist(data)
    options = [*SENSOR, *options]
    expected = run_reference(model, images, directory, *options)
    accuracy = 100 * np.mean(expected.argmax(axis=1) == labels)
    print(f"accuracy: {accuracy:.2f} %")
    if accuracy < float(least):
        sys.exit(f"the accuracy is below {least} %")

    for strategy in STRATEGIES:
        chosen = [*options, "--strategy", strategy]
        source = smelt_compile(model, f"{directory}/{strategy}.c", *chosen)
        for build in BUILDS:
            outputs = run_c(source, images, *build)
            check_equal(f"{strategy} C {' '.join(build)}", outputs, expected)
        left = undefined_symbols(f"{source}.gcc-O3.o") - {"memcpy", "memset"}
        if left:
            sys.exit(f"undefined symbols: {left}")
        check_equal(
            f"{strategy} JIT", run_jit(model, images, directory, *chosen), expected
        )
        binary = smelt_compile(model, f"{directory}/{strategy}.o", *chosen)
        outputs = run_object(binary, f"{directory}/{strategy}.h", images)
        check_equal(f"{strategy} object", outputs, expected)


main()
