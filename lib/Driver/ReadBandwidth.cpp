//===- ReadBandwidth.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/ReadBandwidth.h"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

using namespace smelt;

extern "C" int omp_get_thread_num();

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
  constexpr size_t kLine = 8, kNear = 128, kFar = 1024;
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
  constexpr size_t kHugePage = size_t(2) << 20;
  size_t size = getBufferSize();
  std::unique_ptr<void, decltype(&std::free)> buffer(
      std::aligned_alloc(kHugePage, size), &std::free);
  if (!buffer)
    return 0;
#ifdef MADV_HUGEPAGE
  madvise(buffer.get(), size, MADV_HUGEPAGE);
#endif
  // Pages that were never written may all be the same one of zeros.
  std::memset(buffer.get(), 1, size);
  const auto *words = static_cast<const uint64_t *>(buffer.get());
  size_t share = size / sizeof(uint64_t) / threads / 8 * 8;
  double best = 0;
  for (int pass = 0; pass < kPasses; ++pass) {
    auto start = std::chrono::steady_clock::now();
    uint64_t sum = 0;
    // The threads that compute models, on their CPUs.
#pragma omp parallel num_threads(threads) reduction(+ : sum)
    sum += sumWords(words + omp_get_thread_num() * share, share);
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - start;
    [[maybe_unused]] volatile uint64_t used = sum;
    best = std::max(best, sizeof(uint64_t) * share * threads / time.count());
  }
  return best;
}
