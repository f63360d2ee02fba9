"""Writes a model given in ONNX's textual syntax as an .onnx file."""

import sys

import onnx.parser

source, target = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    model = onnx.parser.parse_model(file.read())
with open(target, "wb") as file:
    file.write(model.SerializeToString())
