# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Chooses tokens from logits, the same ones as `smelt run` with the same options.

The doubles are those of lib/Runtime/Sampler.cpp: operations that round exactly, in the
same order. Sums are therefore cumulative ones, which NumPy adds from left to right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

MASK = (1 << 64) - 1


class Random:
    """xoshiro256**, seeded with SplitMix64."""

    def __init__(self, seed: int):
        self.state = []
        for _ in range(4):
            seed = (seed + 0x9E3779B97F4A7C15) & MASK
            mixed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
            mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & MASK
            self.state.append(mixed ^ mixed >> 31)

    @staticmethod
    def _rotate(word: int, count: int) -> int:
        return (word << count | word >> (64 - count)) & MASK

    def next(self) -> int:
        """64 random bits."""
        a, b, c, d = self.state
        result = self._rotate(b * 5 & MASK, 7) * 9 & MASK
        c, d = c ^ a, d ^ b
        self.state = [a ^ d, b ^ c, c ^ (b << 17 & MASK), self._rotate(d, 45)]
        return result

    def next_unit(self) -> float:
        """A multiple of 2^-53 in [0, 1)."""
        return (self.next() >> 11) * 2.0**-53


def exponential_of_negative(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """e^-x for x >= 0, as the C++ computes it: 2^-n e^-r with r in [0, ln 2)."""
    x = np.minimum(x, 1000)
    quotient = x * float.fromhex("0x1.71547652b82fep0")
    exponent = quotient.astype(np.int32)
    remainder = x - exponent * float.fromhex("0x1.62e42fefa39efp-1")
    result = np.ones_like(x)
    for term in range(18, 0, -1):
        result = 1 - remainder / term * result
    return np.where(quotient < 1000, np.ldexp(result, -exponent), 0)


@dataclass(frozen=True)
class SamplerOptions:
    """How the next token is chosen; the defaults take the most likely one."""

    temperature: float = 0
    top_k: int = 0
    top_p: float = 1
    min_p: float = 0
    seed: int = 0

    def __post_init__(self):
        # A NaN is in no range.
        for is_valid, what in (
            (0 <= self.temperature < np.inf, "temperature must be at least 0"),
            (self.top_k >= 0, "top_k must be at least 0"),
            (0 < self.top_p <= 1, "top_p must be above 0 and at most 1"),
            (0 <= self.min_p <= 1, "min_p must be from 0 to 1"),
            (0 <= self.seed <= MASK, "seed must be from 0 to 2^64 - 1"),
        ):
            if not is_valid:
                raise ValueError(what)


class Sampler:
    """Temperature, then top-k, top-p and min-p. Of tokens that are equally likely the
    lowest id is the first.
    """

    def __init__(self, options: SamplerOptions):
        self.options = options
        self.random = Random(options.seed)

    def sample(self, logits: npt.NDArray[np.int32], scale: float) -> int:
        """The next token: an index of `logits` (vocabulary size), which times
        `scale` > 0 are reals.
        """
        if self.options.temperature == 0:
            return int(np.argmax(logits))
        reals = logits * scale
        with np.errstate(over="ignore"):
            distances = (reals.max() - reals) / self.options.temperature
        weights = exponential_of_negative(distances)
        ids = self._keep_top_p(self._keep_top_k(reals), reals, weights)
        ids = ids[weights[ids] >= self.options.min_p]
        sums = np.cumsum(weights[ids])
        place = np.searchsorted(sums, self.random.next_unit() * sums[-1], "right")
        return int(ids[min(place, len(ids) - 1)])

    def _keep_top_k(self, reals):
        ids = np.arange(len(reals))
        if not 0 < self.options.top_k < len(reals):
            return ids
        return np.lexsort((ids, -reals))[: self.options.top_k]

    def _keep_top_p(self, ids, reals, weights):
        share = self.options.top_p
        if share == 1:
            return ids
        total = np.cumsum(weights[ids])[-1]
        # All that are below this together cannot make up 1 - p.
        ids = ids[weights[ids] >= (1 - share) / 2 * total / len(ids)]
        ids = ids[np.lexsort((ids, -reals[ids]))]
        return ids[: np.searchsorted(np.cumsum(weights[ids]), share * total) + 1]
