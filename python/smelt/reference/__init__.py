# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The exact integer meaning of Smelt's ops, in NumPy.

Every function here is written from docs/spec.md and shares no code with the
compiler, so that the two check each other. Arrays hold signed integers of the
width of their MLIR element type. Arithmetic is in int64; a value that does not fit
the width that the specification states raises an OverflowError naming the op.

The ops are in the modules `weights`, `linear`, `elementwise`, `activation`, `dynamic`,
`sequence` and `tosa`; `Interpreter` runs a whole module.
"""

from .checks import Rescale
from .interpreter import Interpreter
from .module import ParseError
from .parser import parse_module

__all__ = ["Interpreter", "ParseError", "Rescale", "parse_module"]
