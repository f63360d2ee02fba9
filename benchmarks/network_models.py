"""The ONNX networks of networks.py, each for a batch of any size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.version_converter import convert_version

OPSET = 17
TFC_SIZES = [784, 64, 64, 64, 10]
MLP_SIZES = [784, 512, 256, 10]


@dataclass
class Network:
    """A network as each program can read it.

    model, peer_model: for Smelt, and for programs without QONNX's Quant.
    options: what `smelt compile` needs for it.
    shape: of one input.
    """

    name: str
    model: Path
    peer_model: Path
    options: list
    shape: tuple


def make_mlp(sizes, batch, seed=0):
    """Layers of MatMul, Add and, but for the last, Relu; weights of -s, 0 and s.

    The input is `input`, float32 of batch by sizes[0]."""
    generator = np.random.default_rng(seed)
    nodes, initializers, value = [], [], "input"
    for index, (columns, rows) in enumerate(zip(sizes, sizes[1:], strict=False)):
        codes = generator.integers(-1, 2, (columns, rows))
        weights = (codes / np.sqrt(columns)).astype(np.float32)
        bias = 0.1 * generator.standard_normal(rows)
        tensors = {f"weights{index}": weights, f"bias{index}": bias.astype(np.float32)}
        initializers += [numpy_helper.from_array(t, n) for n, t in tensors.items()]
        is_last = index + 2 == len(sizes)
        sum_name = "output" if is_last else f"sum{index}"
        product = f"product{index}"
        nodes += [
            helper.make_node("MatMul", [value, f"weights{index}"], [product]),
            helper.make_node("Add", [product, f"bias{index}"], [sum_name]),
        ]
        value = sum_name
        if not is_last:
            value = f"relu{index}"
            nodes.append(helper.make_node("Relu", [sum_name], [value]))
    real = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("input", real, [batch, sizes[0]])],
        [helper.make_tensor_value_info("output", real, [batch, sizes[-1]])],
        initializers,
    )
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return model


def set_batch(model, batch):
    """Gives the first dimension of inputs, outputs and constant shapes, 1, the size
    `batch`; initializers are no inputs any more."""
    graph = model.graph
    initializers = {tensor.name: tensor for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in initializers]
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    # Before version 4 every initializer is an input.
    model.ir_version = max(model.ir_version, 4)
    for value in [*graph.input, *graph.output]:
        first = value.type.tensor_type.shape.dim[0]
        if first.dim_value != 1:
            raise ValueError(f"the first dimension of {value.name} is not 1")
        first.dim_value = batch
    for node in graph.node:
        # Of weights that are reshaped the first size is theirs, and not 1.
        if node.op_type == "Reshape" and node.input[1] in initializers:
            tensor = initializers[node.input[1]]
            sizes = numpy_helper.to_array(tensor).copy()
            if node.input[0] not in initializers and sizes[0] == 1:
                sizes[0] = batch
                tensor.CopyFrom(numpy_helper.from_array(sizes, tensor.name))
    return model


def make_calibration(path, shape, count=64, seed=0):
    """Writes `count` inputs from 0 to 1; float32."""
    generator = np.random.default_rng(seed)
    np.save(path, generator.random((count, *shape), np.float32))
    return path


def make_networks(folder, batch, tfc, mnist8):
    """The networks for a batch, written into `folder`. tfc, mnist8: paths of the
    published models, or None to leave one out."""
    networks = []

    def save(name, model):
        path = folder / f"{name}-{batch}.onnx"
        onnx.save(model, path)
        return path

    pixels = ["--input-type", "u8", "--input-range", "0:255=0:1"]
    if tfc:
        model = save("tfc", set_batch(onnx.load(tfc), batch))
        peer_model = save("tfc-float", make_mlp(TFC_SIZES, batch))
        networks.append(Network("TFC_2W2A", model, peer_model, pixels, (784,)))
    if mnist8:
        batched = set_batch(onnx.load(mnist8), batch)
        model = save("mnist-8", batched)
        # onnxruntime quantizes no model as old as this.
        peer_model = save("mnist-8-new", convert_version(batched, OPSET))
        shape = (1, 28, 28)
        data = make_calibration(folder / f"mnist-8-{batch}.npy", (batch, *shape), 2)
        options = [*pixels, "--calibrate", str(data), "--planes", "2"]
        networks.append(Network("mnist-8", model, peer_model, options, shape))
    model = save("mlp", make_mlp(MLP_SIZES, batch))
    data = make_calibration(folder / f"mlp-{batch}.npy", (batch, 784), 2)
    options = [*pixels, "--calibrate", str(data)]
    networks.append(Network("MLP 784-512-256-10", model, model, options, (784,)))
    return networks
