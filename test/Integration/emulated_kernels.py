# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the kernels of other processors with the reference, in emulators.

Compiles the functions of vector_kernels.py and column_kernels.py for a target of
`smelt targets`, runs them by QEMU or node, and compares every result with that of the
NumPy reference.

usage: emulated_kernels.py TARGET STRATEGY FOLDER [CPU ...]

Each CPU is one that the emulator can be, such as `rv64,v=true,vlen=256`.
"""

import re
import subprocess
import sys
from pathlib import Path

import column_kernels
import numpy as np
import vector_kernels
from vector_kernels import run

from smelt.reference import Interpreter

# The cross compiler that links a target's programs, and the emulator that runs them.
TOOLS = {
    "aarch64": ("aarch64-linux-gnu-gcc", "qemu-aarch64"),
    "armv6": ("arm-linux-gnueabihf-gcc", "qemu-arm"),
    "armv7": ("arm-linux-gnueabihf-gcc", "qemu-arm"),
    "riscv64gc": ("riscv64-linux-gnu-gcc", "qemu-riscv64"),
    "riscv64gcv": ("riscv64-linux-gnu-gcc", "qemu-riscv64"),
}

MAIN = """
#include <stdio.h>
{prototype}
{buffers}
int main(void) {{
  if ({reads})
    return 1;
  kernels({names});
  return {writes};
}}
"""

WEB_ASSEMBLY_MAIN = """
const fs = require('fs');
const [path, inputs, outputs, ...counts] = process.argv.slice(2);
const [read, written] = [counts.slice(1, 1 + +counts[0]), counts.slice(1 + +counts[0])];
const code = new WebAssembly.Module(fs.readFileSync(path));
const instance = new WebAssembly.Instance(code);
const {memory, kernels, __heap_base} = instance.exports;
let end = __heap_base.value;
const place = (count) => {
  const begin = (end + 63) & ~63;
  end = begin + +count;
  return begin;
};
const from = read.map(place), to = written.map(place);
memory.grow(Math.max(0, Math.ceil((end - memory.buffer.byteLength) / 65536)));
const bytes = new Uint8Array(memory.buffer);
const data = fs.readFileSync(inputs);
let at = 0;
from.forEach((begin, i) => {
  bytes.set(data.subarray(at, at + +read[i]), begin);
  at += +read[i];
});
kernels(...from, ...to);
fs.writeFileSync(outputs, Buffer.concat(
    to.map((begin, i) => Buffer.from(bytes.slice(begin, begin + +written[i])))));
"""

# memcpy and memset, which compilers call.
COPIES = Path(__file__).parent / "Inputs" / "cross" / "copies.c"


def make_main(inputs, results):
    """A program that reads all inputs and writes all results."""
    arrays = [("x", inputs), ("y", results)]
    buffers, names = [], []
    for prefix, values in arrays:
        for i, value in enumerate(values):
            names.append(f"{prefix}{i}")
            buffers.append(
                f"static char {prefix}{i}[{value.nbytes}] __attribute__((aligned(64)));"
            )
    reads = [f"fread(x{i}, sizeof x{i}, 1, stdin) != 1" for i in range(len(inputs))]
    writes = [f"fwrite(y{i}, sizeof y{i}, 1, stdout) != 1" for i in range(len(results))]
    return MAIN.format(
        prototype=f"void kernels({', '.join(['void *'] * len(names))});",
        buffers="\n".join(buffers),
        reads=" ||\n      ".join(reads),
        names=", ".join(names),
        writes=" ||\n         ".join(writes),
    )


class Emulation:
    """A network in an object of a target."""

    def __init__(self, net, expected, target, strategy, folder):
        self.net, self.expected, self.folder = net, expected, folder
        self.target = target
        self.object = folder / "kernels.o"
        command = ["smelt", "compile", folder / "kernels.mlir", "-o", self.object]
        run(*command, "--target", target, "--strategy", strategy, "--name", "kernels")
        self.inputs = folder / "inputs"
        self.inputs.write_bytes(b"".join(x.tobytes() for x in net.inputs))

    def run_by_qemu(self, cpus):
        """The results on each CPU."""
        compiler, emulator = TOOLS[re.split("-", self.target)[0]]
        source, program = self.folder / "main.c", self.folder / "program"
        source.write_text(make_main(self.net.inputs, self.expected))
        run(compiler, "-O1", "-static", source, self.object, "-o", program)
        for cpu in cpus:
            with self.inputs.open("rb") as data:
                command = [emulator, "-cpu", cpu, program]
                done = subprocess.run(command, stdin=data, capture_output=True)
            if done.returncode:
                sys.exit(f"{cpu}: exit {done.returncode}: {done.stderr.decode()}")
            yield cpu, done.stdout

    def run_by_node(self):
        copies, module = self.folder / "copies.o", self.folder / "kernels.wasm"
        script, outputs = self.folder / "main.cjs", self.folder / "outputs"
        script.write_text(WEB_ASSEMBLY_MAIN)
        compile = ["clang-19", "--target=wasm32", "-O2", "-fno-builtin", "-c"]
        run(*compile, COPIES, "-o", copies)
        link = [
            "wasm-ld-19",
            "--no-entry",
            "-zstack-size=8388608",
            "--stack-first",
            "--export=kernels",
            "--export=__heap_base",
        ]
        run(*link, self.object, copies, "-o", module)
        read = [str(x.nbytes) for x in self.net.inputs]
        written = [str(e.nbytes) for e in self.expected]
        counts = [str(len(read)), *read, *written]
        run("node", script, module, self.inputs, outputs, *counts)
        yield "node", outputs.read_bytes()

    def count_wrong(self, label, output):
        wrong, at = 0, 0
        descriptions = zip(self.net.descriptions, self.expected, strict=True)
        for text, value in descriptions:
            part = output[at : at + value.nbytes]
            at += value.nbytes
            result = np.frombuffer(part, value.dtype).reshape(value.shape)
            wrong += vector_kernels.is_wrong(label, text, value, result)
        return wrong


def main():
    target, strategy, folder, *cpus = sys.argv[1:]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if strategy == "axpy":
        net = column_kernels.build()
    else:
        net = vector_kernels.build(strategy)
    source = folder / "kernels.mlir"
    source.write_text(net.text())
    generic = run("smelt-opt", "--mlir-print-op-generic", str(source))
    expected = Interpreter(generic).run(net.inputs)
    emulation = Emulation(net, expected, target, strategy, folder)
    is_wasm = target.startswith("wasm")
    runs = emulation.run_by_node() if is_wasm else emulation.run_by_qemu(cpus)
    count, wrong = 0, 0
    for label, output in runs:
        count += 1
        wrong += emulation.count_wrong(f"{target} {label}", output)
    print(f"{len(expected)} results by {count} processors, {wrong} wrong")
    return wrong > 0 or count == 0


if __name__ == "__main__":
    sys.exit(main())
