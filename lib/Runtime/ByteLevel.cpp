//===- ByteLevel.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Utf8.h"
#include <array>

namespace smelt::runtime {

namespace {
struct ByteMap {
  std::array<char32_t, 256> characters;
  /// By character; the last of them is U+0143.
  std::array<int, 0x144> bytes;

  ByteMap() {
    bytes.fill(-1);
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      bool isPrinted = (byte >= 0x21 && byte <= 0x7E) ||
                       (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      characters[byte] = isPrinted ? byte : next++;
      bytes[characters[byte]] = static_cast<int>(byte);
    }
  }
};
} // namespace

static const ByteMap &byteMap() {
  static const ByteMap map;
  return map;
}

char32_t characterOfByte(unsigned char byte) {
  return byteMap().characters[byte];
}

std::optional<unsigned char> byteOfCharacter(char32_t character) {
  const auto &bytes = byteMap().bytes;
  if (character >= bytes.size() || bytes[character] < 0)
    return std::nullopt;
  return static_cast<unsigned char>(bytes[character]);
}

void appendByteLevel(std::string &text, std::string_view bytes) {
  for (char byte : bytes)
    appendUtf8(text, characterOfByte(static_cast<unsigned char>(byte)));
}

static int hexDigit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  return -1;
}

std::optional<unsigned char> byteOfToken(std::string_view token) {
  if (token.size() != 6 || token.substr(0, 3) != "<0x" || token[5] != '>')
    return std::nullopt;
  int high = hexDigit(token[3]), low = hexDigit(token[4]);
  if (high < 0 || low < 0)
    return std::nullopt;
  return static_cast<unsigned char>(high << 4 | low);
}

std::string tokenOfByte(unsigned char byte) {
  static constexpr char digits[] = "0123456789ABCDEF";
  return {'<', '0', 'x', digits[byte >> 4], digits[byte & 15], '>'};
}

} // namespace smelt::runtime
