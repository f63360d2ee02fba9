"""Writes data of the examples as C tables.

usage: make_tables.py digits DIGITS.npy LABELS.npy COUNT > digits.h
       make_tables.py vocabulary TOKENIZER.model > vocabulary.h

It needs nothing but Python.
"""

import ast
import re
import sys
from pathlib import Path


def format_table(name, kind, numbers, dimensions):
    """A constant array, 16 numbers a line."""
    lines = [f"static const {kind} {name}{dimensions} = {{"]
    for i in range(0, len(numbers), 16):
        lines.append("  " + ", ".join(map(str, numbers[i : i + 16])) + ",")
    return "\n".join([*lines, "};"])


def read_bytes(path):
    """The shape and the numbers of a .npy file of bytes."""
    data = Path(path).read_bytes()
    start = 10 + int.from_bytes(data[8:10], "little")
    header = ast.literal_eval(data[10:start].decode())
    if header["descr"] not in ("|u1", "|i1"):
        sys.exit(f"{path}: error: its numbers are {header['descr']} and not bytes")
    return header["shape"], list(data[start:])


def make_digits(images, labels, count):
    shape, pixels = read_bytes(images)
    _, answers = read_bytes(labels)
    size = len(pixels) // shape[0]
    count = min(int(count), shape[0])
    rows = [pixels[i * size : (i + 1) * size] for i in range(count)]
    text = "},\n  {".join(", ".join(map(str, row)) for row in rows)
    return "\n".join(
        [
            "#include <stdint.h>",
            f"#define DIGITS {count}",
            f"static const uint8_t digits[DIGITS][{size}] = {{\n  {{{text}}},\n}};",
            format_table("labels", "uint8_t", answers[:count], "[DIGITS]"),
        ]
    )


def read_varint(data, at):
    value, shift = 0, 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def read_fields(data):
    """The fields of a message of Protocol Buffers: number and value of each."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
        else:
            length = {1: 8, 5: 4}.get(key & 7)
            if length is None:
                length, at = read_varint(data, at)
            value, at = data[at : at + length], at + length
        yield key >> 3, value


def read_pieces(path):
    """The bytes that each token of a SentencePiece model stands for."""
    pieces = []
    for number, message in read_fields(Path(path).read_bytes()):
        if number != 1:
            continue
        piece = dict(read_fields(message))[1]
        byte = re.fullmatch(rb"<0x(..)>", piece)
        if byte:
            pieces.append(bytes([int(byte[1], 16)]))
        else:
            pieces.append(piece.replace("\u2581".encode(), b" "))
    return pieces


def make_vocabulary(path):
    pieces = read_pieces(path)
    text = b"".join(pieces)
    starts = [0]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    return "\n".join(
        [
            "#include <stdint.h>",
            f"enum {{ BEGIN_OF_TEXT = {pieces.index(b'<s>')},",
            f"       END_OF_TEXT = {pieces.index(b'</s>')},",
            f"       LONGEST_PIECE = {max(map(len, pieces))} }};",
            "/* Token t is piece_text[pieces[t]] to piece_text[pieces[t + 1] - 1]. */",
            format_table("piece_text", "unsigned char", list(text), "[]"),
            format_table("pieces", "uint16_t", starts, "[]"),
        ]
    )


def main():
    makers = {"digits": (make_digits, 3), "vocabulary": (make_vocabulary, 1)}
    maker, arity = makers.get(sys.argv[1] if sys.argv[1:] else "", (None, 0))
    if not maker or len(sys.argv) != 2 + arity:
        sys.exit(__doc__)
    print(maker(*sys.argv[2:]))


main()
