//===- Utf8.h ---------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_UTF8_H
#define SMELT_RUNTIME_UTF8_H

#include <cstddef>
#include <string>
#include <string_view>

namespace smelt::runtime {

/// The offset of the first byte that does not belong to well-formed UTF-8
/// (Unicode 15, table 3-7), or `npos`.
size_t findInvalidUtf8(std::string_view text);

/// The number of bytes of the character at `offset` of well-formed text.
size_t characterLength(std::string_view text, size_t offset);

/// The character at `offset` of well-formed text; `offset` moves past it.
char32_t takeCharacter(std::string_view text, size_t &offset);

/// The offset of the character that ends at `end` > 0 of well-formed text.
size_t previousCharacter(std::string_view text, size_t end);

void appendUtf8(std::string &text, char32_t character);

/// The number of bytes, 0 to 3, at the end of any bytes that begin a character
/// which further bytes could complete.
size_t incompleteTailLength(std::string_view bytes);

} // namespace smelt::runtime

#endif
