# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the `smelt` tool."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

StrPath = str | os.PathLike[str]
Scalar = str | int | float | os.PathLike[str]
Option = Scalar | None | list[Scalar] | tuple[Scalar, ...] | Mapping[str, Scalar]


class CompileError(RuntimeError):
    """A model was not compiled; the text is the tool's diagnostic."""


def find_tool(tool: StrPath | None = None) -> str:
    """The path of the `smelt` tool.

    It is `tool`, or else what the environment variable SMELT names, `smelt` on PATH,
    or build/bin/smelt of the checkout that this package is in.

    Raises:
        CompileError: there is none, or the one that was named cannot be run.
    """
    for origin, named in (("", tool), ("SMELT: ", os.environ.get("SMELT"))):
        if named:
            found = shutil.which(os.fspath(named))
            if not found:
                raise CompileError(f"{origin}{os.fspath(named)} is not a program")
            return found
    beside = Path(__file__).resolve().parents[2] / "build" / "bin"
    found = shutil.which("smelt") or shutil.which("smelt", path=str(beside))
    if not found:
        raise CompileError(
            "the smelt tool was not found: build it, and put it on PATH, or name it "
            "in the environment variable SMELT or with tool=..."
        )
    return found


def _make_arguments(options: Mapping[str, Option]) -> list[str]:
    """The command line for keywords: max_error=0.1 is --max-error=0.1."""
    arguments = []
    for name, option in options.items():
        flag = "--" + name.replace("_", "-")
        if option is None or option is False:
            continue
        if option is True:
            arguments.append(flag)
            continue
        values: list[Scalar]
        if isinstance(option, Mapping):
            values = [f"{key}={value}" for key, value in option.items()]
        elif isinstance(option, list | tuple):
            values = list(option)
        else:
            values = [option]
        arguments += [f"{flag}={value}" for value in values]
    return arguments


def compile(
    model: StrPath,
    output: StrPath | None = None,
    *,
    tool: StrPath | None = None,
    **options: Option,
) -> Path:
    """Compiles a model with `smelt compile`.

    Args:
        model: an .onnx or .mlir file, or the folder of a language model.
        output: the file to make. Its ending says what: .c, .o, .a, .so, .s, .ll or
            .mlir; none makes a program. By default a shared library in the working
            directory, with the model's name.
        tool: the `smelt` to run, if not the one that `find_tool` finds.
        options: those of `smelt compile --help`, with underscores: context=512,
            weights="ternary", planes=3, openmp=True. A list gives an option several
            times, and a dictionary too, as dim={"N": 1} for --dim N=1; None and False
            leave it out.

    Returns:
        `output` as a path. Notes and warnings of the tool go to standard error.

    Raises:
        CompileError: with the tool's diagnostic. What was at `output` is still there.
    """
    if output is None:
        output = Path(Path(model).resolve().stem + ".so")
    command = [find_tool(tool), "compile", os.fspath(model), "-o", os.fspath(output)]
    command += _make_arguments(options)
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    diagnostic = result.stderr.strip()
    if result.returncode < 0:
        diagnostic += f"\n{command[0]} was ended by signal {-result.returncode}"
    if result.returncode:
        raise CompileError(
            diagnostic.strip() or f"{command[0]} failed, and said nothing"
        )
    if diagnostic:
        print(diagnostic, file=sys.stderr)
    return Path(output)
