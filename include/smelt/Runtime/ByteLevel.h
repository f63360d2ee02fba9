//===- ByteLevel.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_BYTELEVEL_H
#define SMELT_RUNTIME_BYTELEVEL_H

#include <optional>
#include <string>
#include <string_view>

namespace smelt::runtime {

/// The way in which byte-level vocabularies write bytes as characters: 21-7E,
/// A1-AC and AE-FF stand for themselves, the others, in order, are U+0100 on.
/// From `bytes_to_unicode` of GPT-2's `encoder.py`.

char32_t characterOfByte(unsigned char byte);
std::optional<unsigned char> byteOfCharacter(char32_t character);

/// Appends the characters that stand for `bytes`.
void appendByteLevel(std::string &text, std::string_view bytes);

/// The byte that a token such as `<0x0A>` stands for.
std::optional<unsigned char> byteOfToken(std::string_view token);
/// The token, such as `<0x0A>`, of a byte.
std::string tokenOfByte(unsigned char byte);

} // namespace smelt::runtime

#endif
