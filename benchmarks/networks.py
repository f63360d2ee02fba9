#!/usr/bin/env python3
"""Compare the speed of Smelt's ONNX networks with onnxruntime and onnx2c.

    benchmarks/networks.py --smelt build/bin/smelt --mnist8 mnist-8/model.onnx

times one call, on one thread, at the batch sizes of --batch: Smelt's native object for
this CPU and its C, onnxruntime in float32 and 8 bits, and onnx2c's C if its path is
given. The C is compiled with -O3 -march=native. Programs take turns for some rounds,
and the median counts. Where valgrind is installed, callgrind counts the instructions of
a call of the C at -O2 for a plain x86-64.
"""

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

import onnx
from machine import describe, find_compiler
from network_models import make_networks
from report import bar_chart, markdown_table

HERE = Path(__file__).resolve().parent
NATIVE = ["-O3", "-march=native"]
PLAIN = ["-O2", "-march=x86-64"]


def run(command):
    """The standard output; the end of the program if the command fails."""
    command = list(map(str, command))
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        last = result.stderr.strip()[-500:]
        sys.exit(f"networks.py: error: {' '.join(command)}: {last}")
    return result


@dataclass
class Subject:
    """What is timed.

    program: prints nanoseconds, and of onnxruntime those of an empty call.
    instructions: of one call, where they were counted.
    """

    name: str
    program: list
    times: list = field(default_factory=list)
    overheads: list = field(default_factory=list)
    instructions: int | None = None

    def measure(self, repeat):
        numbers = run([*self.program, repeat]).stdout.split()
        self.times.append(float(numbers[0]))
        self.overheads.append(float(numbers[1]) if len(numbers) > 1 else 0.0)

    @property
    def microseconds(self):
        """Of one call, without what calling from Python costs at least."""
        time = statistics.median(self.times) - min(self.overheads)
        return max(0.0, time) / 1e3


def build_caller(source, flags, function, batch_shape, in_type, path):
    """A program that calls `function` of `source`, a C file or an object."""
    limit = 255 if in_type == "uint8_t" else 1
    define = {
        "NETWORK": function,
        "IN_TYPE": in_type,
        "IN_SIZE": prod(batch_shape),
        "OUT_BYTES": 8 * 10 * batch_shape[0],
        "IN_LIMIT": limit,
    }
    compiler = find_compiler()
    # Apart, as the network must not be inlined into the loop.
    part = path.with_suffix(".o")
    if source.suffix == ".c":
        run([compiler, *flags, "-w", "-c", source, "-o", part])
    else:
        part = source
    defines = [f"-D{name}={value}" for name, value in define.items()]
    caller = HERE / "call_network.c"
    run([compiler, "-O2", *defines, caller, part, "-lm", "-o", path])
    return path


def make_smelt(options, network, batch, folder):
    """Smelt's native object and its C; one of each for every --smelt-options."""
    shape, subjects = (batch, *network.shape), []
    for number, text in enumerate(options.smelt_options or [""]):
        command = [options.smelt, "compile", network.model, "--name", "network"]
        command += [*network.options, *text.split()]
        stem = folder / f"smelt{number}"
        source, native = stem.with_suffix(".c"), folder / f"smelt{number}-native.o"
        run([*command, "-o", source])
        run([*command, "--cpu", "native", "-o", native])
        common = "network", shape, "uint8_t"
        programs = {
            "object": build_caller(native, [], *common, stem.with_suffix(".native")),
            "C": build_caller(source, NATIVE, *common, stem.with_suffix(".run")),
        }
        plain = build_caller(source, PLAIN, *common, stem.with_suffix(".plain"))
        for form, program in programs.items():
            subject = Subject(f"Smelt {text} {form}".replace("  ", " "), [program])
            if form == "C":
                subject.instructions = count_instructions(plain, "network")
            subjects.append(subject)
    return subjects


def make_onnx2c(options, network, batch, folder):
    source = folder / "onnx2c.c"
    source.write_text(run([options.onnx2c, network.peer_model]).stdout)
    common = "entry", (batch, *network.shape), "float"
    program = build_caller(source, NATIVE, *common, folder / "onnx2c.run")
    plain = build_caller(source, PLAIN, *common, folder / "onnx2c.plain")
    count = count_instructions(plain, "entry")
    return Subject("onnx2c C", [program], instructions=count)


def count_instructions(program, function):
    """Of the only call of `function`; None without valgrind."""
    if not shutil.which("valgrind"):
        return None
    out = program.with_suffix(".callgrind")
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    result = run([*command, f"--toggle-collect={function}", program, 0])
    return int(re.search(r"Collected : (\d+)", result.stderr)[1])


def make_onnxruntime(network, folder):
    """float32, and 8 bits by static and by dynamic quantization."""
    from onnxruntime import quantization

    source = network.peer_model
    prepared = folder / "prepared.onnx"
    quantization.quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
    dynamic, static = folder / "dynamic.onnx", folder / "static.onnx"
    quantization.quantize_dynamic(prepared, dynamic)
    quantization.quantize_static(prepared, static, Samples(source))
    program = [sys.executable, HERE / "time_onnxruntime.py"]
    models = {"float32": source, "int8 static": static, "int8 dynamic": dynamic}
    return [
        Subject(f"onnxruntime {form}", [*program, model])
        for form, model in models.items()
    ]


class Samples:
    """Calibration data for onnxruntime's static quantization: reals from 0 to 1."""

    def __init__(self, model, count=8):
        import numpy as np

        value = onnx.load(model).graph.input[0]
        shape = [size.dim_value for size in value.type.tensor_type.shape.dim]
        generator = np.random.default_rng(1)
        self.samples = iter(
            [{value.name: generator.random(shape, np.float32)} for _ in range(count)]
        )

    def get_next(self):
        return next(self.samples, None)


def make_table(subjects):
    """Markdown; ratios are to the fastest of onnxruntime and to onnx2c."""
    runtime = min(
        (s.microseconds for s in subjects if s.name.startswith("onnxruntime")),
        default=None,
    )
    other = next((s for s in subjects if s.name.startswith("onnx2c")), None)
    header = ["", "µs a call", "onnxruntime's best", "onnx2c"]
    header += ["instructions", "onnx2c's"]
    rows = []
    for subject in subjects:
        time, count = subject.microseconds, subject.instructions
        rows.append(
            [
                subject.name,
                time,
                f"{runtime / time:.2f}×" if runtime and time else "–",
                f"{other.microseconds / time:.2f}×" if other and time else "–",
                count,
                share(count, other),
            ]
        )
    return markdown_table(header, rows)


def share(count, other):
    if not count or not other or not other.instructions:
        return "–"
    return f"{100 * count / other.instructions:.0f} %"


def make_parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smelt", type=Path, required=True, help="the smelt tool")
    parser.add_argument(
        "--smelt-options",
        action="append",
        metavar="OPTIONS",
        help="options of smelt compile; several times, to compare them",
    )
    parser.add_argument("--onnx2c", type=Path, help="the onnx2c tool")
    parser.add_argument(
        "--tfc",
        type=Path,
        default=HERE.parent / "examples" / "mnist" / "TFC_2W2A.onnx",
    )
    parser.add_argument("--mnist8", type=Path, help="mnist-8 of the ONNX model zoo")
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 128])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--repeat", type=int, default=9, metavar="N")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser


def measure_network(options, network, batch, folder):
    """The subjects of one network, measured in turns."""
    folder.mkdir(parents=True, exist_ok=True)
    subjects = make_smelt(options, network, batch, folder)
    subjects += make_onnxruntime(network, folder)
    if options.onnx2c:
        subjects.append(make_onnx2c(options, network, batch, folder))
    for _ in range(options.rounds):
        for subject in subjects:
            subject.measure(options.repeat)
    return subjects


def list_notes(options):
    """What is missing from the measurement."""
    notes = []
    if not options.onnx2c:
        notes.append("skipped, no program given: onnx2c")
    if not options.mnist8:
        notes.append("skipped, no model given: mnist-8")
    if not shutil.which("valgrind"):
        notes.append("skipped, valgrind is not installed: counts of instructions")
    return notes


def main():
    options = make_parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    machine, notes = describe(), list_notes(options)
    lines = ["## ONNX networks", ""]
    lines += [f"- {key}: {value}" for key, value in machine.items()]
    lines += [f"- {note}" for note in notes]
    record = {"machine": machine, "notes": notes, "networks": []}
    groups = []
    for batch in options.batch:
        folder = options.out / f"networks-{batch}"
        folder.mkdir(parents=True, exist_ok=True)
        for network in make_networks(folder, batch, options.tfc, options.mnist8):
            title = f"{network.name}, batch {batch}"
            print(f"measuring {title}", file=sys.stderr, flush=True)
            stem = re.sub(r"\W+", "-", network.name)
            subjects = measure_network(options, network, batch, folder / stem)
            lines += ["", f"### {title}", "", make_table(subjects).rstrip()]
            groups.append((title, {s.name: s.microseconds for s in subjects}))
            record["networks"].append(
                {"name": network.name, "batch": batch}
                | {"subjects": [vars(s) | {"program": None} for s in subjects]}
            )
    report = "\n".join(lines) + "\n"
    print(report)
    name = options.out / "networks"
    name.with_suffix(".md").write_text(report)
    name.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    name.with_suffix(".svg").write_text(bar_chart("ONNX networks", "µs a call", groups))


if __name__ == "__main__":
    main()
