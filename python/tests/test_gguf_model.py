"""The GGUF models of benchmarks/ and the formats of their weights."""

import struct
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
SCALE = 0.25


@pytest.fixture(scope="module", autouse=True)
def search_path():
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture
def formats():
    import ggml_formats

    return ggml_formats


def random_codes(rows, columns):
    return np.random.default_rng(1).integers(-1, 2, (rows, columns)).astype(np.int8)


# The layouts, weight by weight.


def plane_digit(data, index, block, first_is_low):
    """Weight `index` of blocks of four planes."""
    part, rest = divmod(index, block)
    plane, byte = divmod(rest, block // 4)
    shift = 2 * plane if first_is_low else 6 - 2 * plane
    return int(data[part * block // 4 + byte]) >> shift & 3


def fraction_digit(byte, place):
    """The digit at `place`, of which 0 overflows first."""
    return (int(byte) * 3**place % 256) * 3 >> 8


def tq2_0_weight(row, column):
    block, rest = divmod(column, 256)
    data = row[block * 66 :]
    scale = data[64:66].view("<f2")[0]
    return scale * (plane_digit(data, rest, 128, True) - 1)


def tq1_0_weight(row, column):
    block, rest = divmod(column, 256)
    data = row[block * 54 :]
    scale = data[52:54].view("<f2")[0]
    if rest < 160:
        place, byte = divmod(rest, 32)
    elif rest < 240:
        place, byte = divmod(rest - 160, 16)
        byte += 32
    else:
        place, byte = divmod(rest - 240, 4)
        byte += 48
    return scale * (fraction_digit(data[byte], place) - 1)


def i2_s_weight(row, column):
    return plane_digit(row, column, 128, False) - 1


def iq2_bn_weight(row, column):
    scale = row[:4].view("<f4")[0]
    return scale * (plane_digit(row[4:], column, 64, True) - 1)


def iq1_bn_weight(row, column):
    scale = row[:2].view("<f2")[0]
    block, rest = divmod(column, 64)
    data = row[2 + 13 * block :]
    part, index = divmod(rest, 16)
    if index < 15:
        byte, place = data[3 * part + index // 5], index % 5
    else:
        byte, place = data[12], part
    return scale * (fraction_digit(byte, 4 - place) - 1)


@pytest.mark.parametrize(
    "name, weight",
    [
        ("tq1_0", tq1_0_weight),
        ("tq2_0", tq2_0_weight),
        ("iq1_bn", iq1_bn_weight),
        ("iq2_bn", iq2_bn_weight),
    ],
)
def test_ternary_formats(formats, name, weight):
    codes, form = random_codes(3, 512), formats.TERNARY[name]
    data = form.pack(codes, SCALE)
    assert data.dtype == np.uint8 and data.size == form.size(3, 512)
    rows = data.reshape(3, form.row_size(512))
    values = [[weight(row, column) for column in range(512)] for row in rows]
    np.testing.assert_array_equal(values, SCALE * codes)


def test_i2_s_has_one_scale(formats):
    codes, form = random_codes(3, 256), formats.TERNARY["i2_s"]
    data = form.pack(codes, SCALE)
    assert data.size == form.size(3, 256) == 3 * 64 + 32
    rows = data[:-32].reshape(3, 64)
    values = [[i2_s_weight(row, column) for column in range(256)] for row in rows]
    np.testing.assert_array_equal(values, codes)
    assert data[-32:-28].view("<f4")[0] == SCALE and not data[-28:].any()


def test_formats_refuse_half_blocks(formats):
    for form in formats.TERNARY.values():
        with pytest.raises(ValueError, match="100 columns are not a multiple of"):
            form.pack(random_codes(2, 100), SCALE)


def q6_k_values(data):
    """Blocks of 210 bytes as ggml-quants.c reads them."""
    values = []
    for block in data.reshape(-1, 210):
        low, high, scales = block[:128], block[128:192], block[192:208].view(np.int8)
        unit = float(block[208:].view("<f2")[0])
        for index in range(256):
            half, rest = divmod(index, 128)
            lane, byte = divmod(rest, 32)
            nibble = int(low[64 * half + 32 * (lane % 2) + byte]) >> 4 * (lane // 2)
            top = int(high[32 * half + byte]) >> 2 * lane
            code = (nibble & 15 | (top & 3) << 4) - 32
            values.append(unit * scales[index // 16] * code)
    return np.array(values)


def test_q6_k(formats):
    values = np.random.default_rng(2).standard_normal((2, 512), np.float32)
    values[1, :256] = 0
    data = formats.pack_q6_k(values)
    assert data.size == formats.FLOATS["q6_k"].size(2, 512)
    result = q6_k_values(data).reshape(2, 512)
    largest = np.abs(values.reshape(-1, 16)).max(axis=1, keepdims=True)
    difference = np.abs(result - values).reshape(-1, 16)
    # Half a step of 1/31 of the largest, and what the 8-bit scale is rounded up by.
    assert (difference <= largest / 31 * 0.5 + 4 / 31 / 127 * 0.5 + 1e-6).all()
    assert not result[1, :256].any()


@pytest.mark.parametrize("name", ["TQ1_0", "TQ2_0", "Q6_K"])
def test_formats_are_those_of_gguf(formats, name):
    gguf = pytest.importorskip("gguf", reason="of requirements-bench.txt")
    number = gguf.GGMLQuantizationType[name]
    if name == "Q6_K":
        values = np.random.default_rng(2).standard_normal((2, 512), np.float32)
        data = formats.pack_q6_k(values)
        expected = q6_k_values(data).reshape(2, 512)
    else:
        codes = random_codes(2, 512)
        data = formats.TERNARY[name.lower()].pack(codes, SCALE)
        expected = SCALE * codes
    result = gguf.dequantize(data.reshape(2, -1), number)
    np.testing.assert_allclose(result, expected, rtol=1e-6)


# The files of models.


class Reader:
    """Reads GGUF as its specification says."""

    SCALARS = {4: "<I", 5: "<i", 6: "<f", 7: "<?"}

    def __init__(self, data):
        self.data, self.position = data, 0

    def number(self, form):
        (value,) = struct.unpack_from(form, self.data, self.position)
        self.position += struct.calcsize(form)
        return value

    def string(self):
        size = self.number("<Q")
        self.position += size
        return self.data[self.position - size : self.position].decode()

    def value(self, kind):
        if kind == 8:
            return self.string()
        if kind == 9:
            item, count = self.number("<I"), self.number("<Q")
            return [self.value(item) for _ in range(count)]
        return self.number(self.SCALARS[kind])

    def model(self):
        assert self.data[:4] == b"GGUF"
        self.position = 4
        assert self.number("<I") == 3
        tensor_count, value_count = self.number("<Q"), self.number("<Q")
        metadata = {}
        for _ in range(value_count):
            key = self.string()
            metadata[key] = self.value(self.number("<I"))
        tensors = {}
        for _ in range(tensor_count):
            name, rank = self.string(), self.number("<I")
            sizes = [self.number("<Q") for _ in range(rank)]
            tensors[name] = sizes, self.number("<I"), self.number("<Q")
        return metadata, tensors, -(-self.position // 32) * 32


def small_shape(name):
    import gguf_model

    sizes = dict(hidden=256, intermediate=512, layers=2, heads=2, kv_heads=1)
    return replace(gguf_model.SHAPES[name], **sizes, vocab=400)


@pytest.mark.parametrize(
    "name, weights, arch, tied",
    [
        ("bitnet-2b-4t", "tq2_0", "bitnet", True),
        ("bitnet-2b-4t", "iq2_bn", "bitnet-b1.58", True),
        ("llama-3-8b", "tq1_0", "llama", False),
        ("qwen3-1.7b", "i2_s", "llama", True),
        ("qwen3-1.7b", "iq1_bn", "qwen3", True),
    ],
)
def test_gguf_model(formats, tmp_path, name, weights, arch, tied):
    import gguf_model

    shape = gguf_model.adapt(small_shape(name), weights)
    path = tmp_path / "model.gguf"
    gguf_model.write_model(path, shape, weights)
    data = path.read_bytes()
    metadata, tensors, begin = Reader(data).model()
    assert metadata["general.architecture"] == arch
    assert metadata[f"{arch}.block_count"] == 2
    vocabulary = metadata["tokenizer.ggml.tokens"]
    assert len(set(vocabulary)) == len(vocabulary) == 400
    assert ("output.weight" in tensors) != tied
    has_head_norms = "blk.0.attn_q_norm.weight" in tensors
    assert has_head_norms == (arch == "qwen3")
    form = formats.TERNARY[weights]
    for sizes, number, offset in tensors.values():
        assert offset % 32 == 0 and begin + offset < len(data)
        assert number in (form.number, 0, 14) and len(sizes) in (1, 2)
    sizes, number, _ = tensors["blk.1.ffn_down.weight"]
    assert sizes == [512, 256] and number == form.number
    expected = sum(
        -(-tensor.size // 32) * 32
        for tensor in gguf_model.list_tensors(shape, weights, "q6_k")
    )
    assert len(data) == begin + expected
