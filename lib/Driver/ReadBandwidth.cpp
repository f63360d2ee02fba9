//===- ReadBandwidth.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/ReadBandwidth.h"
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace smelt;

static size_t getBufferSize() {
  constexpr size_t kLeast = size_t(256) << 20, kMost = size_t(1) << 30;
  size_t cache = 0;
#ifdef _SC_LEVEL3_CACHE_SIZE
  cache = std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), 0L);
#endif
  return std::clamp(4 * cache, kLeast, kMost);
}

/// Reads `count` words, a multiple of 8, and fetches each line some time before
/// it is read: the processor alone does not always do so as early as it could.
static uint64_t sumWords(const uint64_t *words, size_t count) {
  constexpr size_t kLine = 8, kNear = 64, kFar = 512;
  uint64_t sums[kLine] = {};
  for (size_t i = 0; i < count; i += kLine) {
    __builtin_prefetch(words + i + kFar, /*rw=*/0, /*locality=*/2);
    __builtin_prefetch(words + i + kNear, /*rw=*/0, /*locality=*/3);
    for (size_t j = 0; j < kLine; ++j)
      sums[j] += words[i + j];
  }
  uint64_t sum = 0;
  for (uint64_t part : sums)
    sum += part;
  return sum;
}

double smelt::measureReadBandwidth(int64_t threads) {
  constexpr int kPasses = 5;
  size_t size = getBufferSize();
  std::unique_ptr<void, decltype(&std::free)> buffer(
      std::aligned_alloc(4096, size), &std::free);
  if (!buffer)
    return 0;
  // Pages that were never written may all be the same one of zeros.
  std::memset(buffer.get(), 1, size);
  const auto *words = static_cast<const uint64_t *>(buffer.get());
  size_t share = size / sizeof(uint64_t) / threads / 8 * 8;
  std::atomic<uint64_t> sum = 0;
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> others;
    for (int64_t i = 1; i < threads; ++i)
      others.emplace_back(
          [&, i] { sum += sumWords(words + i * share, share); });
    sum += sumWords(words, share);
    for (std::thread &other : others)
      other.join();
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    best = std::max(best, sizeof(uint64_t) * share * threads / time.count());
  }
  return best;
}
