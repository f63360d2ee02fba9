# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a compiled language model token by token, in every form.

The logits of all forms must be the same integers as those of the NumPy reference,
and near those of a float64 implementation of the same network.
"""

import argparse
import ctypes
import json
import re
import sys
from pathlib import Path

import numpy as np
from harness import WARNINGS, run, smelt_compile, undefined_symbols

from smelt.reference import Interpreter


class CompiledModel:
    """A shared library of a network's `decode`, and the state of a sequence."""

    def __init__(self, library, header):
        text = Path(header).read_text()
        name = re.search(r"^void (\w+)\(", text, re.M)[1]
        sizes = {
            part: int(
                re.search(rf"^#define {name.upper()}_{part}_SIZE (\d+)", text, re.M)[1]
            )
            for part in ("STATE", "LOGITS")
        }
        self.function = getattr(ctypes.CDLL(str(Path(library).resolve())), name)
        self.function.restype = None
        self.state = np.zeros(sizes["STATE"] // 8, dtype=np.int64)
        self.logits = np.zeros(sizes["LOGITS"], dtype=np.int32)

    def run(self, ids):
        """The logits after each token of a new sequence."""
        self.state[:] = 0
        result = np.empty((len(ids), len(self.logits)), dtype=np.int32)
        for position, token in enumerate(ids):
            arrays = [
                np.array([token], dtype=np.int32),
                np.array([position], dtype=np.int32),
                self.state,
                self.logits,
            ]
            self.function(*(ctypes.c_void_p(a.ctypes.data) for a in arrays))
            result[position] = self.logits
        return result


def run_reference(model, ids, directory):
    """The logits after each token, by the NumPy reference."""
    stage, generic = f"{directory}/integer.mlir", f"{directory}/generic.mlir"
    smelt_compile(model, stage, "--until", "integer")
    run(["smelt-opt", stage, "--mlir-print-op-generic", "-o", generic])
    interpreter = Interpreter(Path(generic).read_text())
    state = [
        np.zeros(kind.shape, dtype=f"i{kind.element.width // 8}")
        for _, kind in interpreter.block.arguments[2:]
    ]
    result = []
    for position, token in enumerate(ids):
        at = [np.array([x], dtype=np.int32) for x in (token, position)]
        logits, *state = interpreter.run([*at, *state])
        result.append(logits[0])
    return np.array(result)


def compare_forms(model, ids, directory):
    """Every backend, compiler and strategy against the reference."""
    expected = run_reference(model, ids, directory)

    def check(name, library, header):
        if not np.array_equal(CompiledModel(library, header).run(ids), expected):
            sys.exit(f"{name}: logits differ from the reference's")
        print(f"{name}: {len(ids)} positions equal")

    for strategy in ("masked", "dot", "base3"):
        source = f"{directory}/{strategy}.c"
        smelt_compile(model, source, "--strategy", strategy)
        for compiler, level in (("gcc", "-O2"), ("clang-19", "-O2")):
            library = f"{directory}/{strategy}.{compiler}.so"
            run(
                [
                    compiler,
                    *WARNINGS,
                    level,
                    "-fPIC",
                    "-c",
                    source,
                    "-o",
                    f"{library}.o",
                ]
            )
            undefined = undefined_symbols(f"{library}.o") - {"memcpy", "memset"}
            if undefined:
                sys.exit(f"{compiler} {strategy}: needs {undefined}")
            run([compiler, "-shared", f"{library}.o", "-o", library])
            check(f"{compiler} {strategy}", library, f"{directory}/{strategy}.h")
        library = smelt_compile(
            model, f"{directory}/{strategy}.so", "--strategy", strategy
        )
        check(f"library {strategy}", library, f"{directory}/{strategy}.h")
    return expected


def compare_with_original(logits, golden):
    """The logits and choices of the float64 network that the model was made from."""
    for mine, float64 in zip(logits, golden["logits_first4"], strict=False):
        mine, float64 = mine / 65536, np.array(float64)
        cosine = mine @ float64 / np.linalg.norm(mine) / np.linalg.norm(float64)
        if cosine < 0.9995:
            sys.exit(f"cosine of the logits with the original's is {cosine}")
    # The greedy choice is the original's, unless its two best are close.
    chosen = logits.argmax(axis=1)
    wanted = np.array(golden["ids"][1 : len(logits) + 1])
    scores = np.take_along_axis(logits, wanted[:, np.newaxis], 1)[:, 0]
    lead = (logits.max(axis=1) - scores) / 65536
    share = np.mean(chosen == wanted)
    print(f"same choice at {share:.1%}, largest lead {lead.max():.3f}")
    if lead.max() > 0.3:
        sys.exit("a choice differs where the original's was clear")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("directory")
    parser.add_argument("--positions", type=int, default=64)
    options = parser.parse_args()
    golden = Path(options.model) / "golden.json"
    if golden.exists():
        golden = json.loads(golden.read_text())
        ids = golden["ids"]
        logits = compare_forms(
            options.model, ids[: options.positions], options.directory
        )
        compare_with_original(logits, golden)
    else:
        ids = np.random.default_rng(5).integers(0, 90, options.positions).tolist()
        compare_forms(options.model, ids, options.directory)


if __name__ == "__main__":
    main()
