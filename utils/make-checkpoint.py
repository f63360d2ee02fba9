#!/usr/bin/env python3
"""Write a synthetic Hugging Face checkpoint of a ternary language model.

    utils/make-checkpoint.py /tmp/model --layers 2 --hidden 256 --vocab 1000

writes config.json and model.safetensors of the format, the names and by default
the sizes of a published model:

    bitnet  microsoft/bitnet-b1.58-2B-4T: packed, multiplied by weight_scale
    llama   tiiuae/Falcon3-1B-Instruct-1.58bit: packed, divided by weight_scale
    qwen3   the size of Qwen3-1.7B with a float16 scale for each 128 columns of
            every matrix, as in Ternary-Bonsai
    onebit  1bitLLM/bitnet_b1_58-large: masters that are rounded when used

Other options switch on what such models may have: other forms of weights, biases,
norms of the inputs of layers, scaled rotary embeddings, other activations.

The numbers are random and follow from --seed and the name of the tensor alone.
A tensor is made and written in pieces, so that it need not fit in memory.
"""

import argparse
import json
import sys
import zlib
from dataclasses import dataclass
from math import ceil, prod, sqrt
from pathlib import Path

import numpy as np

PIECE_ELEMENTS = 1 << 22
GROUP = 128
# Of 256 equally likely bytes; 0, 1 and 2 stand for -1, 0 and +1.
CODES = np.repeat(np.array([0, 1, 2], np.uint8), [75, 106, 75])
DENSITY = 150 / 256
# The deviation of biases; that of the products of a layer is about 1.
BIAS = 0.3

PRESETS = {
    "bitnet": dict(
        hidden=2560,
        intermediate=6912,
        layers=30,
        heads=20,
        kv_heads=5,
        head_dim=128,
        vocab=128256,
        context=4096,
    ),
    "llama": dict(
        hidden=2048,
        intermediate=8192,
        layers=18,
        heads=8,
        kv_heads=4,
        head_dim=256,
        vocab=131072,
        context=8192,
    ),
    "qwen3": dict(
        hidden=2048,
        intermediate=6144,
        layers=28,
        heads=16,
        kv_heads=8,
        head_dim=128,
        vocab=151669,
        context=65536,
    ),
    "onebit": dict(
        hidden=1536,
        intermediate=4096,
        layers=24,
        heads=16,
        kv_heads=16,
        head_dim=96,
        vocab=32002,
        context=2048,
    ),
}
SIZES = list(PRESETS["bitnet"])


# The contents of tensors


def to_bf16(values):
    """The bits of float32 values rounded to bfloat16, ties to even."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def random_codes(generator, shape):
    return CODES[generator.integers(0, 256, shape, np.uint8)]


def row_pieces(rows, columns):
    step = max(1, PIECE_ELEMENTS // columns)
    for begin in range(0, rows, step):
        yield begin, min(rows, begin + step)


def packed_matrix(generator, rows, columns):
    """Byte (p, c) holds rows p, p + R, p + 2R and p + 3R, R = ceil(rows / 4), the
    first in the low bits; bits of rows that there are not are 0."""
    packed_rows = ceil(rows / 4)
    for begin, end in row_pieces(packed_rows, columns):
        packed = np.zeros((end - begin, columns), np.uint8)
        for lane in range(4):
            codes = random_codes(generator, packed.shape)
            present = np.arange(begin, end) + lane * packed_rows < rows
            packed |= (codes * present[:, None].astype(np.uint8)) << (2 * lane)
        yield packed


def normal_matrix(generator, rows, columns, deviation):
    for begin, end in row_pieces(rows, columns):
        shape = (end - begin, columns)
        yield to_bf16(deviation * generator.standard_normal(shape, np.float32))


def ternary_matrix(generator, rows, columns, deviation):
    """-s, 0 and +s in float16, with one s."""
    scale = np.array(deviation / sqrt(DENSITY), "<f2")
    for begin, end in row_pieces(rows, columns):
        codes = random_codes(generator, (end - begin, columns)).astype(np.float16) - 1
        yield (codes * scale).astype("<f2")


def grouped_matrix(generator, rows, columns, deviation, group=GROUP):
    """-s, 0 and +s in float16, with an s for each group of columns of a row."""
    scale = deviation / sqrt(DENSITY)
    for begin, end in row_pieces(rows, columns):
        codes = random_codes(generator, (end - begin, columns)).astype(np.float16) - 1
        groups = ceil(columns / group)
        scales = scale * generator.uniform(0.5, 1.5, (end - begin, groups))
        scales = np.repeat(scales.astype("<f2"), group, axis=1)[:, :columns]
        yield (codes * scales).astype("<f2")


def norm_weights(generator, size):
    yield to_bf16(1 + 0.1 * generator.standard_normal(size, np.float32))


def biases(generator, size, deviation):
    yield to_bf16(deviation * generator.standard_normal(size, np.float32))


# The tensors of a model


@dataclass
class Tensor:
    """A tensor whose bytes `pieces` makes from a random generator."""

    name: str
    dtype: str
    shape: tuple
    pieces: callable

    @property
    def size(self):
        return prod(self.shape) * (1 if self.dtype == "U8" else 2)


class Model:
    """Lists the tensors of a configuration."""

    def __init__(self, options):
        self.options = options
        self.tensors = []

    def add(self, name, dtype, shape, pieces):
        self.tensors.append(Tensor(name, dtype, shape, pieces))

    def add_norm(self, name, size):
        self.add(name, "BF16", (size,), lambda g: norm_weights(g, size))

    def add_floats(self, name, rows, columns, deviation, weights):
        size = rows, columns, deviation
        if weights == "masters":
            pieces, dtype = lambda g: normal_matrix(g, *size), "BF16"
        elif weights == "tensor":
            pieces, dtype = lambda g: ternary_matrix(g, *size), "F16"
        else:
            group = columns if weights == "rows" else self.options.group
            pieces, dtype = lambda g: grouped_matrix(g, *size, group), "F16"
        self.add(name, dtype, (rows, columns), pieces)

    def add_table(self, module, deviation):
        """The embedding or the head."""
        size = self.options.vocab, self.options.hidden
        self.add_floats(f"{module}.weight", *size, deviation, self.options.tables)

    def add_linear(self, module, rows, columns, has_bias):
        options = self.options
        deviation = 1 / sqrt(columns)
        scale = deviation / sqrt(DENSITY)
        multiplies = options.linear_class == "autobitlinear"
        if options.weights == "packed":
            self.add(
                f"{module}.weight",
                "U8",
                (ceil(rows / 4), columns),
                lambda g: packed_matrix(g, rows, columns),
            )
            stored = scale if multiplies else 1 / scale
            self.add(
                f"{module}.weight_scale",
                "BF16",
                (1,),
                lambda g: iter([to_bf16(np.array([stored]))]),
            )
        else:
            weights = options.weights
            self.add_floats(f"{module}.weight", rows, columns, deviation, weights)
        if has_bias:
            # Where a scale multiplies the product, it multiplies the bias too.
            inside = options.weights == "packed" and multiplies
            size = rows, BIAS / scale if inside else BIAS
            self.add(f"{module}.bias", "BF16", (rows,), lambda g: biases(g, *size))
        if options.input_norms:
            self.add_norm(f"{module}.rms_norm.weight", columns)

    def add_layer(self, index):
        options = self.options
        layer = f"model.layers.{index}"
        attention, mlp = f"{layer}.self_attn", f"{layer}.mlp"
        hidden, inner = options.hidden, options.intermediate
        queries = options.heads * options.head_dim
        keys = options.kv_heads * options.head_dim
        self.add_norm(f"{layer}.input_layernorm.weight", hidden)
        self.add_norm(f"{layer}.post_attention_layernorm.weight", hidden)
        if options.arch == "bitnet":
            self.add_norm(f"{attention}.attn_sub_norm.weight", queries)
            self.add_norm(f"{mlp}.ffn_sub_norm.weight", inner)
        if options.arch == "onebit":
            self.add_norm(f"{attention}.inner_attn_ln.weight", queries)
            self.add_norm(f"{mlp}.ffn_layernorm.weight", inner)
        if options.arch == "qwen3":
            self.add_norm(f"{attention}.q_norm.weight", options.head_dim)
            self.add_norm(f"{attention}.k_norm.weight", options.head_dim)
        has_bias = options.attention_bias
        self.add_linear(f"{attention}.q_proj", queries, hidden, has_bias)
        self.add_linear(f"{attention}.k_proj", keys, hidden, has_bias)
        self.add_linear(f"{attention}.v_proj", keys, hidden, has_bias)
        self.add_linear(f"{attention}.o_proj", hidden, queries, has_bias)
        has_bias = options.mlp_bias
        self.add_linear(f"{mlp}.gate_proj", inner, hidden, has_bias)
        self.add_linear(f"{mlp}.up_proj", inner, hidden, has_bias)
        self.add_linear(f"{mlp}.down_proj", hidden, inner, has_bias)


def list_tensors(options):
    """In the order of safetensors' own writer: wide elements first, then names."""
    model = Model(options)
    model.add_table("model.embed_tokens", 1.0)
    for index in range(options.layers):
        model.add_layer(index)
    model.add_norm("model.norm.weight", options.hidden)
    if not options.tied:
        model.add_table("lm_head", 1 / sqrt(options.hidden))
    return sorted(model.tensors, key=lambda t: (t.dtype == "U8", t.name))


def make_config(options):
    architecture, model_type, activation, theta, epsilon = {
        "bitnet": ("BitNetForCausalLM", "bitnet", "relu2", 500000.0, 1e-5),
        "llama": ("LlamaForCausalLM", "llama", "silu", 1000042.0, 1e-6),
        "qwen3": ("Qwen3ForCausalLM", "qwen3", "silu", 1000000.0, 1e-6),
        "onebit": ("BitnetForCausalLM", "llama", "silu", 10000.0, 1e-5),
    }[options.arch]
    config = {
        "architectures": [architecture],
        "model_type": model_type,
        "hidden_act": options.activation or activation,
        "hidden_size": options.hidden,
        "intermediate_size": options.intermediate,
        "num_hidden_layers": options.layers,
        "num_attention_heads": options.heads,
        "num_key_value_heads": options.kv_heads,
        "head_dim": options.head_dim,
        "vocab_size": options.vocab,
        "max_position_embeddings": options.context,
        "rms_norm_eps": options.epsilon or epsilon,
        "rope_theta": theta,
        "tie_word_embeddings": options.tied,
        "attention_bias": options.attention_bias,
        "bos_token_id": options.vocab - 2,
        "eos_token_id": options.vocab - 1,
        "torch_dtype": "bfloat16",
    }
    if options.mlp_bias:
        config["mlp_bias"] = True
    if options.arch == "onebit":
        config |= {"weight_bits": 1, "input_bits": 8}
    quantization = make_quantization(options)
    if quantization:
        config["quantization_config"] = quantization
    if options.rope != "default":
        config["rope_scaling"] = make_rope_scaling(options)
    return config


def make_quantization(options):
    """What says that layers round their inputs, or None."""
    if not quantizes(options):
        return None
    config = {"quant_method": "bitnet"}
    # Without a linear_class it is "bitlinear", which divides.
    if options.linear_class == "autobitlinear":
        is_online = options.weights == "masters"
        config["linear_class"] = options.linear_class
        config["quantization_mode"] = "online" if is_online else "offline"
    if options.input_norms:
        config |= {"use_rms_norm": True, "rms_norm_eps": options.epsilon or 1e-6}
    return config


def make_rope_scaling(options):
    """Of a model that was made for a quarter of its positions."""
    config = {"rope_type": options.rope, "factor": 4.0}
    if options.rope != "linear":
        config["original_max_position_embeddings"] = options.context // 4
    if options.rope == "llama3":
        config |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
    return config


# Files


def write_safetensors(path, tensors, seed):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for tensor in tensors:
        header[tensor.name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [end, end + tensor.size],
        }
        end += tensor.size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for tensor in tensors:
            generator = np.random.default_rng([seed, zlib.crc32(tensor.name.encode())])
            begin = file.tell()
            for piece in tensor.pieces(generator):
                file.write(np.ascontiguousarray(piece).data)
            assert file.tell() == begin + tensor.size, tensor.name


def split(tensors, count):
    """`count` lists of about the same number of bytes."""
    total, done = sum(tensor.size for tensor in tensors), 0
    shards = [[] for _ in range(count)]
    for tensor in tensors:
        shards[min(count - 1, done * count // total)].append(tensor)
        done += tensor.size
    return [shard for shard in shards if shard]


def write_checkpoint(folder, options):
    folder.mkdir(parents=True, exist_ok=True)
    config = json.dumps(make_config(options), indent=2)
    (folder / "config.json").write_text(config + "\n")
    tensors = list_tensors(options)
    if options.shards == 1:
        write_safetensors(folder / "model.safetensors", tensors, options.seed)
        return
    shards = split(tensors, options.shards)
    weight_map = {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_safetensors(folder / name, shard, options.seed)
        weight_map |= {tensor.name: name for tensor in shard}
    total = sum(tensor.size for tensor in tensors)
    index = {
        "metadata": {"total_size": total},
        "weight_map": dict(sorted(weight_map.items())),
    }
    text = json.dumps(index, indent=2) + "\n"
    (folder / "model.safetensors.index.json").write_text(text)


def quantizes(options):
    """Whether the configuration says that layers round their inputs."""
    if options.weights == "masters":
        return options.arch == "bitnet"
    return options.weights == "packed"


def make_parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--arch", choices=PRESETS, default="bitnet")
    parser.add_argument(
        "--weights",
        choices=["packed", "masters", "tensor", "rows", "grouped"],
        help="packed ternary, bfloat16 masters, or float16 of ternary weights with "
        "a scale for each matrix, row or group",
    )
    parser.add_argument(
        "--tables",
        choices=["masters", "tensor", "rows", "grouped"],
        help="the same of the embedding and the head",
    )
    parser.add_argument("--group", type=int, default=GROUP, metavar="N")
    parser.add_argument(
        "--linear-class",
        choices=["autobitlinear", "bitlinear"],
        help="whether weight_scale multiplies or divides",
    )
    for size in SIZES:
        parser.add_argument(f"--{size.replace('_', '-')}", type=int, metavar="N")
    parser.add_argument(
        "--tied",
        action=argparse.BooleanOptionalAction,
        help="use the embedding as the head",
    )
    parser.add_argument("--attention-bias", action="store_true")
    parser.add_argument("--mlp-bias", action="store_true")
    parser.add_argument(
        "--input-norms", action="store_true", help="use_rms_norm of the layers"
    )
    parser.add_argument("--activation", metavar="NAME", help="hidden_act")
    parser.add_argument("--epsilon", type=float, metavar="X", help="rms_norm_eps")
    parser.add_argument("--rope", choices=["default", "linear", "llama3", "yarn"])
    parser.add_argument("--shards", type=int, default=1, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def set_defaults(options):
    for size in SIZES:
        if getattr(options, size) is None:
            setattr(options, size, PRESETS[options.arch][size])
    if options.weights is None:
        forms = {"qwen3": "grouped", "onebit": "masters"}
        options.weights = forms.get(options.arch, "packed")
    if options.tables is None:
        options.tables = "grouped" if options.weights == "grouped" else "masters"
    if options.linear_class is None:
        is_bitnet = options.arch == "bitnet"
        options.linear_class = "autobitlinear" if is_bitnet else "bitlinear"
    if options.rope is None:
        options.rope = "yarn" if options.arch == "qwen3" else "default"
    if options.tied is None:
        options.tied = options.arch != "llama"


def parse_options(arguments):
    parser = make_parser()
    options = parser.parse_args(arguments)
    set_defaults(options)
    for size in SIZES:
        if getattr(options, size) < 1:
            parser.error(f"--{size.replace('_', '-')} must be at least 1")
    if options.heads % options.kv_heads:
        parser.error("--heads must be a multiple of --kv-heads")
    if options.head_dim % 2:
        parser.error("--head-dim must be even")
    if options.vocab < 2 or min(options.shards, options.group) < 1 or options.seed < 0:
        parser.error("--vocab must be at least 2, --shards and --group 1, --seed 0")
    if options.arch == "onebit" and options.weights != "masters":
        parser.error("--arch onebit has --weights masters")
    if options.mlp_bias and options.arch != "llama":
        parser.error("--mlp-bias needs --arch llama")
    if options.input_norms and not quantizes(options):
        parser.error("--input-norms needs layers that round their inputs")
    if options.linear_class == "bitlinear" and options.weights == "masters":
        if options.arch == "bitnet":
            parser.error("--weights masters needs --linear-class autobitlinear")
    return options


def main(arguments=None):
    options = parse_options(arguments)
    write_checkpoint(options.folder, options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
