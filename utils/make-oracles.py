#!/usr/bin/env python3
"""Write the logits that transformers computes for tiny language models.

    utils/make-oracles.py oracles.npz --compare test/Integration/Inputs/oracles.npz

makes the checkpoints that test/Integration/oracles.json lists, lets transformers load
each as it stands (and utils/onebit_reference.py what transformers lacks), and stores
the logits after each of 256 random tokens, computed in float32. --compare demands
that another such file holds the same, up to the rounding of activations to 8 bits,
in which machines may differ. The file holds, for a model NAME of the list:

    NAME/ids     256 token ids, u8
    NAME/logits  256 x vocabulary, float16, so with a relative error of 2^-11
    NAME/crc     the CRC-32 of config.json and model.safetensors, u32

and under NAME/MODULE/unpacked, i8, the matrix that transformers makes of the packed
weights of a layer. The packages are those of requirements-oracles.txt.
"""

import argparse
import importlib.util
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path

# transformers compiles parts of BitNet's layers, which takes minutes.
os.environ["TORCHDYNAMO_DISABLE"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from onebit_reference import BitnetForCausalLM  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from transformers.integrations.bitnet import unpack_weights  # noqa: E402

SOURCE = Path(__file__).resolve().parent.parent
LIST = SOURCE / "test" / "Integration" / "oracles.json"
POSITIONS = 256
# Of which model and layer the unpacked matrix is.
UNPACKED = "bitnet", "model.layers.1.mlp.up_proj"
LEAST_COSINE = 0.9995


def import_script(path):
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load(folder):
    """A function from token ids to float32 logits (tokens x vocabulary)."""
    config = json.loads((folder / "config.json").read_text())
    if config["architectures"] == ["BitnetForCausalLM"]:
        return BitnetForCausalLM.load(folder).eval()
    model, found = transformers.AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=torch.float32,
        attn_implementation="eager",
        output_loading_info=True,
    )
    if any(found.values()):
        raise ValueError(f"{folder}: transformers reports {found}")
    # Its own float() refuses quantized models, of which some tensors stay bfloat16.
    torch.nn.Module.float(model).eval()
    return lambda ids: model(ids[None]).logits[0]


def compute(name, folder):
    """The arrays of one model's checkpoint."""
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    model = load(folder)
    config = json.loads((folder / "config.json").read_text())
    ids = generator.integers(0, config["vocab_size"], POSITIONS, np.uint8)
    with torch.no_grad():
        logits = model(torch.from_numpy(ids.astype(np.int64))).numpy()
    assert logits.dtype == np.float32 and np.isfinite(logits).all(), name
    files = [folder / name for name in ("config.json", "model.safetensors")]
    contents = b"".join(file.read_bytes() for file in files)
    return {
        f"{name}/ids": ids,
        f"{name}/logits": logits.astype(np.float16),
        f"{name}/crc": np.uint32(zlib.crc32(contents)),
    }


def unpack(folder, module):
    packed = load_file(folder / "model.safetensors")[f"{module}.weight"]
    return unpack_weights(packed, dtype=torch.float32).numpy().astype(np.int8)


def make(folder):
    """The arrays of all models, whose checkpoints are made in `folder`."""
    make_checkpoint = import_script(SOURCE / "utils" / "make-checkpoint.py")
    arrays = {}
    for name, entry in json.loads(LIST.read_text()).items():
        print(name, flush=True)
        make_checkpoint.main([str(folder / name), *entry["checkpoint"].split()])
        arrays |= compute(name, folder / name)
    model, module = UNPACKED
    arrays[f"{model}/{module}/unpacked"] = unpack(folder / model, module)
    return arrays


def compare(arrays, path):
    """What differs between arrays and those of a file, as lines."""
    with np.load(path) as file:
        others = dict(file)
    if set(others) != set(arrays):
        return [f"{path} holds other arrays than {sorted(arrays)}"]
    problems = []
    for name, array in arrays.items():
        other = others[name]
        if not name.endswith("/logits"):
            if not np.array_equal(array, other):
                problems.append(f"{name}: not the same")
            continue
        a, b = array.astype(float).ravel(), other.astype(float).ravel()
        cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
        print(f"{name}: {(a != b).sum()} of {a.size} differ, cosine {cosine:.7f}")
        if cosine < LEAST_COSINE:
            problems.append(f"{name}: the cosine of new and stored is {cosine:.7f}")
    return problems


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("output", type=Path)
    parser.add_argument("--compare", type=Path, metavar="FILE")
    options = parser.parse_args()
    torch.set_num_threads(1)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        arrays = make(Path(folder))
    np.savez_compressed(options.output, **arrays)
    problems = compare(arrays, options.compare) if options.compare else []
    for problem in problems:
        print(problem)
    if problems:
        print(f"If this is meant, put {options.output} in place of {options.compare}.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
