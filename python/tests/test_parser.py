# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The generic textual form."""

from pathlib import Path

import numpy as np
import pytest

from smelt.reference.module import (
    DialectAttribute,
    FunctionType,
    IntegerType,
    ParseError,
    TensorType,
    WeightsType,
)
from smelt.reference.parser import parse_module

NETWORK = Path(__file__).parent / "Inputs" / "network.mlir"


def attribute(text):
    """What `text` means as an attribute."""
    module = parse_module(f'"test.op"() {{a = {text}}} : () -> ()')
    return module.operation.attributes["a"]


def elements(text, resources=""):
    """The values of a dense attribute."""
    module = parse_module(f'"test.op"() {{a = {text}}} : () -> () {resources}')
    return module.elements(module.operation.attributes["a"])


def test_network():
    module = parse_module(NETWORK.read_text())
    assert module.operation.attributes == {"smelt.model": "small"}
    assert module.resources == {"conv": b"\x03\x00\x40\x02"}
    function = module.public_function()
    assert function.attributes["sym_name"] == "main"
    assert function.attributes["arg_attrs"] == [
        {
            "smelt.name": "image",
            "smelt.scale": 3.9e-3,
            "smelt.unsigned": None,
            "smelt.zero_point": 0,
        }
    ]
    image = TensorType((1, 4, 4, 2), IntegerType(8))
    assert function.attributes["function_type"] == FunctionType(
        (image,),
        (
            TensorType((1, 3), IntegerType(16)),
            TensorType((1, 2, 2, 2), IntegerType(8)),
        ),
    )
    (block,) = function.regions[0]
    assert block.arguments == [("%arg0", image)]
    conv = next(op for op in block.operations if op.name == "ternary.conv2d")
    assert conv.describe() == "ternary.conv2d (conv1)"
    pool = next(op for op in block.operations if op.name == "tosa.max_pool2d")
    assert pool.describe() == "tosa.max_pool2d (pool1)"
    assert conv.operand_types[1] == WeightsType((2, 2, 2, 2), "bitplane", 1)
    assert conv.attributes["operandSegmentSizes"] == [1, 1, 0, 1, 1, 0]
    assert conv.attributes["rescale"] == DialectAttribute(
        "ternary.rescale", {"shift": 4, "min": 0, "max": 127}
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 : i64", 3),
        ("-9223372036854775808 : i64", -(2**63)),
        ("2.500000e-01 : f64", 0.25),
        ("1.0e-5 : f32", 1e-5),
        ("0x7F800000 : f32", "0x7F800000"),
        ("true", True),
        ("unit", None),
        ('"a \\"b\\" \\5C \\n"', 'a "b" \\ \n'),
        ("@main", "@main"),
        ('[1 : i32, "x", []]', [1, "x", []]),
        ("{}", {}),
        (
            '{a, "b c" = 1, d.e = {f = i8}}',
            {"a": None, "b c": 1, "d.e": {"f": IntegerType(8)}},
        ),
        ("array<i64: 1, -2>", [1, -2]),
        ("array<i64>", []),
        ("array<i1: true, false>", [True, False]),
        ("array<f32: 5.0e-01>", [0.5]),
        ("i64", IntegerType(64)),
        ("tensor<f32>", TensorType((), "f32")),
        ("tensor<?xi8>", "tensor<?xi8>"),
        ("memref<2xi8, strided<[1]>>", "memref<2xi8, strided<[1]>>"),
        ("!ternary.weights<2x3 : base3, planes = 2>", WeightsType((2, 3), "base3", 2)),
        ('!other.type<a -> b, ">">', '!other.type<a -> b, ">">'),
        ("(i8) -> ()", FunctionType((IntegerType(8),), ())),
        ("affine_map<(d0) -> (d0)>", "affine_map<(d0) -> (d0)>"),
        (
            "#ternary.activation_kind<silu>",
            DialectAttribute("ternary.activation_kind", "silu"),
        ),
        ("#a.b", DialectAttribute("a.b", "")),
    ],
)
def test_attributes(text, value):
    assert attribute(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("dense<[[1, -2], [3, 4]]> : tensor<2x2xi8>", [[1, -2], [3, 4]]),
        ("dense<5> : tensor<2x2xi64>", [[5, 5], [5, 5]]),
        ("dense<7> : tensor<i32>", 7),
        ("dense<[true, false]> : tensor<2xi1>", [True, False]),
        ("dense<> : tensor<0xi8>", []),
        ('dense<"0x01FF0280"> : tensor<2xi16>', [-255, -32766]),
        ('dense<"0xFE"> : tensor<3xi8>', [-2, -2, -2]),
        ('dense<"0x05"> : tensor<4xi1>', [True, False, True, False]),
        ('dense<"0xFF"> : tensor<9xi1>', [True] * 9),
        ("dense<1.5> : tensor<2xf32>", [1.5, 1.5]),
    ],
)
def test_elements(text, value):
    assert elements(text).tolist() == value


def test_resources():
    text = """
    {-#
      dialect_resources: {
        builtin: {
          w: "0x08000000FFFFFFFF00000080",
          "other name": "0x0400000001"
        }
      },
      external_resources: {
        mlir_reproducer: { verify_each: true }
      }
    #-}"""
    value = elements("dense_resource<w> : tensor<2xi32>", text)
    assert value.dtype == np.int32
    assert value.tolist() == [-1, -(2**31)]
    value = elements('dense_resource<"other name"> : tensor<1xi8>', text)
    assert value.tolist() == [1]
    with pytest.raises(ParseError, match="no data of resource 'v'"):
        elements("dense_resource<v> : tensor<2xi32>", text)


def test_aliases_and_locations():
    module = parse_module(
        """
        // A comment.
        #list = [1, 2]
        !row = tensor<4xi8>
        "test.op"() ({
        ^bb0(%arg0: !row loc("x"), %arg1: i8):
          %0:2 = "test.pair"(%arg0) {a = #list} : (!row) -> (!row, i8) loc(#loc1)
          "test.use"(%0#1, %arg1) : (i8, i8) -> () loc("f.mlir":1:2)
        }, {
        }) : () -> () loc(#loc)
        #loc = loc(unknown)
        #loc1 = loc("fc1"("f.mlir":1:2))
        """
    )
    first, second = module.operation.regions
    assert second == []
    pair, use = first[0].operations
    assert pair.results == ["%0#0", "%0#1"]
    assert pair.attributes == {"a": [1, 2]}
    assert pair.describe() == "test.pair (fc1)"
    assert use.operands == ["%0#1", "%arg1"]
    assert use.describe() == "test.use"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no module"),
        ("module {}", "--mlir-print-op-generic"),
        ('"a"(', "line 1: expected a value"),
        ('"a"() {b = [1} : () -> ()', "expected ','"),
        ('"a"() {b = dense<1} : () -> ()', "unclosed bracket"),
        ('"a"() {b = #c} : () -> ()', "unknown attribute alias #c"),
        ('"a"() : () -> !c', "unknown type alias !c"),
        ('"a"(%0) : () -> ()', "has 1 operands"),
        ('"a"() : () -> () "b"() : () -> ()', "expected the end"),
        ('\n\n"a"() ({', "line 3: expected an op"),
    ],
)
def test_errors(text, message):
    with pytest.raises(ParseError, match=message):
        parse_module(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dense<[1, 2]> : tensor<3xi8>", "2 elements"),
        ("dense<300> : tensor<1xi8>", "bad element"),
        ('dense<"0x0102"> : tensor<3xi8>', "2 bytes for 3 elements"),
        ('dense<"0x0"> : tensor<3xi8>', "hexadecimal"),
        ("dense<1> : tensor<2xi24>", "cannot read"),
        ("1 : i8", "expected a dense attribute"),
    ],
)
def test_element_errors(text, message):
    with pytest.raises(ParseError, match=message):
        elements(text)
