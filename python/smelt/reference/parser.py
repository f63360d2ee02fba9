# Part of the Smelt project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A parser of MLIR's generic textual form.

It reads what `smelt-opt --mlir-print-op-generic` prints of integer networks: ops
between quotes with their properties, attributes, regions and locations, attribute
and type aliases, and the resources at the end of the file. A type or dialect
attribute that the reference does not need is kept as text.
"""

from __future__ import annotations

import re
from typing import Any

from .module import (
    Block,
    Dense,
    DialectAttribute,
    FunctionType,
    IntegerType,
    Module,
    Operation,
    ParseError,
    TensorType,
    WeightsType,
    bytes_from_hex,
)

_SPACE = re.compile(r"(?:\s|//[^\n]*)+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_VALUE = re.compile(r"%[\w$.-]+(?:#\d+)?")
_KEY = re.compile(r"[A-Za-z_][\w$.-]*")
_NUMBER = re.compile(r"-?(?:0x[0-9A-Fa-f]+|\d+(\.\d*)?([eE][-+]?\d+)?)")
_SYMBOL = re.compile(r'@(?:[\w$.-]+|"(?:[^"\\]|\\.)*")(?:::@[\w$.-]+)*')
_ALIAS_LINE = re.compile(r"([#!])([A-Za-z_][\w$-]*)\s*=")
_CLOSERS = {"<": ">", "(": ")", "[": "]", "{": "}"}


class _Parser:
    def __init__(self, text: str):
        self.text = text
        self.position = 0
        self.attribute_aliases: dict[str, Any] = {}
        self.type_aliases: dict[str, Any] = {}
        self.location_aliases: dict[str, str] = {}

    # Tokens

    def error(self, message: str) -> ParseError:
        line = self.text.count("\n", 0, self.position) + 1
        found = self.text[self.position : self.position + 24].split("\n")[0]
        return ParseError(f"line {line}: {message}, found '{found}'")

    def skip(self) -> None:
        space = _SPACE.match(self.text, self.position)
        if space:
            self.position = space.end()

    def peek(self, token: str) -> bool:
        self.skip()
        return self.text.startswith(token, self.position)

    def accept(self, token: str) -> bool:
        if not self.peek(token):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        if not self.accept(token):
            raise self.error(f"expected '{token}'")

    def match(self, pattern: re.Pattern) -> re.Match | None:
        self.skip()
        found = pattern.match(self.text, self.position)
        if found:
            self.position = found.end()
        return found

    def require(self, pattern: re.Pattern, what: str) -> re.Match:
        found = self.match(pattern)
        if not found:
            raise self.error(f"expected {what}")
        return found

    def balanced(self) -> str:
        """The text between the bracket at the position and the one that closes it."""
        self.skip()
        start = self.position
        stack: list[str] = []
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == '"':
                self.require(_STRING, "a string")
                continue
            if character in _CLOSERS:
                stack.append(_CLOSERS[character])
            elif character == "-" and self.text.startswith("->", self.position):
                self.position += 1
            elif stack and character == stack[-1]:
                stack.pop()
            self.position += 1
            if not stack:
                return self.text[start + 1 : self.position - 1]
        self.position = start
        raise self.error("unclosed bracket")

    def listed(self, parse, closer: str) -> list:
        """Comma-separated items up to the closing bracket."""
        items: list = []
        if self.accept(closer):
            return items
        while True:
            items.append(parse())
            if self.accept(closer):
                return items
            self.expect(",")

    # Types

    def parse_type(self) -> Any:
        self.skip()
        if self.peek("("):
            return self.parse_function_type()
        if self.accept("!"):
            name = self.require(_KEY, "a type")[0]
            if "." not in name:
                if name not in self.type_aliases:
                    raise self.error(f"unknown type alias !{name}")
                return self.type_aliases[name]
            body = self.balanced() if self.peek("<") else ""
            if name == "ternary.weights":
                return self.weights_type(body)
            return f"!{name}<{body}>"
        name = self.require(_KEY, "a type")[0]
        if name in ("tensor", "memref", "vector", "complex", "tuple"):
            body = self.balanced()
            return self.tensor_type(body) if name == "tensor" else f"{name}<{body}>"
        return _scalar_type(name)

    def parse_function_type(self) -> FunctionType:
        self.expect("(")
        inputs = tuple(self.listed(self.parse_type, ")"))
        self.expect("->")
        if self.accept("("):
            return FunctionType(inputs, tuple(self.listed(self.parse_type, ")")))
        return FunctionType(inputs, (self.parse_type(),))

    def tensor_type(self, body: str) -> Any:
        dimensions = re.match(r"\s*((?:\d+\s*x\s*)*)(\w+)\s*$", body)
        if not dimensions:
            return f"tensor<{body}>"
        shape = tuple(int(d) for d in re.findall(r"\d+", dimensions[1]))
        return TensorType(shape, _scalar_type(dimensions[2]))

    def weights_type(self, body: str) -> WeightsType:
        parts = re.match(
            r"\s*(\d+(?:x\d+)+)\s*:\s*(\w+)\s*(?:,\s*planes\s*=\s*(\d+)\s*)?"
            r"(,\s*interleaved\s*)?$",
            body,
        )
        if not parts:
            raise self.error(f"bad weights type <{body}>")
        shape = tuple(int(d) for d in parts[1].split("x"))
        return WeightsType(shape, parts[2], int(parts[3] or 1), bool(parts[4]))

    # Attributes

    def parse_attribute(self) -> Any:
        self.skip()
        string = self.match(_STRING)
        if string:
            if self.accept(":"):
                self.parse_type()
            return _unescape(string[1])
        if self.peek("["):
            self.expect("[")
            return self.listed(self.parse_attribute, "]")
        if self.peek("{"):
            return self.parse_dictionary("{", "}")
        if self.peek("#"):
            return self.parse_dialect_attribute()
        symbol = self.match(_SYMBOL)
        if symbol:
            return symbol[0]
        number = self.match(_NUMBER)
        if number:
            return self.finish_number(number)
        if self.peek("(") or self.peek("!"):
            return self.parse_type()
        return self.parse_named_attribute()

    def finish_number(self, number: re.Match) -> Any:
        kind = self.parse_type() if self.accept(":") else None
        if isinstance(kind, str) and kind in ("f16", "bf16", "f32", "f64"):
            # Hexadecimal digits are the bits of what decimal cannot say.
            return number[0] if "x" in number[0] else float(number[0])
        if number[1] or number[2]:
            return float(number[0])
        return int(number[0], 0)

    def parse_named_attribute(self) -> Any:
        start = self.position
        name = self.require(_KEY, "an attribute")[0]
        if name in ("true", "false"):
            return name == "true"
        if name == "unit":
            return None
        if name == "loc":
            return self.balanced()
        if name == "array":
            return self.parse_array()
        if name in ("dense", "dense_resource", "sparse"):
            body = self.balanced()
            self.expect(":")
            kind = self.parse_type()
            if name == "dense_resource":
                return Dense(kind, resource=_unescape(body.strip().strip('"')))
            return Dense(kind, text=body) if name == "dense" else f"sparse<{body}>"
        if name in ("affine_map", "affine_set", "opaque", "strided"):
            return f"{name}<{self.balanced()}>"
        self.position = start
        return self.parse_type()

    def parse_array(self) -> list:
        kind, _, values = self.balanced().partition(":")
        words = [w.strip() for w in values.split(",") if w.strip()]
        if kind.strip() == "i1":
            return [w == "true" for w in words]
        convert = float if kind.strip().startswith("f") else int
        return [convert(w) for w in words]

    def parse_dialect_attribute(self) -> Any:
        self.expect("#")
        name = self.require(_KEY, "an attribute name")[0]
        if "." not in name:
            if name in self.location_aliases:
                return self.location_aliases[name]
            if name not in self.attribute_aliases:
                raise self.error(f"unknown attribute alias #{name}")
            return self.attribute_aliases[name]
        body = self.balanced().strip() if self.peek("<") else ""
        pairs = re.findall(r"(\w+)\s*=\s*(-?\d+)\s*(?:,|$)", body)
        if pairs and len(pairs) == body.count("="):
            return DialectAttribute(name, {k: int(v) for k, v in pairs})
        return DialectAttribute(name, body)

    def parse_dictionary(self, opener: str, closer: str) -> dict[str, Any]:
        self.expect(opener)
        return dict(self.listed(self.parse_entry, closer))

    def parse_entry(self) -> tuple[str, Any]:
        quoted = self.match(_STRING)
        key = _unescape(quoted[1]) if quoted else self.require(_KEY, "a name")[0]
        return key, self.parse_attribute() if self.accept("=") else None

    # Operations

    def parse_value(self) -> str:
        return self.require(_VALUE, "a value")[0]

    def parse_result_names(self) -> list[str]:
        names: list[str] = []
        if not self.peek("%"):
            return names
        while True:
            name = self.require(re.compile(r"%[\w$.-]+"), "a result")[0]
            count = self.match(re.compile(r":\s*(\d+)"))
            names += [f"{name}#{i}" for i in range(int(count[1]))] if count else [name]
            if self.accept("="):
                return names
            self.expect(",")

    def parse_operation(self) -> Operation:
        results = self.parse_result_names()
        name = self.match(_STRING)
        if not name:
            raise self.error(
                "expected an op in generic form (print with --mlir-print-op-generic)"
            )
        op = Operation(name[1], [], results)
        self.expect("(")
        op.operands = self.listed(self.parse_value, ")")
        if self.peek("["):
            self.balanced()
        if self.peek("<{"):
            self.expect("<")
            op.attributes.update(self.parse_dictionary("{", "}"))
            self.expect(">")
        if self.accept("("):
            op.regions = self.listed(self.parse_region, ")")
        if self.peek("{"):
            op.attributes.update(self.parse_dictionary("{", "}"))
        self.expect(":")
        op.operand_types, op.result_types = self.parse_function_type()
        if len(op.operand_types) != len(op.operands):
            raise self.error(f"{op.name} has {len(op.operands)} operands and")
        if len(op.results) not in (0, len(op.result_types)):
            raise self.error(f"{op.name} has {len(op.results)} result names")
        op.location = self.parse_location()
        return op

    def parse_location(self) -> str:
        if not self.match(re.compile(r"loc(?=\s*\()")):
            return ""
        start = self.position
        self.balanced()
        return "loc" + self.text[start : self.position].strip()

    def parse_region(self) -> list[Block]:
        self.expect("{")
        blocks: list[Block] = []
        while not self.accept("}"):
            if self.peek("^"):
                blocks.append(self.parse_block_header())
                continue
            if not blocks:
                blocks.append(Block())
            blocks[-1].operations.append(self.parse_operation())
        return blocks

    def parse_block_header(self) -> Block:
        self.expect("^")
        self.require(re.compile(r"[\w$.-]+"), "a block name")
        block = Block()
        if self.accept("("):
            block.arguments = self.listed(self.parse_argument, ")")
        self.expect(":")
        return block

    def parse_argument(self) -> tuple[str, Any]:
        name = self.parse_value()
        self.expect(":")
        kind = self.parse_type()
        self.parse_location()
        return name, kind

    # The file

    def parse_alias(self, found: re.Match) -> None:
        sigil, name = found[1], found[2]
        if sigil == "!":
            self.type_aliases[name] = self.parse_type()
        elif self.peek("loc"):
            self.location_aliases[name] = self.parse_location()
        else:
            self.attribute_aliases[name] = self.parse_attribute()

    def parse_resources(self) -> dict[str, bytes]:
        resources: dict[str, bytes] = {}
        while not self.accept("#-}"):
            section = self.require(_KEY, "a section")[0]
            self.expect(":")
            if section != "dialect_resources":
                self.balanced()
            else:
                self.expect("{")
                for group in self.listed(self.parse_resource_group, "}"):
                    resources.update(group)
            self.accept(",")
        return resources

    def parse_resource_group(self) -> dict[str, bytes]:
        self.require(_KEY, "a dialect")
        self.expect(":")
        self.expect("{")
        return dict(self.listed(self.parse_resource, "}"))

    def parse_resource(self) -> tuple[str, bytes]:
        quoted = self.match(_STRING)
        key = _unescape(quoted[1]) if quoted else self.require(_KEY, "a name")[0]
        self.expect(":")
        data = bytes_from_hex(self.require(_STRING, "a string of digits")[1])
        if len(data) < 4:
            raise self.error(f"resource '{key}' has no alignment")
        # The first four bytes are the data's alignment, little-endian.
        return key, data[4:]

    def parse_module(self) -> Module:
        module, resources = None, {}
        while True:
            self.skip()
            if self.position == len(self.text):
                break
            if self.accept("{-#"):
                resources.update(self.parse_resources())
                continue
            alias = self.match(_ALIAS_LINE)
            if alias:
                self.parse_alias(alias)
                continue
            if module is not None:
                raise self.error("expected the end of the module")
            module = self.parse_operation()
        if module is None:
            raise ParseError("no module")
        self.resolve_locations(module)
        return Module(module, resources)

    def resolve_locations(self, op: Operation) -> None:
        name = re.match(r"loc\(\s*#([\w$-]+)\s*\)", op.location)
        if name:
            op.location = self.location_aliases.get(name[1], op.location)
        for region in op.regions:
            for block in region:
                for nested in block.operations:
                    self.resolve_locations(nested)


def _scalar_type(name: str) -> Any:
    integer = re.fullmatch(r"s?i(\d+)", name)
    return IntegerType(int(integer[1])) if integer else name


def _unescape(text: str) -> str:
    def replace(found: re.Match) -> str:
        code = found[1]
        if len(code) == 2:
            return chr(int(code, 16))
        return {"n": "\n", "t": "\t"}.get(code, code)

    return re.sub(r'\\([0-9A-Fa-f]{2}|[nt"\\])', replace, text)


def parse_module(text: str) -> Module:
    """The module that `text` spells in generic form."""
    return _Parser(text).parse_module()
