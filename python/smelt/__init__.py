# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Smelt compiles ternary neural networks to integer C and native objects."""

__version__ = "0.1.0"
