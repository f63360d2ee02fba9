#!/usr/bin/env python3
"""Compile cut and mutated copies of models to C; nothing may crash or hang.

Every run must exit with 0, or with 1, a diagnostic that names the file, and no
output. The mutations follow from --seed. Half of them hit the ends of the file,
where a model's structure lies, and not its weights; most leave all lengths, so
that the file can still be read. Files that break the rule are kept in
--directory. Exits with 1 if there are any.
"""

import argparse
import collections
import os
import random
import subprocess
import sys
from pathlib import Path

CUTS = 64
TIMEOUT_SECONDS = 60
STRUCTURE_BYTES = 5000
# LLVM's libraries are not built with AddressSanitizer: they use memory that
# their headers, built with it, have marked as free.
ENVIRONMENT = {**os.environ, "ASAN_OPTIONS": "allow_user_poisoning=0"}


def mutate(data, generator):
    """A copy of `data` with 1 to 16 bits, bytes or short runs changed."""
    result = bytearray(data)
    kinds = generator.choice([[0, 1], [0, 1], [0, 1], [0, 1, 2, 3]])
    for _ in range(generator.choice([1, 1, 2, 4, 16])):
        offset = generator.randrange(len(result))
        if generator.random() < 0.5:
            offset %= STRUCTURE_BYTES
            if generator.random() < 0.5:
                offset = len(result) - 1 - offset
        offset = max(0, min(offset, len(result) - 1))
        kind = generator.choice(kinds)
        length = generator.randrange(1, 9)
        if kind == 0:
            result[offset] ^= 1 << generator.randrange(8)
        elif kind == 1:
            result[offset] = generator.choice([0, 1, 127, 128, 255])
        elif kind == 2:
            del result[offset : offset + length]
        else:
            result[offset:offset] = generator.randbytes(length)
    return bytes(result)


def variants(data, mutations, seed):
    for i in range(CUTS):
        yield f"cut{i}", data[: len(data) * i // CUTS]
    generator = random.Random(seed)
    for i in range(mutations):
        yield f"mutation{i}", mutate(data, generator)


def check(tool, path, options):
    """None if the tool behaved, or what it did instead; and the exit code."""
    output = path.with_suffix(".c")
    command = [tool, "compile", path, "-o", output, *options]
    try:
        result = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_SECONDS, env=ENVIRONMENT
        )
    except subprocess.TimeoutExpired:
        return "hang", None
    finally:
        written = list(path.parent.glob(f"{path.stem}.[ch]*"))
        for file in written:
            file.unlink()
    text = result.stderr.decode(errors="replace")
    if "runtime error: " in text:
        return text[-500:], result.returncode
    if result.returncode == 0:
        return None, 0
    if result.returncode == 1 and "error: " in text and path.name in text:
        return (f"left {written[0].name}" if written else None), 1
    return f"exit code {result.returncode}: {text[-500:]}", result.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--tool", default="build/bin/smelt")
    parser.add_argument("--mutations", type=int, default=500, help="for each model")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--directory", type=Path, default=Path("build/fuzz"))
    parser.add_argument("--option", action="append", default=[], help="of the tool")
    arguments = parser.parse_args()

    arguments.directory.mkdir(parents=True, exist_ok=True)
    codes, broken = collections.Counter(), 0
    for model in arguments.models:
        data = model.read_bytes()
        for name, variant in variants(data, arguments.mutations, arguments.seed):
            path = arguments.directory / f"{model.stem}-{name}.onnx"
            path.write_bytes(variant)
            problem, code = check(arguments.tool, path, arguments.option)
            if problem:
                broken += 1
                print(f"{path}: {problem}", flush=True)
            else:
                path.unlink()
            codes[code] += 1
    accepted, refused = codes[0], codes[1]
    print(f"{accepted} accepted, {refused} refused, {broken} crashed or hung")
    return 1 if broken else 0


sys.exit(main())
