# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares every variant of libraries for several CPUs with code for one CPU.

A variant that this machine lacks the features of must be refused, and is skipped
aloud. Where QEMU is installed, programs also run on emulated processors, on which
each must choose a variant that they have.

usage: variants.py NETWORK LANGUAGE_MODEL FOLDER
"""

import ctypes
import shutil
import sys
from pathlib import Path

import numpy as np
from harness import run, smelt_compile
from language_model import CompiledModel
from vector_kernels import V3, V4

# CPUs, and what /proc/cpuinfo calls all that they need.
V2 = "sse4_2 ssse3 popcnt cx16 lahf_lm"
CPUS = {
    "x86-64-v2": V2,
    "x86-64-v3": f"{V2} {V3} bmi1",
    "x86-64-v4": f"{V2} {V3} {V4} bmi1",
    # This machine's, without what only others have.
    "native": "",
    "znver4": "avx512_bf16 sse4a",
}
# QEMU's names of processors, none of which has AVX-512.
EMULATED = ("Nehalem", "Haswell", "max")
THREADS = 3


def read_flags():
    info = Path("/proc/cpuinfo").read_text().splitlines()
    line = next(line for line in info if line.startswith("flags"))
    return set(line.split(":")[1].split())


class Library:
    """A library for the CPUs, whose functions begin with a name."""

    def __init__(self, path, name):
        self.path = Path(path).resolve()
        library = ctypes.CDLL(str(self.path))
        self.get = getattr(library, f"{name}_variant")
        self.use = getattr(library, f"{name}_use_variant")

    def list_runnable(self):
        """The numbers of the variants that this machine can run."""
        flags = read_flags()
        first = self.get()
        numbers = []
        for number, (cpu, needs) in enumerate(CPUS.items()):
            has = flags.issuperset(needs.split())
            used = self.use(number)
            if (used == number) != has:
                sys.exit(f"{self.path}: {cpu} {'is not' if has else 'is'} used")
            if has:
                numbers.append(number)
            else:
                print(f"skipped: this machine has no {cpu}")
        if first != max(numbers):
            sys.exit(f"{self.path}: variant {first} is chosen, not {max(numbers)}")
        for number in (-1, len(CPUS), 31, 32, 2**31 - 1, -(2**31)):
            if self.use(number) != max(numbers):
                sys.exit(f"{self.path}: there is a variant {number}")
        return numbers


def compare(model, folder, name, options, run_all):
    """The arrays that `run_all` makes of a library: of each variant, and of code for
    one CPU."""
    options = ["--name", name, *options]
    one = smelt_compile(model, f"{folder}/one-{name}.so", *options, "--cpu", "x86-64")
    expected = run_all(one)
    path = f"{folder}/{name}.so"
    smelt_compile(model, path, *options, "--cpu", ",".join(CPUS))
    library = Library(path, name)
    for number in library.list_runnable():
        library.use(number)
        cpu, results = list(CPUS)[number], run_all(path)
        if len(results) != len(expected) or not all(
            map(np.array_equal, results, expected)
        ):
            sys.exit(f"{library.path}: the results for {cpu} differ")
        print(f"{library.path.name}: {cpu} gives the same bits")


def compare_network(model, folder, openmp):
    """Results of a network for one sample after another."""
    samples = np.random.default_rng(1).integers(-128, 128, (200, 784), np.int8)

    def run_all(path):
        function = ctypes.CDLL(str(Path(path).resolve())).net
        function.restype = None
        results = np.zeros((len(samples), 10), np.int32)
        for sample, result in zip(samples, results, strict=True):
            function(*(ctypes.c_void_p(a.ctypes.data) for a in (sample, result)))
        return results

    compare(model, folder, "net", openmp, run_all)


def compare_language_model(model, folder, openmp):
    """Logits of a language model, read token by token, in blocks, and with drafts."""
    options = ["--context", "100", "--block", "8", "--speculate", "3"]
    header = smelt_compile(model, f"{folder}/story.c", "--name", "story", *options)
    ids = [int(i) for i in np.random.default_rng(2).integers(0, 512, 60)]

    def run_all(path):
        compiled = CompiledModel(path, Path(header).with_suffix(".h"))
        return [
            compiled.run(ids),
            compiled.run(ids, blocks=3),
            compiled.run_with_drafts(ids),
        ]

    compare(model, folder, "story", [*options, *openmp], run_all)


def emulate(model, folder):
    """Results of a program on other processors."""
    qemu = shutil.which("qemu-x86_64")
    if not qemu:
        print("skipped: qemu-x86_64 is not installed")
        return
    program = smelt_compile(model, f"{folder}/net", "--cpu", ",".join(CPUS))
    data = f"{folder}/input.npy"
    np.save(data, np.random.default_rng(3).random((1, 1, 28, 28), np.float32))
    expected = run([program, data])
    for cpu in EMULATED:
        if run([qemu, "-cpu", cpu, program, data]) != expected:
            sys.exit(f"{program}: the results on {cpu} differ")
        print(f"emulated {cpu} gives the same results")


def main():
    network, language_model, folder = sys.argv[1:]
    threads = ctypes.CDLL("libgomp.so.1", mode=ctypes.RTLD_GLOBAL)
    threads.omp_set_num_threads(THREADS)
    for openmp in ([], ["--openmp"]):
        own = Path(folder, f"with{len(openmp)}")
        own.mkdir(parents=True, exist_ok=True)
        compare_network(network, own, openmp)
        compare_language_model(language_model, own, openmp)
    emulate(network, folder)
    print("all variants agree")


if __name__ == "__main__":
    main()
