# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Modules, ops, types and attributes, as `parser` makes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


class ParseError(Exception):
    """Text that is not MLIR's generic form."""


class IntegerType(NamedTuple):
    """iN."""

    width: int


class TensorType(NamedTuple):
    """tensor<AxBxT> of static shape; T is an IntegerType, or text."""

    shape: tuple[int, ...]
    element: Any


class WeightsType(NamedTuple):
    """!ternary.weights<shape : layout, planes = planes, interleaved>."""

    shape: tuple[int, ...]
    layout: str
    planes: int
    interleaved: bool = False


class FunctionType(NamedTuple):
    """(inputs) -> (results)."""

    inputs: tuple
    results: tuple


class DialectAttribute(NamedTuple):
    """#dialect.name<body>; the body is a dictionary where it is `key = integer`s."""

    name: str
    body: Any


class Dense(NamedTuple):
    """dense<...> : type, still unread; see Module.elements."""

    type: Any
    text: str | None = None
    resource: str | None = None


@dataclass
class Block:
    """Argument names and types, and ops."""

    arguments: list[tuple[str, Any]] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)


@dataclass
class Operation:
    """An op; properties and attributes are one dictionary."""

    name: str
    operands: list[str]
    results: list[str] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    regions: list[list[Block]] = field(default_factory=list)
    operand_types: tuple = ()
    result_types: tuple = ()
    location: str = ""

    def describe(self) -> str:
        """The op's name and, where it is known, its layer's."""
        name = re.match(r'loc\(\s*"((?:[^"\\]|\\.)*)"\s*[()]', self.location)
        return f"{self.name} ({name[1]})" if name else self.name


@dataclass
class Module:
    """The top-level op and the resources of a file."""

    operation: Operation
    resources: dict[str, bytes]

    def functions(self) -> list[Operation]:
        """The functions with a body."""
        if self.operation.name != "builtin.module":
            return []
        return [
            op
            for block in self.operation.regions[0]
            for op in block.operations
            if op.name == "func.func" and op.regions and op.regions[0]
        ]

    def public_function(self) -> Operation:
        """The only public function."""
        public = [
            f
            for f in self.functions()
            if f.attributes.get("sym_visibility", "public") == "public"
        ]
        if len(public) != 1:
            raise ParseError(f"expected one public function, found {len(public)}")
        return public[0]

    def function(self, name: str) -> Operation:
        """The function of that name, public or private."""
        for function in self.functions():
            if function.attributes.get("sym_name") == name:
                return function
        raise ParseError(f"no function '{name}' with a body")

    def elements(self, dense: Dense) -> np.ndarray:
        """The values of a dense attribute, in the type of its elements."""
        if not isinstance(dense, Dense) or not isinstance(dense.type, TensorType):
            raise ParseError("expected a dense attribute of a tensor type")
        shape, element = dense.type
        dtype = _element_dtype(element)
        if dense.resource is not None:
            if dense.resource not in self.resources:
                raise ParseError(f"no data of resource '{dense.resource}'")
            return _from_bytes(self.resources[dense.resource], shape, dtype)
        text = dense.text.strip()
        if text.startswith('"'):
            data = bytes_from_hex(text.strip('"'))
            if dtype == np.bool_:
                return _from_packed_bits(data, shape)
            return _from_bytes(data, shape, dtype)
        return _from_literals(text, shape, dtype)


def _element_dtype(element) -> np.dtype:
    widths = {1: "?", 8: "<i1", 16: "<i2", 32: "<i4", 64: "<i8"}
    if isinstance(element, IntegerType) and element.width in widths:
        return np.dtype(widths[element.width])
    if element == "index":
        return np.dtype("<i8")
    if element in ("f32", "f64"):
        return np.dtype("<f4" if element == "f32" else "<f8")
    raise ParseError(f"cannot read elements of type {element}")


def bytes_from_hex(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ParseError("expected hexadecimal digits")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise ParseError(f"bad hexadecimal digits: {error}") from error


def _from_bytes(data: bytes, shape, dtype: np.dtype) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    if len(data) == count * dtype.itemsize:
        return np.frombuffer(data, dtype=dtype).reshape(shape)
    if len(data) == dtype.itemsize:
        return np.full(shape, np.frombuffer(data, dtype=dtype)[0])
    raise ParseError(f"{len(data)} bytes for {count} elements of {dtype}")


def _from_packed_bits(data: bytes, shape) -> np.ndarray:
    count = int(np.prod(shape, dtype=np.int64))
    if len(data) == 1 and data[0] in (0, 255):
        return np.full(shape, bool(data[0]))
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")
    if bits.size < count:
        raise ParseError(f"{len(data)} bytes for {count} bits")
    return bits[:count].astype(np.bool_).reshape(shape)


def _from_literals(text: str, shape, dtype: np.dtype) -> np.ndarray:
    words = re.findall(r"[^\s,\[\]]+", text)
    try:
        if dtype == np.bool_:
            values = [{"true": True, "false": False}[w] for w in words]
        elif dtype.kind == "i":
            values = [int(w, 0) for w in words]
        else:
            values = [float(w) for w in words]
        values = np.array(values, dtype=dtype)
    except (KeyError, ValueError, OverflowError) as error:
        raise ParseError(f"bad element in dense attribute: {error}") from error
    if "[" not in text and values.size == 1:
        return np.full(shape, values[0])
    if values.size != int(np.prod(shape, dtype=np.int64)):
        raise ParseError(f"{values.size} elements for shape {shape}")
    return values.reshape(shape)
