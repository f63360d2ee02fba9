//===- Regex.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#define PCRE2_CODE_UNIT_WIDTH 8
#include "smelt/Runtime/Regex.h"
#include "smelt/Runtime/Utf8.h"
#include <algorithm>
#include <pcre2.h>

namespace smelt::runtime {

/// Tokenizers have patterns of some hundred bytes.
static constexpr size_t maxPatternLength = 1 << 16;

static std::string describe(int error) {
  PCRE2_UCHAR buffer[256] = {};
  pcre2_get_error_message(error, buffer, sizeof(buffer));
  return reinterpret_cast<const char *>(buffer);
}

void Regex::FreeCode::operator()(void *code) const {
  pcre2_code_free(static_cast<pcre2_code *>(code));
}

Result<Regex> Regex::compile(std::string_view pattern) {
  if (pattern.size() > maxPatternLength)
    return Failure{"a regular expression has " +
                   std::to_string(pattern.size()) + " bytes"};
  if (findInvalidUtf8(pattern) != std::string_view::npos)
    return Failure{"a regular expression is not UTF-8"};
  Result<std::string> translated = translateRegex(pattern);
  if (!translated)
    return translated.failure();

  std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)>
      context(pcre2_compile_context_create(nullptr),
              pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code *code = pcre2_compile(
      reinterpret_cast<PCRE2_SPTR>(translated->data()), translated->size(),
      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error,
      &offset, context.get());
  if (!code)
    return Failure{"malformed regular expression: " + describe(error)};
  return Regex(code);
}

MaybeFailure Regex::findAll(std::string_view subject,
                            std::vector<Span> &matches) const {
  matches.clear();
  const auto *compiled = static_cast<const pcre2_code *>(code.get());
  std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create(1, nullptr), pcre2_match_data_free);
  std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>
      context(pcre2_match_context_create(nullptr), pcre2_match_context_free);
  uint32_t limit = static_cast<uint32_t>(
      std::min<size_t>(UINT32_MAX, 10'000 + 64 * subject.size()));
  pcre2_set_match_limit(context.get(), limit);

  for (size_t start = 0; start < subject.size();) {
    int count = pcre2_match(
        compiled, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(),
        start, PCRE2_NO_UTF_CHECK, data.get(), context.get());
    if (count == PCRE2_ERROR_NOMATCH)
      break;
    if (count < 0)
      return Failure{"a regular expression does not match in reasonable "
                     "time: " +
                     describe(count)};
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data.get());
    if (ends[1] > ends[0]) {
      matches.push_back({ends[0], ends[1]});
      start = ends[1];
    } else {
      start = std::max<size_t>(ends[1], start);
      if (start < subject.size())
        start += characterLength(subject, start);
    }
  }
  return std::nullopt;
}

} // namespace smelt::runtime
