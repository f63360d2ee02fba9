//===- Session.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Session.h"
#include <algorithm>
#include <cstring>
#include <vector>

using namespace smelt::runtime;

/// What the memory begins with. The cache and a row of logits, or one for each
/// token of `verify`, follow.
struct alignas(64) Session::Header {
  int64_t position;
  /// The row of the last token's logits.
  int32_t row;
  /// Of the drafts, those whose logits are in the rows after that one.
  int32_t numAhead;
  int32_t drafts[kMostDrafts];
};

size_t Session::getMemorySize(const CompiledModel &model) {
  auto rows = static_cast<size_t>(std::max<int64_t>(1, model.verify_size));
  size_t size =
      sizeof(Header) + static_cast<size_t>(model.cache_size) +
      sizeof(int32_t) * rows * static_cast<size_t>(model.vocabulary_size);
  return (size + alignof(Header) - 1) / alignof(Header) * alignof(Header);
}

void Session::reset() { std::memset(memory, 0, getMemorySize(model)); }

Session::Header &Session::getHeader() const {
  return *reinterpret_cast<Header *>(memory);
}

int64_t Session::getPosition() const { return getHeader().position; }

int8_t *Session::getCache() const {
  return reinterpret_cast<int8_t *>(memory + sizeof(Header));
}

int32_t *Session::getRows() const {
  return reinterpret_cast<int32_t *>(memory + sizeof(Header) +
                                     model.cache_size);
}

const int32_t *Session::getLogits() const {
  return getRows() + getHeader().row * model.vocabulary_size;
}

/// Reads tokens of one block. Returns how many, or 0 where they are too few for
/// one: a block always costs as much as a full one.
int64_t Session::readBlock(const int32_t *tokens, int64_t count) {
  constexpr int64_t kLeastShare = 4;
  if (!model.prefill || count < 2 || count * kLeastShare < model.block_size)
    return 0;
  int32_t position = static_cast<int32_t>(getPosition());
  int64_t used = std::min(count, model.block_size);
  if (used == model.block_size) {
    model.prefill(tokens, &position, getCache());
    return used;
  }
  // What the cache then has of the tokens in excess is never read: the next
  // ones replace it.
  std::vector<int32_t> block(static_cast<size_t>(model.block_size), 0);
  std::copy_n(tokens, used, block.begin());
  model.prefill(block.data(), &position, getCache());
  return used;
}

bool Session::isReadAhead(int32_t token) const {
  const Header &header = getHeader();
  return header.numAhead > 0 && header.drafts[header.row] == token;
}

void Session::read(const int32_t *tokens, int64_t count) {
  Header &header = getHeader();
  for (; count > 0 && isReadAhead(*tokens); ++tokens, --count) {
    ++header.position;
    ++header.row;
    --header.numAhead;
  }
  while (count > 0) {
    header.numAhead = 0;
    // The last token is decoded, for its logits.
    int64_t used = readBlock(tokens, count - 1);
    if (used == 0) {
      int32_t position = static_cast<int32_t>(header.position);
      header.row = 0;
      model.decode(tokens, &position, getCache(), getRows());
      used = 1;
    }
    header.position += used;
    tokens += used;
    count -= used;
  }
}

int64_t Session::getDraftRoom() const {
  return std::max<int64_t>(0, std::min(model.verify_size, getRoom()) - 1);
}

void Session::readAhead(int32_t token, const int32_t *drafts, int64_t count) {
  count = std::min(count, getDraftRoom());
  if (count <= 0 || isReadAhead(token))
    return read(&token, 1);
  Header &header = getHeader();
  std::vector<int32_t> block(static_cast<size_t>(model.verify_size), 0);
  block.front() = token;
  std::copy_n(drafts, count, block.begin() + 1);
  std::copy_n(drafts, count, header.drafts);
  int32_t position = static_cast<int32_t>(header.position);
  model.verify(block.data(), &position, getCache(), getRows());
  ++header.position;
  header.row = 0;
  header.numAhead = static_cast<int32_t>(count);
}
