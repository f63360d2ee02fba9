#!/usr/bin/env python3
"""Time onnxruntime on one thread; a step of networks.py.

    benchmarks/time_onnxruntime.py MODEL.onnx REPEAT

prints two numbers, the median time of a call in nanoseconds of REPEAT samples of at
least 5 ms each, and the same of a network that returns one number: what calling from
Python costs. Inputs and outputs are bound to memory beforehand.
"""

import statistics
import sys
import time

import numpy as np
import onnxruntime
from onnx import TensorProto, helper


def make_identity():
    real = TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "identity",
        [helper.make_tensor_value_info("x", real, [1])],
        [helper.make_tensor_value_info("y", real, [1])],
    )
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return model.SerializeToString()


def bind(model):
    """A function that runs the model once."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model, options, providers=["CPUExecutionProvider"]
    )
    binding = session.io_binding()
    generator = np.random.default_rng(0)
    for value in session.get_inputs():
        data = generator.random(value.shape, np.float32)
        binding.bind_ortvalue_input(
            value.name, onnxruntime.OrtValue.ortvalue_from_numpy(data)
        )
    for value in session.get_outputs():
        data = np.zeros(value.shape, np.float32)
        binding.bind_ortvalue_output(
            value.name, onnxruntime.OrtValue.ortvalue_from_numpy(data)
        )
    return lambda: session.run_with_iobinding(binding)


def time_calls(call, count):
    begin = time.perf_counter_ns()
    for _ in range(count):
        call()
    return time.perf_counter_ns() - begin


def median_time(call, repeat):
    call()
    count = 1
    while time_calls(call, count) < 5e6:
        count *= 2
    return statistics.median(time_calls(call, count) / count for _ in range(repeat))


def main():
    path, repeat = sys.argv[1], int(sys.argv[2])
    print(median_time(bind(path), repeat), median_time(bind(make_identity()), repeat))


if __name__ == "__main__":
    main()
