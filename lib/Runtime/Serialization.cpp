//===- Serialization.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Serialization.h"
#include <type_traits>

namespace smelt::runtime {

static constexpr std::string_view magic = "SMLTTOK\x01";

namespace {
/// Appends what `visit` shows it.
class Writer {
public:
  void integer(uint32_t value) {
    for (; value >= 0x80; value >>= 7)
      bytes += static_cast<char>(value | 0x80);
    bytes += static_cast<char>(value);
  }
  void field(uint32_t &value) { integer(value); }
  void field(bool &value) { integer(value); }
  void field(std::string &text) {
    integer(static_cast<uint32_t>(text.size()));
    bytes += text;
  }
  template <typename Enum> void enumerator(Enum &value) {
    integer(static_cast<uint32_t>(value));
  }
  template <typename T, typename Visit>
  void list(std::vector<T> &items, Visit visit) {
    integer(static_cast<uint32_t>(items.size()));
    for (T &item : items)
      visit(item);
  }

  std::string bytes;
};

/// Sets what `visit` shows it. After a failure everything is zero.
class Reader {
public:
  explicit Reader(std::string_view bytes) : rest(bytes) {}

  void field(uint32_t &value) {
    value = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (rest.empty())
        break;
      auto byte = static_cast<unsigned char>(rest.front());
      rest.remove_prefix(1);
      if (shift == 28 && byte > 15)
        break;
      value |= uint32_t(byte & 0x7F) << shift;
      if (byte < 0x80)
        return;
    }
    fail();
    value = 0;
  }
  void field(bool &value) {
    uint32_t number;
    field(number);
    if (number > 1)
      fail();
    value = number == 1;
  }
  void field(std::string &text) {
    uint32_t length;
    field(length);
    if (length > rest.size())
      return fail();
    text = rest.substr(0, length);
    rest.remove_prefix(length);
  }
  template <typename Enum> void enumerator(Enum &value) {
    uint32_t number;
    field(number);
    if (number > static_cast<uint32_t>(Enum::Last))
      return fail();
    value = static_cast<Enum>(number);
  }
  template <typename T, typename Visit>
  void list(std::vector<T> &items, Visit visit) {
    uint32_t size;
    field(size);
    // An item has a byte at least.
    if (size > rest.size())
      return fail();
    for (uint32_t i = 0; i < size && !failed; ++i)
      visit(items.emplace_back());
  }

  void fail() {
    failed = true;
    rest = {};
  }
  bool isComplete() const { return !failed && rest.empty(); }

private:
  std::string_view rest;
  bool failed = false;
};
} // namespace

template <typename Archive>
static void visit(Archive &archive, std::optional<TokenId> &id) {
  bool isThere = id.has_value();
  archive.field(isThere);
  if (!isThere)
    return;
  TokenId value = id.value_or(0);
  archive.field(value);
  id = value;
}

template <typename Archive>
static void visit(Archive &archive, Pattern &pattern) {
  archive.field(pattern.text);
  archive.field(pattern.isRegex);
}

template <typename Archive>
static void visit(Archive &archive, AddedToken &token) {
  archive.field(token.id);
  archive.field(token.pattern);
  for (bool *flag : {&token.special, &token.normalized, &token.leftStrip,
                     &token.rightStrip, &token.singleWord, &token.inModel})
    archive.field(*flag);
}

template <typename Archive>
static void visit(Archive &archive, NormalizerStep &step) {
  archive.enumerator(step.kind);
  visit(archive, step.pattern);
  archive.field(step.content);
  archive.field(step.left);
  archive.field(step.right);
}

template <typename Archive>
static void visit(Archive &archive, PreTokenizerStep &step) {
  archive.enumerator(step.kind);
  visit(archive, step.pattern);
  archive.field(step.replacement);
  archive.enumerator(step.behavior);
  archive.enumerator(step.prepend);
  for (bool *flag : {&step.invert, &step.addPrefixSpace, &step.useRegex,
                     &step.individual, &step.split})
    archive.field(*flag);
}

template <typename Archive>
static void visit(Archive &archive, DecoderStep &step) {
  archive.enumerator(step.kind);
  archive.field(step.pattern);
  archive.field(step.content);
  archive.enumerator(step.prepend);
  archive.field(step.start);
  archive.field(step.stop);
}

template <typename Archive>
static void visit(Archive &archive, ChatFormat &chat) {
  for (std::string *text :
       {&chat.name, &chat.start, &chat.systemBegin, &chat.systemEnd,
        &chat.userBegin, &chat.userEnd, &chat.turnEnd, &chat.defaultSystem})
    archive.field(*text);
  archive.field(chat.trim);
  archive.field(chat.systemInUser);
}

template <typename Archive>
static void visit(Archive &archive, TokenizerDefinition &definition) {
  auto visitField = [&](auto &item) { archive.field(item); };
  auto visitItem = [&](auto &item) { visit(archive, item); };
  archive.list(definition.tokens, visitField);
  archive.enumerator(definition.rule);
  archive.list(definition.merges, [&](Merge &merge) {
    archive.field(merge.left);
    archive.field(merge.right);
  });
  archive.list(definition.ranks, visitField);
  archive.field(definition.wholePieces);
  archive.field(definition.byteFallback);
  visit(archive, definition.unknown);
  archive.field(definition.fuseUnknown);
  archive.list(definition.addedTokens, visitItem);
  archive.list(definition.normalizer, visitItem);
  archive.list(definition.preTokenizer, visitItem);
  archive.list(definition.decoder, visitItem);
  archive.list(definition.prefix, visitField);
  archive.list(definition.stopTokens, visitField);
  visit(archive, definition.chat);
}

std::string serialize(const TokenizerDefinition &definition) {
  Writer writer;
  writer.bytes = magic;
  TokenizerDefinition copy = definition;
  visit(writer, copy);
  return std::move(writer.bytes);
}

Result<TokenizerDefinition> deserialize(std::string_view bytes) {
  if (bytes.substr(0, magic.size()) != magic)
    return Failure{"this is not a tokenizer of this version of Smelt"};
  TokenizerDefinition definition;
  Reader reader(bytes.substr(magic.size()));
  visit(reader, definition);
  if (!reader.isComplete())
    return Failure{"the tokenizer's data are damaged"};
  return definition;
}

} // namespace smelt::runtime
