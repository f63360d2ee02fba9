//===- HugePages.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/HugePages.h"

#ifdef __linux__
#include <cstdint>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

/// Advises on the constants of an image if it has the address `wanted`; 1 then.
static int adviseImage(dl_phdr_info *image, size_t, void *wanted) {
  auto forEachSegment = [&](auto body) {
    for (unsigned i = 0; i < image->dlpi_phnum; ++i)
      if (const ElfW(Phdr) &segment = image->dlpi_phdr[i];
          segment.p_type == PT_LOAD)
        body(segment.p_flags, image->dlpi_addr + segment.p_vaddr,
             segment.p_memsz);
  };
  bool isWanted = false;
  auto address = reinterpret_cast<uintptr_t>(wanted);
  forEachSegment([&](auto, uintptr_t first, size_t size) {
    isWanted |= first <= address && address - first < size;
  });
  if (!isWanted)
    return 0;
  auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  forEachSegment([&](auto flags, uintptr_t first, size_t size) {
    if (flags != PF_R)
      return;
    uintptr_t start = first / page * page;
    size += first - start;
    madvise(reinterpret_cast<void *>(start), size, MADV_HUGEPAGE);
    // Reads ahead, where page after page would wait for the disk.
    madvise(reinterpret_cast<void *>(start), size, MADV_WILLNEED);
  });
  return 1;
}

void smelt::runtime::readConstantsInHugePages(const void *address) {
  dl_iterate_phdr(adviseImage, const_cast<void *>(address));
}
#else
void smelt::runtime::readConstantsInHugePages(const void *) {}
#endif
