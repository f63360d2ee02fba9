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

// The memory: the position, padded to a cache line; the cache; the logits.
static constexpr size_t kHeaderSize = 64;

size_t Session::getMemorySize(const CompiledModel &model) {
  size_t size = kHeaderSize + static_cast<size_t>(model.cache_size) +
                sizeof(int32_t) * static_cast<size_t>(model.vocabulary_size);
  return (size + kHeaderSize - 1) / kHeaderSize * kHeaderSize;
}

void Session::reset() { std::memset(memory, 0, getMemorySize(model)); }

int64_t Session::getPosition() const {
  int64_t position;
  std::memcpy(&position, memory, sizeof(position));
  return position;
}

void Session::setPosition(int64_t position) {
  std::memcpy(memory, &position, sizeof(position));
}

int8_t *Session::getCache() const {
  return reinterpret_cast<int8_t *>(memory + kHeaderSize);
}

const int32_t *Session::getLogits() const {
  return reinterpret_cast<const int32_t *>(memory + kHeaderSize +
                                           model.cache_size);
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

void Session::read(const int32_t *tokens, int64_t count) {
  while (count > 0) {
    // The last token is decoded, for its logits.
    int64_t used = readBlock(tokens, count - 1);
    if (used == 0) {
      int32_t position = static_cast<int32_t>(getPosition());
      model.decode(tokens, &position, getCache(),
                   const_cast<int32_t *>(getLogits()));
      used = 1;
    }
    setPosition(getPosition() + used);
    tokens += used;
    count -= used;
  }
}
