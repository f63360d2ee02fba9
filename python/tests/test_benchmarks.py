"""The tables, charts and networks of benchmarks/; nothing is timed."""

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def search_path():
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def test_streamed_bytes_leave_out_an_embedding():
    import gguf_model
    import language_models

    sizes = dict(hidden=256, intermediate=512, layers=2, heads=2, kv_heads=1)
    tied = replace(gguf_model.SHAPES["bitnet-2b-4t"], **sizes, vocab=400)
    whole = language_models.streamed_bytes(tied, "tq2_0", "q6_k")
    untied = language_models.streamed_bytes(replace(tied, tied=False), "tq2_0", "q6_k")
    # One row of the embedding is read as well.
    assert untied - whole == 210
    assert language_models.ternary_weights(tied) == 2 * (
        256 * (256 + 128 + 128 + 256) + 3 * 256 * 512
    )


def test_llama_bench_output():
    import language_models

    output = 'warning: text\n[\n {"n_gen": 8, "avg_ts": 12.5}\n]\n'
    assert language_models.parse_llama_bench(output) == 12.5
    for wrong in ["", "[]", '[{"n_gen": 8}]']:
        with pytest.raises(language_models.MeasureError, match="printed no result"):
            language_models.parse_llama_bench(wrong)


# Networks.


def run_onnx(path, batch):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    (value,) = session.get_inputs()
    assert value.shape[0] == batch
    data = np.random.default_rng(3).random(value.shape, np.float32)
    return data, session.run(None, {value.name: data})[0]


def test_networks_have_a_batch(tmp_path):
    import network_models

    tfc = FOLDER.parent / "examples" / "mnist" / "TFC_2W2A.onnx"
    for batch in (1, 3):
        networks = network_models.make_networks(tmp_path, batch, tfc, None)
        assert [n.name for n in networks] == ["TFC_2W2A", "MLP 784-512-256-10"]
        for network in networks:
            _, result = run_onnx(network.peer_model, batch)
            assert result.shape == (batch, 10) and np.ptp(result) > 0


# Reports.


def test_markdown_table():
    import report

    text = report.markdown_table(["name", "x"], [["a", 1234.5], ["bcd", None]])
    assert text.splitlines() == [
        "| name |     x |",
        "| ---- | ----: |",
        "| a    | 1,234 |",
        "| bcd  |     – |",
    ]
    with pytest.raises(ValueError, match="a row of 1 cells under 2"):
        report.markdown_table(["name", "x"], [["a"]])


@pytest.mark.parametrize(
    "value, text",
    [(0, "0"), (0.01234, "0.0123"), (1.5, "1.50"), (28.66, "28.7"), (1033.4, "1,033")],
)
def test_numbers_have_three_digits(value, text):
    import report

    assert report.format_number(value) == text


def test_bar_chart():
    import report

    groups = [("decode", {"A <1>": 10.0, "B": 5.0}), ("prefill", {"B": None})]
    chart = report.bar_chart("title & more", "tokens/s", groups, {"decode": 20.0})
    root = ElementTree.fromstring(chart)
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in root.iter(f"{space}text")]
    assert "title & more" in texts and "A <1>" in texts and "limit 20.0" in texts
    bars = [float(r.get("width")) for r in root.iter(f"{space}rect")][1:]
    assert len(bars) == 2 and bars[0] == pytest.approx(2 * bars[1], abs=0.2)
    assert len(root.findall(f"{space}line")) == 1
    assert not re.search("nan|inf", chart)


def test_byte_tokenizer(tmp_path):
    import start_up

    start_up.write_tokenizer(tmp_path, 300)
    vocabulary = json.loads((tmp_path / "tokenizer.json").read_text())["model"]["vocab"]
    assert sorted(vocabulary.values()) == list(range(300))
    assert vocabulary["a"] == ord("a") and vocabulary["Ġ"] == ord(" ")
    (tmp_path / "tokenizer.json").write_text("kept")
    start_up.write_tokenizer(tmp_path, 300)
    assert (tmp_path / "tokenizer.json").read_text() == "kept"
