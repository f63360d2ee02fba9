#!/usr/bin/env python3
"""Compile cut and mutated copies of models to C; nothing may crash or hang.

    utils/fuzz examples/mnist/TFC_2W2A.onnx --option=--input-type --option=u8
    utils/fuzz examples/stories

A model is an ONNX file, or the folder of a language model, whose tokenizer is
then used by `smelt run`. Every run must exit with 0, or with 1, a diagnostic
that names the file, and no output. The mutations follow from --seed. Models that
break the rule are kept in --directory. Exits with 1 if there are any.
"""

import argparse
import collections
import sys
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path

from language_models import LanguageModelCases
from networks import NetworkCases


def parse_arguments():
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--tool", default="build/bin/smelt")
    parser.add_argument("--mutations", type=int, default=500, help="for each model")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="of the cases")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--directory", type=Path, default=Path("build/fuzz"))
    parser.add_argument(
        "--option", action="append", default=[], help="of the tool, for ONNX files"
    )
    return parser.parse_args()


def make_cases(arguments):
    """Pairs of a model's cases and the name of one of them."""
    for model in arguments.models:
        if model.is_dir():
            cases = LanguageModelCases(model, arguments.directory)
        else:
            cases = NetworkCases(model, arguments.directory, arguments.option)
        for name in cases.names(arguments.mutations):
            if fnmatch(name, arguments.only):
                yield cases, name


def main():
    arguments = parse_arguments()
    arguments.directory.mkdir(parents=True, exist_ok=True)

    def run(case):
        cases, name = case
        return cases.run(name, arguments.seed, arguments.tool)

    codes, broken = collections.Counter(), 0
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for path, problem, code in pool.map(run, make_cases(arguments)):
            if problem:
                broken += 1
                print(f"{path}: {problem}", flush=True)
            else:
                codes[code] += 1
    if not broken and not codes:
        print(f"no case is called {arguments.only}")
        return 1
    print(f"{codes[0]} accepted, {codes[1]} refused, {broken} crashed or hung")
    return 1 if broken else 0


sys.exit(main())
