"""Runs compiled networks in every form that Smelt makes of them.

Every form takes the same integers and must give the same integers:

- C by a compiler and its flags (`run_c`),
- a native object linked to the same main program (`run_object`),
- the JIT (`run_jit`),
- the NumPy reference on the integer stage (`run_reference`).
"""

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np

C_TYPES = {
    "int8_t": np.int8,
    "uint8_t": np.uint8,
    "int16_t": np.int16,
    "int32_t": np.int32,
    "int64_t": np.int64,
}

WARNINGS = (
    "-std=c99 -pedantic -Wall -Wextra -Wstrict-prototypes -Werror -mgeneral-regs-only"
).split()

MAIN = """
#include "{header}"
#include <stdio.h>

int main(void) {{
  static {input_type} input[{input_size}];
  static {output_type} output[{output_size}];
  while (fread(input, sizeof input, 1, stdin) == 1) {{
    {function}(input, output);
    if (fwrite(output, sizeof output, 1, stdout) != 1)
      return 1;
  }}
  return 0;
}}
"""


def run(command, **options):
    """Runs a command; shows what it said and stops where it fails."""
    result = subprocess.run(command, capture_output=True, **options)
    if result.returncode:
        print("failed:", " ".join(map(str, command)))
        print(result.stdout[-2000:].decode(errors="replace"))
        print(result.stderr[-4000:].decode(errors="replace"))
        sys.exit(1)
    return result.stdout


class Signature:
    """The one input and one output of a network, from its generated header."""

    def __init__(self, header):
        text = Path(header).read_text()
        prototype = re.search(
            r"^void (\w+)\(const (\w+) \*(\w+),\s*(\w+) \*(\w+)\);", text, re.M
        )
        self.header = header
        self.function, self.input_type, name, self.output_type, result = (
            prototype.groups()
        )
        prefix = self.function.upper()
        self.input_size = self._macro(text, f"{prefix}_{name.upper()}_SIZE")
        self.output_size = self._macro(text, f"{prefix}_{result.upper()}_SIZE")
        self.input_scale = self._macro(text, f"{prefix}_{name.upper()}_SCALE")
        self.input_zero = self._macro(text, f"{prefix}_{name.upper()}_ZERO_POINT")

    @staticmethod
    def _macro(text, name):
        value = re.search(rf"^#define {name} \(?([-+.\w]+)\)?$", text, re.M)
        return float(value[1]) if "SCALE" in name else int(value[1])

    def quantize(self, reals):
        """The integers of real inputs, as a caller makes them."""
        dtype = C_TYPES[self.input_type]
        limits = np.iinfo(dtype)
        codes = np.rint(reals.astype(np.float64) / self.input_scale) + self.input_zero
        return np.clip(codes, limits.min, limits.max).astype(dtype)

    def write_main(self, path):
        fields = dict(vars(self), header=os.path.abspath(self.header))
        Path(path).write_text(MAIN.format(**fields))

    def run(self, program, codes):
        output = run([program], input=np.ascontiguousarray(codes).tobytes())
        outputs = np.frombuffer(output, C_TYPES[self.output_type])
        return outputs.reshape(len(codes), self.output_size)


def smelt_compile(model, output, *options):
    run(["smelt", "compile", model, "-o", output, *options])
    return output


def run_c(source, codes, compiler, *flags):
    """Outputs of a generated C file, built with every warning an error."""
    signature = Signature(Path(source).with_suffix(".h"))
    main, program = f"{source}.main.c", f"{source}.{compiler}{''.join(flags)}"
    signature.write_main(main)
    run([compiler, *WARNINGS, *flags, "-c", source, "-o", f"{program}.o"])
    run([compiler, *flags, main, f"{program}.o", "-o", program])
    return signature.run(program, codes)


def undefined_symbols(object_file):
    lines = run(["nm", "-u", object_file], text=True).splitlines()
    return {line.split()[-1] for line in lines}


def run_object(object_file, header, codes):
    signature = Signature(header)
    main, program = f"{object_file}.main.c", f"{object_file}.exe"
    signature.write_main(main)
    run(["cc", main, object_file, "-o", program])
    return signature.run(program, codes)


def run_jit(model, codes, directory, *options):
    source, target = f"{directory}/jit-in.npy", f"{directory}/jit-out.npz"
    np.save(source, codes)
    run(["smelt", "run", model, "--raw", "--input", source, "-o", target, *options])
    with np.load(target) as outputs:
        output = outputs[outputs.files[0]]
    return output.reshape(len(codes), -1)


def run_reference(model, codes, directory, *options):
    stage = f"{directory}/integer.mlir"
    generic = f"{directory}/generic.mlir"
    smelt_compile(model, stage, "--until", "integer", *options)
    run(["smelt-opt", stage, "--mlir-print-op-generic", "-o", generic])
    source, target = f"{directory}/np-in.npy", f"{directory}/np-out.npz"
    np.save(source, codes)
    command = ["-m", "smelt.reference", generic, "--input", source, "--output", target]
    run([sys.executable, *command])
    with np.load(target) as outputs:
        output = outputs[outputs.files[0]]
    return output.reshape(len(codes), -1)


def read_idx(path):
    """An array from a gzipped file of the MNIST format."""
    data = gzip.open(path).read()
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_mnist(data):
    """The 10,000 images (N x 1 x 28 x 28, u8) and labels of t10k."""
    folder = Path(data) / "data" / "mnist"
    images = read_idx(folder / "t10k-images-idx3-ubyte.gz")
    labels = read_idx(folder / "t10k-labels-idx1-ubyte.gz")
    return images.reshape(-1, 1, 28, 28), labels


def check_equal(name, outputs, expected):
    if not np.array_equal(outputs, expected):
        rows = np.nonzero((outputs != expected).any(axis=1))[0]
        print(f"{name}: {len(rows)} of {len(expected)} outputs differ, first {rows[0]}")
        print(f"  got {outputs[rows[0]]}, expected {expected[rows[0]]}")
        sys.exit(1)
    print(f"{name}: {len(expected)} outputs equal")
