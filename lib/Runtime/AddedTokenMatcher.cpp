//===- AddedTokenMatcher.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/AddedTokenMatcher.h"
#include "smelt/Runtime/Unicode.h"
#include "smelt/Runtime/Utf8.h"
#include <algorithm>

namespace smelt::runtime {

AddedTokenMatcher::AddedTokenMatcher(const std::vector<AddedToken> &tokens,
                                     bool normalized)
    : tokens(tokens) {
  roots.fill(none);
  for (uint32_t index = 0; index < tokens.size(); ++index)
    if (tokens[index].normalized == normalized)
      insert(index);
}

uint32_t AddedTokenMatcher::findChild(uint32_t firstChild,
                                      unsigned char byte) const {
  uint32_t child = firstChild;
  while (child != none && nodes[child].byte != byte)
    child = nodes[child].nextSibling;
  return child;
}

void AddedTokenMatcher::insert(uint32_t token) {
  uint32_t parent = none;
  for (char c : tokens[token].pattern) {
    auto byte = static_cast<unsigned char>(c);
    uint32_t first = parent == none ? roots[byte] : nodes[parent].firstChild;
    uint32_t child = findChild(first, byte);
    if (child == none) {
      child = static_cast<uint32_t>(nodes.size());
      nodes.push_back({byte, none, first, none});
      (parent == none ? roots[byte] : nodes[parent].firstChild) = child;
    }
    parent = child;
  }
  if (parent != none && nodes[parent].token == none)
    nodes[parent].token = token;
}

uint32_t AddedTokenMatcher::longestMatch(std::string_view text,
                                         size_t begin) const {
  uint32_t longest = none;
  uint32_t node = roots[static_cast<unsigned char>(text[begin])];
  for (size_t offset = begin; node != none;) {
    if (nodes[node].token != none)
      longest = nodes[node].token;
    if (++offset == text.size())
      break;
    node = findChild(nodes[node].firstChild,
                     static_cast<unsigned char>(text[offset]));
  }
  return longest;
}

static bool isWordBefore(std::string_view text, size_t end) {
  if (end == 0)
    return false;
  size_t begin = previousCharacter(text, end);
  return isWordCharacter(takeCharacter(text, begin));
}

static bool isWordAfter(std::string_view text, size_t begin) {
  return begin < text.size() && isWordCharacter(takeCharacter(text, begin));
}

/// Where the white space that ends at `end` begins, not before `limit`.
static size_t whitespaceBefore(std::string_view text, size_t end,
                               size_t limit) {
  while (end > limit) {
    size_t begin = previousCharacter(text, end), next = begin;
    if (!isWhitespace(takeCharacter(text, next)))
      break;
    end = begin;
  }
  return end;
}

static size_t whitespaceAfter(std::string_view text, size_t begin) {
  while (begin < text.size()) {
    size_t next = begin;
    if (!isWhitespace(takeCharacter(text, next)))
      break;
    begin = next;
  }
  return begin;
}

std::vector<Segment> AddedTokenMatcher::split(std::string_view text,
                                              bool parseSpecial) const {
  std::vector<Segment> segments;
  size_t end = 0;
  for (size_t begin = 0; begin < text.size();) {
    uint32_t match = longestMatch(text, begin);
    if (match == none) {
      ++begin;
      continue;
    }
    const AddedToken &token = tokens[match];
    size_t start = begin, stop = begin + token.pattern.size();
    begin = stop;
    if (token.special && !parseSpecial)
      continue;
    if (token.singleWord &&
        (isWordBefore(text, start) || isWordAfter(text, stop)))
      continue;
    if (token.leftStrip)
      start = whitespaceBefore(text, start, end);
    if (token.rightStrip)
      begin = stop = whitespaceAfter(text, stop);
    if (end < start)
      segments.push_back({text.substr(end, start - end), std::nullopt});
    segments.push_back({text.substr(start, stop - start), token.id});
    end = stop;
  }
  if (end < text.size())
    segments.push_back({text.substr(end), std::nullopt});
  return segments;
}

} // namespace smelt::runtime
