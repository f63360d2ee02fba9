# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares compiled language models with transformers, whose logits are stored.

utils/make-oracles.py says what the stored file holds. Each checkpoint is made again,
compiled, and run on the stored tokens. Over all positions together the cosine of
the logits must be at least what oracles.json says for the options of the compiler,
0.999 for the options that are the default. Wherever the reference's two best are
further apart than 2 % of its range of logits, the choice must be the same.
"""

import argparse
import json
import sys
import zlib
from pathlib import Path

import numpy as np
from harness import run, smelt_compile
from language_model import CompiledModel

from smelt.reference.parser import parse_module
from smelt.reference.weights import unpack

SOURCE = Path(__file__).resolve().parents[2]
LIST = SOURCE / "test" / "Integration" / "oracles.json"
CLEAR_MARGIN = 0.02


def cosines(a, b):
    """Of rows: arrays of n x k to n cosines."""
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return (a * b).sum(axis=1) / norms


class Agreement:
    """How near logits (positions x vocabulary) are to those of the reference."""

    def __init__(self, logits, reference):
        whole = cosines(logits.reshape(1, -1), reference.reshape(1, -1))
        each = cosines(logits, reference)
        self.whole, self.mean, self.least = whole[0], each.mean(), each.min()
        best = np.sort(reference, axis=1)
        extent = best[:, -1] - best[:, 0]
        is_clear = best[:, -1] - best[:, -2] > CLEAR_MARGIN * extent
        differs = logits.argmax(axis=1) != reference.argmax(axis=1)
        self.same = np.count_nonzero(~differs)
        self.clear = np.count_nonzero(is_clear)
        self.wrong = np.count_nonzero(is_clear & differs)
        # How much the reference prefers its own choice where they differ.
        chosen = np.take_along_axis(reference, logits.argmax(axis=1)[:, None], 1)
        self.lead = ((best[:, -1] - chosen[:, 0]) / extent).max()

    def is_sound(self, least):
        return self.whole >= least and self.wrong == 0

    def cells(self):
        return (
            f"{self.whole:.7f} {self.mean:.6f} {self.least:.6f} {self.same:4} "
            f"{self.clear:5} {self.wrong:5} {self.lead:6.2%}"
        )


HEADER = " " * 23 + "whole     mean    least same clear wrong   lead"


def check_unpacked(golden, directory):
    """The importer makes of packed weights what transformers makes of them."""
    for entry, expected in golden.items():
        if not entry.endswith("/unpacked"):
            continue
        name, module, _ = entry.split("/")
        stage, generic = f"{directory}/stage.mlir", f"{directory}/generic.mlir"
        options = ["--until", "integer", "--strategy", "dot"]
        smelt_compile(f"{directory}/{name}", stage, *options)
        run(["smelt-opt", stage, "--mlir-print-op-generic", "-o", generic])
        resources = parse_module(Path(generic).read_text()).resources
        data = np.frombuffer(resources[module], np.uint8)
        if not np.array_equal(unpack(data, expected.shape, "twobit")[0], expected):
            sys.exit(f"{name}: not the weights of {module}")
        print(f"{name}: {expected.shape} weights of {module} equal")


def compare(name, demands, golden, directory):
    """Compiles one model with each of the options in `demands`, which says how near
    the logits must be; returns whether all are."""
    reference = golden[f"{name}/logits"].astype(np.float64)
    is_sound = True
    for number, (options, least) in enumerate(demands.items()):
        # The header, which says how large the state is, comes with the C.
        stem = f"{directory}/{name}-{number}"
        for output in (f"{stem}.c", f"{stem}.so"):
            arguments = ["--name", "network", "--block", "1", *options.split()]
            smelt_compile(f"{directory}/{name}", output, *arguments)
        model = CompiledModel(f"{stem}.so", f"{stem}.h")
        logits = model.run(golden[f"{name}/ids"].tolist()) / 65536
        agreement = Agreement(logits, reference)
        is_near = agreement.is_sound(least)
        is_sound &= is_near
        note = "" if is_near else f"  fails; at least {least}"
        print(f"{name:19} {agreement.cells()}  {options}{note}", flush=True)
    return is_sound


def make_checkpoint(name, options, golden, directory):
    folder = f"{directory}/{name}"
    script = SOURCE / "utils" / "make-checkpoint.py"
    run([sys.executable, script, folder, *options.split()])
    files = [Path(folder, file) for file in ("config.json", "model.safetensors")]
    contents = b"".join(file.read_bytes() for file in files)
    if zlib.crc32(contents) != golden[f"{name}/crc"]:
        sys.exit(f"{name}: not the checkpoint of the stored logits; make test-oracles")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("golden")
    parser.add_argument("directory")
    parser.add_argument("--only", help="one model of oracles.json")
    options = parser.parse_args()
    with np.load(options.golden) as file:
        golden = dict(file)
    print(HEADER)
    unsound = []
    for name, entry in json.loads(LIST.read_text()).items():
        if options.only in (None, name):
            make_checkpoint(name, entry["checkpoint"], golden, options.directory)
            if not compare(name, entry["cosines"], golden, options.directory):
                unsound.append(name)
    if options.only is None:
        check_unpacked(golden, options.directory)
    if unsound:
        sys.exit(f"too far from the reference: {', '.join(unsound)}")
    print("all are near the reference")


if __name__ == "__main__":
    main()
