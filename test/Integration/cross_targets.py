# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs compiled models on emulated processors, which must give this machine's bits.

usage: cross_targets.py FAMILY DATA DIRECTORY

This machine's bits are those of the C, compiled by gcc. On a processor the same C is
compiled by a compiler for it, and the objects of each of its targets are linked.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from harness import C_TYPES, Signature, run, smelt_compile

SOURCES = Path(__file__).parent / "Inputs" / "cross"
EXAMPLES = Path(__file__).parents[2] / "examples"
STRICT = "-std=c99 -pedantic -Wall -Wextra -Wstrict-prototypes -Werror".split()
STRATEGIES = ["axpy", "masked", "dot", "base3"]
CONTEXT, BLOCK = 32, 8
DIGITS, TOKENS = 40, 12

NETWORK_MAIN = """
#include "{header}"
#include "io.h"

void run(void) {{
  static {input_type} input[{input_size}];
  static {output_type} output[{output_size}];
  while (read_bytes(input, sizeof input)) {{
    {function}(input, output);
    write_bytes(output, sizeof output);
  }}
}}
"""

LANGUAGE_MAIN = """
#include "{header}"
#include "io.h"

void run(void) {{
  static int32_t tokens[{block}], logits[{logits}], position;
  static int64_t state[{state} / 8];
  read_bytes(tokens, sizeof tokens);
  {name}_prefill(tokens, &position, (int8_t *)state);
  position = {block};
  while (read_bytes(tokens, sizeof *tokens)) {{
    {name}_decode(tokens, &position, (int8_t *)state, logits);
    write_bytes(logits, sizeof logits);
    position++;
  }}
}}
"""


class Emulator(NamedTuple):
    """A processor, and how the targets whose code it runs are linked for it."""

    name: str
    command: list
    targets: list
    """Targets of Smelt by name; "C" is C."""


class Family(NamedTuple):
    compiler: list
    linking: list
    """What the compiler needs to link a program."""
    flags: list
    """More flags, one list after another, for C."""
    io: str
    emulators: list
    big_endian: bool = False
    all_strategies: bool = False
    """Whether objects are made by each strategy."""
    short_int: bool = False
    """`int` has 16 bits, and arrays no more than 32767 bytes."""


O2_O3 = [["-O2"], ["-O3"]]


def arm64(name, targets):
    return Emulator(name, ["qemu-aarch64", "-cpu", name], targets)


def riscv_vectors(length):
    cpu = f"rv64,v=true,vext_spec=v1.0,vlen={length}"
    name = f"vectors of {length} bits"
    return Emulator(name, ["qemu-riscv64", "-cpu", cpu], ["riscv64gcv"])


NODE = ["node", str(SOURCES / "run_wasm.js")]
WASM_LINKING = "-nostdlib -Wl,--no-entry -Wl,--export=run -Wl,--allow-undefined"
# Each processor is the least that has what its targets need: it refuses more.
FAMILIES = {
    "aarch64": Family(
        ["aarch64-linux-gnu-gcc"],
        ["-static"],
        [["-O2"], ["-O3", "-march=armv8.2-a+dotprod"]],
        "io_libc.c",
        [
            arm64("cortex-a53", ["aarch64"]),
            arm64("neoverse-n1", ["aarch64-dotprod", "C"]),
            arm64("max", ["aarch64-i8mm"]),
        ],
        all_strategies=True,
    ),
    "armv7": Family(
        ["arm-linux-gnueabihf-gcc", "-mfpu=neon"],
        ["-static"],
        O2_O3,
        "io_libc.c",
        [Emulator("cortex-a9", ["qemu-arm", "-cpu", "cortex-a9"], ["armv7-neon", "C"])],
        all_strategies=True,
    ),
    "riscv64": Family(
        ["riscv64-linux-gnu-gcc"],
        ["-static"],
        O2_O3,
        "io_libc.c",
        [
            Emulator("rv64", ["qemu-riscv64", "-cpu", "rv64"], ["riscv64gc", "C"]),
            *map(riscv_vectors, (128, 256, 512, 1024)),
        ],
    ),
    "wasm": Family(
        "clang-19 --target=wasm32 -ffreestanding".split(),
        WASM_LINKING.split(),
        [["-O2"], ["-O3", "-msimd128"]],
        "copies.c",
        [Emulator("node", NODE, ["wasm32", "wasm32-simd128", "C"])],
        all_strategies=True,
    ),
    "s390x": Family(
        ["s390x-linux-gnu-gcc"],
        ["-static"],
        # -O3 takes this compiler more than ten times as long.
        [["-O2"], ["-O2", "-march=z13"]],
        "io_libc.c",
        [Emulator("s390x", ["qemu-s390x"], ["C"])],
        big_endian=True,
    ),
    "powerpc64": Family(
        ["powerpc64-linux-gnu-gcc"],
        ["-static"],
        O2_O3,
        "io_libc.c",
        [Emulator("powerpc64", ["qemu-ppc64"], ["C"])],
        big_endian=True,
    ),
    "m68k": Family(
        ["sh", SOURCES / "m68k-gcc.sh"],
        "-nostdlib -static -lgcc".split(),
        O2_O3,
        "io_m68k.c",
        [Emulator("m68k", ["qemu-m68k"], ["C"])],
        big_endian=True,
        short_int=True,
    ),
}
HOST = Family(["gcc"], [], [["-O2"]], "io_libc.c", [])


class Network:
    """A network, the digits that it reads, and a main program for both."""

    template = NETWORK_MAIN

    def __init__(self, name, model, options, digits):
        self.name, self.model, self.options = name, model, options
        self.inputs = [digits]

    def describe(self, header):
        """What the template lacks, and the type and the size of an output."""
        signature = Signature(header)
        return vars(signature), C_TYPES[signature.output_type], signature.output_size


class LanguageModel:
    """A language model that reads a block of tokens, and others one by one."""

    template = LANGUAGE_MAIN

    def __init__(self, name, model, vocabulary):
        self.name, self.model = name, model
        self.options = ["--context", str(CONTEXT), "--block", str(BLOCK)]
        ids = np.random.default_rng(3).integers(0, vocabulary, BLOCK + TOKENS)
        self.inputs = [ids.astype(np.int32)]

    def describe(self, header):
        text = Path(header).read_text()
        name = re.search(r"^void (\w+)_decode\(", text, re.M)[1]

        def size(part):
            pattern = rf"^#define {name.upper()}_{part}_SIZE (\d+)"
            return int(re.search(pattern, text, re.M)[1])

        fields = {
            "name": name,
            "block": size("PREFILL_TOKENS"),
            "state": size("DECODE_STATE"),
            "logits": size("DECODE_LOGITS"),
        }
        return fields, np.int32, fields["logits"]


class Checker:
    """A model's C and outputs on this machine, and what other processors make."""

    def __init__(self, model, directory):
        self.model = model
        self.directory = Path(directory) / model.name
        self.directory.mkdir(parents=True, exist_ok=True)
        self.source = self.directory / "model.c"
        smelt_compile(model.model, self.source, *model.options)
        header = self.source.with_suffix(".h").resolve()
        fields, self.dtype, self.size = model.describe(header)
        self.main = self.directory / "main.c"
        self.main.write_text(model.template.format(**{**fields, "header": header}))
        program = self.link(HOST, self.source, HOST.flags[0])
        self.expected = self.run([], program, big_endian=False)
        rows = len(self.expected)
        if rows < TOKENS or not self.expected.any(axis=1).all():
            sys.exit(f"{model.name}: the outputs on this machine tell nothing")

    def link(self, family, code, flags):
        """A program of C or an object, and the main program."""
        program = self.directory / "program"
        if code.suffix == ".c":
            source, code = code, self.directory / "code.o"
            run([*family.compiler, *STRICT, *flags, "-c", source, "-o", code])
        sources = ["-std=gnu11", "-O2", "-I", SOURCES, self.main, SOURCES / family.io]
        run([*family.compiler, *sources, code, *family.linking, "-o", program])
        return program

    def run(self, command, program, big_endian):
        order = ">" if big_endian else "<"

        def swapped(dtype):
            return np.dtype(dtype).newbyteorder(order)

        data = b"".join(x.astype(swapped(x.dtype)).tobytes() for x in self.model.inputs)
        output = run([*command, program.resolve()], input=data)
        return np.frombuffer(output, swapped(self.dtype)).reshape(-1, self.size)

    def check(self, family, emulator, program, label):
        outputs = self.run(emulator.command, program, family.big_endian)
        label = f"{self.model.name} {label} on {emulator.name}"
        if outputs.shape != self.expected.shape:
            sys.exit(f"{label}: {len(outputs)} outputs, not {len(self.expected)}")
        if not np.array_equal(outputs, self.expected):
            row = np.nonzero((outputs != self.expected).any(axis=1))[0][0]
            sys.exit(
                f"{label}: output {row} is {outputs[row]}, not {self.expected[row]}"
            )
        print(f"{label}: {len(outputs)} outputs equal")

    def check_family(self, family):
        programs = {}
        for emulator in family.emulators:
            for target in emulator.targets:
                if target not in programs:
                    programs[target] = list(self.build(family, target))
                for label, program in programs[target]:
                    self.check(family, emulator, program, label)

    def build(self, family, target):
        """Programs for a target, each with what it is made of."""
        if target == "C":
            for flags in family.flags:
                yield f"C {' '.join(flags)}", self.keep(family, self.source, flags)
            return
        every = family.all_strategies and self.model.name == "TFC_2W2A"
        for strategy in STRATEGIES if every else ["auto"]:
            code = self.directory / f"{target}-{strategy}.o"
            options = [*self.model.options, "--strategy", strategy, "--target", target]
            smelt_compile(self.model.model, code, *options)
            yield f"{target} object, {strategy}", self.keep(family, code, [])

    def keep(self, family, code, flags):
        """A program that stays when others are linked."""
        program = self.link(family, code, flags)
        name = f"{code.name}{''.join(flags)}".replace(".o", "")
        return program.rename(program.with_name(f"{name}.exe"))


def make_small_model(directory):
    """A language model none of whose arrays has more than 32767 bytes."""
    model = Path(directory) / "small"
    sizes = (
        "--layers 2 --hidden 64 --intermediate 128 --heads 4 --kv-heads 2"
        " --head-dim 16 --vocab 96"
    )
    tool = EXAMPLES.parent / "utils" / "make-checkpoint.py"
    run([sys.executable, tool, model, *sizes.split()])
    return LanguageModel("small", model, 96)


def list_models(family, data, directory):
    digits = np.load(EXAMPLES / "mnist" / "digits.npy")
    calibration = Path(directory) / "calibration.npy"
    np.save(calibration, digits[DIGITS:].astype(np.float32))
    sensor = ["--input-type", "u8", "--input-range"]
    planes = ["--planes", "2", "--calibrate", str(calibration)]
    return [
        Network(
            "TFC_2W2A",
            EXAMPLES / "mnist" / "TFC_2W2A.onnx",
            [*sensor, "0:255=0:1"],
            digits[:DIGITS],
        ),
        Network(
            "mnist-8",
            Path(data) / "onnx-nets" / "mnist-8" / "model.onnx",
            [*sensor, "0:255=0:255", *planes],
            digits[:DIGITS],
        ),
        make_small_model(directory)
        if family.short_int
        else LanguageModel("bitllama2c_1M", EXAMPLES / "stories", 512),
    ]


def main():
    name, data, directory = sys.argv[1:]
    Path(directory).mkdir(parents=True, exist_ok=True)
    family = FAMILIES[name]
    for model in list_models(family, data, directory):
        Checker(model, directory).check_family(family)


if __name__ == "__main__":
    main()
