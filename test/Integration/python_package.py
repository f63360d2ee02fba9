# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the examples of a document in a folder, with the installed package.

Then compares the logits of the first example's library with those of `smelt run`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import smelt

STORIES = "examples/stories"
CONTEXT = 256


def run_in_process(ids):
    """The logits after each token, int32 (N, vocabulary), by the compiler itself."""
    inputs = []
    for name, values in ("tokens", ids), ("position", range(len(ids))):
        np.save(f"{name}.npy", np.array(values, dtype=np.int32)[:, np.newaxis])
        inputs += ["--input", f"{name}={name}.npy"]
    command = ["smelt", "run", STORIES, "--raw", *inputs, "-o", "logits.npy"]
    subprocess.run([*command, "--context", str(CONTEXT)], check=True)
    return np.load("logits.npy")


def run_library(path, ids):
    sequence = smelt.load(path).sequence()
    logits = []
    for token in ids:
        sequence.decode(token)
        logits.append(sequence.logits)
    return np.array(logits)


def main():
    document, folder = (Path(name).resolve() for name in sys.argv[1:])
    if folder not in Path(smelt.__file__).resolve().parents:
        sys.exit(f"{smelt.__file__} is not the installed package")
    os.chdir(folder)
    examples = re.findall(r"^```python\n(.*?)^```", document.read_text(), re.M | re.S)
    for number, example in enumerate(examples, start=1):
        Path(f"{number}.py").write_text(example)
        subprocess.run([sys.executable, f"{number}.py"], check=True)
        print(f"example {number} ran", flush=True)
    ids = np.random.default_rng(1).integers(0, 512, 64)
    if not np.array_equal(run_library("story.so", ids), run_in_process(ids)):
        sys.exit("the logits are not those of smelt run")
    print(f"{len(ids)} positions equal")


if __name__ == "__main__":
    main()
