#!/usr/bin/env python3
"""Compare the time from the start of a process to the end of one with one token.

    benchmarks/start_up.py --smelt build/bin/smelt --llama-completion PATH

A program that Smelt compiled and llama.cpp's llama-completion read the prompt `a` and
print one token, in turns; their files are in the page cache. The median counts. The
models are those of language_models.py, and the vocabularies of the same size.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from gguf_model import SHAPES
from language_models import (
    MeasureError,
    compile_model,
    need_checkpoint,
    need_gguf,
    run,
)
from machine import describe
from report import bar_chart, markdown_table


def byte_characters():
    """The characters that stand for the 256 bytes in byte-level BPE."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    characters = {byte: chr(byte) for byte in printable}
    characters |= {byte: chr(256 + index) for index, byte in enumerate(others)}
    return [characters[byte] for byte in range(256)]


def write_tokenizer(folder, size):
    """Writes tokenizer.json of byte-level BPE where the folder has no tokenizer:
    the bytes, made-up words, and no merges."""
    if any(folder.glob("tokenizer*")):
        return
    tokens = byte_characters()
    tokens += [f"word{index}" for index in range(size - len(tokens))]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "ByteLevel",
            "add_prefix_space": False,
            "trim_offsets": True,
            "use_regex": True,
        },
        "decoder": {"type": "ByteLevel"},
        "model": {
            "type": "BPE",
            "vocab": {token: index for index, token in enumerate(tokens)},
            "merges": [],
        },
    }
    text = json.dumps(tokenizer, ensure_ascii=False)
    (folder / "tokenizer.json").write_text(text, encoding="utf-8")


def make_commands(options):
    """For each program its name and a function from threads to its command."""
    commands = {}
    if options.smelt:
        folder = need_checkpoint(options)
        write_tokenizer(folder, SHAPES[options.shape].vocab)
        for number, text in enumerate(options.smelt_options or [""]):
            program = options.work / f"{options.shape}-program{number}"
            compile_model(options, text.split(), program)
            commands[f"Smelt {text}".strip()] = lambda threads, program=program: [
                program,
                *["-p", "a", "-n", "1", "--threads", threads],
            ]
    if options.llama_completion:
        model, _ = need_gguf(options, "tq2_0", options.head)
        commands["llama.cpp TQ2_0"] = lambda threads: [
            *[options.llama_completion, "-m", model, "-p", "a", "-n", 1],
            *["-t", threads, "-c", options.prompt, "--no-warmup", "-no-cnv"],
        ]
    return commands


def measure(commands, thread_counts, rounds):
    """Seconds by name and threads, after one run of each that is not timed."""
    times = {}
    for number in range(rounds + 1):
        for threads in thread_counts:
            for name, make_command in commands.items():
                begin = time.perf_counter()
                run(make_command(threads), threads)
                if number > 0:
                    seconds = time.perf_counter() - begin
                    times.setdefault((name, threads), []).append(seconds)
    return times


def make_parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shape", choices=SHAPES, default="bitnet-2b-4t")
    parser.add_argument("--smelt", type=Path, help="the smelt tool")
    parser.add_argument(
        "--cpu", default="native", help="CPU that Smelt compiles for (native)"
    )
    parser.add_argument("--smelt-options", action="append", metavar="OPTIONS")
    parser.add_argument("--checkpoint", type=Path, help="a folder of the same sizes")
    parser.add_argument("--llama-completion", type=Path, help="of llama.cpp")
    parser.add_argument("--head", choices=["q6_k", "f16"], default="q6_k")
    parser.add_argument("--prompt", type=int, default=512, help="size of the cache")
    parser.add_argument("--rounds", type=int, default=9, metavar="N")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--work", type=Path, default=Path("build/bench"))
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser


def main():
    options = make_parser().parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    options.out.mkdir(parents=True, exist_ok=True)
    machine = describe()
    try:
        commands = make_commands(options)
        times = measure(commands, options.threads, options.rounds)
    except MeasureError as error:
        sys.exit(f"start_up.py: error: {error}")
    medians = {key: 1000 * statistics.median(seconds) for key, seconds in times.items()}
    header = ["ms", *(f"{n} thread{'s' * (n > 1)}" for n in options.threads)]
    rows = [[name, *(medians[name, n] for n in options.threads)] for name in commands]
    lines = [f"## {options.shape}, from start to one token", ""]
    lines += [f"- {key}: {value}" for key, value in machine.items()]
    if not options.llama_completion:
        lines.append("- skipped, no program given: llama.cpp")
    report = "\n".join(lines) + "\n\n" + markdown_table(header, rows)
    print(report)
    groups = [
        (
            f"start to one token, {n} thread{'s' * (n > 1)}",
            {name: medians[name, n] for name in commands},
        )
        for n in options.threads
    ]
    name = options.out / f"start-up-{options.shape}"
    Path(f"{name}.md").write_text(report)
    record = {"machine": machine, "seconds": {str(k): v for k, v in times.items()}}
    Path(f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    Path(f"{name}.svg").write_text(bar_chart(options.shape, "ms", groups))


if __name__ == "__main__":
    main()
