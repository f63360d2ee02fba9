#!/usr/bin/env python3
"""Count the instructions of compiled networks on other processors, in QEMU.

    benchmarks/instructions.py --smelt build/bin/smelt --mnist8 mnist-8/model.onnx

counts those of one call: on a Cortex-M4 of Smelt's object, of its C and of onnx2c's C
(if the tool's path is given), both by GCC -O2; and on AArch64 and RISC-V of a product
of a vector and a matrix with the processor's vectors and without. Counts are exact and
the same on every machine. Times are not measured: an emulator has none.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from network_models import make_networks
from report import markdown_table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BARE_METAL = ROOT / "examples" / "bare-metal"
PLUGIN = ROOT / "utils" / "count-instructions.c"
M4 = "-mthumb -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16".split()
ROWS, COLUMNS = 256, 1024

MAIN = """
#include <stdint.h>
void {function}(const {input_type} *, void *);
int main(void) {{
  static {input_type} input[{input_size}];
  static int64_t output[{output_words}];
  for (int i = 0; i < {input_size}; ++i)
    input[i] = ({input_type})(i * 37 % 251 / 2);
  for (int i = 0; i < RUNS; ++i)
    {function}(input, output);
  return 0;
}}
"""

# What onnx2c's C needs of a C library, which no package for Cortex-M has alone.
LIBRARY = {
    "math.h": """
static inline float floorf(float x) { int i = (int)x; return (float)(i - (x < i)); }
static inline float roundf(float x) { return floorf(x + 0.5f); }
static inline float fmaxf(float a, float b) { return a > b ? a : b; }
static inline float fminf(float a, float b) { return a < b ? a : b; }
static inline float fabsf(float a) { return a < 0 ? -a : a; }
#define INFINITY __builtin_inff()
""",
    "stdlib.h": "",
    "string.h": """
#include <stddef.h>
void *memcpy(void *, const void *, size_t);
void *memset(void *, int, size_t);
""",
}

# A matrix with random weights, so that no compiler knows them.
MATRIX = """
func.func @product(%x: tensor<1x{columns}xi8>) -> tensor<1x{rows}xi32> {{
  %w = ternary.weights dense<"0x{weights}"> : tensor<{size}xi8>
    -> <{rows}x{columns} : dense>
  %y = ternary.matmul %x, %w
    : (tensor<1x{columns}xi8>, !ternary.weights<{rows}x{columns} : dense>)
    -> tensor<1x{rows}xi32>
  return %y : tensor<1x{rows}xi32>
}}
"""
ARM = ("aarch64-linux-gnu-gcc", "qemu-aarch64")
RISCV = ("riscv64-linux-gnu-gcc", "qemu-riscv64")
# What is counted, Smelt's options for it, its tools, and the CPU of the emulator. The
# first of an architecture is the one without vectors.
VECTORS = (
    ("AArch64, scalar", "--target aarch64 --features=-neon", ARM, "max"),
    ("AArch64, NEON", "--target aarch64", ARM, "max"),
    ("AArch64, NEON with sdot", "--target aarch64-dotprod", ARM, "max"),
    ("AArch64, NEON with usdot", "--target aarch64-i8mm", ARM, "max"),
    ("RISC-V, scalar", "--target riscv64gc", RISCV, "rv64"),
    *(
        (
            f"RISC-V, vectors of {length} bits",
            "--target riscv64gcv",
            RISCV,
            f"rv64,v=true,vext_spec=v1.0,vlen={length}",
        )
        for length in (128, 256, 512)
    ),
)


def run(*command):
    """The standard output; the end of the program if the command fails."""
    command = [str(part) for part in command]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        last = (result.stderr + result.stdout).strip()[-800:]
        sys.exit(f"instructions.py: error: {' '.join(command)}: {last}")
    return result.stdout


class Counter:
    """Counts the instructions of programs in a folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.plugin = folder / "count.so"
        run("gcc", "-O2", "-shared", "-fPIC", PLUGIN, "-o", self.plugin)

    def count(self, emulator, *arguments):
        """The instructions of a program from its start to its end."""
        output = self.folder / "count.txt"
        everything = f"{self.plugin},out={output},range=0-ffffffffffffffff"
        run("timeout", 600, emulator, "-plugin", everything, *arguments)
        return int(output.read_text())

    def count_call(self, build, emulator, *arguments):
        """Those of one call: of a program that calls twice, less one that calls once.

        build(runs): makes the program and returns its path."""
        once, twice = (self.count(emulator, *arguments, build(runs)) for runs in (1, 2))
        return twice - once

    def write_main(self, function, input_type, input_size, output_words=64):
        path = self.folder / f"{function}-main.c"
        fields = dict(function=function, input_type=input_type, input_size=input_size)
        path.write_text(MAIN.format(output_words=output_words, **fields))
        return path


class CortexM4(Counter):
    """Programs of examples/bare-metal's start-up code, on a board of QEMU."""

    def compile_c(self, source):
        """An object by GCC, which gets the few functions it wants of a library."""
        include = self.folder / "include"
        include.mkdir(exist_ok=True)
        for name, text in LIBRARY.items():
            (include / name).write_text(text)
        target = source.with_suffix(".gcc.o")
        flags = ["-O2", "-ffreestanding", "-w", "-I", include]
        run("arm-none-eabi-gcc", *M4, *flags, "-c", source, "-o", target)
        return target

    def count_network(self, network, main):
        def build(runs):
            settings = {
                "PROGRAM": "count",
                "CORE": "cortex-m4",
                "OUT": self.folder / f"{main.stem}-{network.stem}-{runs}",
                "MAIN": main,
                "NETWORK": network,
                "OPTIMIZE": "-O2",
                "CFLAGS_MORE": f"-DRUNS={runs}",
            }
            pairs = [f"{name}={value}" for name, value in settings.items()]
            shutil.rmtree(settings["OUT"], ignore_errors=True)
            run("make", "-s", "-C", BARE_METAL, "build", *pairs)
            return settings["OUT"] / "count.elf"

        board = "-M mps2-an386 -display none -monitor none -serial none".split()
        board += "-semihosting-config enable=on,target=native -kernel".split()
        return self.count_call(build, "qemu-system-arm", *board)


def count_networks(options, folder):
    """Rows of the first table."""
    board, rows = CortexM4(folder / "cortex-m4"), []
    for network in make_networks(folder, 1, options.tfc, options.mnist8):
        stem = re.sub(r"\W+", "_", network.name)
        command = [options.smelt, "compile", network.model, "--name", "network"]
        command += [*network.options, "--target", "cortex-m4"]
        source, binary = board.folder / f"{stem}.c", board.folder / f"{stem}.o"
        run(*command, "-o", source)
        run(*command, "-o", binary)
        main = board.write_main("network", "uint8_t", 784)
        counts = {
            "Smelt's object": board.count_network(binary, main),
            "Smelt's C": board.count_network(board.compile_c(source), main),
        }
        if options.onnx2c:
            peer = board.folder / f"{stem}_onnx2c.c"
            peer.write_text(run(options.onnx2c, network.peer_model))
            main = board.write_main("entry", "float", 784)
            counts["onnx2c's C"] = board.count_network(board.compile_c(peer), main)
        rows += [(network.name, form, count) for form, count in counts.items()]
    return rows


def write_matrix(folder):
    import numpy as np

    weights = np.random.default_rng(0).integers(-1, 2, ROWS * COLUMNS, np.int8)
    path = folder / "product.mlir"
    fields = dict(rows=ROWS, columns=COLUMNS, size=weights.size)
    path.write_text(MATRIX.format(weights=weights.tobytes().hex(), **fields))
    return path


def count_products(options, folder):
    """Rows of the second table."""
    counter, rows = Counter(folder / "products"), []
    matrix = write_matrix(counter.folder)
    main = counter.write_main("product", "int8_t", COLUMNS, ROWS)
    for name, target, (compiler, emulator), cpu in VECTORS:
        if not shutil.which(compiler) or not shutil.which(emulator):
            print(f"skipped, not installed: {compiler} or {emulator}", file=sys.stderr)
            continue
        stem = re.sub(r"\W+", "_", name)
        binary = counter.folder / f"{stem}.o"
        command = [options.smelt, "compile", matrix, "--name", "product"]
        run(*command, *target.split(), "-o", binary)

        def build(runs, compiler=compiler, binary=binary):
            program = binary.with_suffix(f".{runs}")
            flags = ["-O2", "-static", f"-DRUNS={runs}"]
            run(compiler, *flags, main, binary, "-o", program)
            return program

        rows.append((name, counter.count_call(build, emulator, "-cpu", cpu)))
    return rows


def network_table(rows):
    others = {name: count for name, form, count in rows if form.startswith("onnx2c")}
    table = []
    for name, form, count in rows:
        other = others.get(name)
        share = f"{100 * count / other:.1f} %" if other else "–"
        table.append([name, form, count, share])
    header = ["network", "code", "instructions", "of onnx2c's"]
    return markdown_table(header, table)


def product_table(rows):
    table, scalar = [], {}
    for name, count in rows:
        first = scalar.setdefault(name.split(",")[0], count)
        share = f"{100 * count / first:.1f} %"
        table.append([name, count, f"{count / ROWS / COLUMNS:.3f}", share])
    header = ["", "instructions", "a weight", "of the scalar code's"]
    return markdown_table(header, table)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--smelt", type=Path, required=True, help="the smelt tool")
    parser.add_argument("--onnx2c", type=Path, help="the onnx2c tool")
    parser.add_argument(
        "--tfc", type=Path, default=ROOT / "examples" / "mnist" / "TFC_2W2A.onnx"
    )
    parser.add_argument("--mnist8", type=Path, help="mnist-8 of the ONNX model zoo")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    options = parser.parse_args()
    options.smelt, options.out = options.smelt.resolve(), options.out.resolve()
    folder = options.out / "instructions"
    folder.mkdir(parents=True, exist_ok=True)
    networks = count_networks(options, folder)
    products = count_products(options, folder)
    text = (
        "## Instructions of a call on a Cortex-M4\n\n"
        + network_table(networks)
        + f"\n## Instructions of a product of {ROWS} rows of {COLUMNS} columns\n\n"
        + product_table(products)
    )
    (options.out / "instructions.md").write_text(text)
    record = {"networks": networks, "products": products}
    (options.out / "instructions.json").write_text(json.dumps(record, indent=2))
    print(text, end="")


if __name__ == "__main__":
    main()
