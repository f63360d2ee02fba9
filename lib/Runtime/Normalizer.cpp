//===- Normalizer.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Normalizer.h"
#include "smelt/Runtime/Unicode.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

Result<Searcher> Searcher::create(const Pattern &pattern) {
  Searcher searcher;
  if (pattern.text.empty())
    return Failure{"a pattern to search for is empty"};
  if (pattern.isRegex) {
    Result<Regex> regex = Regex::compile(pattern.text);
    if (!regex)
      return regex.failure();
    searcher.regex = std::move(*regex);
  } else {
    searcher.literal = pattern.text;
  }
  return searcher;
}

MaybeFailure Searcher::findAll(std::string_view text,
                               std::vector<Span> &matches) const {
  if (regex)
    return regex->findAll(text, matches);
  matches.clear();
  if (literal.empty())
    return std::nullopt;
  for (size_t begin = text.find(literal); begin != std::string_view::npos;
       begin = text.find(literal, begin + literal.size()))
    matches.push_back({begin, begin + literal.size()});
  return std::nullopt;
}

Result<Normalizer>
Normalizer::create(const std::vector<NormalizerStep> &steps) {
  Normalizer normalizer;
  for (const NormalizerStep &step : steps) {
    normalizer.steps.push_back({step, {}});
    if (step.kind != NormalizerStep::Kind::Replace)
      continue;
    Result<Searcher> searcher = Searcher::create(step.pattern);
    if (!searcher)
      return searcher.failure();
    normalizer.steps.back().searcher = std::move(*searcher);
  }
  return normalizer;
}

static Result<std::string> replaceAll(const Searcher &searcher,
                                      std::string_view text,
                                      std::string_view content) {
  std::vector<Span> matches;
  if (MaybeFailure failure = searcher.findAll(text, matches))
    return *failure;
  std::string replaced;
  size_t end = 0;
  for (Span match : matches) {
    replaced += text.substr(end, match.begin - end);
    replaced += content;
    end = match.end;
  }
  replaced += text.substr(end);
  return replaced;
}

static std::string strip(std::string_view text, bool left, bool right) {
  size_t begin = 0, end = text.size();
  while (left && begin < end) {
    size_t next = begin;
    if (!isWhitespace(takeCharacter(text, next)))
      break;
    begin = next;
  }
  while (right && end > begin) {
    size_t last = previousCharacter(text, end), next = last;
    if (!isWhitespace(takeCharacter(text, next)))
      break;
    end = last;
  }
  return std::string(text.substr(begin, end - begin));
}

static std::string collapseSpaces(std::string_view text) {
  static constexpr std::string_view escapedSpace = "\xE2\x96\x81";
  std::string collapsed;
  for (char c : text)
    if (c != ' ' || (!collapsed.empty() && collapsed.back() != ' '))
      collapsed += c;
  while (!collapsed.empty()) {
    size_t last = previousCharacter(collapsed, collapsed.size());
    if (collapsed[last] != ' ' &&
        std::string_view(collapsed).substr(last) != escapedSpace)
      break;
    collapsed.resize(last);
  }
  return collapsed;
}

Result<std::string> Normalizer::applyStep(const Step &step, std::string text,
                                          bool atStart) {
  using Kind = NormalizerStep::Kind;
  switch (step.step.kind) {
  case Kind::Prepend:
    return text.empty() ? text : step.step.content + text;
  case Kind::PrependAtStart:
    return text.empty() || !atStart ? text : step.step.content + text;
  case Kind::Replace:
    return replaceAll(step.searcher, text, step.step.content);
  case Kind::NFC:
    return normalize(text, NormalForm::NFC);
  case Kind::NFD:
    return normalize(text, NormalForm::NFD);
  case Kind::NFKC:
    return normalize(text, NormalForm::NFKC);
  case Kind::NFKD:
    return normalize(text, NormalForm::NFKD);
  case Kind::Lowercase:
    return toLowercase(text);
  case Kind::Strip:
    return strip(text, step.step.left, step.step.right);
  case Kind::CollapseSpaces:
    return collapseSpaces(text);
  }
  return text;
}

Result<std::string> Normalizer::apply(std::string_view text,
                                      bool atStart) const {
  std::string normalized(text);
  for (const Step &step : steps) {
    Result<std::string> next = applyStep(step, std::move(normalized), atStart);
    if (!next)
      return next;
    normalized = std::move(*next);
  }
  return normalized;
}

} // namespace smelt::runtime
