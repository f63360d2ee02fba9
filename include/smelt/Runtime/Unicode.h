//===- Unicode.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_UNICODE_H
#define SMELT_RUNTIME_UNICODE_H

#include "smelt/Runtime/Result.h"
#include <string>
#include <string_view>

namespace smelt::runtime {

/// Properties of characters, as utf8proc knows them.

/// General category N: digits, letter-like and other numbers.
bool isNumeric(char32_t character);
/// General category P, or a mark or symbol of ASCII such as `$`.
bool isPunctuation(char32_t character);
/// The property White_Space.
bool isWhitespace(char32_t character);
/// What `\w` means to a regular expression: L, M, Nd, Nl or Pc.
bool isWordCharacter(char32_t character);

enum class NormalForm { NFC, NFD, NFKC, NFKD };

/// `text`, which is well-formed UTF-8, in a Unicode normal form. Fails only
/// for more text than utf8proc can hold.
Result<std::string> normalize(std::string_view text, NormalForm form);

/// Each character in lower case, whatever stands beside it.
std::string toLowercase(std::string_view text);

} // namespace smelt::runtime

#endif
