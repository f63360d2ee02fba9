# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`python -m smelt.reference model.mlir --input x.npy --output y.npz`"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from .interpreter import Interpreter
from .module import ParseError

ERRORS = (OSError, ParseError, OverflowError, ValueError, TypeError, IndexError)


def main(arguments: list[str] | None = None) -> int:
    """Runs a module on .npy files; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m smelt.reference",
        description="Run an integer module, as printed by smelt-opt "
        "--mlir-print-op-generic, in NumPy.",
    )
    parser.add_argument("module", help="the module; - is standard input")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="FILE.npy",
        help="an input, in the order of the function's arguments; its first dimension "
        "may count samples",
    )
    parser.add_argument(
        "--function", metavar="NAME", help="which one to run, if several are public"
    )
    parser.add_argument("--output", required=True, metavar="FILE.npz")
    options = parser.parse_args(arguments)
    try:
        if options.module == "-":
            text = sys.stdin.read()
        else:
            with open(options.module, encoding="utf-8") as file:
                text = file.read()
        interpreter = Interpreter(text, options.function)
        results = interpreter.run([np.load(name) for name in options.input])
        np.savez(
            options.output,
            **dict(zip(interpreter.result_names(), results, strict=True)),
        )
    except ERRORS as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
