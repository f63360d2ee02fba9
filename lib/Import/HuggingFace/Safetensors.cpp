//===- Safetensors.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Safetensors.h"
#include "Json.h"
#include "smelt/Support/HostTensor.h"
#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <optional>

using namespace smelt;
using namespace smelt::hf;
using namespace llvm;

static constexpr uint64_t maxHeaderBytes = 100'000'000;
static constexpr size_t maxRank = 16;

//===----------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------===//

namespace {
struct TypeInfo {
  StringLiteral name;
  unsigned bits;
};
} // namespace

/// In the order of `ElementType`.
static constexpr TypeInfo typeInfos[] = {
    {"BOOL", 8},        {"F4", 4},          {"F6_E2M3", 6}, {"F6_E3M2", 6},
    {"U8", 8},          {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8},
    {"F8_E5M2FNUZ", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E8M0", 8}, {"I16", 16},
    {"U16", 16},        {"F16", 16},        {"BF16", 16},   {"I32", 32},
    {"U32", 32},        {"F32", 32},        {"C64", 64},    {"F64", 64},
    {"I64", 64},        {"U64", 64}};
static_assert(std::size(typeInfos) == size_t(ElementType::U64) + 1);

StringRef smelt::hf::getName(ElementType type) {
  return typeInfos[size_t(type)].name;
}

unsigned smelt::hf::getBits(ElementType type) {
  return typeInfos[size_t(type)].bits;
}

static std::optional<ElementType> symbolizeType(StringRef name) {
  const auto *found = find_if(
      typeInfos, [&](const TypeInfo &info) { return info.name == name; });
  if (found == std::end(typeInfos))
    return std::nullopt;
  return ElementType(found - std::begin(typeInfos));
}

int64_t TensorView::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

std::string TensorView::describe() const {
  return (hf::getName(type) + " " + formatShape(shape)).str();
}

//===----------------------------------------------------------------------===//
// The header
//===----------------------------------------------------------------------===//

namespace {
/// A tensor of the header whose range is not checked against the file yet.
struct Entry {
  TensorView tensor;
  uint64_t begin = 0;
  uint64_t end = 0;
};
} // namespace

static Error parseShape(const json::Object &object, TensorView &tensor) {
  const json::Array *shape = object.getArray("shape");
  if (!shape)
    return createStringError("'shape' is missing or not a list");
  if (shape->size() > maxRank)
    return createStringError("'shape' has " + Twine(shape->size()) +
                             " dimensions; at most " + Twine(maxRank) +
                             " are supported");
  for (const json::Value &value : *shape) {
    std::optional<uint64_t> size = value.getAsUINT64();
    if (!size || *size > uint64_t(INT64_MAX))
      return createStringError("'shape' holds something that is not a size");
    tensor.shape.push_back(static_cast<int64_t>(*size));
  }
  return Error::success();
}

static Error parseOffsets(const json::Object &object, Entry &entry) {
  const json::Array *offsets = object.getArray("data_offsets");
  if (!offsets || offsets->size() != 2)
    return createStringError("'data_offsets' is missing or not two numbers");
  std::optional<uint64_t> begin = (*offsets)[0].getAsUINT64();
  std::optional<uint64_t> end = (*offsets)[1].getAsUINT64();
  if (!begin || !end || *begin > *end)
    return createStringError("'data_offsets' is not a range");
  entry.begin = *begin;
  entry.end = *end;
  return Error::success();
}

/// Checks that the range has the bytes that type and shape need.
static Error checkByteSize(const Entry &entry) {
  bool overflowed = false;
  uint64_t bits = getBits(entry.tensor.type);
  for (int64_t size : entry.tensor.shape) {
    bool here = false;
    bits = SaturatingMultiply<uint64_t>(bits, size, &here);
    overflowed |= here;
  }
  if (overflowed)
    return createStringError("its shape " + formatShape(entry.tensor.shape) +
                             " is too large");
  if (bits % 8 != 0)
    return createStringError("its elements do not fill whole bytes");
  if (bits / 8 != entry.end - entry.begin)
    return createStringError(entry.tensor.describe() + " needs " +
                             Twine(bits / 8) + " bytes, but 'data_offsets' " +
                             "has " + Twine(entry.end - entry.begin));
  return Error::success();
}

static Expected<Entry> parseEntry(StringRef name, const json::Value &value) {
  Entry entry;
  entry.tensor.name = name.str();
  const json::Object *object = value.getAsObject();
  if (!object)
    return createStringError("it is not an object");
  std::optional<StringRef> type = object->getString("dtype");
  if (!type)
    return createStringError("'dtype' is missing or not a string");
  std::optional<ElementType> known = symbolizeType(*type);
  if (!known)
    return createStringError("its dtype '" + *type + "' is unknown");
  entry.tensor.type = *known;
  if (Error error = parseShape(*object, entry.tensor))
    return std::move(error);
  if (Error error = parseOffsets(*object, entry))
    return std::move(error);
  if (Error error = checkByteSize(entry))
    return std::move(error);
  return entry;
}

static Error parseMetadata(const json::Value &value,
                           StringMap<std::string> &metadata) {
  const json::Object *object = value.getAsObject();
  if (!object)
    return createStringError("'__metadata__' is not an object");
  for (const auto &[key, text] : *object) {
    std::optional<StringRef> string = text.getAsString();
    if (!string)
      return createStringError("'__metadata__." + StringRef(key) +
                               "' is not a string");
    metadata[key] = string->str();
  }
  return Error::success();
}

/// Sorts the entries by their data and checks that they cover `size` bytes.
static Error checkRanges(std::vector<Entry> &entries, uint64_t size) {
  sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.tensor.name) <
           std::tie(b.begin, b.end, b.tensor.name);
  });
  uint64_t end = 0;
  for (const Entry &entry : entries) {
    if (entry.begin != end)
      return createStringError("tensor '" + entry.tensor.name +
                               "' begins at byte " + Twine(entry.begin) +
                               " of the data, and the one before it ends at " +
                               Twine(end));
    end = entry.end;
  }
  if (end != size)
    return createStringError("its tensors have " + Twine(end) +
                             " bytes, but the file has " + Twine(size) +
                             " bytes of data; it is truncated or has been "
                             "extended");
  return Error::success();
}

static Expected<StringRef> takeHeader(StringRef &contents) {
  if (contents.size() < 8)
    return createStringError("it has " + Twine(contents.size()) +
                             " bytes and is not a safetensors file");
  uint64_t length = support::endian::read64le(contents.data());
  contents = contents.drop_front(8);
  if (length > maxHeaderBytes)
    return createStringError("its header of " + Twine(length) +
                             " bytes is longer than " + Twine(maxHeaderBytes) +
                             "; it is not a safetensors file");
  if (length > contents.size())
    return createStringError("its header has " + Twine(length) +
                             " bytes, but the file has only " +
                             Twine(contents.size()) + " more; it is truncated");
  StringRef header = contents.take_front(length);
  contents = contents.drop_front(length);
  if (!header.starts_with("{"))
    return createStringError("its header does not begin with '{'; it is not a "
                             "safetensors file");
  return header;
}

Expected<SafetensorsFile>
SafetensorsFile::parse(std::unique_ptr<MemoryBuffer> buffer) {
  StringRef data = buffer->getBuffer();
  Expected<StringRef> header = takeHeader(data);
  if (!header)
    return header.takeError();
  Expected<JsonText> text = parseJson(*header);
  if (!text)
    return createStringError("its header is wrong: " +
                             toString(text.takeError()));
  if (!text->duplicates.empty())
    return createStringError("its header has the key '" +
                             text->duplicates.front() + "' twice");
  const json::Object *object = text->value.getAsObject();
  if (!object)
    return createStringError("its header is not an object");

  SafetensorsFile file;
  std::vector<Entry> entries;
  for (const auto &[name, value] : *object) {
    if (StringRef(name) == "__metadata__") {
      if (Error error = parseMetadata(value, file.metadata))
        return std::move(error);
      continue;
    }
    Expected<Entry> entry = parseEntry(name, value);
    if (!entry)
      return createStringError("tensor '" + StringRef(name) +
                               "': " + toString(entry.takeError()));
    entries.push_back(std::move(*entry));
  }
  if (Error error = checkRanges(entries, data.size()))
    return std::move(error);
  for (Entry &entry : entries) {
    entry.tensor.bytes = arrayRefFromStringRef(data.slice(
        static_cast<size_t>(entry.begin), static_cast<size_t>(entry.end)));
    file.tensors.push_back(std::move(entry.tensor));
  }
  file.buffer = std::move(buffer);
  return file;
}

Expected<SafetensorsFile> SafetensorsFile::open(StringRef path) {
  auto buffer = readRegularFile(path);
  return buffer ? parse(std::move(*buffer)) : buffer.takeError();
}
