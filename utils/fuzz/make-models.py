#!/usr/bin/env python3
"""Write small folders of language models for utils/fuzz.

    utils/fuzz/make-models.py build/fuzz-models

makes bitnet, llama, onebit and qwen3 in it: each architecture, form of weights
and kind of tokenizer, one with shards, of some 100 KB.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZES = {
    "hidden": 32,
    "intermediate": 48,
    "layers": 2,
    "heads": 4,
    "kv-heads": 2,
    "head-dim": 8,
    "vocab": 512,
    "context": 64,
}
OPTIONS = {
    "bitnet": [],
    "llama": """
        --shards 3 --rope llama3 --attention-bias --mlp-bias --input-norms""".split(),
    "onebit": [],
    "qwen3": "--group 16 --intermediate 64 --hidden 64".split(),
}
TEXT = "Once upon a time there was a little girl named Lily , and then the end"
MARKS = ["<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"]
CHAT_MARKS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
BITNET_TEMPLATE = "{{ role }}: {{ content }}<|eot_id|>Assistant: "
CHATML_TEMPLATE = "<|im_start|>{{ role }}\n{{ content }}<|im_end|>\n"
SPLIT = r"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|\s+(?!\S)|\s+"


def byte_characters():
    """The characters that stand for the 256 bytes in byte-level tokenizers."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    characters = {byte: chr(byte) for byte in kept}
    others = [byte for byte in range(256) if byte not in characters]
    return characters | {byte: chr(256 + i) for i, byte in enumerate(others)}


def merge_words(words, vocabulary):
    """Merges that make each word from its left end; adds what they make."""
    merges = []
    for word in words:
        for length in range(2, len(word) + 1):
            if word[:length] not in vocabulary:
                vocabulary[word[:length]] = len(vocabulary)
                merges.append([word[: length - 1], word[length - 1]])
    return merges


def list_added(marks, first):
    flags = {
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }
    return [{"id": first + i, "content": mark} | flags for i, mark in enumerate(marks)]


def byte_level_tokenizer(marks, pattern=None):
    vocabulary = {c: byte for byte, c in byte_characters().items()}
    merges = merge_words([f"Ġ{word}" for word in TEXT.split()], vocabulary)
    merges += merge_words(["Once"], vocabulary)
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    steps = [byte_level]
    if pattern:
        byte_level = byte_level | {"use_regex": False}
        split = {
            "type": "Split",
            "pattern": {"Regex": pattern},
            "behavior": "Isolated",
            "invert": False,
        }
        steps = [split, byte_level]
    begin = {"SpecialToken": {"id": marks[0], "type_id": 0}}
    text = {"Sequence": {"id": "A", "type_id": 0}}
    names = {marks[0]: {"id": marks[0], "ids": [len(vocabulary)], "tokens": marks[:1]}}
    return {
        "version": "1.0",
        "added_tokens": list_added(marks, len(vocabulary)),
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [begin, text],
            "special_tokens": names,
        },
        "decoder": {"type": "ByteLevel"},
        "model": {
            "type": "BPE",
            "byte_fallback": False,
            "ignore_merges": True,
            "vocab": vocabulary,
            "merges": merges,
        },
    }


def byte_fallback_tokenizer():
    """As of Llama 2: spaces are ▁, and unknown characters bytes."""
    vocabulary = {token: i for i, token in enumerate(["<unk>", "<s>", "</s>"])}
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    for character in "▁" + "".join(sorted(set(TEXT) - {" "})):
        vocabulary[character] = len(vocabulary)
    merges = merge_words([f"▁{word}" for word in TEXT.split()], vocabulary)
    replace = {"pattern": {"String": " "}, "content": "▁"}
    return {
        "version": "1.0",
        "added_tokens": list_added(["<unk>", "<s>", "</s>"], 0),
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace"} | replace,
            ],
        },
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE",
            "unk_token": "<unk>",
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": vocabulary,
            "merges": [" ".join(merge) for merge in merges],
        },
    }


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def write_tokenizer(name, folder):
    if name == "bitnet":
        write_json(folder / "tokenizer.json", byte_level_tokenizer(MARKS))
        (folder / "chat_template.jinja").write_text(BITNET_TEMPLATE)
    elif name == "llama":
        write_json(folder / "tokenizer.json", byte_fallback_tokenizer())
        settings = {"add_bos_token": True, "bos_token": {"content": "<s>"}}
        write_json(folder / "tokenizer_config.json", settings | {"eos_token": "</s>"})
    elif name == "qwen3":
        tokenizer = byte_level_tokenizer(CHAT_MARKS, SPLIT)
        write_json(folder / "tokenizer.json", tokenizer)
        settings = {"eos_token": "<|im_end|>", "chat_template": CHATML_TEMPLATE}
        write_json(folder / "tokenizer_config.json", settings)
    else:
        stories = ROOT / "examples" / "stories"
        shutil.copy(stories / "tokenizer.model", folder)
    write_json(folder / "generation_config.json", {"eos_token_id": [1, 2]})


def main():
    target = Path(sys.argv[1])
    for name, options in OPTIONS.items():
        folder = target / name
        shutil.rmtree(folder, ignore_errors=True)
        sizes = [f"--{size}={value}" for size, value in SIZES.items()]
        script = ROOT / "utils" / "make-checkpoint.py"
        command = [sys.executable, script, folder, "--arch", name, *sizes, *options]
        subprocess.run(command, check=True)
        write_tokenizer(name, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
