# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The functions of smelt.h in a shared library."""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from ctypes import POINTER, c_char_p, c_double, c_int, c_int32, c_int64, c_size_t
from ctypes import c_void_p as pointer
from pathlib import Path

# Of enum smelt_status.
BAD_TOKEN, CONTEXT_FULL, BAD_TEXT, NO_TOKENIZER = -1, -2, -3, -4

PROTOTYPES = {
    "smelt_open": (pointer, POINTER(c_char_p)),
    "smelt_close": (None, pointer),
    "smelt_context_length": (c_int64, pointer),
    "smelt_vocabulary_size": (c_int64, pointer),
    "smelt_logit_scale": (c_double, pointer),
    "smelt_state_size": (c_size_t, pointer),
    "smelt_reset": (None, pointer, pointer),
    "smelt_position": (c_int64, pointer, pointer),
    "smelt_decode": (c_int, pointer, pointer, c_int32),
    "smelt_prefill": (c_int, pointer, pointer, pointer, c_size_t),
    "smelt_logits": (pointer, pointer, pointer),
    "smelt_tokenize": (c_int64, pointer, c_char_p, c_size_t, pointer, c_size_t),
    "smelt_detokenize": (c_int64, pointer, pointer, c_size_t, pointer, c_size_t),
}


class LoadError(OSError):
    """A file is not the library of a language model, or cannot be loaded."""


class Library:
    """A loaded library. Its models share working memory, and so `lock`."""

    # By the handles of the loader: of one file, all that load it get the same.
    _known: dict[int, Library] = {}

    def __init__(self, functions: ctypes.CDLL):
        for name, (result, *arguments) in PROTOTYPES.items():
            function = getattr(functions, name)
            function.restype = result
            function.argtypes = arguments
        self.functions = functions
        self.lock = threading.Lock()

    @classmethod
    def load(cls, path: Path) -> Library:
        """Loads a file, or finds it among those that are loaded.

        Raises:
            LoadError: the loader refuses it, or it has not the functions of smelt.h.
        """
        if not path.is_file():
            what = "is a folder; compile it first" if path.is_dir() else "no such file"
            raise LoadError(f"{path}: {what}")
        functions = _open(path)
        try:
            return cls._known.setdefault(functions._handle, cls(functions))
        except AttributeError as error:
            raise LoadError(
                f"{path}: is not the library of a language model, which "
                "smelt.compile(FOLDER, 'model.so') makes: it has no function "
                f"{str(error).rsplit(' ', 1)[-1]}"
            ) from None


def _open(path: Path) -> ctypes.CDLL:
    # The loader knows libraries by name first. Under a new name, a file that was
    # compiled again is not taken for the old one.
    with tempfile.TemporaryDirectory(prefix="smelt-") as folder:
        link = Path(folder) / path.name
        link.symlink_to(path.resolve())
        try:
            return ctypes.CDLL(os.fspath(link))
        except OSError as error:
            reason = str(error).replace(f"{link}: ", "")
            raise LoadError(f"{path}: cannot be loaded: {reason}") from None
