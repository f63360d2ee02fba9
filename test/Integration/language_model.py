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
    """The functions of a library, and the state of a sequence."""

    def __init__(self, library, header):
        text = Path(header).read_text()
        name = re.search(r"^void (\w+)_decode\(", text, re.M)[1]

        def size(part):
            pattern = rf"^#define {name.upper()}_{part}_SIZE (\d+)"
            return int(re.search(pattern, text, re.M)[1])

        library = ctypes.CDLL(str(Path(library).resolve()))
        self.decode = getattr(library, f"{name}_decode")
        self.decode.restype = None
        # With --block 1 there is no prefill.
        self.prefill, self.block = getattr(library, f"{name}_prefill", None), 1
        if self.prefill:
            self.prefill.restype = None
            self.block = size("PREFILL_TOKENS")
        self.logits = np.zeros(size("DECODE_LOGITS"), dtype=np.int32)
        self.verify = getattr(library, f"{name}_verify", None)
        if self.verify:
            self.verify.restype = None
            self.rows = np.zeros(
                (size("VERIFY_TOKENS"), len(self.logits)), dtype=np.int32
            )
        self.state = np.zeros(size("DECODE_STATE") // 8, dtype=np.int64)
        self.batch = getattr(library, f"{name}_batch", None)
        if self.batch:
            self.batch.restype = None
            self.sequences = size("BATCH_TOKENS")
            if size("BATCH_STATE") != self.sequences * size("DECODE_STATE"):
                sys.exit("the caches of several sequences are not as that of one")

    def call(self, function, tokens, position, *rest, state=None):
        arrays = [
            np.array(tokens, dtype=np.int32),
            np.array(position, dtype=np.int32).reshape(-1),
            self.state if state is None else state,
            *rest,
        ]
        function(*(ctypes.c_void_p(a.ctypes.data) for a in arrays))

    def run(self, ids, blocks=0):
        """The logits after each token of a new sequence; zeros in the first blocks,
        which are read at once.
        """
        self.state[:] = 0
        result = np.zeros((len(ids), len(self.logits)), dtype=np.int32)
        begin = blocks * self.block
        for position in range(0, begin, self.block):
            self.call(self.prefill, ids[position : position + self.block], position)
        for position in range(begin, len(ids)):
            self.call(self.decode, [ids[position]], position, self.logits)
            result[position] = self.logits
        return result

    def run_with_drafts(self, ids):
        """The logits after each token, of which one, two, and so on are drafts, and
        wrong ones follow them.
        """
        self.state[:] = 0
        result = np.zeros((len(ids), len(self.logits)), dtype=np.int32)
        position, count = 0, 1
        while position < len(ids):
            tokens = np.zeros(len(self.rows), dtype=np.int32)
            right = ids[position : position + count]
            tokens[: len(right)] = right
            self.call(self.verify, tokens, position, self.rows)
            result[position : position + len(right)] = self.rows[: len(right)]
            position, count = position + len(right), count % len(self.rows) + 1
        return result

    def compare_sequences(self, ids):
        """What differs between sequences at once and each alone; nothing if they are
        the same.

        Each begins a step after the one before, with the next of the ids, and is two
        tokens shorter.
        """
        count = range(self.sequences)
        texts = [(ids[n:] + ids[:n])[: max(1, len(ids) - 2 * n)] for n in count]
        alone = [(self.run(text), self.state.copy()) for text in texts]
        caches = np.zeros((len(texts), len(self.state)), dtype=np.int64)
        rows = np.zeros((len(texts), len(self.logits)), dtype=np.int32)
        for step in range(len(ids) + self.sequences):
            at = [step - n for n in count]
            # Before its first token a sequence writes where that will be, and after
            # its last one nothing.
            ended = [t >= len(text) for t, text in zip(at, texts, strict=True)]
            positions = [
                -1 if end else max(t, 0) for t, end in zip(at, ended, strict=True)
            ]
            tokens = [texts[n][positions[n]] for n in count]
            self.call(self.batch, tokens, positions, rows, state=caches)
            for n in count:
                expected = alone[n][0][positions[n]]
                if not ended[n] and not np.array_equal(rows[n], expected):
                    return f"logits of token {positions[n]} of sequence {n}"
        # Nor does any write past the context.
        tokens, positions = [0 for _ in count], [1 << 20 for _ in count]
        self.call(self.batch, tokens, positions, rows, state=caches)
        for n in count:
            if not np.array_equal(caches[n], alone[n][1]):
                return f"cache of sequence {n}"
        return ""


def make_state(interpreter):
    return [
        np.zeros(kind.shape, dtype=f"i{kind.element.width // 8}")
        for _, kind in interpreter.block.arguments[2:]
    ]


def check_reference_batch(batch, decode, ids):
    """Compares one pass of the NumPy reference with the tokens of each sequence."""
    sequences = batch.block.arguments[0][1].shape[0]
    states, expected = [], []
    for n in range(sequences):
        # The sequence has read n tokens before this one.
        after = make_state(decode)
        for position in range(n + 1):
            before = after
            at = [np.array([x], dtype=np.int32) for x in (ids[position], position)]
            logits, *after = decode.run([*at, *before])
        states.append(before)
        expected.append([logits[0], *after])
    positions = np.arange(sequences, dtype=np.int32)
    stacked = [np.stack(parts) for parts in zip(*states, strict=True)]
    results = batch.run(
        [np.array(ids[:sequences], dtype=np.int32), positions, *stacked]
    )
    for result, parts in zip(results, zip(*expected, strict=True), strict=True):
        if not np.array_equal(result, np.stack(parts)):
            sys.exit("the reference's sequences at once are not as each alone")


def run_reference(model, ids, directory, options):
    """The logits after each token, by the NumPy reference, whose block must leave
    the same cache as its single tokens.
    """
    stage, generic = f"{directory}/integer.mlir", f"{directory}/generic.mlir"
    smelt_compile(model, stage, "--until", "integer", *options)
    run(["smelt-opt", stage, "--mlir-print-op-generic", "-o", generic])
    text = Path(generic).read_text()
    decode = Interpreter(text, function="decode")
    if "@batch" in text:
        check_reference_batch(Interpreter(text, function="batch"), decode, ids)
    prefill = Interpreter(text, function="prefill")
    block = prefill.block.arguments[0][1].shape[0]
    start = np.array([0], dtype=np.int32)
    filled = prefill.run(
        [np.array(ids[:block], dtype=np.int32), start, *make_state(prefill)]
    )
    state = make_state(decode)
    result = []
    for position, token in enumerate(ids):
        at = [np.array([x], dtype=np.int32) for x in (token, position)]
        logits, *state = decode.run([*at, *state])
        result.append(logits[0])
        if position + 1 == block and not all(map(np.array_equal, state, filled)):
            sys.exit("the reference's block and its tokens leave different caches")
    return np.array(result)


def run_in_process(model, ids, directory, options):
    """The logits after each token, by the compiler's own process."""
    data = {"tokens": ids, "position": list(range(len(ids)))}
    inputs = []
    for name, values in data.items():
        path = f"{directory}/{name}.npy"
        np.save(path, np.array(values, dtype=np.int32)[:, np.newaxis])
        inputs += ["--input", f"{name}={path}"]
    output = f"{directory}/logits.npy"
    run(["smelt", "run", model, "--raw", *inputs, "-o", output, *options])
    return np.load(output)


def compare_forms(model, ids, directory, strategies, options):
    """Every backend and compiler against the reference."""
    expected = run_reference(model, ids, directory, options)

    def check(name, logits, first=0):
        if not np.array_equal(logits[first:], expected[first:]):
            sys.exit(f"{name}: logits differ from the reference's")

    def check_library(name, library, header):
        compiled = CompiledModel(library, header)
        check(name, compiled.run(ids))
        blocks = (len(ids) - 1) // compiled.block
        check(f"{name}, in blocks", compiled.run(ids, blocks), blocks * compiled.block)
        print(f"{name}: {len(ids)} positions equal, {blocks} blocks of them too")
        if compiled.verify:
            check(f"{name}, with drafts", compiled.run_with_drafts(ids))
            print(f"{name}: equal with drafts")
        if compiled.batch:
            if difference := compiled.compare_sequences(ids):
                sys.exit(f"{name}: sequences at once differ: {difference}")
            print(f"{name}: {compiled.sequences} sequences at once equal")

    for strategy in strategies:
        source = f"{directory}/{strategy}.c"
        chosen = ["--strategy", strategy, *options]
        smelt_compile(model, source, *chosen)
        for compiler, level in (("gcc", "-O2"), ("clang-19", "-O2")):
            library = f"{directory}/{strategy}.{compiler}.so"
            flags = [*WARNINGS, level, "-fPIC", "-c", source, "-o", f"{library}.o"]
            run([compiler, *flags])
            undefined = undefined_symbols(f"{library}.o") - {"memcpy", "memset"}
            if undefined:
                sys.exit(f"{compiler} {strategy}: needs {undefined}")
            run([compiler, "-shared", f"{library}.o", "-o", library])
            check_library(
                f"{compiler} {strategy}", library, f"{directory}/{strategy}.h"
            )
        library = smelt_compile(model, f"{directory}/{strategy}.so", *chosen)
        check_library(f"library {strategy}", library, f"{directory}/{strategy}.h")
        library = f"{directory}/{strategy}.native.so"
        smelt_compile(model, library, *chosen, "--cpu", "native")
        header = f"{directory}/{strategy}.h"
        check_library(f"library {strategy} for this CPU", library, header)
        check(f"process {strategy}", run_in_process(model, ids, directory, chosen))
        print(f"process {strategy}: {len(ids)} positions equal")

    # With OpenMP: C with and without its compiler's help, library, process.
    source, header = f"{directory}/threads.c", f"{directory}/threads.h"
    chosen = ["--strategy", "dot", "--openmp", *options]
    smelt_compile(model, source, *chosen)
    libraries = {"library": smelt_compile(model, f"{directory}/threads.so", *chosen)}
    for name, flags in (("gcc alone", []), ("gcc", ["-fopenmp"])):
        libraries[name] = f"{directory}/threads.{len(flags)}.so"
        warnings = [*WARNINGS, *flags, "-O2", "-fPIC", "-shared"]
        run(["gcc", *warnings, source, "-o", libraries[name]])
    for name, library in libraries.items():
        # Fewer and more again, and more than there are processors.
        for threads in (3, 1, 2, 5):
            ctypes.CDLL("libgomp.so.1").omp_set_num_threads(threads)
            check_library(f"{name}, threads: {threads}", library, header)
    chosen = ["--strategy", "dot", "--threads", "2", *options]
    check("process, threads: 2", run_in_process(model, ids, directory, chosen))
    print(f"process, threads: 2: {len(ids)} positions equal")
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
    strategies = ["axpy", "masked", "dot", "base3"]
    parser.add_argument("--strategies", nargs="+", default=strategies)
    options, forwarded = parser.parse_known_args()
    golden = Path(options.model) / "golden.json"
    if golden.exists():
        golden = json.loads(golden.read_text())
        ids = golden["ids"]
        ids_used = ids[: options.positions]
        logits = compare_forms(
            options.model, ids_used, options.directory, options.strategies, forwarded
        )
        compare_with_original(logits, golden)
    else:
        ids = np.random.default_rng(5).integers(0, 90, options.positions).tolist()
        compare_forms(
            options.model, ids, options.directory, options.strategies, forwarded
        )


if __name__ == "__main__":
    main()
