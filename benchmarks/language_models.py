#!/usr/bin/env python3
"""Compare the speed of Smelt's language models with that of other programs.

    benchmarks/language_models.py --smelt build/bin/smelt --llama-bench PATH ...

measures tokens a second of decoding, one token after another, and of reading a prompt.
The models have the sizes of --shape and random ternary weights; each program has its
own fastest format. The programs take turns for some rounds, so that what else runs on
the machine meets all of them, and the median counts. What memory and the unit of 8-bit
products give is measured in the same rounds, by the best of some passes. Before each
round the files of all models are written anew, as where in memory a file came to lie
makes much of the speed.

A program whose path is not given is left out, which the result says; but llama.cpp is
then measured in llama-cpp-python, where that is installed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from gguf_model import SHAPES, adapt, list_tensors, write_model
from machine import Limits, describe, write_anew
from report import bar_chart, markdown_table

HERE = Path(__file__).resolve().parent
MEASURES = ["decode", "prefill"]

# Arguments of utils/make-checkpoint.py for the same sizes.
CHECKPOINTS = {
    "bitnet-2b-4t": ["--arch", "bitnet"],
    "llama-3-8b": (
        "--arch llama --hidden 4096 --intermediate 14336 --layers 32 --heads 32 "
        "--kv-heads 8 --head-dim 128 --vocab 128256 --no-tied"
    ).split(),
    "qwen3-1.7b": ["--arch", "qwen3", "--vocab", "151936"],
}


class MeasureError(Exception):
    """A program failed; the text says which and what it printed."""


def run(command, threads):
    """The standard output of a program that is bound to `threads` CPUs."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_PROC_BIND="true")
    command = list(map(str, command))
    try:
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True
        )
    except OSError as error:
        raise MeasureError(f"{command[0]}: {error.strerror}") from error
    if result.returncode != 0:
        last = result.stderr.strip().splitlines()[-3:]
        raise MeasureError(f"{' '.join(command)}: exit {result.returncode}: {last}")
    return result.stdout


@dataclass
class Competitor:
    """A program and its model.

    weight_bytes: what one token reads of the model.
    model: the file that has the weights.
    speeds: tokens a second by measure and threads, in the order of the rounds.
    """

    name: str
    weight_bytes: int
    model: Path = None
    speeds: dict = field(default_factory=dict)

    def measure(self, measure, threads, count):
        raise NotImplementedError

    def add(self, measure, threads, count):
        speed = self.measure(measure, threads, count)
        self.speeds.setdefault((measure, threads), []).append(speed)
        return speed

    def median(self, measure, threads):
        speeds = self.speeds.get((measure, threads))
        return statistics.median(speeds) if speeds else None


@dataclass
class Library(Competitor):
    """A shared library of Smelt."""

    def measure(self, measure, threads, count):
        program = [sys.executable, HERE / "time_library.py", self.model]
        return float(run([*program, measure, count], threads))


@dataclass
class LlamaBench(Competitor):
    """llama-bench of llama.cpp or of a program that descends from it."""

    program: Path = None
    options: list = field(default_factory=list)

    def measure(self, measure, threads, count):
        counts = (
            ["-p", 0, "-n", count] if measure == "decode" else ["-p", count, "-n", 0]
        )
        command = [self.program, "-m", self.model, "-t", threads, *counts]
        output = run([*command, "-r", 1, "-o", "json", *self.options], threads)
        return parse_llama_bench(output)


@dataclass
class LlamaPython(Competitor):
    """llama.cpp in llama-cpp-python."""

    def measure(self, measure, threads, count):
        program = [sys.executable, HERE / "time_llama_cpp.py", self.model]
        return float(run([*program, measure, count, threads], threads))


def parse_llama_bench(output):
    """Tokens a second from what `llama-bench -o json` prints.

    Raises:
        MeasureError: it is no list with one result.
    """
    try:
        (result,) = json.loads(output[output.index("[") :])
        return float(result["avg_ts"])
    except (ValueError, KeyError, TypeError) as error:
        raise MeasureError(f"llama-bench printed no result: {output!r}") from error


def streamed_bytes(shape, weights, head):
    """What one token reads of a GGUF model: all of it, but of an embedding that is
    not the head one row."""
    tensors = list_tensors(shape, weights, head)
    total = sum(tensor.size for tensor in tensors)
    if not shape.tied:
        table = next(tensor for tensor in tensors if tensor.name == "token_embd.weight")
        total -= table.size - table.form.size(1, table.columns)
    return total


def ternary_weights(shape):
    """The number of weights in the layers."""
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    attention = 2 * shape.hidden * (queries + keys)
    return shape.layers * (attention + 3 * shape.hidden * shape.intermediate)


# The models


def need_gguf(options, weights, head):
    """The path of a model in `weights`, which is written where it is missing."""
    shape = adapt(SHAPES[options.shape], weights)
    path = options.work / f"{options.shape}-{weights}-{head}.gguf"
    if not path.exists():
        print(f"writing {path}", file=sys.stderr, flush=True)
        part = path.with_suffix(".part")
        write_model(part, shape, weights, head)
        part.rename(path)
    return path, streamed_bytes(shape, weights, head)


def need_checkpoint(options):
    if options.checkpoint:
        return options.checkpoint
    folder = options.work / f"{options.shape}-checkpoint"
    if not (folder / "model.safetensors").exists():
        print(f"writing {folder}", file=sys.stderr, flush=True)
        tool = HERE.parent / "utils" / "make-checkpoint.py"
        command = [sys.executable, tool, folder, *CHECKPOINTS[options.shape]]
        subprocess.run(command, check=True)
    return folder


def compile_model(options, arguments, path):
    """Compiles the checkpoint with `arguments`; the seconds that it took."""
    folder = need_checkpoint(options)
    command = [options.smelt, "compile", folder, "-o", path, "--openmp"]
    command += ["--cpu", options.cpu, "--context", str(options.prompt), *arguments]
    begin = time.monotonic()
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise MeasureError(f"smelt compile: {result.stderr.strip()}")
    return time.monotonic() - begin


def find_weight_bytes(options, arguments):
    """What the kernels that decode one token read of the weights."""
    result = options.work / "kernels.json"
    command = [options.smelt, "bench", need_checkpoint(options), "--json", result]
    command += ["--cpu", options.cpu, "--context", 8, "--tokens", 1, "--repeat", 1]
    command += ["--prompt-tokens", 1, "--prefill", 1, *arguments]
    command += [] if "--block" in arguments else ["--block", 1]
    run(command, 1)
    (profile,) = (
        profile
        for profile in json.loads(result.read_text())["profiles"]
        if profile["function"] == "decode"
    )
    return sum(row["weight_bytes"] for row in profile["rows"])


def make_libraries(options):
    """A competitor for each set of options of Smelt, and the seconds to compile it."""
    competitors, seconds = [], {}
    for index, text in enumerate(options.smelt_options or [""]):
        name = f"Smelt {text}".strip()
        path = options.work / f"{options.shape}-{index}.so"
        seconds[name] = compile_model(options, text.split(), path)
        size = find_weight_bytes(options, text.split())
        competitors.append(Library(name, size, path))
    return competitors, seconds


def make_peers(options):
    """The peers whose programs are given, and the names of the others."""
    peers, absent = [], []
    ik_options = options.ik_options.split()
    for name, program, weights, arguments in [
        ("ik_llama.cpp IQ2_BN", options.ik_llama_bench, "iq2_bn", ik_options),
        ("bitnet.cpp I2_S", options.bitnet_bench, "i2_s", []),
        ("llama.cpp TQ2_0", options.llama_bench, "tq2_0", []),
        ("llama.cpp TQ1_0", options.llama_bench, "tq1_0", []),
    ]:
        has_package = name.startswith("llama.cpp") and find_spec("llama_cpp")
        if not program and not has_package:
            absent.append(name)
            continue
        model, size = need_gguf(options, weights, options.head)
        if program:
            peer = LlamaBench(name, size, model, program=program, options=arguments)
        else:
            peer = LlamaPython(name, size, model)
        peers.append(peer)
    return peers, absent


# The measurement


def measure_rounds(options, competitors, limits):
    """Lets the competitors take turns; those that fail are removed, and why is
    returned."""
    counts = {"decode": options.tokens, "prefill": options.prompt}
    failures = {}
    for number in range(options.rounds):
        for competitor in competitors:
            if competitor.model:
                write_anew(competitor.model)
        for threads in options.threads:
            limits.measure(threads)
            for measure in MEASURES:
                for competitor in competitors:
                    if competitor.name in failures:
                        continue
                    try:
                        speed = competitor.add(measure, threads, counts[measure])
                    except MeasureError as error:
                        failures[competitor.name] = str(error)
                        continue
                    print(
                        f"round {number + 1}, {threads} threads, {measure}, "
                        f"{competitor.name}: {speed:.1f} tokens/s",
                        file=sys.stderr,
                        flush=True,
                    )
    competitors[:] = [c for c in competitors if c.name not in failures]
    return failures


def limit_of(competitor, measure, threads, limits, shape):
    """Tokens a second if only memory (decode) or the 8-bit products of the layers
    (prefill) took time; None where that is not known."""
    limit = limits.medians()[threads]
    if measure == "decode":
        return limit["read"] * 1e9 / competitor.weight_bytes
    return limit["dot8"] and limit["dot8"] * 1e9 / (2 * ternary_weights(shape))


def make_tables(options, competitors, limits):
    """Markdown of each measure: medians, ratios to the best peer, and shares."""
    shape, parts = SHAPES[options.shape], []
    for measure in MEASURES:
        header = ["", "MB a token"]
        for threads in options.threads:
            unit = f"{threads} thread{'s' if threads > 1 else ''}"
            header += [f"{unit}: tokens/s", "to best peer", "of limit"]
        rows = []
        for competitor in competitors:
            row = [competitor.name, competitor.weight_bytes / 1e6]
            for threads in options.threads:
                speed = competitor.median(measure, threads)
                best = best_peer(competitors, measure, threads)
                limit = limit_of(competitor, measure, threads, limits, shape)
                row += [speed, best and ratio(speed, best), percent(speed, limit)]
            rows.append(row)
        parts.append(f"### {measure.capitalize()}\n\n{markdown_table(header, rows)}")
    rows = [
        [
            f"{threads}",
            *(limit[name] for name in ("read", "read_small", "dot8", "matrix8")),
        ]
        for threads, limit in limits.medians().items()
    ]
    header = ["threads", "memory, GB/s", "in ordinary pages"]
    header += ["8-bit products, GOP/s", "by matrices"]
    parts.append(f"### Limits\n\n{markdown_table(header, rows)}")
    return "\n".join(parts)


def best_peer(competitors, measure, threads):
    speeds = [
        competitor.median(measure, threads)
        for competitor in competitors
        if not isinstance(competitor, Library)
    ]
    return max(speeds, default=None)


def ratio(value, other):
    return f"{value / other:.2f}×"


def percent(value, limit):
    return f"{100 * value / limit:.0f} %" if limit else "–"


def make_chart(options, competitors):
    groups = []
    for measure in MEASURES:
        for threads in options.threads:
            name = f"{measure}, {threads} thread{'s' if threads > 1 else ''}"
            bars = {c.name: c.median(measure, threads) for c in competitors}
            groups.append((name, bars))
    return bar_chart(f"{options.shape}, ternary weights", "tokens/s", groups)


def make_record(options, competitors, limits, machine):
    """What the JSON file holds."""
    return {
        "shape": options.shape,
        "head": options.head,
        "prompt": options.prompt,
        "tokens": options.tokens,
        "machine": machine,
        "limits": limits.medians(),
        "competitors": [
            {
                "name": competitor.name,
                "bytes": competitor.weight_bytes,
                "tokens_per_second": {
                    f"{measure}, {threads}": speeds
                    for (measure, threads), speeds in competitor.speeds.items()
                },
            }
            for competitor in competitors
        ],
    }


def make_parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=SHAPES, default="bitnet-2b-4t")
    parser.add_argument("--smelt", type=Path, help="the smelt tool")
    parser.add_argument(
        "--cpu", default="native", help="CPU that Smelt compiles for (native)"
    )
    parser.add_argument(
        "--smelt-options",
        action="append",
        metavar="OPTIONS",
        help="options of smelt compile; several times, to compare them",
    )
    parser.add_argument("--checkpoint", type=Path, help="a folder of the same sizes")
    parser.add_argument("--llama-bench", type=Path, help="of llama.cpp")
    parser.add_argument("--ik-llama-bench", type=Path, help="of ik_llama.cpp")
    parser.add_argument(
        "--ik-options",
        default="-rtr 1",
        help="of ik_llama.cpp's llama-bench; without its kernels of flash attention "
        "'-rtr 1 -fa 0' is faster",
    )
    parser.add_argument("--bitnet-bench", type=Path, help="of bitnet.cpp")
    parser.add_argument("--head", choices=["q6_k", "f16"], default="q6_k")
    parser.add_argument("--prompt", type=int, default=512, metavar="TOKENS")
    parser.add_argument("--tokens", type=int, default=48, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument(
        "--work", type=Path, default=Path("build/bench"), help="where models are kept"
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser


def main():
    options = make_parser().parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    limits, machine = Limits(options.work), describe()
    try:
        libraries, seconds = make_libraries(options) if options.smelt else ([], {})
    except MeasureError as error:
        sys.exit(f"language_models.py: error: {error}")
    peers, absent = make_peers(options)
    competitors = libraries + peers
    failures = measure_rounds(options, competitors, limits)
    machine["load afterwards"] = describe()["load"]
    lines = [f"## {options.shape}", ""]
    lines += [f"- {key}: {value}" for key, value in machine.items()]
    lines += [f"- {name}: compiled in {time:.1f} s" for name, time in seconds.items()]
    lines += [f"- skipped, no program given: {name}" for name in absent]
    lines += [f"- failed: {name}: {text}" for name, text in failures.items()]
    report = "\n".join(lines) + "\n\n" + make_tables(options, competitors, limits)
    print(report)
    name = options.out / f"language-models-{options.shape}"
    record = make_record(options, competitors, limits, machine)
    record |= {"compile_seconds": seconds, "skipped": absent, "failed": failures}
    Path(f"{name}.md").write_text(report)
    Path(f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    Path(f"{name}.svg").write_text(make_chart(options, competitors))


if __name__ == "__main__":
    main()
