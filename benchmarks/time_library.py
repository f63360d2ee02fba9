#!/usr/bin/env python3
"""Time one library of a language model; a step of language_models.py.

    benchmarks/time_library.py MODEL.so decode|prefill COUNT

prints tokens a second of COUNT tokens, after a run that is not timed. The number of
threads is that of OMP_NUM_THREADS. The libraries of Smelt have no other way to set it,
which is why each measurement is a process.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python"))

import smelt  # noqa: E402


def time_decode(model, ids):
    sequence = model.sequence()
    sequence.prefill(ids[:1])
    sequence.decode(int(ids[0]))
    begin = time.perf_counter()
    for token in ids.tolist():
        sequence.decode(token)
    return time.perf_counter() - begin


def time_prefill(model, ids):
    sequence = model.sequence()
    sequence.prefill(ids)
    sequence.reset()
    begin = time.perf_counter()
    sequence.prefill(ids)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("library", type=Path)
    parser.add_argument("measure", choices=["decode", "prefill"])
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    model = smelt.load(options.library)
    generator = np.random.default_rng(0)
    ids = generator.integers(0, model.vocabulary_size, options.count)
    measure = {"decode": time_decode, "prefill": time_prefill}[options.measure]
    print(options.count / measure(model, ids))


if __name__ == "__main__":
    main()
