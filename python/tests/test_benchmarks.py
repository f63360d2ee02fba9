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


def test_start_up_has_options_to_compile_with(tmp_path):
    import language_models
    import start_up

    (tmp_path / "model.safetensors").touch()
    smelt = tmp_path / "smelt"
    smelt.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n')
    smelt.chmod(0o755)
    arguments = ["--smelt", smelt, "--checkpoint", tmp_path, "--cpu", "x86-64-v3"]
    options = start_up.make_parser().parse_args(map(str, arguments))
    language_models.compile_model(options, [], tmp_path / "program")
    assert "--cpu x86-64-v3" in (tmp_path / "arguments").read_text()


class FakeLimits:
    found = {
        1: {"read": 40.0, "read_small": 35.0, "dot8": 1000.0, "matrix8": 8000.0},
        2: {"read": 50.0, "read_small": 45.0, "dot8": None, "matrix8": None},
    }

    def measure(self, threads):
        assert threads in self.found

    def medians(self):
        return self.found


def test_limits_are_medians():
    from machine import Limits

    limits = Limits.__new__(Limits)
    others = {"read_small": 9.0, "dot8": None, "matrix8": None}
    limits.rounds = {1: [{"read": r, **others} for r in (30.0, 20.0, 45.0)]}
    assert limits.medians() == {1: {"read": 30.0, **others}}


def make_competitor(kind, name, size, speeds):
    """A competitor that measures the numbers of `speeds` one after another."""
    competitor, numbers = kind(name, size), iter(speeds)
    competitor.measure = lambda measure, threads, count: next(numbers)
    return competitor


def fail(measure, threads, count):
    import language_models

    raise language_models.MeasureError("it broke")


def test_files_are_written_anew(tmp_path):
    from machine import write_anew

    path = tmp_path / "program"
    path.write_bytes(b"weights")
    path.chmod(0o755)
    before = path.stat()
    write_anew(path)
    after = path.stat()
    assert path.read_bytes() == b"weights"
    assert (after.st_mode, list(tmp_path.iterdir())) == (before.st_mode, [path])
    assert after.st_ino != before.st_ino


def test_rounds_and_tables(tmp_path):
    import language_models

    command = "--rounds 3 --threads 1 2 --shape bitnet-2b-4t".split()
    options = language_models.make_parser().parse_args(command)
    # Decode and prefill of 1 thread, then of 2, in each of three rounds.
    library = make_competitor(
        language_models.Library,
        "Smelt",
        500_000_000,
        [60, 100, 70, 200, 90, 120, 80, 210, 40, 110, 60, 190],
    )
    peer = make_competitor(
        language_models.LlamaBench, "peer", 800_000_000, [30, 50, 35, 100] * 3
    )
    slow = make_competitor(
        language_models.LlamaPython, "slow", 800_000_000, [15, 25, 14, 25] * 3
    )
    broken = make_competitor(language_models.LlamaBench, "broken", 1, [])
    broken.measure = fail
    library.model = tmp_path / "library.so"
    library.model.write_bytes(b"")
    written = library.model.stat().st_mtime_ns
    competitors = [library, peer, slow, broken]
    failures = language_models.measure_rounds(options, competitors, FakeLimits())
    assert failures == {"broken": "it broke"}
    assert library.model.stat().st_mtime_ns > written
    assert competitors == [library, peer, slow]
    assert library.speeds["decode", 1] == [60, 90, 40]
    text = language_models.make_tables(options, competitors, FakeLimits())
    rows = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines()]
    lines = [row for row in rows if row and row[0] in ("Smelt", "peer", "slow")]
    # 40 GB/s are 80 tokens/s of 500 MB, and 50 GB/s are 100.
    decode = ["Smelt", "500", "60.0", "2.00×", "75 %", "70.0", "2.00×", "70 %"]
    assert lines[0] == decode
    assert lines[1][3:5] == ["1.00×", "60 %"] and lines[2][3:5] == ["0.50×", "30 %"]
    # 2,084 million weights are two operations each for a token of a prompt.
    prefill = ["Smelt", "500", "110", "2.20×", "46 %", "200", "2.00×", "–"]
    assert lines[3] == prefill
    chart = language_models.make_chart(options, competitors)
    bars = list(ElementTree.fromstring(chart).iter("{http://www.w3.org/2000/svg}rect"))
    assert len(bars) == 1 + 4 * 3


def test_networks_table():
    import networks

    def subject(name, times, overheads=(0.0,), instructions=None):
        return networks.Subject(name, [], list(times), list(overheads), instructions)

    text = networks.make_table(
        [
            subject("Smelt C", [2000.0, 1000.0, 9000.0], [0.0] * 3, 100),
            subject("onnxruntime float32", [9000.0], [1000.0]),
            subject("onnxruntime int8", [5000.0], [1000.0]),
            subject("onnx2c C", [10000.0], [0.0], 400),
        ]
    )
    rows = [re.split(r" *\| *", line)[1:-1] for line in text.splitlines()[2:]]
    assert rows[0] == ["Smelt C", "2.00", "2.00×", "5.00×", "100", "25 %"]
    assert rows[1][1:3] == ["8.00", "0.50×"] and rows[2][1:3] == ["4.00", "1.00×"]
