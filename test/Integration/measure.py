"""Compares what `smelt inspect` says of native code for a Cortex-M with what an
emulator sees.

usage: measure.py DIRECTORY CORE MODEL [OPTION]...

Compiles the model for the core, runs each of its functions in QEMU on a painted
stack, and compares how deep it was used with the report; and so the instructions
that QEMU counts in each function of the network, where the report counts them.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

INPUTS = Path(__file__).parent / "Inputs" / "measure"
PLUGIN = INPUTS.parents[3] / "utils" / "count-instructions.c"

# Boards of QEMU whose core runs the code.
BOARDS = {
    "cortex-m0plus": "mps2-an385",
    "cortex-m3": "mps2-an385",
    "cortex-m4": "mps2-an386",
    "cortex-m7": "mps2-an500",
}

# The stack that a report may have too much: what is taken for library functions.
SLACK = 128


def run(*command):
    """The output of a command, which must succeed."""
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        print(result.stdout[-2000:], result.stderr[-4000:])
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return result.stdout


def write_calls(header, path):
    """Writes C that has the arguments of each function, and calls it, from what the
    header says of its use."""
    lines = re.findall(r"^ \*     (.*;)$", header.read_text(), re.MULTILINE)
    declarations, calls, fills = [], [], []
    own = {}
    for line in lines:
        declared = re.fullmatch(r"static (\w+) (\w+)\[(.*)\];", line)
        if declared:
            kind, name, size = declared.groups()
            own[name] = f"argument_{len(declarations)}"
            declarations.append(f"static {kind} {own[name]}[{size}];")
            if kind in ("int8_t", "uint8_t"):
                fills.append(f"fill({own[name]}, sizeof {own[name]});")
            continue
        function, arguments = re.fullmatch(r"(\w+)\((.*)\);", line).groups()
        for name, argument in own.items():
            arguments = re.sub(rf"\b{name}$|\b{name}(?=,)", argument, arguments)
        calls.append(f"X({function}, {function}({arguments}))")
        own = {}
    text = [f'#include "{header.name}"', *declarations]
    text.append("#define FILL " + " ".join(fills))
    text.append("#define CALLS " + " ".join(calls))
    path.write_text("\n".join(text) + "\n")


def build(folder, core, options):
    """Links the network for a core with the probe; returns the program."""
    run("smelt", "compile", *options, "-o", folder / "net.c")
    run("smelt", "compile", *options, "--target", core, "-o", folder / "net.o")
    write_calls(folder / "net.h", folder / "calls.h")
    program = folder / "net.elf"
    machine = [f"-mcpu={core}", "-mthumb"]
    if core in ("cortex-m4", "cortex-m7"):
        machine.append("-mfloat-abi=hard")
    flags = ["-O1", "-std=gnu99", "-ffreestanding", "-fno-builtin", "-Wall", "-Werror"]
    link = ["-nostdlib", "-nostartfiles", "-T", INPUTS / "sections.ld"]
    sources = [INPUTS / "probe.c", folder / "net.o"]
    run(
        *["arm-none-eabi-gcc", *machine, *flags, *link, "-I", folder, *sources],
        *["-lgcc", "-Wl,-z,noexecstack", "-o", program],
    )
    return program


def emulate(core, program, *more):
    """What a program prints in the emulator."""
    console = "enable=on,target=native,chardev=console"
    return run(
        *["timeout", "120", "qemu-system-arm", "-M", BOARDS[core], "-kernel", program],
        *["-display", "none", "-monitor", "none", "-serial", "none"],
        *["-chardev", "stdio,id=console", "-semihosting-config", console, *more],
    )


def check_stack(report, used):
    """Stops if a function used more than the report says, or much less."""
    for function, real in used.items():
        said = report[function]["stack_bytes"]
        print(f"{function}: stack {real} of {said} bytes")
        if not real <= said <= real + SLACK:
            sys.exit(f"{function}: the report is wrong")


def find_ranges(program, names):
    """The addresses of functions: name, low, high."""
    ranges = []
    pattern = r"^(\w+) (\w+) [tT] (\w+)$"
    symbols = run("arm-none-eabi-nm", "-S", program)
    for low, size, name in re.findall(pattern, symbols, re.MULTILINE):
        if name in names:
            start = int(low, 16) & ~1
            ranges.append((name, start, start + int(size, 16)))
    return ranges


def count_instructions(folder, core, program, names):
    """How many instructions the emulator runs in each function."""
    plugin = folder / "count.so"
    run("gcc", "-O2", "-fPIC", "-shared", PLUGIN, "-o", plugin)
    ranges = find_ranges(program, names)
    output = folder / "counts.txt"
    arguments = ",".join(f"range={low:x}-{high:x}" for _, low, high in ranges)
    emulate(core, program, "-plugin", f"{plugin},out={output},{arguments}")
    counts = map(int, output.read_text().split())
    return dict(zip((name for name, _, _ in ranges), counts, strict=True))


def check_instructions(report, counts):
    """Stops if the report counts others than the emulator, but for 2 %."""
    said, real = report["instructions"], sum(counts.values())
    print(f"instructions: {said} said, {real} run")
    if abs(said - real) > 0.02 * real:
        print(counts)
        sys.exit("the report is wrong")


def main(folder, core, *options):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    inspected = run("smelt", "inspect", *options, "--target", core, "--json")
    report = json.loads(inspected)["object"]
    functions = {each["name"]: each for each in report["functions"]}
    program = build(folder, core, options)
    lines = emulate(core, program).splitlines()
    used = {name: int(number) for name, number in (line.split() for line in lines)}
    check_stack(functions, used)
    if len(used) == 1:
        counts = count_instructions(folder, core, program, functions)
        check_instructions(report, counts)


main(*sys.argv[1:])
