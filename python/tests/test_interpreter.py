# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole functions, with and without samples."""

from pathlib import Path

import numpy as np
import pytest

from smelt.reference import Interpreter, ParseError
from smelt.reference.__main__ import main

NETWORK = Path(__file__).parent / "Inputs" / "network.mlir"


def function(body, arguments, results):
    """An interpreter of a function with arguments %arg0, ..."""
    names = [f"%arg{i}: {kind}" for i, kind in enumerate(arguments)]
    return Interpreter(
        f"""
        "builtin.module"() ({{
          "func.func"() <{{function_type = () -> (), sym_name = "main"}}> ({{
          ^bb0({", ".join(names)}):
            {body}
            "func.return"({", ".join(results)}) :
              ({", ".join(["i8"] * len(results))}) -> ()
          }}) : () -> ()
        }}) : () -> ()
        """
    )


def expected(image):
    """The results of Inputs/network.mlir for one image (4 x 4 x 2, unsigned)."""
    x = np.zeros((5, 5, 2), dtype=int)
    x[:4, :4] = image.astype(int) - 128
    conv = np.zeros((4, 4, 2), dtype=int)
    for i in range(4):
        for j in range(4):
            first = x[i, j, 0] + x[i, j, 1]
            second = x[i + 1, j + 1, 0] - x[i, j, 1]
            conv[i, j] = (first + 8) >> 4, (2 * second + 8) >> 4
    conv = conv.clip(0, 127)
    pooled = conv.reshape(2, 2, 2, 2, 2).max(axis=(1, 3))
    flat = pooled.transpose(2, 0, 1).ravel()
    rows = np.array([[1] * 8, [-1] * 4 + [0] * 4, [1, -1] * 4])
    return rows @ flat * [1, 2, 3] + [0, -1, 1], pooled


@pytest.fixture(scope="module")
def network():
    return Interpreter(NETWORK.read_text())


def test_network(network):
    image = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 2), dtype=np.uint8)
    scores, pooled = network.run([image])
    assert (scores.dtype, scores.shape) == (np.int16, (1, 3))
    assert (pooled.dtype, pooled.shape) == (np.int8, (1, 2, 2, 2))
    for result, value in zip((scores[0], pooled[0]), expected(image[0]), strict=True):
        assert result.tolist() == value.tolist()
    assert network.result_names() == ["scores", "pooled"]


def test_samples(network):
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (7, 1, 4, 4, 2), dtype=np.uint8)
    network.chunk = 3
    scores, pooled = network.run([images])
    assert (scores.shape, pooled.shape) == ((7, 1, 3), (7, 1, 2, 2, 2))
    for image, *results in zip(images, scores, pooled, strict=True):
        for result, value in zip(results, expected(image[0]), strict=True):
            assert result[0].tolist() == value.tolist()
    leading = network.run([images[:, 0]])
    assert (leading[0] == scores[:, 0]).all()
    assert (leading[1] == pooled[:, 0]).all()


def test_movement_with_samples():
    run = function(
        """
        %p = "tosa.const"() <{value = dense<[1, 0]> : tensor<2xi32>}>
          : () -> tensor<2xi32>
        %c = "tosa.const"() <{value = dense<9> : tensor<3x1xi8>}> : () -> tensor<3x1xi8>
        %a = "tosa.const"() <{value = dense<[[0, 0], [1, 0]]> : tensor<2x2xi32>}>
          : () -> tensor<2x2xi32>
        %v = "tosa.const"() <{value = dense<-1> : tensor<i8>}> : () -> tensor<i8>
        %0 = "tosa.transpose"(%arg0, %p)
          : (tensor<2x3xi8>, tensor<2xi32>) -> tensor<3x2xi8>
        %1 = "tosa.concat"(%0, %c) <{axis = 1 : i32}>
          : (tensor<3x2xi8>, tensor<3x1xi8>) -> tensor<3x3xi8>
        %2 = "tosa.slice"(%1) <{start = array<i64: 1, 0>, size = array<i64: 2, 3>}>
          : (tensor<3x3xi8>) -> tensor<2x3xi8>
        %3 = "tosa.pad"(%2, %a, %v) : (tensor<2x3xi8>, tensor<2x2xi32>, tensor<i8>)
          -> tensor<2x4xi8>
        %4 = "tosa.tile"(%3) <{multiples = array<i64: 1, 2>}>
          : (tensor<2x4xi8>) -> tensor<2x8xi8>
        %5 = "tosa.reverse"(%4) <{axis = 0 : i32}> : (tensor<2x8xi8>) -> tensor<2x8xi8>
        %6 = "tosa.reduce_max"(%5) <{axis = 1 : i32}> : (tensor<2x8xi8>)
          -> tensor<2x1xi8>
        """,
        ["tensor<2x3xi8>"],
        ["%5", "%6", "%c"],
    )
    x = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.int8)
    single = run.run([x])
    assert single[0].tolist() == [[-1, 3, 6, 9] * 2, [-1, 2, 5, 9] * 2]
    assert single[1].tolist() == [[9], [9]]
    many = run.run([np.stack([x, x + 10])])
    assert many[0][1].tolist() == [[-1, 13, 16, 9] * 2, [-1, 12, 15, 9] * 2]
    assert many[1].tolist() == [[[9], [9]], [[16], [15]]]
    assert many[2].shape == (2, 3, 1)


def test_two_operands_with_samples():
    run = function(
        """
        %0 = "tosa.matmul"(%arg0, %arg1)
          : (tensor<2x1x2xi8>, tensor<2x2x1xi8>) -> tensor<2x1x1xi32>
        %1 = "tosa.gather"(%arg0, %arg2)
          : (tensor<2x1x2xi8>, tensor<2x3xi32>) -> tensor<2x3x2xi8>
        """,
        ["tensor<2x1x2xi8>", "tensor<2x2x1xi8>", "tensor<2x3xi32>"],
        ["%0", "%1"],
    )
    a = np.arange(12, dtype=np.int8).reshape(3, 2, 1, 2)
    b = np.array([[[1], [10]], [[2], [20]]], dtype=np.int8)
    indices = np.zeros((2, 3), dtype=np.int32)
    product, gathered = run.run([a, b, indices])
    assert product[2].tolist() == [[[8 + 90]], [[20 + 220]]]
    assert gathered[2].tolist() == [[[8, 9]] * 3, [[10, 11]] * 3]


def test_overflow_names_the_layer():
    run = function(
        """
        %w = "ternary.weights"() <{data = dense<127> : tensor<5xi8>}>
          : () -> !ternary.weights<1x5 : int8>
        %s = "tosa.const"() <{value = dense<32767> : tensor<1x1x1xi16>}>
          : () -> tensor<1x1x1xi16>
        %0 = "ternary.matmul"(%arg0, %w, %s)
          <{operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}>
          : (tensor<1x5xi8>, !ternary.weights<1x5 : int8>, tensor<1x1x1xi16>)
          -> tensor<1x1xi32> loc("fc1"("model.onnx":0:0))
        """,
        ["tensor<1x5xi8>"],
        ["%0"],
    )
    with pytest.raises(OverflowError, match=r"^ternary.matmul \(fc1\): sum"):
        run.run([np.full((1, 5), 127, dtype=np.int8)])
    assert run.run([np.array([[1, 0, 0, 0, 0]])])[0].tolist() == [[127 * 32767]]


def test_calls():
    """Two results, constants and weights as arguments, and a callee's own constant."""
    run = Interpreter(
        """
        "builtin.module"() ({
          "func.func"() <{function_type = () -> (), sym_name = "layer",
                          sym_visibility = "private"}> ({
          ^bb0(%x: tensor<1x2xi8>, %w: !ternary.weights<2x2 : int8>, %m: tensor<1xi8>):
            %c = "tosa.const"() <{value = dense<[[1, -1]]> : tensor<1x2xi32>}>
              : () -> tensor<1x2xi32>
            %0 = "ternary.matmul"(%x, %w)
              <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>}>
              : (tensor<1x2xi8>, !ternary.weights<2x2 : int8>) -> tensor<1x2xi32>
            %1 = "tosa.maximum"(%0, %c)
              : (tensor<1x2xi32>, tensor<1x2xi32>) -> tensor<1x2xi32>
            "func.return"(%1, %m) : (tensor<1x2xi32>, tensor<1xi8>) -> ()
          }) : () -> ()
          "func.func"() <{function_type = () -> (), sym_name = "main"}> ({
          ^bb0(%x: tensor<1x2xi8>, %w: !ternary.weights<2x2 : int8>):
            %m = "tosa.const"() <{value = dense<7> : tensor<1xi8>}> : () -> tensor<1xi8>
            %v = "ternary.weights"() <{data = dense<[1, 2, 3, 4]> : tensor<4xi8>}>
              : () -> !ternary.weights<2x2 : int8>
            %0:2 = "func.call"(%x, %w, %m) <{callee = @layer}>
              : (tensor<1x2xi8>, !ternary.weights<2x2 : int8>, tensor<1xi8>)
              -> (tensor<1x2xi32>, tensor<1xi8>)
            %1:2 = "func.call"(%x, %v, %0#1) <{callee = @layer}>
              : (tensor<1x2xi8>, !ternary.weights<2x2 : int8>, tensor<1xi8>)
              -> (tensor<1x2xi32>, tensor<1xi8>)
            "func.return"(%0#0, %1#0, %1#1)
              : (tensor<1x2xi32>, tensor<1x2xi32>, tensor<1xi8>) -> ()
          }) : () -> ()
        }) : () -> ()
        """
    )
    weights = np.array([1, 0, 0, 1], dtype=np.int8)
    x = np.array([[5, -6]], dtype=np.int8)
    results = run.run([x, weights])
    assert [r.tolist() for r in results] == [[[5, -1]], [[1, -1]], [7]]
    many = run.run([np.stack([x, -x]), weights])
    assert [r.tolist() for r in many] == [
        [[[5, -1]], [[1, 6]]],
        [[[1, -1]], [[7, 9]]],
        [[7], [7]],
    ]
    private = Interpreter(run.module, "layer")
    assert private.run([x, weights, [3]])[0].tolist() == [[5, -1]]
    with pytest.raises(ParseError, match="no function 'other'"):
        Interpreter(run.module, "other")


def test_a_function_that_calls_itself():
    with pytest.raises(ParseError, match="'main' calls itself"):
        function(
            """%0 = "func.call"(%arg0) <{callee = @main}>
              : (tensor<1xi8>) -> tensor<1xi8>""",
            ["tensor<1xi8>"],
            ["%0"],
        )


def test_rows_with_steps_of_their_own():
    run = function(
        """
        %m = "tosa.const"() <{value = dense<1073741824> : tensor<1xi32>}>
          : () -> tensor<1xi32>
        %b = "tosa.const"() <{value = dense<[10, 20]> : tensor<2xi64>}>
          : () -> tensor<2xi64>
        %s = "tosa.const"() <{value = dense<1000> : tensor<1xi32>}>
          : () -> tensor<1xi32>
        %o = "tosa.const"() <{value = dense<536870912> : tensor<1xi64>}>
          : () -> tensor<1xi64>
        %0 = "ternary.rms_norm"(%arg0, %s, %o) <{epsilon = 0 : i64,
          rescale = #ternary.rescale<shift = 30, min = -900, max = 900>,
          operandSegmentSizes = array<i32: 1, 1, 1, 0>}>
          : (tensor<1x2xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2xi16>
        %1 = "ternary.layer_norm"(%arg0, %s, %o) <{epsilon = 0 : i64,
          rescale = #ternary.rescale<shift = 30, min = -900, max = 900>,
          operandSegmentSizes = array<i32: 1, 1, 1, 0>}>
          : (tensor<1x2xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<1x2xi16>
        %2 = "ternary.absmax"(%0) : (tensor<1x2xi16>) -> tensor<1xi32>
        %3 = "ternary.dynamic_quantize"(%0, %2)
          : (tensor<1x2xi16>, tensor<1xi32>) -> tensor<1x2xi8>
        %4 = "tosa.cast"(%3) : (tensor<1x2xi8>) -> tensor<1x2xi32>
        %5 = "ternary.dequantize"(%4, %2, %m, %b)
          <{shift = 37 : i64, min = -1000 : i64, max = 1000 : i64,
            operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}>
          : (tensor<1x2xi32>, tensor<1xi32>, tensor<1xi32>, tensor<2xi64>)
          -> tensor<1x2xi16>
        %6 = "ternary.dequantize"(%4, %2, %m)
          <{shift = 37 : i64, min = -1000 : i64, max = 1000 : i64,
            operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}>
          : (tensor<1x2xi32>, tensor<1xi32>, tensor<1xi32>) -> tensor<1x2xi16>
        """,
        ["tensor<1x2xi16>"],
        ["%0", "%1", "%2", "%3", "%5", "%6"],
    )
    x = np.array([[3, -4]], dtype=np.int16)
    # 600 -800 by 800: 95 -127; 95 * 800 / 128 = 593.75 and -793.75
    expected = [[600, -800]], [[707, -707]], [800], [[95, -127]]
    expected += [[604, -774]], [[594, -794]]
    single = run.run([x])
    assert [r.tolist() for r in single] == list(expected)
    many = run.run([np.stack([-x, x])])
    assert [r[1].tolist() for r in many] == list(expected)
    with pytest.raises(ParseError, match="operandSegmentSizes"):
        function(
            '%0 = "ternary.dequantize"() <{operandSegmentSizes = array<i32: 1, 0>}>'
            " : () -> tensor<1xi8>",
            [],
            ["%0"],
        )


def test_tokens():
    run = function(
        """
        %w = "ternary.weights"() <{data = dense<[1, 0, -1, 1]> : tensor<4xi8>}>
          : () -> !ternary.weights<2x2 : int8>
        %m = "tosa.const"() <{value = dense<[40, 90]> : tensor<2xi32>}>
          : () -> tensor<2xi32>
        %o = "tosa.const"() <{value = dense<0> : tensor<1xi64>}> : () -> tensor<1xi64>
        %t = "tosa.const"()
          <{value = dense<[[32767, 0], [0, 32767]]> : tensor<2x2xi16>}>
          : () -> tensor<2x2xi16>
        %0 = "ternary.embed"(%ids, %w, %m, %o)
          <{operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0>,
            rescale = #ternary.rescale<shift = 0, min = -100, max = 100>}>
          : (tensor<1xi32>, !ternary.weights<2x2 : int8>, tensor<2xi32>, tensor<1xi64>)
          -> tensor<1x2xi32>
        %1 = "tosa.reshape"(%0) <{new_shape = array<i64: 1, 1, 2>}>
          : (tensor<1x2xi32>) -> tensor<1x1x2xi32>
        %2 = "ternary.rope"(%1, %t, %position)
          : (tensor<1x1x2xi32>, tensor<2x2xi16>, tensor<1xi32>) -> tensor<1x1x2xi32>
        %3 = "ternary.absmax"(%2) : (tensor<1x1x2xi32>) -> tensor<1x1xi32>
        %4 = "ternary.dynamic_quantize"(%2, %3)
          : (tensor<1x1x2xi32>, tensor<1x1xi32>) -> tensor<1x1x2xi8>
        %5 = "ternary.cache_write"(%cache, %4, %position)
          <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}>
          : (tensor<2x1x2xi8>, tensor<1x1x2xi8>, tensor<1xi32>) -> tensor<2x1x2xi8>
        %6 = "ternary.cache_write"(%steps, %3, %position)
          <{operandSegmentSizes = array<i32: 1, 1, 1, 0>}>
          : (tensor<2x1xi32>, tensor<1x1xi32>, tensor<1xi32>) -> tensor<2x1xi32>
        %7 = "ternary.attention"(%4, %3, %5, %6, %5, %6, %position)
          <{score_multiplier = 1073741824 : i64, score_shift = 62 : i64,
            multiplier = 1082130432 : i64, shift = 13 : i64}>
          : (tensor<1x1x2xi8>, tensor<1x1xi32>, tensor<2x1x2xi8>, tensor<2x1xi32>,
             tensor<2x1x2xi8>, tensor<2x1xi32>, tensor<1xi32>) -> tensor<1x1x2xi32>
        """.replace("%ids", "%arg0")
        .replace("%position", "%arg1")
        .replace("%cache", "%arg2")
        .replace("%steps", "%arg3"),
        ["tensor<1xi32>", "tensor<1xi32>", "tensor<2x1x2xi8>", "tensor<2x1xi32>"],
        ["%0", "%2", "%5", "%6", "%7"],
    )
    cache = np.array([[[127, 0]], [[0, 0]]], dtype=np.int8)
    steps = np.array([[40], [1]], dtype=np.int32)
    first = run.run([[1], [1], cache, steps])
    # A right angle turns -90 90 into -90 -90. Scores are flat: the mean of 40 0 and
    # that is -25 -45.
    assert first[0].tolist() == [[-90, 90]]
    assert first[1].tolist() == [[[-90, -90]]]
    assert first[2].tolist() == [[[127, 0]], [[-127, -127]]]
    assert first[3].tolist() == [[40], [90]]
    assert np.abs(first[4].ravel() / first[4].ravel()[1] - [25 / 45, 1]).max() < 1e-3
    ids = np.array([[0], [1]], dtype=np.int32)
    positions = np.array([[0], [1]], dtype=np.int32)
    many = run.run([ids, positions, cache, steps])
    assert [r[1].tolist() for r in many] == [r.tolist() for r in first]
    assert many[2][0].tolist() == [[[127, 0]], [[0, 0]]]


def test_refusals(network):
    with pytest.raises(ValueError, match="1 arguments"):
        network.run([])
    with pytest.raises(ValueError, match="does not fit"):
        network.run([np.zeros((4, 4, 2), dtype=np.int8)])
    with pytest.raises(TypeError, match="integers"):
        network.run([np.zeros((1, 4, 4, 2))])
    with pytest.raises(OverflowError, match="8 bits"):
        network.run([np.full((1, 4, 4, 2), 128)])
    with pytest.raises(ParseError, match="test.op"):
        function('%0 = "test.op"() : () -> i8', [], ["%0"])
    with pytest.raises(ParseError, match="not TensorType"):
        function(
            '%0 = "tosa.const"() <{value = dense<1> : tensor<1xi8>}>'
            " : () -> tensor<2xi8>",
            [],
            ["%0"],
        )


def test_command_line(tmp_path, capsys):
    image = np.arange(64, dtype=np.uint8).reshape(2, 4, 4, 2) * 4
    np.save(tmp_path / "x.npy", image)
    arguments = [str(NETWORK), "--input", str(tmp_path / "x.npy"), "--output"]
    assert main([*arguments, str(tmp_path / "y.npz")]) == 0
    with np.load(tmp_path / "y.npz") as results:
        assert results["scores"][1].tolist() == expected(image[1])[0].tolist()
        assert results["pooled"].shape == (2, 2, 2, 2)
    assert main(["absent.mlir", "--output", str(tmp_path / "y.npz")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
