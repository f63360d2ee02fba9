//===- Utf8.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Utf8.h"
#include <algorithm>

namespace smelt::runtime {

static unsigned char byteAt(std::string_view text, size_t offset) {
  return static_cast<unsigned char>(text[offset]);
}

/// The bytes that a character with this first byte has; 0 if none begins so.
static size_t lengthOfLead(unsigned char lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2)
    return 0;
  if (lead < 0xE0)
    return 2;
  if (lead < 0xF0)
    return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// Whether `second` can follow `lead`: no overlong forms, no surrogates,
/// nothing above U+10FFFF.
static bool isSecondByte(unsigned char lead, unsigned char second) {
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

/// How many bytes from `offset` on are the beginning of a character, up to
/// its `length`.
static size_t matchedBytes(std::string_view text, size_t offset,
                           size_t length) {
  size_t count = 1;
  size_t end = std::min(text.size() - offset, length);
  if (count < end &&
      isSecondByte(byteAt(text, offset), byteAt(text, offset + 1)))
    for (++count; count < end; ++count)
      if ((byteAt(text, offset + count) & 0xC0) != 0x80)
        break;
  return count;
}

size_t findInvalidUtf8(std::string_view text) {
  for (size_t offset = 0; offset < text.size();) {
    size_t length = lengthOfLead(byteAt(text, offset));
    if (length == 0 || matchedBytes(text, offset, length) != length)
      return offset;
    offset += length;
  }
  return std::string_view::npos;
}

size_t characterLength(std::string_view text, size_t offset) {
  return std::max<size_t>(1, lengthOfLead(byteAt(text, offset)));
}

char32_t takeCharacter(std::string_view text, size_t &offset) {
  size_t length = std::min(characterLength(text, offset), text.size() - offset);
  char32_t character = byteAt(text, offset);
  if (length > 1)
    character &= 0x7F >> length;
  for (size_t i = 1; i < length; ++i)
    character = character << 6 | (byteAt(text, offset + i) & 0x3F);
  offset += length;
  return character;
}

size_t previousCharacter(std::string_view text, size_t end) {
  do
    --end;
  while (end > 0 && (byteAt(text, end) & 0xC0) == 0x80);
  return end;
}

void appendUtf8(std::string &text, char32_t character) {
  auto append = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    append(character);
    return;
  }
  unsigned shift = character < 0x800 ? 6 : character < 0x10000 ? 12 : 18;
  append((character < 0x800     ? 0xC0
          : character < 0x10000 ? 0xE0
                                : 0xF0) |
         character >> shift);
  while (shift > 0) {
    shift -= 6;
    append(0x80 | (character >> shift & 0x3F));
  }
}

size_t incompleteTailLength(std::string_view bytes) {
  for (size_t tail = 1; tail <= std::min<size_t>(3, bytes.size()); ++tail) {
    size_t offset = bytes.size() - tail;
    size_t length = lengthOfLead(byteAt(bytes, offset));
    if (length > tail && matchedBytes(bytes, offset, length) == tail)
      return tail;
  }
  return 0;
}

} // namespace smelt::runtime
