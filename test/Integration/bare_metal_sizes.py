# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what `smelt inspect` says of memory with the linker's map.

usage: bare_metal_sizes.py DIRECTORY CORE MODEL [OPTION]...

The network's object, and its C without optimization, are linked for the core with
the start-up code of examples/bare-metal.
"""

import json
import re
import sys
from pathlib import Path

from harness import run, smelt_compile

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "bare-metal"
# The most that GCC aligns an array to on these cores.
ALIGNMENT = 8


def link(directory, core, network):
    """Links all of a network with a main that calls nothing of it; returns the map."""
    out = Path(directory) / f"{core}-{Path(network).suffix[1:]}"
    out.mkdir(parents=True, exist_ok=True)
    main = out / "empty.c"
    main.write_text("int main(void);\nint main(void) { return 0; }\n")
    settings = {
        "PROGRAM": "sizes",
        "CORE": core,
        "BOARD": "mps2-an385" if core.startswith("cortex") else "virt",
        "OUT": out,
        "MAIN": main,
        "NETWORK": network,
        "OPTIMIZE": "-O0",
    }
    arguments = [f"{name}={value}" for name, value in settings.items()]
    run(["make", "-s", "-C", EXAMPLE, "build", *arguments])
    return out / "sizes.map"


def read_map(path, file):
    """The bytes of each section that a file is the origin of."""
    text = Path(path).read_text().split("Linker script and memory map")[1]
    # A long name of a section has a line of its own.
    pattern = rf"^ (\.\S+)\s+0x\w+\s+0x(\w+) \S*{re.escape(file)}$"
    sections = {}
    for name, size in re.findall(pattern, text, re.MULTILINE):
        kept = not re.match(r"\.(comment|note|debug|ARM\.attr|riscv)", name)
        if kept and int(size, 16):
            sections[name] = sections.get(name, 0) + int(size, 16)
    return sections


def sum_sections(sections, *kinds):
    """RISC-V has sections of small data besides, such as .srodata."""
    return sum(
        size
        for name, size in sections.items()
        if name.split(".")[1] in (*kinds, *("s" + kind for kind in kinds))
    )


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: the map says {found}, and inspect {expected}")
    print(f"{what}: {found}")


def check_object(directory, core, model, options, report):
    path = f"{directory}/object.o"
    smelt_compile(model, path, *options, "--target", core)
    sections = read_map(link(directory, core, path), "object.o")
    expected = {part["name"]: part["bytes"] for part in report["sections"]}
    check("object", sections, expected)
    check("code", sum_sections(sections, "text"), report["code_bytes"])
    check("constants", sum_sections(sections, "rodata"), report["constant_bytes"])
    check("RAM", sum_sections(sections, "bss", "data"), report["ram_bytes"])


def check_c(directory, core, model, options, report):
    source = smelt_compile(model, f"{directory}/source.c", *options)
    map_file = link(directory, core, source)
    sections = read_map(map_file, "network.o")
    symbols = run(["nm", "-S", map_file.with_name("network.o")], text=True)
    found = re.findall(r"^\w+ (\w+) r \w+$", symbols, re.MULTILINE)
    check("C constants", sum(int(size, 16) for size in found), report["constant_bytes"])
    check("C RAM", sum_sections(sections, "bss", "data"), report["arena_bytes"])
    header = Path(source).with_suffix(".h").read_text()
    arena = re.search(r"^#define \w+_ARENA_BYTES (\d+)$", header, re.MULTILINE)
    check("C RAM, by the header", int(arena[1]), report["arena_bytes"])
    rodata = sum_sections(sections, "rodata")
    padding = rodata - report["constant_bytes"]
    if not 0 <= padding < ALIGNMENT * len(found):
        sys.exit(f"{padding} bytes of padding for {len(found)} arrays")
    print(f"C .rodata: {rodata}")


def main(directory, core, model, *options):
    command = ["smelt", "inspect", "--json", "--target", core, *options, model]
    report = json.loads(run(command))
    check_object(directory, core, model, options, report["object"])
    check_c(directory, core, model, options, report)


main(*sys.argv[1:])
