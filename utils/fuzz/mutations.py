"""Broken forms of a file's contents: of bytes, of JSON, and of safetensors.

Every function takes the contents as bytes and a `random.Random` that all
choices come from, and returns bytes.
"""

import copy
import json

STRUCTURE_BYTES = 5000


# Bytes


def mutate_bytes(data, generator):
    """A copy of `data` with 1 to 16 bits, bytes or short runs changed.

    Half of them hit the ends, where most files have their structure; most leave
    all lengths, so that the file can still be read.
    """
    result = bytearray(data)
    kinds = generator.choice([[0, 1], [0, 1], [0, 1], [0, 1, 2, 3]])
    for _ in range(generator.choice([1, 1, 2, 4, 16])):
        offset = generator.randrange(len(result) or 1)
        if generator.random() < 0.5:
            offset %= STRUCTURE_BYTES
            if generator.random() < 0.5:
                offset = len(result) - 1 - offset
        offset = max(0, min(offset, len(result) - 1))
        kind = generator.choice(kinds)
        length = generator.randrange(1, 9)
        if kind == 2:
            del result[offset : offset + length]
        elif kind == 3 or not result:
            result[offset:offset] = generator.randbytes(length)
        elif kind == 0:
            result[offset] ^= 1 << generator.randrange(8)
        else:
            result[offset] = generator.choice([0, 1, 127, 128, 255])
    return bytes(result)


def cut(data, generator):
    return data[: generator.randrange(len(data) or 1)]


# JSON


class Members(list):
    """The members of an object as lists of a key and a value: keys may repeat."""


class Literal(str):
    """Is written as it stands."""


VALUES = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2,
    3,
    255,
    2**15,
    2**20 + 1,
    2**31 - 1,
    2**31,
    2**32,
    2**62,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63),
    Literal("1" + "0" * 400),
    0.5,
    -0.0,
    1e-320,
    1e300,
    Literal("1e999"),
    Literal("NaN"),
    Literal("-Infinity"),
    "",
    "x",
    "0",
    "\0",
    "\ud800",
    "é" * 3000,
    [],
    [0],
    [[]],
    Members(),
    Members([["x", Members()]]),
    Literal("[" * 60 + "]" * 60),
    Literal("[" * 20000 + "]" * 20000),
]


def parse(data):
    """`data` with objects as `Members`; raises ValueError for what is no JSON."""
    return json.loads(data, object_pairs_hook=lambda pairs: Members(map(list, pairs)))


def write(value):
    """The text of what `parse` returns."""
    if isinstance(value, Literal):
        return value
    if isinstance(value, Members):
        members = (f"{json.dumps(key)}: {write(inner)}" for key, inner in value)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write, value)) + "]"
    return json.dumps(value)


def get(container, index):
    item = container[index]
    return item[1] if isinstance(container, Members) else item


def put(container, index, value):
    if isinstance(container, Members):
        container[index][1] = value
    else:
        container[index] = value


def choose_place(tree, generator):
    """A container and an index in it. Each step inward chooses anew, so that a
    long list does not hide the rest."""
    container = tree
    while True:
        index = generator.randrange(len(container))
        value = get(container, index)
        if not isinstance(value, list) or not value or generator.random() < 0.3:
            return container, index
        container = value


def choose_value(tree, words, generator):
    """One of `VALUES`, of `words`, or one from elsewhere in the tree."""
    kind = generator.randrange(3)
    if kind == 0:
        return copy.deepcopy(generator.choice(VALUES))
    if kind == 1 and words:
        return generator.choice(words)
    return copy.deepcopy(get(*choose_place(tree, generator)))


def nudge(value, generator):
    """A number near `value`."""
    return generator.choice(
        [value + 1, value - 1, value * 2, value // 2, -value, float(value), value / 2]
    )


def edit_value(tree, words, generator):
    container, index = choose_place(tree, generator)
    value = get(container, index)
    kind = generator.randrange(4)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and kind < 2:
        put(container, index, nudge(value, generator))
    elif kind == 2:
        put(container, index, generator.choice([[value], str(value), [value, value]]))
    else:
        put(container, index, choose_value(tree, words, generator))


def edit_members(tree, words, extras, generator):
    """Deletes, repeats, renames, exchanges or adds members."""
    container, index = choose_place(tree, generator)
    item = container[index]
    kind = generator.randrange(5)
    if kind == 0:
        del container[index]
    elif kind == 1:
        container.insert(generator.randrange(len(container) + 1), copy.deepcopy(item))
    elif kind == 2 and isinstance(container, Members):
        names = [key for key, _ in container] + words
        item[0] = generator.choice([*names, item[0][:-1], item[0] + "x", ""])
    elif kind == 3:
        other = generator.randrange(len(container))
        value = get(container, index)
        put(container, index, get(container, other))
        put(container, other, value)
    elif extras and isinstance(tree, Members):
        key, value = generator.choice(extras)
        tree[:] = [member for member in tree if member[0] != key]
        tree.append([key, parse(json.dumps(value))])


def mutate_tree(tree, words, extras, generator):
    tree = copy.deepcopy(tree)
    for _ in range(generator.choice([1, 1, 1, 2, 4])):
        if not tree:
            break
        if generator.random() < 0.5:
            edit_value(tree, words, generator)
        else:
            edit_members(tree, words, extras, generator)
    return tree


def mutate_json(data, words, extras, generator):
    """`data` with some values and members changed.

    `words` are strings that stand for something in such a file, and `extras` are
    pairs of a key and a value that its object may have.
    """
    return write(mutate_tree(parse(data), words, extras, generator)).encode()


# safetensors

DTYPES = ["U8", "I8", "F4", "F16", "BF16", "F32", "F64", "I64", "BOOL", "F128"]
# In little endian: not-a-number, infinities, the largest, the smallest, one that
# is rather large, zero, and packed codes of 3.
BIT_PATTERNS = {
    "BF16": ["c07f", "807f", "80ff", "7f7f", "0100", "0050", "0000"],
    "F16": ["007e", "007c", "00fc", "ff7b", "0100", "0000"],
    "F32": ["0000c07f", "0000807f", "ffff7f7f", "01000000", "00000050", "00000000"],
    "U8": ["ff", "c0", "aa", "55", "00"],
}


def split_header(data):
    length = int.from_bytes(data[:8], "little")
    return data[8 : 8 + length], data[8 + length :]


def join_header(header, tensors, length=None):
    length = len(header) if length is None else length
    return length.to_bytes(8, "little") + header + tensors


def damage_tensors(header, tensors, generator):
    """Fills one to four tensors, or an element of each, with a bit pattern."""
    result = bytearray(tensors)
    entries = [dict(value) for key, value in header if key != "__metadata__"]
    for _ in range(generator.choice([1, 1, 4])):
        entry = generator.choice(entries)
        begin, end = entry["data_offsets"]
        pattern = bytes.fromhex(generator.choice(BIT_PATTERNS[entry["dtype"]]))
        count = (end - begin) // len(pattern)
        if generator.random() < 0.5:
            result[begin:end] = pattern * count
        else:
            begin += len(pattern) * generator.randrange(count)
            result[begin : begin + len(pattern)] = pattern
    return bytes(result)


def mutate_safetensors(data, generator):
    """Changes the header as JSON, its bytes, its length, or the tensors."""
    header, tensors = split_header(data)
    kind = generator.randrange(9)
    if kind < 4:
        names = [key for key, _ in parse(header)]
        return join_header(mutate_json(header, DTYPES + names, [], generator), tensors)
    if kind == 4:
        return join_header(mutate_bytes(header, generator), tensors)
    if kind == 5:
        lengths = [0, 1, len(header) - 1, len(header) + 1, len(data), 2**63, 2**64 - 1]
        return join_header(header, tensors, generator.choice(lengths))
    if kind < 8:
        return join_header(header, damage_tensors(parse(header), tensors, generator))
    return mutate_bytes(data, generator)
