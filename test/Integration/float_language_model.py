# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Language models in float64, from their original files."""

import json
import struct
from pathlib import Path

import numpy as np

THETA = 10000.0
EPSILON = 1e-5


class BitModel:
    """A network of ternary matrices, from a `bit_model.bin`."""

    def __init__(self, path):
        self.data, self.offset = Path(path).read_bytes(), 256
        header = struct.unpack("<9i", self.data[:36])
        _, _, self.dim, hidden, self.layers, self.heads, self.kv_heads = header[:7]
        self.norm = self._floats(self.dim)
        self.embedding = self._floats(header[7] * self.dim).reshape(-1, self.dim)
        kv = self.dim // self.heads * self.kv_heads
        shapes = {
            "q": (self.dim, self.dim),
            "k": (kv, self.dim),
            "v": (kv, self.dim),
            "o": (self.dim, self.dim),
            "gate": (hidden, self.dim),
            "down": (self.dim, hidden),
            "up": (hidden, self.dim),
        }
        self.weights = {
            name: [self._matrix(*shape) for _ in range(self.layers)]
            for name, shape in shapes.items()
        }
        assert self.offset == len(self.data)

    def _floats(self, count):
        values = np.frombuffer(self.data, np.float32, count, self.offset)
        self.offset += 4 * count
        return values.astype(np.float64)

    def _matrix(self, rows, columns):
        scale = self._floats(1)[0]
        packed = np.frombuffer(self.data, np.uint8, rows * columns // 4, self.offset)
        self.offset += rows * columns // 4
        codes = (packed[:, np.newaxis] >> np.array([6, 4, 2, 0])) & 3
        return np.array([0, 1, 0, -1.0])[codes].reshape(rows, columns), scale

    def linear(self, name, layer, x):
        matrix, scale = self.weights[name][layer]
        y = x / np.sqrt((x * x).mean(-1, keepdims=True)) / x.shape[-1]
        step = np.abs(y).max(-1, keepdims=True) / 127
        return np.rint(y / step) @ matrix.T * scale * step

    def normalize(self, name, layer, x):
        return x  # A part of `linear`.

    def rotate(self, x, cos, sin):
        even, odd = x[..., 0::2], x[..., 1::2]
        pairs = [even * cos - odd * sin, even * sin + odd * cos]
        return np.stack(pairs, -1).reshape(x.shape)


class FloatModel:
    """A network of float matrices, from a Hugging Face folder."""

    NAMES = {
        **{name: f"self_attn.{name}_proj" for name in "qkvo"},
        **{name: f"mlp.{name}_proj" for name in ("gate", "up", "down")},
    }

    def __init__(self, folder):
        config = json.loads((Path(folder) / "config.json").read_text())
        self.dim, self.layers = config["hidden_size"], config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.kv_heads = config["num_key_value_heads"]
        data = (Path(folder) / "model.safetensors").read_bytes()
        start = 8 + int.from_bytes(data[:8], "little")
        self.tensors = {}
        for name, entry in json.loads(data[8:start]).items():
            if name != "__metadata__":
                assert entry["dtype"] == "F32"
                begin, end = entry["data_offsets"]
                values = np.frombuffer(data[start + begin : start + end], np.float32)
                self.tensors[name] = values.astype(np.float64).reshape(entry["shape"])
        self.norm = self.tensors["model.norm.weight"]
        self.embedding = self.tensors["model.embed_tokens.weight"]

    def linear(self, name, layer, x):
        return x @ self.tensors[f"model.layers.{layer}.{self.NAMES[name]}.weight"].T

    def normalize(self, name, layer, x):
        return normalize(x, self.tensors[f"model.layers.{layer}.{name}.weight"])

    def rotate(self, x, cos, sin):
        low, high = np.split(x, 2, -1)
        return np.concatenate([low * cos - high * sin, low * sin + high * cos], -1)


def normalize(x, weight):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON) * weight


def compute_logits(model, ids):
    """The logits at each position of one sequence."""
    count, size = len(ids), model.dim // model.heads
    angles = np.outer(np.arange(count), THETA ** (-2 * np.arange(size // 2) / size))
    cos, sin = np.cos(angles)[:, np.newaxis], np.sin(angles)[:, np.newaxis]
    mask = np.triu(np.full((count, count), -np.inf), 1)
    group = model.heads // model.kv_heads
    x = model.embedding[np.array(ids)]
    for layer in range(model.layers):
        y = model.normalize("input_layernorm", layer, x)
        q, k, v = (
            model.linear(name, layer, y).reshape(count, -1, size) for name in "qkv"
        )
        q = model.rotate(q, cos, sin)
        k = np.repeat(model.rotate(k, cos, sin), group, 1)
        v = np.repeat(v, group, 1)
        scores = np.einsum("nhd,mhd->hnm", q, k) / np.sqrt(size) + mask
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        mixed = np.einsum("hnm,mhd->nhd", weights, v).reshape(count, -1)
        x = x + model.linear("o", layer, mixed)
        y = model.normalize("post_attention_layernorm", layer, x)
        gate, up = model.linear("gate", layer, y), model.linear("up", layer, y)
        x = x + model.linear("down", layer, gate / (1 + np.exp(-gate)) * up)
    return normalize(x, model.norm) @ model.embedding.T


def compute_loss(logits, ids):
    """The sum over the predicted tokens of a sequence."""
    shifted = logits - logits.max(-1, keepdims=True)
    scores = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return -scores[np.arange(len(ids) - 1), ids[1:]].sum()
