"""Compares what `smelt inspect` says of memory with what `nm` and `size` do.

usage: check_sizes.py DIRECTORY MODEL [OPTION]...

Compiles the model with the options to C, and that by each C compiler, and to an
object, all in DIRECTORY.
"""

import json
import re
import subprocess
import sys

# GCC aligns arrays of 32 bytes and more to as many on x86-64.
ALIGNMENT = 32


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_sections(path):
    """The size of each section that is not empty."""
    lines = (line.split() for line in run("size", "-A", path).splitlines())
    rows = [line for line in lines if len(line) == 3 and line[1].isdigit()]
    return {name: int(size) for name, size, _ in rows if int(size)}


def read_constants(path):
    """The size of each array of constants."""
    pattern = r"^\w+ (\w+) r (\w+)$"
    symbols = re.findall(pattern, run("nm", "-S", path), re.MULTILINE)
    return {name: int(size, 16) for size, name in symbols}


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found} and not {expected}")


def check_layers(report):
    parts = report["table_bytes"]
    for layer in report["layers"]:
        parts += layer["constant_bytes"] + layer.get("weight_bytes", 0)
    check("sum of the layers", parts, report["constant_bytes"])
    most = max(layer["arena_bytes"] for layer in report["layers"])
    check("most that is live", most, report["live_bytes"])


def check_c(report, compiler, level, source):
    what = f"{compiler} {level}"
    path = source.replace(".c", f"-{compiler}{level}.o")
    run(compiler, "-std=c99", level, "-c", source, "-o", path)
    sections = read_sections(path)
    ram = sections.get(".bss", 0) + sections.get(".data", 0)
    check(f"{what}: RAM", ram, report["arena_bytes"])

    arrays = {each["name"]: each for each in report["arrays"] if each["constant"]}
    found = read_constants(path)
    expected = {name: each["bytes"] for name, each in arrays.items()}
    if level == "-O0":
        check(f"{what}: constants", sum(found.values()), report["constant_bytes"])
    else:
        # What is gone has become a part of the code.
        expected = {name: expected[name] for name in expected if name in found}
    check(f"{what}: arrays", found, expected)
    total = sum(found.values())
    # Optimization adds numbers that the code loads.
    parts = [sections[name] for name in sections if name.startswith(".rodata")]
    most = total + (ALIGNMENT - 1) * len(found)
    if not total <= sum(parts) or (level == "-O0" and sum(parts) > most):
        sys.exit(f"{what}: {total} bytes of arrays in .rodata of {parts}")
    print(f"{what}: constants {total}, .rodata {sum(parts)}, RAM {ram}")


def check_object(report, path):
    sections = read_sections(path)
    parts = report["object"]
    check("object", {e["name"]: e["bytes"] for e in parts["sections"]}, sections)
    text = run("size", path).splitlines()[1].split()
    check("text", parts["code_bytes"] + parts["constant_bytes"], int(text[0]))
    print("object:", parts["code_bytes"], parts["constant_bytes"], parts["ram_bytes"])
    check("data and bss", parts["ram_bytes"], int(text[1]) + int(text[2]))


def main(directory, *options):
    report = json.loads(run("smelt", "inspect", "--json", *options))
    check_layers(report)
    run("smelt", "compile", *options, "-o", f"{directory}/net.c")
    for compiler in ("gcc", "clang-19"):
        for level in ("-O0", "-O2"):
            check_c(report, compiler, level, f"{directory}/net.c")
    run("smelt", "compile", *options, "-o", f"{directory}/net.o")
    check_object(report, f"{directory}/net.o")


main(*sys.argv[1:])
