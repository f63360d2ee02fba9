//===- Npy.cpp --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Npy.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <optional>

using namespace llvm;
using namespace smelt;

static constexpr StringLiteral magic("\x93NUMPY");

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

namespace {
/// Reads the header of a `.npy` file, a Python literal such as
/// `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : text(text) {}

  Error parse() {
    if (!consume("{"))
      return malformed();
    while (!consume("}")) {
      std::optional<StringRef> key = parseString();
      if (!key || !consume(":"))
        return malformed();
      if (Error error = parseValue(*key))
        return error;
      if (!consume(",") && !peek("}"))
        return malformed();
    }
    if (!kind || !shape)
      return malformed();
    return Error::success();
  }

  std::optional<ElementKind> kind;
  std::optional<SmallVector<int64_t>> shape;

private:
  static Error malformed() { return makeError("malformed .npy header"); }

  bool peek(StringRef token) {
    text = text.ltrim();
    return text.starts_with(token);
  }
  bool consume(StringRef token) {
    if (!peek(token))
      return false;
    text = text.drop_front(token.size());
    return true;
  }

  std::optional<StringRef> parseString() {
    if (!peek("'") && !peek("\""))
      return std::nullopt;
    size_t end = text.find(text.front(), 1);
    if (end == StringRef::npos)
      return std::nullopt;
    StringRef value = text.slice(1, end);
    text = text.drop_front(end + 1);
    return value;
  }

  Error parseValue(StringRef key) {
    if (key == "descr")
      return parseType();
    if (key == "fortran_order") {
      if (consume("True"))
        return makeError("arrays in Fortran order are not supported; save "
                         "numpy.ascontiguousarray(x)");
      return consume("False") ? Error::success() : malformed();
    }
    if (key == "shape")
      return parseShape();
    return malformed();
  }

  Error parseType() {
    std::optional<StringRef> type = parseString();
    if (!type)
      return makeError("structured .npy arrays are not supported");
    StringRef name = type->ltrim("<|=");
    kind = StringSwitch<std::optional<ElementKind>>(name)
               .Case("f4", ElementKind::F32)
               .Case("f8", ElementKind::F64)
               .Case("i1", ElementKind::I8)
               .Cases("u1", "b1", ElementKind::U8)
               .Case("i2", ElementKind::I16)
               .Case("i4", ElementKind::I32)
               .Case("i8", ElementKind::I64)
               .Default(std::nullopt);
    if (!kind)
      return makeError("elements of type '" + *type +
                       "' are not supported; use f4, f8, i1, u1, i2, i4 or i8");
    return Error::success();
  }

  Error parseShape() {
    if (!consume("("))
      return malformed();
    shape.emplace();
    while (!consume(")")) {
      uint64_t size;
      text = text.ltrim();
      if (text.consumeInteger(10, size) || size > uint64_t(INT32_MAX))
        return malformed();
      shape->push_back(static_cast<int64_t>(size));
      if (!consume(",") && !peek(")"))
        return malformed();
    }
    return Error::success();
  }

  StringRef text;
};
} // namespace

/// The header's text, which is removed from `contents` with what precedes it.
static Expected<StringRef> takeHeader(StringRef &contents) {
  if (!contents.consume_front(magic))
    return makeError("not a .npy file");
  if (contents.size() < 4)
    return makeError("truncated .npy file");
  unsigned version = static_cast<unsigned char>(contents[0]);
  contents = contents.drop_front(2);
  size_t length, width = version == 1 ? 2 : 4;
  if (version < 1 || version > 3)
    return makeError("unknown .npy version " + Twine(version));
  if (contents.size() < width)
    return makeError("truncated .npy file");
  length = width == 2 ? support::endian::read16le(contents.data())
                      : support::endian::read32le(contents.data());
  contents = contents.drop_front(width);
  if (contents.size() < length)
    return makeError("truncated .npy file");
  StringRef header = contents.take_front(length);
  contents = contents.drop_front(length);
  return header;
}

Expected<HostTensor> smelt::parseNpy(StringRef contents) {
  Expected<StringRef> header = takeHeader(contents);
  if (!header)
    return header.takeError();
  HeaderParser parser(*header);
  if (Error error = parser.parse())
    return std::move(error);

  uint64_t size = getElementSize(*parser.kind);
  for (int64_t dimension : *parser.shape) {
    bool overflowed = false;
    size = SaturatingMultiply<uint64_t>(size, dimension, &overflowed);
    if (overflowed)
      return makeError("malformed .npy header");
  }
  if (contents.size() != size)
    return makeError("a .npy array of shape " + formatShape(*parser.shape) +
                     " has " + Twine(size) + " bytes, but the file has " +
                     Twine(contents.size()));
  HostTensor tensor;
  tensor.kind = *parser.kind;
  tensor.shape = *parser.shape;
  tensor.bytes.assign(contents.begin(), contents.end());
  return tensor;
}

static StringRef typeDescription(ElementKind kind) {
  switch (kind) {
  case ElementKind::F32:
    return "<f4";
  case ElementKind::F64:
    return "<f8";
  case ElementKind::I8:
    return "|i1";
  case ElementKind::U8:
    return "|u1";
  case ElementKind::I16:
    return "<i2";
  case ElementKind::I32:
    return "<i4";
  case ElementKind::I64:
    return "<i8";
  }
  return "";
}

void smelt::writeNpy(const HostTensor &tensor, raw_ostream &stream) {
  std::string header;
  raw_string_ostream text(header);
  text << "{'descr': '" << typeDescription(tensor.kind)
       << "', 'fortran_order': False, 'shape': (";
  for (int64_t size : tensor.shape)
    text << size << ", ";
  text << "), }";
  // The data starts at a multiple of 64 bytes.
  size_t prefix = magic.size() + 4;
  header.resize(alignTo(prefix + header.size() + 1, 64) - prefix - 1, ' ');
  header += '\n';
  stream << magic << '\x01' << '\x00';
  char length[2];
  support::endian::write16le(length, header.size());
  stream.write(length, 2);
  stream << header;
  stream.write(tensor.bytes.data(), tensor.bytes.size());
}
