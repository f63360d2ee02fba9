"""Writes models that a careless importer would trust, from one that is sound."""

import os
import sys

import onnx
from onnx import TensorProto, helper

source, folder = sys.argv[1:]


def write(name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def model_with(tensor):
    value = helper.make_tensor_value_info
    node = helper.make_node("Add", ["x", "w"], ["y"])
    graph = helper.make_graph(
        [node],
        "g",
        [value("x", TensorProto.FLOAT, [4])],
        [value("y", TensorProto.FLOAT, [4])],
        [tensor],
    )
    opsets = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, opset_imports=opsets).SerializeToString()


def tensor(dims, raw=None, **external):
    result = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims)
    if raw is not None:
        result.raw_data = raw
        return result
    result.data_location = TensorProto.EXTERNAL
    for key, text in external.items():
        result.external_data.add(key=key, value=text)
    return result


with open(source, "rb") as file:
    sound = file.read()
write("truncated.onnx", sound[: len(sound) // 2])
write("empty.onnx", b"")
write("weights", b"1234")
write("short.onnx", model_with(tensor([4], bytes(12))))
write("huge.onnx", model_with(tensor([2**40, 2**40], bytes(12))))
write("outside.onnx", model_with(tensor([4], location="../secret")))
write("beyond.onnx", model_with(tensor([4], location="weights", length="16")))

call = helper.make_node("F", ["a"], ["b"], domain="local")
opset = helper.make_opsetid("local", 1)
function = helper.make_function("local", "F", ["a"], ["b"], [call], [opset])
recursive = onnx.load(source)
recursive.functions.append(function)
recursive.opset_import.append(opset)
dimensions = recursive.graph.input[0].type.tensor_type.shape.dim
for dimension in dimensions:
    dimension.dim_value = 1
recursive.graph.node[0].CopyFrom(helper.make_node("F", ["x"], ["y"], domain="local"))
write("recursive.onnx", recursive.SerializeToString())
