//===- Regex.h --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_REGEX_H
#define SMELT_RUNTIME_REGEX_H

#include "smelt/Runtime/Result.h"
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace smelt::runtime {

/// Bytes `begin` to `end` of a text.
struct Span {
  size_t begin = 0;
  size_t end = 0;

  bool empty() const { return begin == end; }
  std::string_view of(std::string_view text) const {
    return text.substr(begin, end - begin);
  }
};

/// `pattern` for PCRE2, with the meaning that it has to the regular
/// expressions of Hugging Face tokenizers (Oniguruma) and tiktoken. Whatever
/// PCRE2 would understand differently, or is of no use in a tokenizer, is a
/// failure that names it.
Result<std::string> translateRegex(std::string_view pattern);

/// A compiled regular expression over UTF-8.
class Regex {
public:
  static Result<Regex> compile(std::string_view pattern);

  /// Sets `matches` to the matches in `subject`, which is well-formed UTF-8,
  /// from left to right; they are not empty and do not overlap. Fails if a
  /// match takes more steps than are in proportion to the length.
  MaybeFailure findAll(std::string_view subject,
                       std::vector<Span> &matches) const;

private:
  struct FreeCode {
    void operator()(void *code) const;
  };
  explicit Regex(void *code) : code(code) {}

  /// A `pcre2_code`.
  std::unique_ptr<void, FreeCode> code;
};

} // namespace smelt::runtime

#endif
