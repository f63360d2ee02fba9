//===- HugePages.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_HUGEPAGES_H
#define SMELT_RUNTIME_HUGEPAGES_H

namespace smelt::runtime {

/// Asks Linux to read the constants of the program or library that has
/// `address` into huge pages: a processor that reads all weights for each token
/// else spends much of its time on finding pages of 4 KiB. It heeds that in
/// what is not in memory yet, on file systems that have large folios (ext4
/// since Linux 6.16, XFS). Elsewhere nothing happens.
void readConstantsInHugePages(const void *address);

} // namespace smelt::runtime

#endif
