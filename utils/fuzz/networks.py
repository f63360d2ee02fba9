"""Broken ONNX files, and the command that compiles them."""

import random

from mutations import mutate_bytes
from tool import check

CUTS = 64


class NetworkCases:
    """Cuts and mutations of one file; `options` are the tool's."""

    def __init__(self, path, directory, options):
        self.path = path
        self.data = path.read_bytes()
        self.directory = directory
        self.options = options

    def names(self, mutations):
        cuts = [f"cut{i}" for i in range(CUTS)]
        return cuts + [f"mutation{i}" for i in range(mutations)]

    def make(self, name, seed):
        if name.startswith("cut"):
            return self.data[: len(self.data) * int(name[3:]) // CUTS]
        generator = random.Random(f"{seed} {self.path.name} {name}")
        return mutate_bytes(self.data, generator)

    def run(self, name, seed, tool):
        """The path of the broken file, and what `check` returns of it."""
        path = self.directory / f"{self.path.stem}-{name}.onnx"
        path.write_bytes(self.make(name, seed))
        output = path.with_suffix(".c")
        command = [tool, "compile", path, "-o", output, *self.options]
        problem, code = check(command, path.name, output)
        if not problem:
            path.unlink()
        return path, problem, code
