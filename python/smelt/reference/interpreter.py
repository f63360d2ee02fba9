# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a function of an integer module on NumPy arrays.

A value is one array for all samples, or has a sample dimension before those of its
type. Ops on the first kind are evaluated once.
"""

from __future__ import annotations

import math

import numpy as np

from .checks import DTYPES
from .handlers import HANDLERS, Value, bits_of
from .module import Module, Operation, ParseError, WeightsType
from .parser import parse_module
from .weights import unpack

# Elements of all values of a chunk of samples: bounds the memory that is needed.
_CHUNK_ELEMENTS = 1 << 22


class Body:
    """A function's ops: those that need no argument evaluated, the others listed."""

    def __init__(self, interpreter: Interpreter, function: Operation):
        if len(function.regions[0]) != 1:
            raise ParseError("expected a function of one block")
        self.block = function.regions[0][0]
        if not self.block.operations or self.block.operations[-1].name != "func.return":
            raise ParseError("expected a function that ends in func.return")
        self.terminator = self.block.operations[-1]
        self.constants: dict[str, Value] = {}
        self.operations: list[Operation] = []
        # The elements of all values that may differ between samples.
        self.elements = sum(math.prod(kind.shape) for _, kind in self.block.arguments)
        for op in self.block.operations[:-1]:
            if all(operand in self.constants for operand in op.operands):
                interpreter.evaluate(op, self.constants)
                continue
            self.operations.append(op)
            self.elements += sum(math.prod(kind.shape) for kind in op.result_types)
            if op.name == "func.call":
                self.elements += interpreter.callee(op).elements


class Interpreter:
    """A function of a module, ready to run: the public one, or that of a name."""

    def __init__(self, module: Module | str, function: str | None = None):
        self.module = parse_module(module) if isinstance(module, str) else module
        # None while the function is being made ready.
        self.bodies: dict[str, Body | None] = {}
        if function is None:
            function = self.module.public_function().attributes.get("sym_name")
        attributes = self.module.function(function).attributes
        self.body = self.prepare(function)
        self.block = self.body.block
        count = len(self.block.arguments)
        self.argument_attributes = attributes.get("arg_attrs") or [{}] * count
        results = len(self.body.terminator.operands)
        self.result_attributes = attributes.get("res_attrs") or [{}] * results
        self.chunk = max(1, _CHUNK_ELEMENTS // max(1, self.body.elements))

    def prepare(self, name: str) -> Body:
        """The body of the function of that name."""
        if name not in self.bodies:
            self.bodies[name] = None
            self.bodies[name] = Body(self, self.module.function(name))
        body = self.bodies[name]
        if body is None:
            raise ParseError(f"func.call: function '{name}' calls itself")
        return body

    def callee(self, op: Operation) -> Body:
        """The body of the function that a func.call names."""
        name = op.attributes["callee"].removeprefix("@").strip('"')
        return self.prepare(name)

    def execute(self, body: Body, values: list[Value]) -> list[Value]:
        """A function's results for its arguments' values."""
        environment = dict(body.constants)
        for (name, _), value in zip(body.block.arguments, values, strict=True):
            environment[name] = value
        for op in body.operations:
            self.evaluate(op, environment)
        return [environment[name] for name in body.terminator.operands]

    def result_names(self) -> list[str]:
        """The results' `smelt.name`s; `output0`, ... where they lack one."""
        attributes = enumerate(self.result_attributes)
        names = [a.get("smelt.name") or f"output{i}" for i, a in attributes]
        if len(set(names)) == len(names):
            return names
        return [f"output{i}" for i in range(len(names))]

    def evaluate(self, op: Operation, environment: dict[str, Value]) -> None:
        """Adds the results of `op`, which must have the types that it states."""
        values = [environment[operand] for operand in op.operands]
        if op.name == "func.call":
            body = self.callee(op)
            if len(values) != len(body.block.arguments):
                raise ParseError(f"{op.describe()}: wrong number of arguments")
            results = self.execute(body, values)
            if len(results) != len(op.result_types):
                raise ParseError(f"{op.describe()}: wrong number of results")
        else:
            batched = any(v.batched for v in values)
            results = [Value(self.compute(op, values), batched)]
        for name, kind, value in zip(op.results, op.result_types, results, strict=True):
            if not isinstance(kind, WeightsType):
                array = value.array
                shape = array.shape[1:] if value.batched else array.shape
                if shape != kind.shape or array.dtype != DTYPES[bits_of(kind)]:
                    raise ParseError(
                        f"{op.describe()}: computed {array.dtype} {shape}, not {kind}"
                    )
            environment[name] = value

    def compute(self, op: Operation, values: list[Value]) -> np.ndarray:
        """The result of an op other than a call."""
        handler = HANDLERS.get(op.name)
        if handler is None or len(op.result_types) != 1:
            raise ParseError(f"{op.describe()}: not an integer op that can be run")
        try:
            return handler(self.module, op, values)
        except KeyError as error:
            raise ParseError(f"{op.describe()}: no attribute {error}") from error
        except (OverflowError, ValueError, TypeError, IndexError) as error:
            reason = str(error).removeprefix(f"{op.name}: ")
            raise type(error)(f"{op.describe()}: {reason}") from error

    def bind(self, index: int, given) -> tuple[np.ndarray, str]:
        """An input in its argument's type, and how it counts samples.

        `none`: it has the argument's shape; `extra`: one more leading dimension;
        `leading`: another size in place of a leading 1. Weights are given as bytes.
        """
        _, kind = self.block.arguments[index]
        array = np.asarray(given)
        if isinstance(kind, WeightsType):
            return unpack(array, *kind), "none"
        bits = bits_of(kind)
        dtype = np.dtype(DTYPES[bits])
        if array.dtype.kind not in "iub":
            raise TypeError(f"input {index}: expected integers, not {array.dtype}")
        unsigned = "smelt.unsigned" in self.argument_attributes[index]
        if unsigned and array.dtype == np.dtype(f"u{dtype.itemsize}"):
            array = array.view(dtype)
        elif array.size and array.dtype != dtype and bits > 1:
            limits = np.iinfo(dtype)
            if int(array.min()) < limits.min or int(array.max()) > limits.max:
                raise OverflowError(f"input {index}: values do not fit {bits} bits")
        array = array.astype(dtype)
        if array.shape == kind.shape:
            return array, "none"
        if array.shape[1:] == kind.shape:
            return array, "extra"
        if kind.shape[:1] == (1,) and array.shape[1:] == kind.shape[1:]:
            return array[:, np.newaxis], "leading"
        raise ValueError(
            f"input {index}: shape {array.shape} does not fit {kind.shape}"
        )

    def run(self, inputs) -> list[np.ndarray]:
        """The function's results for the inputs.

        An input has its argument's shape (and is then the same for all samples), or
        one more leading dimension that counts samples, or a number of samples in
        place of a leading 1. Results are shaped alike.
        """
        if len(inputs) != len(self.block.arguments):
            raise ValueError(
                f"{len(inputs)} inputs for {len(self.block.arguments)} arguments"
            )
        bound = [self.bind(i, given) for i, given in enumerate(inputs)]
        counts = {array.shape[0] for array, mode in bound if mode != "none"}
        if len(counts) > 1:
            raise ValueError(f"inputs have different numbers of samples: {counts}")
        if not counts:
            return self.run_chunk([Value(array) for array, _ in bound], None)
        samples = counts.pop()
        chunks = []
        for start in range(0, max(samples, 1), self.chunk):
            part = slice(start, min(start + self.chunk, samples))
            values = [
                Value(array) if mode == "none" else Value(array[part], True)
                for array, mode in bound
            ]
            chunks.append(self.run_chunk(values, part.stop - part.start))
        results = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
        if all(mode != "extra" for _, mode in bound):
            results = [r[:, 0] if r.shape[1:2] == (1,) else r for r in results]
        return results

    def run_chunk(self, values: list[Value], samples: int | None) -> list[np.ndarray]:
        """The results for some samples, or without a sample dimension."""
        results = []
        for array, batched in self.execute(self.body, values):
            if samples is not None and not batched:
                array = np.broadcast_to(array, (samples, *array.shape))
            results.append(array)
        return results
