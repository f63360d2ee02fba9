"""Write a tokenizer file of one kind from what the shared data have of another.

llama2 FILE.json      Llama-2's tokenizer.json without three merges that no
                      reader takes, because their tokens are spaces
llama3 VOCAB MERGES   a tokenizer.json of GPT-2's two files with Llama-3's parts
gguf FILE.gguf        the tokens and scores of a GGUF file as llama2.c's
                      tokenizer.bin
"""

import json
import struct
import sys
from pathlib import Path

LLAMA3_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# By GGUF's number of the type; strings are 8 and arrays 9.
GGUF_SCALARS = dict(enumerate(["B", "b", "H", "h", "I", "i", "f", "?"])) | {
    10: "Q",
    11: "q",
    12: "d",
}


def repair_llama2(path):
    tokenizer = json.loads(Path(path).read_text("utf-8"))
    model = tokenizer["model"]
    model["merges"] = [m for m in model["merges"] if len(m.split()) == 2]
    return json.dumps(tokenizer).encode()


def make_llama3(vocabulary, merges):
    split = {
        "type": "Split",
        "pattern": {"Regex": LLAMA3_PATTERN},
        "behavior": "Isolated",
        "invert": False,
    }
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}
    model = {
        "type": "BPE",
        "ignore_merges": True,
        "vocab": json.loads(Path(vocabulary).read_text("utf-8")),
        "merges": Path(merges).read_text("utf-8").splitlines(),
    }
    tokenizer = {
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [split, byte_level]},
        "decoder": byte_level,
        "model": model,
    }
    return json.dumps(tokenizer).encode()


class GGUF:
    """The metadata of a GGUF file of version 2 or 3."""

    def __init__(self, data):
        self.data, self.offset = data, 8
        _, count = self.take("QQ")
        self.values = {}
        for _ in range(count):
            name = self.take_string()
            self.values[name.decode()] = self.take_value(*self.take("I"))

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data, self.offset)
        self.offset += struct.calcsize("<" + layout)
        return values

    def take_string(self):
        (length,) = self.take("Q")
        return self.take(f"{length}s")[0]

    def take_value(self, kind):
        if kind == 8:
            return self.take_string()
        if kind == 9:
            kind, count = self.take("IQ")
            return [self.take_value(kind) for _ in range(count)]
        return self.take(GGUF_SCALARS[kind])[0]


def convert_gguf(path):
    values = GGUF(Path(path).read_bytes()).values
    output = struct.pack("<i", 0)
    pieces = zip(
        values["tokenizer.ggml.tokens"], values["tokenizer.ggml.scores"], strict=True
    )
    for text, score in pieces:
        output += struct.pack("<fi", score, len(text)) + text
    return output


KINDS = {"llama2": repair_llama2, "llama3": make_llama3, "gguf": convert_gguf}

if __name__ == "__main__":
    sys.stdout.buffer.write(KINDS[sys.argv[1]](*sys.argv[2:]))
