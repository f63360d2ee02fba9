#!/usr/bin/env python3
"""Prints the table of a SentencePiece model's tokens as JSON, for tokenizer.js.

usage: tokenizer.py tokenizer.model

`scores` are null for tokens that do not come of text: unknown, control and bytes.
"""

import json
import struct
import sys
from pathlib import Path

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)
BPE = 2


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def read_fields(data):
    """Yields the number and the value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                size, at = read_varint(data, at)
            value = data[at : at + size]
            at += size
        yield number, value


def read_piece(data):
    fields = dict(read_fields(data))
    (score,) = struct.unpack("<f", fields.get(2, bytes(4)))
    comes_from_text = fields.get(3, NORMAL) in (NORMAL, USER_DEFINED)
    return fields[1].decode(), score if comes_from_text else None


def make_table(data):
    model = list(read_fields(data))
    pieces = [read_piece(value) for number, value in model if number == 1]
    trainer = dict(read_fields(dict(model)[2]))
    normalizer = dict(read_fields(dict(model)[3]))
    if trainer.get(3) != BPE or not trainer.get(35) or normalizer.get(2):
        sys.exit(
            "tokenizer.py: only models of BPE with bytes and without a map of "
            "characters are supported"
        )
    return {
        "pieces": [piece for piece, _ in pieces],
        "scores": [score for _, score in pieces],
        "stop": [trainer.get(42, 2)],
        "prepends": bool(normalizer.get(3, 1)),
        "collapses": bool(normalizer.get(4, 1)),
    }


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tokenizer.py tokenizer.model")
    table = make_table(Path(sys.argv[1]).read_bytes())
    json.dump(table, sys.stdout, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
