//===- RegexDialect.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Regex.h"
#include <cctype>

namespace smelt::runtime {

/// The property White_Space, which PCRE2's `\s` is not quite.
static constexpr std::string_view whitespace =
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}"
    "\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";
static constexpr std::string_view word = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}";

/// The categories, one or two letters, that `\p` may name.
static bool isGeneralCategory(std::string_view name) {
  if (!name.empty() && name.front() == '^')
    name.remove_prefix(1);
  static constexpr std::string_view groups[] = {
      "Ccfnos", "Llmotu", "Mcen", "Ndlo", "Pcdefios", "Sckmo", "Zlps"};
  if (name.empty() || name.size() > 2)
    return false;
  for (std::string_view group : groups)
    if (group[0] == name[0])
      return name.size() == 1 ||
             group.substr(1).find(name[1]) != std::string_view::npos;
  return false;
}

namespace {
/// Copies a pattern and rewrites what differs.
class Translator {
public:
  explicit Translator(std::string_view pattern) : rest(pattern) {}

  Result<std::string> run() {
    while (!rest.empty()) {
      bool understood = rest.front() == '\\' ? escape()
                        : inClass            ? classCharacter()
                                             : character();
      if (!understood)
        return Failure{"'" + std::string(rest.substr(0, 8)) +
                       "' in a regular expression is not supported"};
    }
    return std::move(output);
  }

private:
  bool take(std::string_view text) {
    if (rest.substr(0, text.size()) != text)
      return false;
    rest.remove_prefix(text.size());
    return true;
  }
  bool copy(size_t count) {
    output += rest.substr(0, count);
    rest.remove_prefix(count);
    return true;
  }
  bool startsWith(std::string_view text) const {
    return rest.substr(0, text.size()) == text;
  }

  /// One character outside of a class.
  bool character() {
    if (startsWith("["))
      return openClass();
    if (startsWith("("))
      return group();
    // Oniguruma reads `{,n}` as `{0,n}` and `{n}+` as `(?:{n})+`.
    if (startsWith("{,") || startsWith("}+"))
      return false;
    return copy(1);
  }

  bool group() {
    static constexpr std::string_view openings[] = {
        "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?i)"};
    for (std::string_view opening : openings)
      if (startsWith(opening))
        return copy(opening.size());
    return !startsWith("(?") && !startsWith("(*") && copy(1);
  }

  bool openClass() {
    inClass = true;
    copy(startsWith("[^") ? 2 : 1);
    // An empty class and a leading `]` mean different things elsewhere.
    return !startsWith("]");
  }

  bool classCharacter() {
    if (startsWith("]"))
      inClass = false;
    // Classes within classes, POSIX names and intersections.
    return !startsWith("[") && !startsWith("&&") && copy(1);
  }

  bool escape() {
    if (startsWith("\\p") || startsWith("\\P"))
      return property();
    if (startsWith("\\x") || startsWith("\\u"))
      return codepoint();
    std::string_view open = inClass ? "" : "[", close = inClass ? "" : "]";
    auto replace = [&](std::string_view escape, std::string_view members,
                       bool negated) {
      if ((negated && inClass) || !take(escape))
        return false;
      output += open;
      output += negated ? "^" : "";
      output += members;
      output += close;
      return true;
    };
    if (replace("\\s", whitespace, false) || replace("\\S", whitespace, true) ||
        replace("\\w", word, false) || replace("\\W", word, true) ||
        replace("\\d", "\\p{Nd}", false) || replace("\\D", "\\p{Nd}", true))
      return true;
    if (rest.size() < 2)
      return false;
    unsigned char second = static_cast<unsigned char>(rest[1]);
    bool isControl =
        second == 'r' || second == 'n' || second == 't' || second == 'f';
    return (isControl || second == ' ' || std::ispunct(second)) && copy(2);
  }

  bool property() {
    size_t end = 3;
    std::string_view name = rest.substr(2, 1);
    if (name == "{") {
      end = rest.find('}');
      if (end == std::string_view::npos)
        return false;
      name = rest.substr(3, end - 3);
      ++end;
    }
    return isGeneralCategory(name) && copy(end);
  }

  /// `\xHH`, `\x{H...}` and `\uHHHH`.
  bool codepoint() {
    size_t begin = 2, end = rest[1] == 'x' ? 4 : 6, next = end;
    if (startsWith("\\x{")) {
      begin = 3;
      end = rest.find('}');
      next = end + 1;
    }
    if (end == std::string_view::npos || end > rest.size() || end - begin > 6 ||
        end == begin)
      return false;
    std::string_view digits = rest.substr(begin, end - begin);
    for (char digit : digits)
      if (!std::isxdigit(static_cast<unsigned char>(digit)))
        return false;
    output += "\\x{";
    output += digits;
    output += "}";
    rest.remove_prefix(next);
    return true;
  }

  std::string_view rest;
  std::string output;
  bool inClass = false;
};
} // namespace

Result<std::string> translateRegex(std::string_view pattern) {
  return Translator(pattern).run();
}

} // namespace smelt::runtime
