# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the interpreter does for each op."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from . import activation, dynamic, elementwise, interleaved, linear, sequence, tosa
from .checks import DTYPES, Rescale
from .module import DialectAttribute, IntegerType, Operation, ParseError, TensorType
from .weights import unpack


class Value(NamedTuple):
    """An array, and whether its first dimension counts samples."""

    array: np.ndarray
    batched: bool = False


def bits_of(kind) -> int:
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
    return bits_of(op.result_types[0])


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
    return unpack(data, *kind)


def _dense(module, op, values):
    return tosa.const(module.elements(op.attributes["value"]))


def _operands(op, values, *names) -> dict[str, int]:
    """The positions of the operands that are there, by name, `into` left out."""
    segments = op.attributes.get("operandSegmentSizes")
    names = (*names, "into")
    if segments is None or [len(names), len(values)] != [len(segments), sum(segments)]:
        raise ParseError(f"{op.name}: bad operandSegmentSizes")
    given = iter(range(len(values)))
    found = {
        name: next(given) for name, size in zip(names, segments, strict=True) if size
    }
    if "into" in found:
        raise ParseError(f"{op.name}: only the tensor form can be run")
    return found


def _in_rows(vectors):
    """The operands of an op, with scales `P x M x G` also of interleaved weights."""
    scales = vectors.get("scales")
    if scales is not None and scales.ndim == 4:
        rows = vectors["weights"].shape[1]
        vectors["scales"] = interleaved.scales_of_rows(scales, rows)
    return vectors


def _linear_operands(op, values):
    """x, and the keyword arguments common to matmul and conv2d."""
    names = ("x", "weights", "scales", "multiplier", "offset")
    found = _operands(op, values, *names)
    arguments = {
        name: _constant(values, index, op)
        for name, index in found.items()
        if name != "x"
    }
    arguments = _in_rows(arguments)
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


def _absmax(module, op, values):
    return dynamic.absmax(values[0].array, _result_bits(op))


def _dynamic_quantize(module, op, values):
    return dynamic.dynamic_quantize(*_align(values), _result_bits(op))


def _align(values):
    """The arrays of values, all with a sample dimension if one has it."""
    lead = _lead(values)
    return [
        np.broadcast_to(v.array, (*lead, *v.array.shape[len(lead) * v.batched :]))
        for v in values
    ]


def _dequantize(module, op, values):
    found = _operands(op, values, "acc", "absmax", "multiplier", "bias")
    acc, absmax = _align(values[:2])
    return dynamic.dequantize(
        acc,
        absmax,
        _constant(values, 2, op),
        _constant(values, 3, op) if "bias" in found else None,
        op.attributes["shift"],
        op.attributes["min"],
        op.attributes["max"],
        _result_bits(op),
    )


def _norm(module, op, values):
    found = _operands(op, values, "x", "multiplier", "offset")
    vectors = {
        name: _constant(values, index, op) for name, index in found.items() if index
    }
    function = getattr(dynamic, op.name.removeprefix("ternary."))
    return function(
        values[0].array,
        op.attributes["epsilon"],
        **vectors,
        rescale=_rescale(op),
        result_bits=_result_bits(op),
    )


def _for_each_sample(values, function):
    """`function` of the operands' arrays, sample by sample."""
    if not _lead(values):
        return function(*(v.array for v in values))
    return np.stack([function(*arrays) for arrays in zip(*_align(values), strict=True)])


def _embed(module, op, values):
    found = _operands(op, values, "ids", "weights", "scales", "multiplier", "offset")
    vectors = {
        name: _constant(values, index, op) for name, index in found.items() if index
    }
    vectors = _in_rows({"scales": None, **vectors})
    return _for_each_sample(
        values[:1],
        lambda ids: sequence.embed(
            ids, **vectors, rescale=_rescale(op), result_bits=_result_bits(op)
        ),
    )


def _best(module, op, values):
    count = op.result_types[0].shape[-1]
    return _for_each_sample(values, lambda x: sequence.best(x, count))


def _refine(module, op, values):
    found = _operands(
        op,
        values,
        *("estimate", "ids", "x", "absmax", "weights", "multiplier", "bias"),
    )
    weights = _constant(values, found["weights"], op)
    multiplier = _constant(values, found["multiplier"], op)
    bias = _constant(values, found["bias"], op) if "bias" in found else None
    bounds = [op.attributes[name] for name in ("shift", "min", "max")]
    return _for_each_sample(
        values[:4],
        lambda *arrays: sequence.refine(*arrays, weights, multiplier, bias, *bounds),
    )


def _rope(module, op, values):
    return _for_each_sample(values, sequence.rope)


def _cache_write(module, op, values):
    _operands(op, values, "cache", "rows", "position")
    return _for_each_sample(values, sequence.cache_write)


def _attention(module, op, values):
    names = ("score_multiplier", "score_shift", "multiplier", "shift")
    numbers = {name: op.attributes[name] for name in names}
    return _for_each_sample(
        values, lambda *arrays: sequence.attention(*arrays, **numbers)
    )


HANDLERS = {
    "arith.constant": _dense,
    "ternary.absmax": _absmax,
    "ternary.activation": _activation,
    "ternary.add": _add,
    "ternary.attention": _attention,
    "ternary.best": _best,
    "ternary.cache_write": _cache_write,
    "ternary.conv2d": _conv2d,
    "ternary.dequantize": _dequantize,
    "ternary.dynamic_quantize": _dynamic_quantize,
    "ternary.embed": _embed,
    "ternary.layer_norm": _norm,
    "ternary.log_softmax": _softmax,
    "ternary.lookup": _lookup,
    "ternary.matmul": _matmul,
    "ternary.mul": _mul,
    "ternary.refine": _refine,
    "ternary.relu": _relu,
    "ternary.requantize": _requantize,
    "ternary.rms_norm": _norm,
    "ternary.rope": _rope,
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
