# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares networks on emulated microcontrollers with this machine, bit for bit.

usage: bare_metal.py DIRECTORY DATA CORE...

Each network is compiled to an object for the core and to C, which the core's GCC
compiles; either is linked with the start-up code of examples/bare-metal and a main
that holds the inputs and prints the outputs.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from harness import C_TYPES, Signature, run, run_object, smelt_compile
from language_model import CompiledModel

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "bare-metal"
MNIST = ROOT / "examples" / "mnist"
STACK = "6K"

MAIN = """
#include "console.h"
#include "{header}"

static const {input_type} inputs[{count}][{input_size}] = {{
{inputs}
}};

static void write_bytes(const void *data, int size) {{
  const uint8_t *bytes = data;
  char text[65];
  for (int i = 0; i < size;) {{
    int length = 0;
    for (; i < size && length < 64; ++i) {{
      text[length++] = "0123456789abcdef"[bytes[i] >> 4];
      text[length++] = "0123456789abcdef"[bytes[i] & 15];
    }}
    text[length] = '\\0';
    console_write(text);
  }}
}}

int main(void) {{
  static {output_type} output[{output_size}];
{state}
  for (int32_t i = 0; i < {count}; ++i) {{
    {call};
    write_bytes(output, sizeof(output));
  }}
  console_write("\\n");
  return 0;
}}
"""


@dataclass
class Case:
    """A network, its inputs, and the outputs that this machine gives."""

    name: str
    model: str
    inputs: np.ndarray
    options: list[str]
    fields: dict = field(default_factory=dict)
    expected: np.ndarray | None = None

    def write_main(self, path):
        rows = ["{" + ", ".join(map(str, row)) + "}," for row in self.inputs]
        fields = dict(self.fields, count=len(rows), inputs="\n".join(rows))
        Path(path).write_text(MAIN.format(**fields))


def network(directory, name, model, make_inputs, *options):
    """A network of one input and one output."""
    case = Case(name, model, None, ["--name", name, *options])
    source = smelt_compile(model, f"{directory}/{name}.c", *case.options)
    binary = smelt_compile(model, f"{directory}/{name}.host.o", *case.options)
    header = source.replace(".c", ".h")
    signature = Signature(header)
    case.inputs = make_inputs(signature)
    case.fields = dict(
        vars(signature),
        header=Path(header).name,
        state="",
        call=f"{signature.function}(inputs[i], output)",
    )
    case.expected = run_object(binary, header, case.inputs)
    return case


def language_model(directory, name, model, tokens, *options):
    case = Case(name, model, tokens[:, np.newaxis], ["--name", name, *options])
    source = smelt_compile(model, f"{directory}/{name}.c", *case.options)
    library = smelt_compile(model, f"{directory}/{name}.host.so", *case.options)
    header = source.replace(".c", ".h")
    compiled = CompiledModel(library, header)
    case.fields = dict(
        header=Path(header).name,
        input_type="int32_t",
        input_size=1,
        output_type="int32_t",
        output_size=len(compiled.logits),
        state=f"  static int64_t state[{len(compiled.state)}];",
        call=f"{name}_decode(inputs[i], &i, (int8_t *)state, output)",
    )
    case.expected = compiled.run(tokens.tolist())
    return case


def make_cases(directory, data):
    images = np.load(MNIST / "digits.npy")
    reals = f"{directory}/reals.npy"
    np.save(reals, images.reshape(-1, 1, 28, 28).astype(np.float32))
    yield network(
        directory,
        "tfc",
        MNIST / "TFC_2W2A.onnx",
        lambda signature: images.reshape(len(images), -1)[:8],
        *"--input-type u8 --input-range 0:255=0:1".split(),
    )
    yield network(
        directory,
        "mnist8",
        f"{data}/onnx-nets/mnist-8/model.onnx",
        lambda signature: signature.quantize(images.reshape(len(images), -1)[:5]),
        *f"--planes 2 --calibrate {reals}".split(),
    )
    yield language_model(
        directory,
        "story",
        ROOT / "examples" / "stories",
        np.array([1, 403, 407, 261], dtype=np.int32),
        *"--context 64 --block 1".split(),
    )


def compile_for(case, core, form, directory):
    path = f"{directory}/{case.name}-{core}.{'c' if form == 'C' else 'o'}"
    return smelt_compile(case.model, path, *case.options, "--target", core)


def run_on(core, case, code, directory):
    """The outputs on a core, and what its start-up code said of the stack."""
    out = Path(directory) / f"{case.name}-{core}-{Path(code).suffix[1:]}"
    out.mkdir(exist_ok=True)
    settings = {
        "PROGRAM": "check",
        "CORE": core,
        "OUT": out,
        "MAIN": f"{directory}/{case.name}.main.c",
        "NETWORK": code,
        "CFLAGS_MORE": f"-I{directory}",
        "OPTIMIZE": "-O2",
        "STACK_SIZE": STACK,
    }
    if core == "cortex-m0plus" and case.name == "story":
        settings["BOARD"] = "mps2-an385"  # the microbit's memory is too small
    arguments = [f"{name}={value}" for name, value in settings.items()]
    text = run(["make", "-s", "-C", EXAMPLE, "run", *arguments], text=True)
    numbers, stack = text.splitlines()
    kind = C_TYPES[case.fields["output_type"]]
    outputs = np.frombuffer(bytes.fromhex(numbers), np.dtype(kind).newbyteorder("<"))
    return outputs.reshape(case.expected.shape), stack


def main(directory, data, *cores):
    for case in make_cases(directory, data):
        case.write_main(f"{directory}/{case.name}.main.c")
        if len(np.unique(case.expected, axis=0)) < 2:
            sys.exit(f"{case.name}: the outputs do not depend on the input")
        for core in cores:
            for form in ("object", "C"):
                code = compile_for(case, core, form, directory)
                outputs, stack = run_on(core, case, code, directory)
                if not np.array_equal(outputs, case.expected):
                    sys.exit(f"{core} {case.name} {form}: outputs differ")
                print(f"{core} {case.name} {form}: {len(outputs)} equal; {stack}")


main(*sys.argv[1:])
