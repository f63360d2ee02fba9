#!/usr/bin/env python3
"""Write a GGUF file of a language model with random ternary weights.

    benchmarks/gguf_model.py model.gguf --shape bitnet-2b-4t --format tq2_0

The formats are TQ1_0 and TQ2_0 of llama.cpp, IQ1_BN and IQ2_BN of ik_llama.cpp and
I2_S of bitnet.cpp. Such a file serves to measure speed, which does not depend on
the values; its text means nothing. The vocabulary has the 256 bytes and made-up
words, so that any prompt can be read.
"""

import argparse
import struct
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from string import ascii_lowercase

import numpy as np
from ggml_formats import FLOATS, TERNARY, Format

ALIGNMENT = 32
PIECE_ELEMENTS = 1 << 22
# Of 256 equally likely bytes.
CODES = np.repeat(np.array([-1, 0, 1], np.int8), [75, 106, 75])
DENSITY = 150 / 256


@dataclass(frozen=True)
class Shape:
    """The sizes of a model, and what its layers have."""

    arch: str
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    vocab: int
    context: int
    rope_theta: float
    epsilon: float
    tied: bool
    sub_norms: bool = False
    head_norms: bool = False


SHAPES = {
    "bitnet-2b-4t": Shape(
        arch="bitnet",
        hidden=2560,
        intermediate=6912,
        layers=30,
        heads=20,
        kv_heads=5,
        head_dim=128,
        vocab=128256,
        context=4096,
        rope_theta=500000.0,
        epsilon=1e-5,
        tied=True,
        sub_norms=True,
    ),
    "llama-3-8b": Shape(
        arch="llama",
        hidden=4096,
        intermediate=14336,
        layers=32,
        heads=32,
        kv_heads=8,
        head_dim=128,
        vocab=128256,
        context=8192,
        rope_theta=500000.0,
        epsilon=1e-5,
        tied=False,
    ),
    "qwen3-1.7b": Shape(
        arch="qwen3",
        hidden=2048,
        intermediate=6144,
        layers=28,
        heads=16,
        kv_heads=8,
        head_dim=128,
        vocab=151936,
        context=40960,
        rope_theta=1000000.0,
        epsilon=1e-6,
        tied=True,
        head_norms=True,
    ),
}


def adapt(shape, weights):
    """`shape` as the peer that reads `weights` knows it.

    ik_llama.cpp has the squared ReLU of BitNet under a name of its own; bitnet.cpp
    has no Qwen3, and the same sizes as a Llama without norms of heads."""
    if shape.arch == "bitnet" and weights in ("iq1_bn", "iq2_bn"):
        return replace(shape, arch="bitnet-b1.58")
    if shape.arch == "qwen3" and weights == "i2_s":
        return replace(shape, arch="llama", head_norms=False)
    return shape


@dataclass(frozen=True)
class Tensor:
    """A tensor of one or two dimensions. deviation: of random values; None where
    all are one."""

    name: str
    rows: int
    columns: int
    form: Format
    deviation: float | None = None

    @property
    def dimensions(self):
        """As GGUF lists them: the fastest first."""
        return (self.columns,) if self.rows == 0 else (self.columns, self.rows)

    @property
    def size(self):
        """Bytes."""
        return self.form.size(max(1, self.rows), self.columns)


def list_tensors(shape, weights, head):
    """The tensors of a model in the order of the file."""
    hidden, inner = shape.hidden, shape.intermediate
    queries, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    tensors = []

    def add_norm(name, size):
        tensors.append(Tensor(f"{name}.weight", 0, size, FLOATS["f32"]))

    def add_linear(name, rows, columns):
        form = TERNARY[weights]
        tensors.append(Tensor(f"{name}.weight", rows, columns, form, 1 / sqrt(columns)))

    def add_table(name, deviation):
        form = FLOATS[head]
        tensors.append(Tensor(f"{name}.weight", shape.vocab, hidden, form, deviation))

    add_table("token_embd", 1.0)
    for index in range(shape.layers):
        block = f"blk.{index}"
        add_norm(f"{block}.attn_norm", hidden)
        add_linear(f"{block}.attn_q", queries, hidden)
        add_linear(f"{block}.attn_k", keys, hidden)
        add_linear(f"{block}.attn_v", keys, hidden)
        add_linear(f"{block}.attn_output", hidden, queries)
        add_norm(f"{block}.ffn_norm", hidden)
        add_linear(f"{block}.ffn_gate", inner, hidden)
        add_linear(f"{block}.ffn_up", inner, hidden)
        add_linear(f"{block}.ffn_down", hidden, inner)
        if shape.sub_norms:
            add_norm(f"{block}.attn_sub_norm", queries)
            add_norm(f"{block}.ffn_sub_norm", inner)
        if shape.head_norms:
            add_norm(f"{block}.attn_q_norm", shape.head_dim)
            add_norm(f"{block}.attn_k_norm", shape.head_dim)
    add_norm("output_norm", hidden)
    if not shape.tied:
        add_table("output", 1 / sqrt(hidden))
    return tensors


def make_vocabulary(size):
    """Tokens, scores and types of a SentencePiece vocabulary with bytes; `a` to `z`
    have one token where a word begins."""
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    types = [2, 3, 3] + [6] * 256
    words = ["\u2581", *ascii_lowercase, *(f"\u2581{c}" for c in ascii_lowercase)]
    count = size - len(tokens)
    if count < len(words):
        least = len(tokens) + len(words)
        raise ValueError(f"a vocabulary of {size} is smaller than {least}")
    words += [f"\u2581word{index}" for index in range(count - len(words))]
    scores = [0.0] * len(tokens) + [float(-index) for index in range(count)]
    return tokens + words, scores, types + [1] * count


def make_metadata(shape, weights):
    """Keys and values; the type of a value says which GGUF type it gets."""
    tokens, scores, types = make_vocabulary(shape.vocab)
    arch = shape.arch
    return {
        "general.architecture": arch,
        "general.name": "random ternary weights",
        "general.file_type": TERNARY[weights].file_type,
        f"{arch}.vocab_size": shape.vocab,
        f"{arch}.context_length": shape.context,
        f"{arch}.embedding_length": shape.hidden,
        f"{arch}.block_count": shape.layers,
        f"{arch}.feed_forward_length": shape.intermediate,
        f"{arch}.rope.dimension_count": shape.head_dim,
        f"{arch}.rope.freq_base": shape.rope_theta,
        f"{arch}.rope.scaling.type": "none",
        f"{arch}.attention.head_count": shape.heads,
        f"{arch}.attention.head_count_kv": shape.kv_heads,
        f"{arch}.attention.key_length": shape.head_dim,
        f"{arch}.attention.value_length": shape.head_dim,
        f"{arch}.attention.layer_norm_rms_epsilon": shape.epsilon,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": scores,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.add_bos_token": True,
    }


# GGUF, version 3


def encode_string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def encode_value(value):
    """The number of the type and the bytes. Integers are uint32, of lists int32."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + encode_string(value)
    kind = type(value[0])
    number = {int: 5, float: 6, str: 8}[kind]
    if kind is str:
        data = b"".join(map(encode_string, value))
    else:
        data = np.array(value, "<i4" if kind is int else "<f4").tobytes()
    return struct.pack("<IIQ", 9, number, len(value)) + data


def encode_header(metadata, tensors):
    parts = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(metadata))]
    for key, value in metadata.items():
        parts += [encode_string(key), encode_value(value)]
    offset = 0
    for tensor in tensors:
        sizes = tensor.dimensions
        parts += [
            encode_string(tensor.name),
            struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes),
            struct.pack("<IQ", tensor.form.number, offset),
        ]
        offset += padded(tensor.size)
    header = b"".join(parts)
    return header + bytes(padded(len(header)) - len(header))


def padded(size):
    return -(-size // ALIGNMENT) * ALIGNMENT


def make_pieces(tensor, generator):
    """The bytes of a tensor in arrays of some megabytes."""
    if tensor.deviation is None:
        yield tensor.form.pack(np.ones((1, tensor.columns), np.float32))
        return
    is_ternary = tensor.form in TERNARY.values()
    step = max(1, PIECE_ELEMENTS // tensor.columns)
    for begin in range(0, tensor.rows, step):
        shape = min(step, tensor.rows - begin), tensor.columns
        if is_ternary:
            codes = CODES[generator.integers(0, 256, shape, np.uint8)]
            data = tensor.form.pack(codes, tensor.deviation / sqrt(DENSITY))
        else:
            values = generator.standard_normal(shape, np.float32)
            data = tensor.form.pack(values * np.float32(tensor.deviation))
        is_last = begin + step >= tensor.rows
        yield data if is_last else data[: len(data) - tensor.form.tail]


def write_model(path, shape, weights, head="q6_k", seed=0):
    """Writes the file; `weights` and `head` are names of formats."""
    tensors = list_tensors(shape, weights, head)
    generator = np.random.default_rng(seed)
    with open(path, "wb") as file:
        file.write(encode_header(make_metadata(shape, weights), tensors))
        for tensor in tensors:
            begin = file.tell()
            for piece in make_pieces(tensor, generator):
                file.write(np.ascontiguousarray(piece).data)
            assert file.tell() == begin + tensor.size, tensor.name
            file.write(bytes(padded(tensor.size) - tensor.size))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("--shape", choices=SHAPES, default="bitnet-2b-4t")
    parser.add_argument("--format", choices=TERNARY, default="tq2_0")
    parser.add_argument("--head", choices=["q6_k", "f16"], default="q6_k")
    parser.add_argument("--arch", help="general.architecture, in place of the usual")
    parser.add_argument("--layers", type=int, metavar="N")
    parser.add_argument("--vocab", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    shape = adapt(SHAPES[options.shape], options.format)
    changes = {
        name: getattr(options, name)
        for name in ("arch", "layers", "vocab")
        if getattr(options, name) is not None
    }
    try:
        shape = replace(shape, **changes)
        write_model(options.path, shape, options.format, options.head, options.seed)
    except (OSError, ValueError) as error:
        parser.exit(1, f"gguf_model.py: error: {error}\n")


if __name__ == "__main__":
    main()
