# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Language models that were compiled to shared libraries."""

from __future__ import annotations

import codecs
import ctypes
import operator
import os
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import library as c
from .library import Library, LoadError
from .sampling import Sampler, SamplerOptions

ALIGNMENT = 64
TokenIds = npt.NDArray[np.int32]


def load(path: str | os.PathLike[str]) -> LanguageModel:
    """Loads the library that `compile` made of the folder of a language model.

    Raises:
        LoadError: there is no such file, or it is no such library.
    """
    path = Path(path)
    return LanguageModel(Library.load(path), path)


class LanguageModel:
    """A compiled network and its tokenizer, from `load`.

    All models that are loaded from one file share its working memory. Their calls may
    come from several threads and then run one after another; a `Sequence` is for one
    thread at a time.
    """

    def __init__(self, library: Library, path: Path):
        functions, error = library.functions, ctypes.c_char_p()
        handle = functions.smelt_open(ctypes.byref(error))
        if not handle:
            raise LoadError(f"{path}: {(error.value or b'cannot be opened').decode()}")
        self._library = library
        self._handle = handle
        self._path = path
        self._finalizer = weakref.finalize(self, functions.smelt_close, handle)
        self._context_length: int = functions.smelt_context_length(handle)
        self._vocabulary_size: int = functions.smelt_vocabulary_size(handle)
        self._logit_scale: float = functions.smelt_logit_scale(handle)

    @property
    def context_length(self) -> int:
        """The tokens that a sequence can have."""
        return self._context_length

    @property
    def vocabulary_size(self) -> int:
        """The number of tokens, and of logits."""
        return self._vocabulary_size

    @property
    def logit_scale(self) -> float:
        """A logit is this times its integer."""
        return self._logit_scale

    def close(self) -> None:
        """Frees the model; afterwards it and its sequences raise ValueError where they
        need it. The file stays mapped until the process ends.
        """
        with self._library.lock:
            self._finalizer()

    def __enter__(self) -> LanguageModel:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._finalizer.alive else ", closed"
        return (
            f"<smelt.LanguageModel {self._path}: context {self.context_length}, "
            f"vocabulary {self.vocabulary_size}{state}>"
        )

    def _call(self, name: str, *arguments: object) -> Any:
        with self._library.lock:
            if not self._finalizer.alive:
                raise ValueError("the model is closed")
            return getattr(self._library.functions, name)(self._handle, *arguments)

    def _to_tokens(self, ids: npt.ArrayLike) -> TokenIds:
        array = np.asarray(ids)
        if array.ndim != 1:
            raise ValueError(
                f"tokens must be in one dimension, not {array.ndim}: a list or an array"
            )
        if array.size and array.dtype.kind not in "iu":
            raise TypeError(f"tokens must be integers, not {array.dtype}")
        wrong = array[(array < 0) | (array >= self.vocabulary_size)]
        if wrong.size:
            raise ValueError(
                f"token {wrong[0]} is not in 0 .. {self.vocabulary_size - 1}"
            )
        return np.ascontiguousarray(array, dtype=np.int32)

    def tokenize(self, text: str) -> TokenIds:
        """The tokens of a text, int32. Names of special tokens in it become these; no
        token is put before it.

        Raises:
            ValueError: the model came without a tokenizer, or the text has characters
                that the tokenizer has no token for.
        """
        try:
            data = text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"the text has half a character (a lone surrogate) at {error.start}"
            ) from None
        count = len(data)
        while True:
            ids = np.empty(count, dtype=np.int32)
            needed = self._call(
                "smelt_tokenize", data, len(data), ids.ctypes.data, count
            )
            _check_text(needed, "the tokenizer has no token for a part of the text")
            if needed <= count:
                return ids[:needed].copy()
            count = needed

    def detokenize(self, ids: npt.ArrayLike) -> str:
        """The text of tokens; bytes that are not UTF-8 become U+FFFD.

        Args:
            ids: integers of one dimension, each from 0 to the vocabulary size - 1.

        Raises:
            ValueError: the model came without a tokenizer, or has no such token.
        """
        return self._detokenize(ids).decode(errors="replace")

    def _detokenize(self, ids: npt.ArrayLike) -> bytes:
        tokens = self._to_tokens(ids)
        size = 16 * len(tokens)
        while True:
            text = ctypes.create_string_buffer(size)
            needed = self._call(
                "smelt_detokenize", tokens.ctypes.data, len(tokens), text, size
            )
            _check_text(needed, "the tokenizer does not know one of the tokens")
            if needed <= size:
                return text.raw[:needed]
            size = needed

    def sequence(self) -> Sequence:
        """A new sequence, at position 0."""
        return Sequence(self)

    def generate(
        self,
        prompt: str | npt.ArrayLike,
        length: int = 256,
        *,
        temperature: float = 0,
        top_k: int = 0,
        top_p: float = 1,
        min_p: float = 0,
        seed: int = 0,
        stop_tokens: Iterable[int] = (),
    ) -> Iterator[str]:
        """Continues a text, piece by piece: what `smelt run` prints after the prompt.

        Args:
            prompt: a text, or its tokens; at least one token.

        The other arguments are those of `Sequence.generate`.

        Raises:
            ValueError: as `tokenize`, `Sequence.prefill` and `Sequence.generate` do.
        """
        ids = self.tokenize(prompt) if isinstance(prompt, str) else prompt
        read = self._to_tokens(ids).tolist()
        sequence = self.sequence()
        sequence.prefill(read)
        tokens = sequence.generate(
            length,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            min_p=min_p,
            seed=seed,
            stop_tokens=stop_tokens,
        )
        return self._stream(read, tokens)

    def _stream(self, read: list[int], tokens: Iterator[int]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        text = self._detokenize(read)
        decoder.decode(text)
        end = len(text)
        for token in tokens:
            read.append(token)
            text = self._detokenize(read)
            piece = decoder.decode(text[end:])
            end = len(text)
            if piece:
                yield piece
        piece = decoder.decode(b"", final=True)
        if piece:
            yield piece


def _check_text(status: int, reason: str) -> None:
    if status == c.NO_TOKENIZER:
        raise ValueError(
            "the model came without a tokenizer: put one into the folder before it is "
            "compiled"
        )
    if status < 0:
        raise ValueError(reason)


class Sequence:
    """The tokens that a model has read, from `LanguageModel.sequence`.

    It owns the memory of their keys and values, and keeps the model.
    """

    def __init__(self, model: LanguageModel):
        self._model = model
        size = model._call("smelt_state_size")
        buffer = np.empty(size + ALIGNMENT, dtype=np.uint8)
        begin = -buffer.ctypes.data % ALIGNMENT
        self._state = buffer[begin : begin + size]
        self.reset()

    def _call(self, name: str, *arguments: object) -> Any:
        return self._model._call(name, self._state.ctypes.data, *arguments)

    @property
    def model(self) -> LanguageModel:
        """The model that reads."""
        return self._model

    @property
    def position(self) -> int:
        """The number of tokens read."""
        return self._call("smelt_position")

    @property
    def logits(self) -> npt.NDArray[np.int32]:
        """What comes after the last token, as integers: int32 of the vocabulary size,
        a copy. Zeros before the first token.
        """
        address = self._call("smelt_logits")
        begin = address - self._state.ctypes.data
        end = begin + 4 * self._model.vocabulary_size
        return self._state[begin:end].view(np.int32).copy()

    @property
    def float_logits(self) -> npt.NDArray[np.float64]:
        """The logits as reals: float64 of the vocabulary size."""
        return self.logits * np.float64(self._model.logit_scale)

    def reset(self) -> None:
        """Forgets all tokens."""
        self._call("smelt_reset")

    def copy(self) -> Sequence:
        """A sequence of its own that has read the same tokens."""
        other = Sequence(self._model)
        other._state[:] = self._state
        return other

    def prefill(self, ids: npt.ArrayLike) -> None:
        """Reads tokens, in blocks where there are enough of them; the bits are those of
        `decode` one by one.

        Args:
            ids: integers of one dimension, each from 0 to the vocabulary size - 1.

        Raises:
            ValueError: there is no such token, or the context has no room for them;
                nothing is read then.
        """
        tokens = self._model._to_tokens(ids)
        status = self._call("smelt_prefill", tokens.ctypes.data, len(tokens))
        self._check_room(status, len(tokens))

    def decode(self, token: int) -> None:
        """Reads one token; raises what `prefill` does."""
        (token,) = self._model._to_tokens([operator.index(token)])
        status = self._call("smelt_decode", int(token))
        self._check_room(status, 1)

    def _check_room(self, status: int, count: int) -> None:
        if status == c.CONTEXT_FULL:
            room = self._model.context_length - self.position
            raise ValueError(
                f"the context of {self._model.context_length} tokens has room for "
                f"{room} more, not {count}: reset the sequence, or compile with a "
                "larger context"
            )
        if status < 0:
            raise ValueError("the model does not know one of the tokens")

    def generate(
        self,
        length: int = 256,
        *,
        temperature: float = 0,
        top_k: int = 0,
        top_p: float = 1,
        min_p: float = 0,
        seed: int = 0,
        stop_tokens: Iterable[int] = (),
    ) -> Iterator[int]:
        """Chooses tokens and reads them, each before it is given.

        The same options and seed give the tokens of `smelt run`, on every machine.

        Args:
            length: tokens at most. A full context ends it too.
            temperature: divides the logits; 0 takes the most likely token.
            top_k: only the K most likely tokens; 0 means all.
            top_p: only the most likely tokens of this probability together.
            min_p: only tokens this many times as likely as the most likely one.
            seed: of the random choices, from 0 to 2^64 - 1.
            stop_tokens: end it, and are neither read nor given. By default none is one:
                the model's own end of a text is a token like others.

        Raises:
            ValueError: no token was read yet, or an argument is out of its range.
        """
        options = SamplerOptions(temperature, top_k, top_p, min_p, seed)
        if length < 0:
            raise ValueError("length must be at least 0")
        if self.position == 0:
            raise ValueError("a text needs at least one token to be continued")
        return self._generate(length, Sampler(options), frozenset(stop_tokens))

    def _generate(
        self, length: int, sampler: Sampler, stop_tokens: frozenset[int]
    ) -> Iterator[int]:
        for _ in range(length):
            if self.position == self._model.context_length:
                return
            token = sampler.sample(self.logits, self._model.logit_scale)
            if token in stop_tokens:
                return
            self.decode(token)
            yield token

    def __repr__(self) -> str:
        return f"<smelt.Sequence: {self.position} of {self._model.context_length}>"
