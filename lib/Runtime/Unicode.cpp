//===- Unicode.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Unicode.h"
#include "smelt/Runtime/Utf8.h"
#include <cstdlib>
#include <utf8proc.h>

namespace smelt::runtime {

static utf8proc_category_t categoryOf(char32_t character) {
  return utf8proc_category(static_cast<utf8proc_int32_t>(character));
}

bool isNumeric(char32_t character) {
  utf8proc_category_t category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool isPunctuation(char32_t character) {
  if (character < 0x80)
    return (character >= '!' && character <= '/') ||
           (character >= ':' && character <= '@') ||
           (character >= '[' && character <= '`') ||
           (character >= '{' && character <= '~');
  utf8proc_category_t category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool isWhitespace(char32_t character) {
  if ((character >= 0x09 && character <= 0x0D) || character == 0x85)
    return true;
  utf8proc_category_t category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

bool isWordCharacter(char32_t character) {
  utf8proc_category_t category = categoryOf(character);
  return (category >= UTF8PROC_CATEGORY_LU &&
          category <= UTF8PROC_CATEGORY_NL) ||
         category == UTF8PROC_CATEGORY_PC;
}

Result<std::string> normalize(std::string_view text, NormalForm form) {
  bool compose = form == NormalForm::NFC || form == NormalForm::NFKC;
  bool compatible = form == NormalForm::NFKC || form == NormalForm::NFKD;
  auto options = static_cast<utf8proc_option_t>(
      UTF8PROC_STABLE | (compose ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) |
      (compatible ? UTF8PROC_COMPAT : 0));
  utf8proc_uint8_t *buffer = nullptr;
  utf8proc_ssize_t length = utf8proc_map(
      reinterpret_cast<const utf8proc_uint8_t *>(text.data()),
      static_cast<utf8proc_ssize_t>(text.size()), &buffer, options);
  if (length < 0)
    return Failure{"cannot normalize the text: " +
                   std::string(utf8proc_errmsg(length))};
  std::string normalized(reinterpret_cast<const char *>(buffer),
                         static_cast<size_t>(length));
  std::free(buffer);
  return normalized;
}

std::string toLowercase(std::string_view text) {
  std::string lowered;
  lowered.reserve(text.size());
  for (size_t offset = 0; offset < text.size();) {
    char32_t character = takeCharacter(text, offset);
    // The one character whose lower case is two.
    if (character == 0x130) {
      lowered += "i\xCC\x87";
      continue;
    }
    appendUtf8(lowered, static_cast<char32_t>(utf8proc_tolower(
                            static_cast<utf8proc_int32_t>(character))));
  }
  return lowered;
}

} // namespace smelt::runtime
