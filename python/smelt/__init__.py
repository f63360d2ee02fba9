# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Smelt compiles ternary neural networks to integer C and native objects.

`compile` runs the `smelt` tool; `load` opens the library of a language model that it
made, whose tokens and logits are NumPy arrays. `smelt.reference`, which has to be
imported by that name, is the exact meaning of Smelt's ops in NumPy.
"""

from .compiler import CompileError, compile, find_tool
from .language_model import LanguageModel, LoadError, Sequence, load

__version__ = "0.1.0"

__all__ = [
    "CompileError",
    "LanguageModel",
    "LoadError",
    "Sequence",
    "compile",
    "find_tool",
    "load",
]
