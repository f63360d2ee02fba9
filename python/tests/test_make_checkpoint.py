"""The synthetic checkpoints of utils/make-checkpoint.py."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "utils" / "make-checkpoint.py"
SIZES = "--layers 2 --hidden 8 --intermediate 10 --heads 2 --kv-heads 1".split()
SIZES += "--head-dim 4 --vocab 16 --context 32".split()


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_checkpoint", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    """The tensors of a file as (dtype, shape, bytes), and that nothing is between
    or behind them."""
    contents = path.read_bytes()
    length = int.from_bytes(contents[:8], "little")
    assert length % 8 == 0
    header = json.loads(contents[8 : 8 + length])
    data, end, tensors = contents[8 + length :], 0, {}
    header.pop("__metadata__")
    for name, entry in header.items():
        begin, next_end = entry["data_offsets"]
        assert begin == end
        end = next_end
        tensors[name] = entry["dtype"], entry["shape"], data[begin:end]
    assert end == len(data)
    return tensors


def test_packs_rows_with_a_stride(script):
    generator = np.random.default_rng(1)
    (packed,) = script.packed_matrix(generator, 10, 100)
    assert packed.shape == (3, 100)
    lanes = [(packed >> shift) & 3 for shift in (0, 2, 4, 6)]
    codes = np.concatenate(lanes).astype(int) - 1
    assert set(np.unique(codes[:10])) == {-1, 0, 1}
    # Rows 10 and 11 are padding of bits 0.
    assert (codes[10:] == -1).all()
    assert abs((codes[:10] != 0).mean() - script.DENSITY) < 0.05


def test_bf16_rounds_to_even(script):
    values = np.array([1, -2, 1 + 2**-8, 1 + 3 * 2**-8], np.float32)
    assert script.to_bf16(values).tolist() == [0x3F80, 0xC000, 0x3F80, 0x3F82]


def test_grouped_matrices_are_ternary(script):
    (matrix,) = script.grouped_matrix(np.random.default_rng(1), 3, 256, 0.1)
    for run in np.abs(matrix).reshape(6, 128):
        assert len(np.unique(run[run != 0])) == 1


@pytest.mark.parametrize("arch", ["bitnet", "llama", "qwen3"])
@pytest.mark.parametrize("weights", ["packed", "masters", "tensor", "rows", "grouped"])
def test_writes_all_architectures(script, tmp_path, arch, weights):
    script.main([str(tmp_path), "--arch", arch, "--weights", weights, *SIZES])
    tensors = read(tmp_path / "model.safetensors")
    config = json.loads((tmp_path / "config.json").read_text())
    down = tensors["model.layers.1.mlp.down_proj.weight"]
    assert down[1] == ([2, 10] if weights == "packed" else [8, 10])
    gate = tensors["model.layers.1.mlp.gate_proj.weight"]
    assert gate[1] == ([3, 8] if weights == "packed" else [10, 8])
    assert ("lm_head.weight" in tensors) == (not config["tie_word_embeddings"])
    has_scale = "model.layers.0.mlp.up_proj.weight_scale" in tensors
    assert has_scale == (weights == "packed")


def floats(tensor):
    """A tensor's float16 or bfloat16 values."""
    dtype, shape, data = tensor
    if dtype == "F16":
        return np.frombuffer(data, "<f2").astype(float).reshape(shape)
    bits = np.frombuffer(data, "<u2").astype(np.uint32) << 16
    return bits.view(np.float32).astype(float).reshape(shape)


def count_magnitudes(matrix):
    magnitudes = np.unique(np.abs(matrix))
    return np.count_nonzero(magnitudes)


def test_scales_are_of_matrices_or_rows(script, tmp_path):
    name = "model.layers.0.mlp.up_proj.weight"
    for weights, tables in (("tensor", "rows"), ("rows", "tensor")):
        options = ["--arch", "llama", "--weights", weights, "--tables", tables, *SIZES]
        script.main([str(tmp_path), *options])
        tensors = read(tmp_path / "model.safetensors")
        matrices = {
            weights: floats(tensors[name]),
            tables: floats(tensors["lm_head.weight"]),
        }
        assert count_magnitudes(matrices["tensor"]) == 1
        assert count_magnitudes(matrices["rows"]) > 1
        assert max(map(count_magnitudes, matrices["rows"])) == 1


def test_writes_1bitllm(script, tmp_path):
    script.main([str(tmp_path), "--arch", "onebit", *SIZES])
    tensors = read(tmp_path / "model.safetensors")
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architectures"] == ["BitnetForCausalLM"]
    assert "quantization_config" not in config
    assert tensors["model.layers.1.self_attn.inner_attn_ln.weight"][1] == [8]
    assert tensors["model.layers.1.mlp.ffn_layernorm.weight"][1] == [10]


@pytest.mark.parametrize("linear_class", ["autobitlinear", "bitlinear"])
def test_biases_have_the_size_of_products(script, tmp_path, linear_class):
    options = "--arch llama --attention-bias --mlp-bias --input-norms".split()
    options += ["--linear-class", linear_class, *SIZES, "--intermediate", "4000"]
    script.main([str(tmp_path), *options])
    tensors = read(tmp_path / "model.safetensors")
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["attention_bias"] and config["mlp_bias"]
    assert config["quantization_config"]["use_rms_norm"]
    layer = "model.layers.0.mlp.up_proj"
    assert tensors[f"{layer}.rms_norm.weight"][1] == [8]
    bias = floats(tensors[f"{layer}.bias"])
    if linear_class == "autobitlinear":
        bias *= floats(tensors[f"{layer}.weight_scale"])
    assert abs(bias.std() / script.BIAS - 1) < 0.1


def test_rotary_scaling(script, tmp_path):
    for rope in ("linear", "llama3", "yarn"):
        script.main([str(tmp_path), "--arch", "llama", "--rope", rope, *SIZES])
        config = json.loads((tmp_path / "config.json").read_text())
        assert config["rope_scaling"]["rope_type"] == rope
    script.main([str(tmp_path), "--arch", "qwen3", "--rope", "default", *SIZES])
    assert "rope_scaling" not in json.loads((tmp_path / "config.json").read_text())


@pytest.mark.parametrize(
    "options",
    [
        "--arch onebit --weights packed",
        "--arch qwen3 --mlp-bias",
        "--arch llama --weights masters --input-norms",
        "--arch bitnet --weights masters --linear-class bitlinear",
    ],
)
def test_refuses_what_no_model_has(script, tmp_path, options, capsys):
    with pytest.raises(SystemExit):
        script.main([str(tmp_path / "model"), *options.split(), *SIZES])
    assert "error: --" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_shards_hold_the_same(script, tmp_path):
    script.main([str(tmp_path / "one"), *SIZES])
    script.main([str(tmp_path / "many"), *SIZES, "--shards", "3"])
    index = json.loads((tmp_path / "many" / "model.safetensors.index.json").read_text())
    whole = read(tmp_path / "one" / "model.safetensors")
    assert index["metadata"]["total_size"] == sum(len(t[2]) for t in whole.values())
    assert len(set(index["weight_map"].values())) == 3
    for name, file in index["weight_map"].items():
        assert read(tmp_path / "many" / file)[name] == whole[name]
    assert set(index["weight_map"]) == set(whole)
