"""Language models from Python: the tool, the library, tokens and logits.

They need the tool that a build makes; without it they are skipped.
"""

import gc
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import smelt

SOURCE = Path(__file__).resolve().parents[2]
STORIES = SOURCE / "examples" / "stories"
PROMPT = "Once upon a time, there was a little girl named Lily."
CONTEXT = 128

try:
    TOOL = smelt.find_tool()
except smelt.CompileError as error:
    pytest.skip(str(error), allow_module_level=True)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    output = tmp_path_factory.mktemp("library") / "story.so"
    assert smelt.compile(STORIES, output, context=CONTEXT, name="story") == output
    return output


@pytest.fixture(scope="module")
def model(library):
    return smelt.load(library)


def run_tool(*options):
    command = [TOOL, "run", STORIES, "--context", str(CONTEXT), "-p", PROMPT, *options]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_import_is_light():
    code = "import sys, smelt; sys.exit('smelt.reference' in sys.modules)"
    folder = SOURCE / "python"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder).returncode == 0


def test_properties(model):
    assert model.context_length == CONTEXT
    assert model.vocabulary_size == 512
    assert model.logit_scale == 2.0**-16
    assert "context 128, vocabulary 512" in repr(model)


@pytest.mark.parametrize("text", [PROMPT, "", "Zoë 🙂\n\nnaïve\x00end"])
def test_text_to_tokens_and_back(model, text):
    ids = model.tokenize(text)
    assert ids.dtype == np.int32 and ids.ndim == 1
    assert model.detokenize(ids) == text
    assert model.detokenize(ids.tolist()) == text


def test_part_of_a_character(model):
    ids = model.tokenize("🙂")
    assert "\ufffd" in model.detokenize(ids[:-1])


def test_logits(model):
    sequence = model.sequence()
    assert sequence.position == 0
    assert not sequence.logits.any()
    sequence.prefill(model.tokenize(PROMPT))
    logits = sequence.logits
    assert logits.dtype == np.int32 and logits.shape == (512,)
    assert (sequence.float_logits == logits / 65536).all()
    kept = logits.copy()
    logits[:] = 0
    assert (sequence.logits == kept).all()


def test_prefill_is_decode(model):
    ids = np.tile(model.tokenize(PROMPT), 4)[:100]
    single = model.sequence()
    for count, token in enumerate(ids, start=1):
        single.decode(token)
        if count in (1, 7, 33, 64, 100):
            whole = model.sequence()
            whole.prefill(ids[:count])
            assert whole.position == single.position == count
            assert (whole.logits == single.logits).all()
    parts = model.sequence()
    parts.prefill(ids[:41:1])
    parts.prefill(np.repeat(ids, 2)[::2][41:].astype(np.uint64))
    assert (parts.logits == single.logits).all()


def test_reset(model):
    sequence = model.sequence()
    sequence.prefill([5, 6, 7])
    first = sequence.logits
    sequence.reset()
    assert sequence.position == 0 and not sequence.logits.any()
    sequence.prefill([5, 6, 7])
    assert (sequence.logits == first).all()


def test_copy_goes_its_own_way(model):
    ids = model.tokenize(PROMPT)
    sequence = model.sequence()
    sequence.prefill(ids[:-1])
    other = sequence.copy()
    sequence.decode(3)
    assert other.position == len(ids) - 1
    other.decode(ids[-1])
    expected = model.sequence()
    expected.prefill(ids)
    assert (other.logits == expected.logits).all()
    assert not (sequence.logits == expected.logits).all()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 0.8, "seed": 1},
        {"temperature": 1.5, "top_k": 20, "seed": 2},
        {"temperature": 1.2, "top_p": 0.9, "seed": 3},
        {"temperature": 2, "min_p": 0.05, "seed": 2**64 - 1},
        {"temperature": 1.3, "top_k": 40, "top_p": 0.95, "min_p": 0.01, "seed": 4},
        {"temperature": 1e-310},
    ],
)
def test_text_is_that_of_the_tool(model, options):
    flags = [f"--{name.replace('_', '-')}={x}" for name, x in options.items()]
    text = run_tool("-n", "60", *flags)
    pieces = list(model.generate(PROMPT, 60, **options))
    assert len(pieces) > 40
    assert PROMPT + "".join(pieces) + "\n" == text


def test_generated_tokens_are_read(model):
    ids = model.tokenize(PROMPT)
    sequence = model.sequence()
    sequence.prefill(ids)
    chosen = list(sequence.generate(8))
    assert sequence.position == len(ids) + 8
    expected = model.sequence()
    expected.prefill([*ids, *chosen])
    assert (sequence.logits == expected.logits).all()
    # A text begins without the space of its first token.
    assert "".join(model.generate(ids, 8)) == " " + model.detokenize(chosen)


def test_generation_ends(model):
    ids = model.tokenize(PROMPT)
    sequence = model.sequence()
    sequence.prefill(ids)
    again = sequence.copy()
    assert list(sequence.generate(0)) == []
    chosen = list(sequence.generate(1000))
    assert len(chosen) == CONTEXT - len(ids)
    stop = chosen[5]
    expected = chosen[: chosen.index(stop)]
    assert list(again.generate(100, stop_tokens=[stop])) == expected
    assert again.position == len(ids) + len(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"temperature": -1},
        {"temperature": float("nan")},
        {"top_k": -1},
        {"top_p": 0},
        {"min_p": 2},
        {"seed": -1},
        {"length": -1},
    ],
)
def test_wrong_options_of_generation(model, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"^{name} must be"):
        model.generate(PROMPT, **options)


def test_nothing_to_continue(model):
    with pytest.raises(ValueError, match="at least one token"):
        model.sequence().generate()
    with pytest.raises(ValueError, match="at least one token"):
        model.generate("")


@pytest.mark.parametrize("token", [-1, 512, 2**31, 2**32 + 5])
def test_wrong_tokens(model, token):
    sequence = model.sequence()
    message = f"token {token} is not in 0 .. 511"
    with pytest.raises(ValueError, match=message):
        sequence.decode(token)
    with pytest.raises(ValueError, match=message):
        sequence.prefill([1, token])
    with pytest.raises(ValueError, match=message):
        model.detokenize([token])
    assert sequence.position == 0


def test_what_is_no_tokens(model):
    sequence = model.sequence()
    for ids in ([1.0, 2.0], ["a"], [True]):
        with pytest.raises(TypeError, match="tokens must be integers"):
            sequence.prefill(ids)
    with pytest.raises(ValueError, match="in one dimension, not 2"):
        sequence.prefill([[1, 2]])
    with pytest.raises(TypeError):
        sequence.decode(1.5)
    sequence.prefill([])
    assert sequence.position == 0


def test_full_context(model):
    sequence = model.sequence()
    sequence.prefill([1] * (CONTEXT - 2))
    before = sequence.logits
    with pytest.raises(ValueError, match="of 128 tokens has room for 2 more, not 3"):
        sequence.prefill([1, 2, 3])
    assert sequence.position == CONTEXT - 2
    assert (sequence.logits == before).all()
    sequence.prefill([1, 2])
    with pytest.raises(ValueError, match="has room for 0 more, not 1"):
        sequence.decode(1)


def test_text_that_is_none(model):
    with pytest.raises(ValueError, match="half a character .* at 1"):
        model.tokenize("a\ud800")


def test_no_tokenizer(tmp_path):
    for name in ("config.json", "model.safetensors"):
        shutil.copy(STORIES / name, tmp_path)
    library = smelt.compile(tmp_path, tmp_path / "bare.so", context=32)
    model = smelt.load(library)
    for call in (lambda: model.tokenize("a"), lambda: model.detokenize([1])):
        with pytest.raises(ValueError, match="came without a tokenizer"):
            call()
    sequence = model.sequence()
    sequence.prefill([1, 2, 3])
    assert sequence.logits.any()


def test_closed(library):
    with smelt.load(library) as model:
        sequence = model.sequence()
        sequence.decode(1)
    model.close()
    assert "closed" in repr(model)
    for call in (model.sequence, sequence.reset, lambda: sequence.decode(1)):
        with pytest.raises(ValueError, match="the model is closed"):
            call()
    with pytest.raises(ValueError, match="the model is closed"):
        model.tokenize("a")


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="no huge pages"
)
def test_weights_are_read_in_huge_pages(library):
    model = smelt.load(library)
    advised, flags = [], None
    for line in reversed(Path("/proc/self/smaps").read_text().splitlines()):
        if line.startswith("VmFlags:"):
            flags = line.split()[1:]
        elif line.endswith(str(library)) and line.split()[1] == "r--p":
            advised.append("hg" in flags)
    assert any(advised)
    model.close()


def test_sequence_keeps_its_model(library):
    sequence = smelt.load(library).sequence()
    gc.collect()
    sequence.decode(1)
    assert sequence.model.vocabulary_size == 512


def test_compiled_again(tmp_path):
    path = tmp_path / "story.so"
    smelt.compile(STORIES, path, context=32)
    old = smelt.load(path)
    smelt.compile(STORIES, path, context=64)
    assert smelt.load(path).context_length == 64
    assert old.context_length == 32
    sequence = old.sequence()
    sequence.prefill([1] * 32)
    assert sequence.position == 32


def test_threads_take_turns(library):
    """Two models of one file, which share its memory."""
    ids = np.tile([3, 300, 40, 77], 25)
    expected = smelt.load(library).sequence()
    expected.prefill(ids)
    results = []

    def read():
        sequence = smelt.load(library).sequence()
        for token in ids:
            sequence.decode(token)
        results.append(sequence.logits)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert all((logits == expected.logits).all() for logits in results)


def test_files_that_are_no_library(tmp_path):
    text = tmp_path / "text.so"
    text.write_text("no library")
    with pytest.raises(smelt.LoadError, match=r"text\.so: cannot be loaded"):
        smelt.load(text)
    with pytest.raises(smelt.LoadError, match="is a folder; compile it first"):
        smelt.load(STORIES)
    with pytest.raises(smelt.LoadError, match=r"absent\.so: no such file"):
        smelt.load(tmp_path / "absent.so")
    net = smelt.compile(SOURCE / "examples/mnist/TFC_2W2A.onnx", tmp_path / "net.so")
    with pytest.raises(smelt.LoadError, match="no function smelt_open"):
        smelt.load(net)


def test_diagnostics_of_the_tool(tmp_path):
    output = tmp_path / "story.so"
    output.write_text("kept")
    for options, message in (
        ({"contxt": 5}, r"unknown argument '--contxt.*did you mean '--context'"),
        ({"context": 0}, "--context"),
        ({"weights": "terary"}, "'terary' is not known"),
    ):
        with pytest.raises(smelt.CompileError, match=message) as caught:
            smelt.compile(STORIES, output, **options)
        assert caught.value.__cause__ is None and caught.value.__context__ is None
        assert "Traceback" not in str(caught.value)
    with pytest.raises(smelt.CompileError, match="absent"):
        smelt.compile(tmp_path / "absent", output)
    assert output.read_text() == "kept"


def test_options_in_other_forms(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = smelt.compile(STORIES, context=None, openmp=False, layer={"*": "int8"})
    assert made == Path("stories.so") and made.exists()
    source = smelt.compile(STORIES, "a.c", tool=TOOL, layer=["x=1", "y=2"], openmp=True)
    assert "omp" in source.read_text()


def test_where_the_tool_is(tmp_path, monkeypatch):
    program = tmp_path / "smelt"
    program.symlink_to(TOOL)
    monkeypatch.setenv("SMELT", str(program))
    assert smelt.find_tool() == str(program)
    assert smelt.find_tool(TOOL) == TOOL
    monkeypatch.setenv("SMELT", str(tmp_path / "absent"))
    with pytest.raises(smelt.CompileError, match="SMELT: .*absent is not a program"):
        smelt.find_tool()
    monkeypatch.delenv("SMELT")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert smelt.find_tool() == str(program)
