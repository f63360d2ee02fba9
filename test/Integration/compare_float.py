"""Runs ONNX models by `smelt run --float` and by onnxruntime and compares.

    compare_float.py SCRATCH TOLERANCE MODEL...

onnxruntime runs without its own optimizations, which change where a quantized
network rounds. The error is the greatest difference over the greatest magnitude
of an output.
"""

import pathlib
import subprocess
import sys

import numpy as np
import onnxruntime

TYPES = {
    "tensor(float)": np.float32,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
}


def open_session(model):
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.graph_optimization_level = level
    return onnxruntime.InferenceSession(model, options)


def make_inputs(session):
    generator = np.random.default_rng(1)
    inputs = {}
    for port in session.get_inputs():
        shape = [size if isinstance(size, int) else 1 for size in port.shape]
        values = generator.standard_normal(shape)
        if port.type != "tensor(float)":
            values = np.abs(values) * 50
        inputs[port.name] = values.astype(TYPES[port.type])
    return inputs


def run_smelt(model, session, inputs, scratch):
    command = ["smelt", "run", "--float", model, "-o", str(scratch / "out.npz")]
    for port in session.get_inputs():
        command += [f"--dim={size}=1" for size in port.shape if isinstance(size, str)]
    for index, (name, values) in enumerate(inputs.items()):
        path = scratch / f"input{index}.npy"
        np.save(path, values)
        command += ["--input", f"{name}={path}"]
    subprocess.run(command, check=True)
    return np.load(scratch / "out.npz")


def compare(model, scratch):
    session = open_session(model)
    inputs = make_inputs(session)
    expected = session.run(None, inputs)
    actual = run_smelt(model, session, inputs, scratch)
    worst = 0.0
    for port, wanted in zip(session.get_outputs(), expected, strict=True):
        found = actual[port.name]
        assert found.shape == wanted.shape, (found.shape, wanted.shape)
        scale = max(np.abs(wanted).max(), 1e-30)
        worst = max(worst, float(np.abs(found - wanted).max() / scale))
    return worst


def main():
    scratch, tolerance = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    failed = False
    for model in sys.argv[3:]:
        error = compare(model, scratch)
        verdict = "ok" if error <= tolerance else "too large"
        failed |= error > tolerance
        print(f"{pathlib.Path(model).name}: error {error:.1e} {verdict}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
