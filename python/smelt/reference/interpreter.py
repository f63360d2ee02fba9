# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the public function of an integer module on NumPy arrays.

A value is one array for all samples, or has a sample dimension before those of its
type. Ops on the first kind are evaluated once.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from . import activation, elementwise, linear, tosa
from .checks import DTYPES, Rescale
from .module import (
    DialectAttribute,
    IntegerType,
    Module,
    Operation,
    ParseError,
    TensorType,
    WeightsType,
)
from .parser import parse_module
from .weights import unpack

# Elements of all values of a chunk of samples: bounds the memory that is needed.
_CHUNK_ELEMENTS = 1 << 22


class Value(NamedTuple):
    """An array, and whether its first dimension counts samples."""

    array: np.ndarray
    batched: bool = False


def _bits(kind) -> int:
    if isinstance(kind, TensorType) and isinstance(kind.element, IntegerType):
        if kind.element.width in DTYPES:
            return kind.element.width
    raise ParseError(f"expected a static tensor of integers, not {kind}")


def _rescale(op: Operation) -> Rescale | None:
    attribute = op.attributes.get("rescale")
    if attribute is None:
        return None
    body = attribute.body
    return Rescale(body["shift"], body["min"], body["max"])


def _keyword(attribute) -> str:
    return attribute.body if isinstance(attribute, DialectAttribute) else attribute


def _result_bits(op: Operation) -> int:
    return _bits(op.result_types[0])


# Handlers take the module, the op and its operands' values, and return an array. It
# has a sample dimension where any operand has one.


def _lead(values) -> list[int]:
    """The sample dimension, as a list of no or one size."""
    return next(([v.array.shape[0]] for v in values if v.batched), [])


def _constant(values: list[Value], index: int, op: Operation) -> np.ndarray:
    if values[index].batched:
        raise ParseError(f"{op.name}: operand {index} must not depend on an input")
    return values[index].array


def _weights(module, op, values):
    kind = op.result_types[0]
    data = module.elements(op.attributes["data"])
    return unpack(data, kind.shape, kind.layout, kind.planes)


def _dense(module, op, values):
    return tosa.const(module.elements(op.attributes["value"]))


def _linear_operands(op, values):
    """x, and the keyword arguments common to matmul and conv2d."""
    segments = op.attributes.get("operandSegmentSizes")
    if segments is None or len(segments) != 6 or sum(segments) != len(values):
        raise ParseError(f"{op.name}: bad operandSegmentSizes")
    given = iter(range(len(values)))
    names = ("x", "weights", "scales", "multiplier", "offset", "into")
    found = {
        name: next(given) for name, size in zip(names, segments, strict=True) if size
    }
    if "into" in found:
        raise ParseError(f"{op.name}: only the tensor form can be run")
    arguments = {
        name: _constant(values, index, op)
        for name, index in found.items()
        if name != "x"
    }
    accumulator = op.attributes.get("accumulator")
    arguments["accumulator_bits"] = accumulator.width if accumulator else 32
    arguments["rescale"] = _rescale(op)
    arguments["result_bits"] = _result_bits(op)
    return values[0].array, arguments


def _matmul(module, op, values):
    x, arguments = _linear_operands(op, values)
    return linear.matmul(x, **arguments)


def _conv2d(module, op, values):
    x, arguments = _linear_operands(op, values)
    return linear.conv2d(
        x,
        shape=op.operand_types[1].shape,
        pad=op.attributes["pad"],
        stride=op.attributes["stride"],
        dilation=op.attributes["dilation"],
        groups=op.attributes.get("groups", 1),
        **arguments,
    )


def _requantize(module, op, values):
    x = values[0].array
    scalar = not op.operand_types[0].shape
    result = elementwise.requantize(
        x[..., np.newaxis] if scalar else x,
        _constant(values, 1, op),
        _constant(values, 2, op),
        _rescale(op),
        _result_bits(op),
    )
    return result[..., 0] if scalar else result


def _sign(module, op, values):
    return elementwise.sign(values[0].array, _result_bits(op))


def _relu(module, op, values):
    return elementwise.relu(values[0].array)


def _lookup(module, op, values):
    return elementwise.lookup(values[0].array, _constant(values, 1, op))


def _add(module, op, values):
    names = ("lhs_multiplier", "rhs_multiplier", "offset")
    return elementwise.add(
        values[0].array,
        values[1].array,
        *(op.attributes[name] for name in names),
        _rescale(op),
        _result_bits(op),
    )


def _mul(module, op, values):
    return elementwise.mul(
        values[0].array,
        values[1].array,
        op.attributes["multiplier"],
        op.attributes["offset"],
        _rescale(op),
        _result_bits(op),
        op.attributes.get("lhs_offset", 0),
        op.attributes.get("rhs_offset", 0),
    )


def _activation(module, op, values):
    kind = _keyword(op.attributes["kind"])
    return activation.activation(kind, values[0].array, op.attributes["fraction"])


def _softmax(module, op, values):
    function = {
        "ternary.softmax": activation.softmax,
        "ternary.log_softmax": activation.log_softmax,
    }[op.name]
    return function(values[0].array, op.attributes["fraction"])


def _pool(module, op, values):
    function = {
        "ternary.sum_pool2d": linear.sum_pool2d,
        "tosa.max_pool2d": tosa.max_pool2d,
    }[op.name]
    names = ("kernel", "pad", "stride")
    return function(values[0].array, *(op.attributes[name] for name in names))


def _identity(module, op, values):
    return tosa.identity(values[0].array)


def _reshape(module, op, values):
    return tosa.reshape(values[0].array, _lead(values) + op.attributes["new_shape"])


def _transpose(module, op, values):
    lead = len(_lead(values))
    perms = _constant(values, 1, op).ravel().tolist()
    return tosa.transpose(values[0].array, [*range(lead), *(p + lead for p in perms)])


def _concat(module, op, values):
    lead = _lead(values)
    arrays = [
        np.broadcast_to(v.array, (*lead, *v.array.shape[len(lead) * v.batched :]))
        for v in values
    ]
    return tosa.concat(arrays, op.attributes["axis"] + len(lead))


def _slice(module, op, values):
    lead = _lead(values)
    start = [0] * len(lead) + op.attributes["start"]
    return tosa.slice_(values[0].array, start, lead + op.attributes["size"])


def _pad(module, op, values):
    amounts = _constant(values, 1, op).reshape(-1, 2).tolist()
    value = _constant(values, 2, op) if len(values) > 2 else 0
    return tosa.pad(values[0].array, [[0, 0]] * len(_lead(values)) + amounts, value)


def _tile(module, op, values):
    multiples = [1] * len(_lead(values)) + op.attributes["multiples"]
    return tosa.tile(values[0].array, multiples)


def _along_axis(module, op, values):
    function = getattr(tosa, op.name.removeprefix("tosa."))
    return function(values[0].array, op.attributes["axis"] + len(_lead(values)))


def _fold_samples(values):
    """Two operands whose first dimension counts samples times theirs."""
    lead = _lead(values)
    if not lead:
        return [v.array for v in values]
    folded = []
    for value in values:
        shape = value.array.shape[1:] if value.batched else value.array.shape
        array = np.broadcast_to(value.array, (*lead, *shape))
        folded.append(array.reshape(lead[0] * shape[0], *shape[1:]))
    return folded


def _unfold_samples(result, values):
    lead = _lead(values)
    return result.reshape(*lead, -1, *result.shape[1:]) if lead else result


def _tosa_matmul(module, op, values):
    if op.attributes.get("quantization_info") is not None:
        raise ParseError("tosa.matmul: zero points are not supported")
    return _unfold_samples(tosa.matmul(*_fold_samples(values)), values)


def _gather(module, op, values):
    return _unfold_samples(tosa.gather(*_fold_samples(values)), values)


def _cast(module, op, values):
    return tosa.cast(values[0].array, _result_bits(op))


def _clamp(module, op, values):
    low, high = op.attributes["min_int"], op.attributes["max_int"]
    return tosa.clamp(values[0].array, low, high)


def _binary(module, op, values):
    function = getattr(tosa, op.name.removeprefix("tosa."))
    return function(values[0].array, values[1].array)


HANDLERS = {
    "arith.constant": _dense,
    "ternary.activation": _activation,
    "ternary.add": _add,
    "ternary.conv2d": _conv2d,
    "ternary.log_softmax": _softmax,
    "ternary.lookup": _lookup,
    "ternary.matmul": _matmul,
    "ternary.mul": _mul,
    "ternary.relu": _relu,
    "ternary.requantize": _requantize,
    "ternary.sign": _sign,
    "ternary.softmax": _softmax,
    "ternary.sum_pool2d": _pool,
    "ternary.weights": _weights,
    "tosa.bitwise_xor": _binary,
    "tosa.cast": _cast,
    "tosa.clamp": _clamp,
    "tosa.concat": _concat,
    "tosa.const": _dense,
    "tosa.gather": _gather,
    "tosa.identity": _identity,
    "tosa.matmul": _tosa_matmul,
    "tosa.max_pool2d": _pool,
    "tosa.maximum": _binary,
    "tosa.minimum": _binary,
    "tosa.pad": _pad,
    "tosa.reduce_max": _along_axis,
    "tosa.reduce_min": _along_axis,
    "tosa.reduce_sum": _along_axis,
    "tosa.reshape": _reshape,
    "tosa.reverse": _along_axis,
    "tosa.slice": _slice,
    "tosa.tile": _tile,
    "tosa.transpose": _transpose,
}


class Interpreter:
    """The public function of a module, ready to run."""

    def __init__(self, module: Module | str):
        self.module = parse_module(module) if isinstance(module, str) else module
        function = self.module.public_function()
        if len(function.regions[0]) != 1:
            raise ParseError("expected a function of one block")
        self.block = function.regions[0][0]
        if not self.block.operations or self.block.operations[-1].name != "func.return":
            raise ParseError("expected a function that ends in func.return")
        count = len(self.block.arguments)
        self.argument_attributes = function.attributes.get("arg_attrs") or [{}] * count
        self.terminator = self.block.operations[-1]
        results = len(self.terminator.operands)
        self.result_attributes = function.attributes.get("res_attrs") or [{}] * results
        self.constants: dict[str, Value] = {}
        self.operations: list[Operation] = []
        elements = sum(math.prod(kind.shape) for _, kind in self.block.arguments)
        for op in self.block.operations[:-1]:
            if all(operand in self.constants for operand in op.operands):
                self.evaluate(op, self.constants)
                continue
            self.operations.append(op)
            elements += math.prod(op.result_types[0].shape)
        self.chunk = max(1, _CHUNK_ELEMENTS // max(1, elements))

    def result_names(self) -> list[str]:
        """The results' `smelt.name`s; `output0`, ... where they lack one."""
        attributes = enumerate(self.result_attributes)
        names = [a.get("smelt.name") or f"output{i}" for i, a in attributes]
        if len(set(names)) == len(names):
            return names
        return [f"output{i}" for i in range(len(names))]

    def evaluate(self, op: Operation, environment: dict[str, Value]) -> None:
        """Adds the result of `op`, which must have the type that it states."""
        handler = HANDLERS.get(op.name)
        if handler is None or len(op.result_types) != 1:
            raise ParseError(f"{op.describe()}: not an integer op that can be run")
        values = [environment[operand] for operand in op.operands]
        try:
            result = handler(self.module, op, values)
        except KeyError as error:
            raise ParseError(f"{op.describe()}: no attribute {error}") from error
        except (OverflowError, ValueError, TypeError, IndexError) as error:
            reason = str(error).removeprefix(f"{op.name}: ")
            raise type(error)(f"{op.describe()}: {reason}") from error
        batched = any(v.batched for v in values)
        kind = op.result_types[0]
        if not isinstance(kind, WeightsType):
            shape = result.shape[1:] if batched else result.shape
            if shape != kind.shape or result.dtype != DTYPES[_bits(kind)]:
                raise ParseError(
                    f"{op.describe()}: computed {result.dtype} {shape}, not {kind}"
                )
        environment[op.results[0]] = Value(result, batched)

    def bind(self, index: int, given) -> tuple[np.ndarray, str]:
        """An input in its argument's type, and how it counts samples.

        `none`: it has the argument's shape; `extra`: one more leading dimension;
        `leading`: another size in place of a leading 1.
        """
        _, kind = self.block.arguments[index]
        array, bits = np.asarray(given), _bits(kind)
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
        environment = dict(self.constants)
        for (name, _), value in zip(self.block.arguments, values, strict=True):
            environment[name] = value
        for op in self.operations:
            self.evaluate(op, environment)
        results = []
        for name in self.terminator.operands:
            array, batched = environment[name]
            if samples is not None and not batched:
                array = np.broadcast_to(array, (samples, *array.shape))
            results.append(array)
        return results
