//===- ReplyStream.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/ReplyStream.h"
#include <algorithm>

namespace smelt::runtime {

StopStrings::StopStrings(std::vector<std::string> given)
    : strings(std::move(given)) {
  strings.erase(std::remove(strings.begin(), strings.end(), std::string()),
                strings.end());
  for (const std::string &string : strings)
    longest = std::max(longest, string.size());
}

static bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() &&
         text.substr(text.size() - end.size()) == end;
}

bool StopStrings::push(std::string_view text, std::string &output) {
  if (isFound)
    return true;
  size_t begin = held.size();
  held += text;
  std::string_view all = held;
  for (size_t end = begin + 1; end <= all.size(); ++end) {
    size_t matched = 0;
    for (const std::string &string : strings)
      if (endsWith(all.substr(0, end), string))
        matched = std::max(matched, string.size());
    if (matched > 0) {
      output += all.substr(0, end - matched);
      held.clear();
      return isFound = true;
    }
  }

  // Hold back the longest end with which a stop string begins.
  size_t keep = std::min(all.size(), longest == 0 ? 0 : longest - 1);
  for (; keep > 0; --keep) {
    std::string_view tail = all.substr(all.size() - keep);
    auto begins = [&](const std::string &string) {
      return std::string_view(string).substr(0, keep) == tail;
    };
    if (std::any_of(strings.begin(), strings.end(), begins))
      break;
  }
  output += all.substr(0, all.size() - keep);
  held.erase(0, all.size() - keep);
  return false;
}

void StopStrings::finish(std::string &output) {
  output += held;
  held.clear();
}

ReplyStream::ReplyStream(const Tokenizer &tokenizer,
                         std::vector<std::string> stopStrings,
                         DecodeOptions options)
    : definition(tokenizer.definition()),
      decoder(tokenizer.decodeStream(options)),
      stopStrings(std::move(stopStrings)) {}

bool ReplyStream::push(TokenId id, std::string &text) {
  const std::vector<TokenId> &stops = definition.stopTokens;
  bool isEnd = std::find(stops.begin(), stops.end(), id) != stops.end();
  if (isEnd) {
    finish(text);
    return true;
  }
  std::string decoded;
  decoder.push(id, decoded);
  return stopStrings.push(decoded, text);
}

void ReplyStream::finish(std::string &text) {
  std::string rest;
  decoder.finish(rest);
  if (!stopStrings.push(rest, text))
    stopStrings.finish(text);
}

} // namespace smelt::runtime
